//! The checks on questions whose flaws are known (see `testdata/checks/ORIGIN.md`): precision and recall by check and
//! language. What is clean is not rejected, and hardly ever remarked on.

use examen_core::{DocumentId, Language, Question};
use examen_generate::{
    Finding, Reason, Severity,
    asking::prompts::{Own, Prompts, Wishes},
    checks::{ALL, Context, Seen, Signature, all_reasons, item_findings},
    text::quote,
};
use serde::Deserialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Labelled {
    language: Language,
    flaws: Vec<String>,
    document: String,
    question: String,
    answer: String,
    distractors: Vec<String>,
    quote: Option<String>,
    passage: Option<String>,
    #[serde(default)]
    after: Vec<Earlier>,
}

#[derive(Debug, Deserialize)]
struct Earlier {
    question: String,
    answer: String,
}

impl Labelled {
    fn question(&self) -> Question {
        let passage = self.passage.clone().unwrap_or_default();
        let found = self
            .quote
            .as_ref()
            .and_then(|quote| quote::locate(&passage, quote));
        Question {
            document_id: DocumentId::of(&[&self.document]),
            language: self.language,
            question: self.question.clone(),
            answer: self.answer.clone(),
            distractors: self.distractors.clone(),
            quote: self.quote.clone(),
            quote_start: found.as_ref().map(|found| found.start as u64),
            quote_end: found.map(|found| found.end as u64),
            passage,
            ..Question::default()
        }
    }

    fn findings(&self) -> Vec<Finding> {
        let question = self.question();
        let shown = PROMPTS.shown(question.language);
        let context = Context {
            require_quote: self.quote.is_some(),
            shown,
        };
        let mut findings = item_findings(&question, context);
        let mut seen = Seen::new(std::env::temp_dir());
        for earlier in &self.after {
            let earlier = Question {
                question: earlier.question.clone(),
                answer: earlier.answer.clone(),
                ..question.clone()
            };
            seen.insert(&Signature::of(&earlier)).unwrap();
        }
        findings.extend(seen.findings(&Signature::of(&question)).unwrap());
        findings
    }
}

/// The languages with word lists.
const LANGUAGES: [Language; 2] = [Language::ENGLISH, Language::SPANISH];

static PROMPTS: LazyLock<Prompts> =
    LazyLock::new(|| Prompts::load(Own::default(), Wishes::default()).unwrap());

