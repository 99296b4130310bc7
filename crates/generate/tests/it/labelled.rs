//! The checks on questions whose flaws are known (see `testdata/checks/ORIGIN.md`): precision and recall by check and
//! language. What is clean is neither rejected nor remarked on.

use examen_core::{DocumentId, Language, Question};
use examen_generate::{
    checks::{ALL, CUED, Context, DUPLICATE, Finding, Seen, Signature, item_findings},
    quote,
};
use serde::Deserialize;
use std::fmt::Write;

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
        let found = self.quote.as_ref().and_then(|quote| quote::locate(&passage, quote));
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
        let context = Context { require_quote: self.quote.is_some(), ..Context::default() };
        let mut findings = item_findings(&question, context);
        let mut seen = Seen::new(std::env::temp_dir());
        for earlier in &self.after {
            let earlier =
                Question { question: earlier.question.clone(), answer: earlier.answer.clone(), ..question.clone() };
            seen.insert(&Signature::of(&earlier)).unwrap();
        }
        findings.extend(seen.findings(&Signature::of(&question)).unwrap());
        findings
    }
}

fn labelled() -> Vec<Labelled> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/checks/labelled.jsonl");
    let lines = std::fs::read_to_string(path).unwrap();
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn the_checks_find_what_was_planted() {
    let judged: Vec<(Labelled, Vec<Finding>)> =
        labelled().into_iter().map(|item| (item.findings(), item)).map(|(f, i)| (i, f)).collect();
    let mut table = "check                language  planted  found  flagged beside  precision  recall\n".to_owned();
    for check in ALL.iter().map(|check| check.name).chain([DUPLICATE, CUED]) {
        for language in Language::ALL {
            let is_flagged = |findings: &[Finding]| findings.iter().any(|finding| finding.check == check);
            let of_language = judged.iter().filter(|(item, _)| item.language == language);
            let (planted, others): (Vec<_>, Vec<_>) =
                of_language.partition(|(item, _)| item.flaws.iter().any(|flaw| flaw == check));
            let n_found = planted.iter().filter(|(_, findings)| is_flagged(findings)).count();
            let n_beside = others.iter().filter(|(_, findings)| is_flagged(findings)).count();
            assert!(planted.len() >= 12 && n_found > 0, "{check} in {language}");
            let precision = n_found as f64 / (n_found + n_beside) as f64;
            let recall = n_found as f64 / planted.len() as f64;
            let n_planted = planted.len();
            writeln!(
                table,
                "{check:<20} {language:<8} {n_planted:>8} {n_found:>6} {n_beside:>15} {precision:>10.2} {recall:>7.2}"
            )
            .unwrap();
        }
    }
    println!("{table}");
    print_misses(&judged);
    insta::assert_snapshot!(table);
}

/// What was missed, and what was flagged beside it: for whoever changes a check.
fn print_misses(judged: &[(Labelled, Vec<Finding>)]) {
    for (item, findings) in judged {
        let names: Vec<&str> = findings.iter().map(|finding| finding.check).collect();
        let missed: Vec<&String> = item.flaws.iter().filter(|flaw| !names.contains(&flaw.as_str())).collect();
        let beside = findings.iter().filter(|finding| !item.flaws.iter().any(|flaw| flaw == finding.check));
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
    let mut n_clean = [0; Language::ALL.len()];
    let mut flagged = Vec::new();
    for item in labelled().into_iter().filter(|item| item.flaws.is_empty()) {
        n_clean[item.language as usize] += 1;
        let signature = Signature::of(&item.question());
        let findings = item.findings().into_iter().chain(seen.findings(&signature).unwrap());
        flagged.extend(findings.map(|finding| format!("{}: {finding}", item.question)));
        seen.insert(&signature).unwrap();
    }
    assert!(n_clean.iter().all(|&n| n >= 60), "{n_clean:?}");
    assert_eq!(flagged, [""; 0]);
}