fn labelled(file: &str) -> Vec<Labelled> {
    let path = format!(
        "{}/../../testdata/checks/{file}",
        env!("CARGO_MANIFEST_DIR")
    );
    let lines = std::fs::read_to_string(path).unwrap();
    lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn judged(file: &str) -> Vec<(Labelled, Vec<Finding>)> {
    labelled(file)
        .into_iter()
        .map(|item| (item.findings(), item))
        .map(|(findings, item)| (item, findings))
        .collect()
}

/// How the findings of one check in one language agree with the labels.
struct Agreement {
    n_planted: usize,
    n_found: usize,
    n_beside: usize,
}

impl Agreement {
    fn of(check: &str, language: Language, judged: &[(Labelled, Vec<Finding>)]) -> Self {
        let is_flagged = |findings: &[Finding]| {
            findings
                .iter()
                .any(|finding| finding.reason.name() == check)
        };
        let of_language = judged.iter().filter(|(item, _)| item.language == language);
        let (planted, others): (Vec<_>, Vec<_>) =
            of_language.partition(|(item, _)| item.flaws.iter().any(|flaw| flaw == check));
        Self {
            n_planted: planted.len(),
            n_found: planted
                .iter()
                .filter(|(_, findings)| is_flagged(findings))
                .count(),
            n_beside: others
                .iter()
                .filter(|(_, findings)| is_flagged(findings))
                .count(),
        }
    }

    /// Precision and recall.
    fn ratios(&self) -> [String; 2] {
        let ratio = |of: usize| {
            if of == 0 {
                "-".to_owned()
            } else {
                format!("{:.2}", self.n_found as f64 / of as f64)
            }
        };
        [self.n_found + self.n_beside, self.n_planted].map(ratio)
    }

    fn row(&self, check: &str, language: Language) -> String {
        let Self {
            n_planted,
            n_found,
            n_beside,
        } = self;
        let [precision, recall] = self.ratios();
        format!(
            "{check:<20} {language:<8} {n_planted:>8} {n_found:>6} {n_beside:>15} {precision:>10} {recall:>7}\n"
        )
    }
}

fn table(judged: &[(Labelled, Vec<Finding>)], min_planted: usize) -> String {
    let mut table =
        "check                language  planted  found  flagged beside  precision  recall\n"
            .to_owned();
    for check in ALL
        .iter()
        .map(|check| check.name)
        .chain([Reason::Duplicate.name(), Reason::Cued.name()])
    {
        for language in LANGUAGES {
            let agreement = Agreement::of(check, language, judged);
            // Checks of the second set alone have none planted here.
            let n_planted = agreement.n_planted;
            assert!(
                n_planted == 0 || n_planted >= min_planted,
                "{check} in {language}"
            );
            if agreement.n_planted + agreement.n_beside > 0 {
                table += &agreement.row(check, language);
            }
        }
    }
    table
}

#[test]
fn the_checks_find_what_was_planted() {
    let judged = judged("labelled.jsonl");
    let table = table(&judged, 12);
    println!("{table}");
    print_misses(&judged);
    insta::assert_snapshot!(table);
}

#[test]
fn what_the_checks_find_where_nothing_was_tuned() {
    let judged = judged("held_out.jsonl");
    let table = table(&judged, 0);
    println!("{table}");
    print_misses(&judged);
    insta::assert_snapshot!(table);
}

/// Flaws of a set, whatever the language: the number planted, found, and flagged beside.
fn by_flaw(judged: &[(Labelled, Vec<Finding>)]) -> BTreeMap<&str, [usize; 3]> {
    let mut counts: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
    for (item, findings) in judged {
        let names = || findings.iter().map(|finding| finding.reason.name());
        for flaw in &item.flaws {
            let count = counts.entry(flaw).or_default();
            count[0] += 1;
            count[1] += usize::from(names().any(|name| name == flaw));
        }
        for name in names().filter(|name| !item.flaws.iter().any(|flaw| flaw == name)) {
            counts.entry(name).or_default()[2] += 1;
        }
    }
    counts
}

/// Numbers of clean questions, of those that were rejected, and of those that were remarked on alone.
fn clean(judged: &[(Labelled, Vec<Finding>)]) -> [usize; 3] {
    let clean = judged.iter().filter(|(item, _)| item.flaws.is_empty());
    clean.fold([0; 3], |[n, rejected, remarked], (_, findings)| {
        let is_rejected = findings
            .iter()
            .any(|finding| finding.reason.severity() == Severity::Reject);
        let is_remarked = !is_rejected && !findings.is_empty();
        [
            n + 1,
            rejected + usize::from(is_rejected),
            remarked + usize::from(is_remarked),
        ]
    })
}

#[test]
fn what_the_checks_find_in_questions_that_were_written_after_them() {
    let judged = judged("unseen.jsonl");
    assert_eq!(judged.len(), 200);
    print_misses(&judged);
    let counts = by_flaw(&judged);
    let sum = |index: usize| counts.values().map(|count| count[index]).sum::<usize>();
    let (planted, found, beside) = (sum(0), sum(1), sum(2));
    let [n_clean, n_rejected, n_remarked] = clean(&judged);
    let precision = found as f64 / (found + beside) as f64;
    let recall = found as f64 / planted as f64;
    let figures = format!(
        "{found} of {planted} planted flaws were found (recall {recall:.2}), {beside} others flagged (precision {precision:.2}); of \
         {n_clean} clean questions {n_rejected} rejected, {n_remarked} remarked on"
    );
    let mut table = figures.clone() + "\n";
    for (flaw, [planted, found, beside]) in counts {
        table += &format!("{flaw:<24} {planted:>3} {found:>3} {beside:>3}\n");
    }
    insta::assert_snapshot!(table);
    let path = format!(
        "{}/../../docs/guide/generate.md",
        env!("CARGO_MANIFEST_DIR")
    );
    let guide = std::fs::read_to_string(path).unwrap();
    let guide = guide.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(guide.contains(&figures), "the guide lacks\n{figures}");
}

/// Rows of the guide's table that begins with `header`.
fn guide_rows(header: &str) -> Vec<String> {
    let path = format!(
        "{}/../../docs/guide/generate.md",
        env!("CARGO_MANIFEST_DIR")
    );
    let guide = std::fs::read_to_string(path).unwrap();
    let rows = guide.lines().skip_while(|line| !line.starts_with(header));
    rows.skip(2)
        .take_while(|line| line.starts_with('|'))
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_guide_has_every_check_and_its_figures() {
    let judged = judged("labelled.jsonl");
    for (header, severity) in [
        ("| check | rejects |", Severity::Reject),
        ("| check | remarks on |", Severity::Remark),
    ] {
        let rows = guide_rows(header);
        for check in ALL.iter().filter(|check| check.severity == severity) {
            let figures = LANGUAGES.map(|language| {
                let agreement = Agreement::of(check.name, language, &judged);
                match agreement.n_planted {
                    0 => "–".to_owned(),
                    _ => agreement.ratios().join(" / "),
                }
            });
            let row = format!(
                "| `{}` | {} | {} |",
                check.name,
                check.guide,
                figures.join(" | ")
            );
            assert!(rows.contains(&row), "the guide lacks the row\n{row}");
        }
        let known: Vec<&str> = all_reasons()
            .filter(|reason| reason.severity() == severity)
            .map(Reason::name)
            .collect();
        for row in rows {
            let name = row.split('`').nth(1).unwrap();
            assert!(known.contains(&name), "the guide tells of `{name}`");
        }
    }
}

/// What was missed, and what was flagged beside it: for whoever changes a check.
fn print_misses(judged: &[(Labelled, Vec<Finding>)]) {
    for (item, findings) in judged {
        let names: Vec<&str> = findings
            .iter()
            .map(|finding| finding.reason.name())
            .collect();
        let missed: Vec<&String> = item
            .flaws
            .iter()
            .filter(|flaw| !names.contains(&flaw.as_str()))
            .collect();
        let beside = findings
            .iter()
            .filter(|finding| !item.flaws.iter().any(|flaw| flaw == finding.reason.name()));
        let beside: Vec<String> = beside.map(Finding::to_string).collect();
        if !missed.is_empty() || !beside.is_empty() {
            println!(
                "missed {missed:?}, beside {beside:?}\n  {} | {} | {:?}",
                item.question, item.answer, item.distractors
            );
        }
    }
}

#[test]
fn what_is_clean_is_not_flagged() {
    let mut seen = Seen::new(std::env::temp_dir());
    let mut n_clean = [0; LANGUAGES.len()];
    let (mut n_rejected, mut flagged) = (0, Vec::new());
    let items = labelled("labelled.jsonl");
    // Remarks of checks that are younger than the set are not labelled in it.
    let planted: BTreeSet<String> = items.iter().flat_map(|item| item.flaws.clone()).collect();
    for item in items.into_iter().filter(|item| item.flaws.is_empty()) {
        n_clean[usize::from(item.language != LANGUAGES[0])] += 1;
        let signature = Signature::of(&item.question());
        let mut findings = item.findings();
        findings.extend(seen.findings(&signature).unwrap());
        n_rejected += findings
            .iter()
            .filter(|finding| finding.reason.severity() == Severity::Reject)
            .count();
        flagged.extend(
            findings
                .iter()
                .filter(|finding| planted.contains(finding.reason.name()))
                .map(|finding| format!("{}: {finding}", item.question)),
        );
        seen.insert(&signature).unwrap();
    }
    assert!(n_clean.iter().all(|&n| n >= 60), "{n_clean:?}");
    println!("{flagged:#?}");
    assert_eq!(n_rejected, 0, "{flagged:#?}");
    assert!(100 * flagged.len() <= n_clean.iter().sum(), "{flagged:#?}");
}
