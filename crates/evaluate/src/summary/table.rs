//! The numbers of a run as text.

use super::{
    FewShotSummary, Group, Grouping, KeySources, MetricSummary, RunSummary, SampleSummary, groups,
};
use crate::judge::{Agreement, JudgeSummary};
use serde::Serialize;

/// The summary as rows of text: print it, or serialise the [`RunSummary`] itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct SummaryTable {
    /// Column titles.
    pub columns: Vec<&'static str>,
    /// One row a run by its headline metric, one cell a column.
    pub rows: Vec<Vec<String>>,
    /// The other metrics, in the same columns.
    pub rest: Vec<Vec<String>>,
    /// Facts about the whole run: name and value.
    pub facts: Vec<(&'static str, String)>,
}

impl RunSummary {
    /// The numbers as text. What is not known is `–`.
    pub fn table(&self) -> SummaryTable {
        SummaryTable {
            columns: vec![
                "metric",
                self.value_title(),
                "interval",
                "correct",
                "chance",
                "corrected",
            ],
            rows: vec![self.row(self.headline())],
            rest: self.rest(),
            facts: self.facts(),
        }
    }

    /// The headline metric, in words.
    pub(super) fn headline_words(&self) -> String {
        let MetricSummary { name, about, .. } = self.headline();
        match about.is_empty() {
            true => name.clone(),
            false => format!("{name}, {about}"),
        }
    }

    fn rest(&self) -> Vec<Vec<String>> {
        let own = self.own_metrics.iter().map(|own| {
            let unknown = || "–".to_owned();
            let name = format!("{} (task file)", own.name);
            vec![
                name,
                decimal(own.value),
                unknown(),
                unknown(),
                unknown(),
                unknown(),
            ]
        });
        let computed = self.metrics.iter().skip(1).map(|metric| self.row(metric));
        computed.chain(own).collect()
    }

    pub(super) fn row(&self, metric: &MetricSummary) -> Vec<String> {
        let interval = metric.interval.map(|interval| {
            let percent = interval.confidence.level() * 100.0;
            format!(
                "{} – {} ({} %)",
                number(interval.low),
                number(interval.high),
                (percent * 1e6).round() / 1e6
            )
        });
        vec![
            metric.name.clone(),
            decimal(metric.value),
            interval.unwrap_or_else(|| "–".to_owned()),
            match metric.n_correct {
                Some(n_correct) => format!("{n_correct} of {}", metric.n),
                None => format!("– of {}", metric.n),
            },
            decimal(metric.chance),
            decimal(metric.guess_corrected),
        ]
    }

    /// Title of the values: accuracies, unless one of them is none.
    fn value_title(&self) -> &'static str {
        match self.metrics.iter().all(|metric| metric.n_correct.is_some()) {
            true => "accuracy",
            false => "value",
        }
    }

    /// Kind of the headline's interval, in words.
    fn interval_kind(&self) -> String {
        let kind = self.headline().interval_kind;
        kind.map_or_else(|| "–".to_owned(), |kind| kind.to_string())
    }

    /// Questions by the origin of their keys, in words.
    fn keys(&self) -> String {
        let KeySources {
            reviewed,
            partly_reviewed,
            adjudicated,
            suggested,
            unknown,
        } = self.key_sources;
        let sources = [
            ("reviewed", reviewed),
            ("partly reviewed", partly_reviewed),
            ("adjudicated", adjudicated),
            ("suggested", suggested),
            ("not told", unknown),
        ];
        let sources: Vec<_> = sources
            .iter()
            .filter(|(_, n)| *n > 0)
            .map(|(name, n)| format!("{n} {name}"))
            .collect();
        sources.join(", ")
    }

    /// Form in which the questions were asked, in words.
    fn prompts(&self) -> &'static str {
        match (self.chat_template, &self.system_prompt) {
            (true, None) => "through the model's chat template",
            (true, Some(_)) => "through the model's chat template, with a system prompt",
            (false, None) => "plain text, no chat template",
            (false, Some(_)) => "plain text, no chat template, with a system prompt",
        }
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        let examples = self.few_shot.as_ref().map(|few_shot| {
            let FewShotSummary {
                n_shots,
                dataset,
                selection,
                seed,
                ..
            } = few_shot;
            (
                "examples",
                format!("{n_shots} from {dataset} ({selection}, seed {seed})"),
            )
        });
        let mut facts = vec![("headline", self.headline_words())];
        let doubt = self.headline().doubts_chance();
        facts.extend(doubt.map(|sentence| ("note", sentence)));
        facts.extend([
            ("model", self.model.clone()),
            ("dataset", self.dataset.clone()),
            ("task", self.task.clone()),
        ]);
        facts.push(("prompts", self.prompts().to_owned()));
        let wording = self.wording.as_ref();
        let wording = wording.map(|language| format!(" (wording {language})"));
        facts.push((
            "answers",
            format!("{}{}", self.answer, wording.unwrap_or_default()),
        ));
        facts.extend(self.judge.iter().flat_map(judge));
        facts.extend(examples);
        facts.extend([
            (
                "questions",
                format!(
                    "{}{} ({} scored)",
                    self.n_questions,
                    self.sample.as_ref().map(sample).unwrap_or_default(),
                    self.n_scored
                ),
            ),
            ("intervals", self.interval_kind()),
            ("keys", self.keys()),
            (
                "tokens",
                format!(
                    "{} before the answers, {} of answers",
                    self.n_context_tokens, self.n_answer_tokens
                ),
            ),
            ("seconds", format!("{:.1}", self.seconds)),
        ]);
        facts.extend(self.by.iter().filter_map(by));
        facts
    }
}

impl MetricSummary {
    /// A sentence where the interval holds the value of a guess.
    pub(super) fn doubts_chance(&self) -> Option<String> {
        let (interval, chance) = self.interval.zip(self.chance)?;
        interval.contains(chance).then(|| {
            format!(
                "the interval holds chance ({}): it may be guessing",
                number(chance)
            )
        })
    }
}

/// The accuracy by a label, on one line; `None` where all questions have the same value.
fn by(grouping: &Grouping) -> Option<(&'static str, String)> {
    /// So many values are shown, the lowest accuracies first.
    const MOST: usize = 5;
    let name = groups::LABELS
        .iter()
        .find(|(name, _)| *name == grouping.by)?
        .0;
    let mut groups: Vec<&Group> = grouping.groups.iter().collect();
    let n = groups.len();
    if n < 2 {
        return None;
    }
    let key = |group: &&Group| group.accuracy.unwrap_or(2.0);
    groups.sort_by(|a, b| key(a).total_cmp(&key(b)));
    let words = |group: &&Group| {
        let value = group.value.as_deref().unwrap_or("not told");
        let counts = format!("{} of {}", group.n_correct, group.n_scored);
        format!("{value} {} ({counts})", decimal(group.accuracy))
    };
    let shown: Vec<_> = groups.iter().take(MOST).map(words).collect();
    let more = match n.saturating_sub(MOST) {
        0 => String::new(),
        more => format!(", … {more} more in run.json"),
    };
    Some((name, shown.join(", ") + &more))
}

/// The judge and its agreement with labels, in words.
fn judge(judge: &JudgeSummary) -> Vec<(&'static str, String)> {
    let cost = judge.cost.map(|cost| format!(", ${cost:.4}"));
    let order = judge
        .n_changed_by_order
        .map(|n| format!(", {n} verdicts changed with the order"));
    let mut facts = vec![(
        "judge",
        format!(
            "{} by {}: {} calls, {} without a verdict{}; {} tokens read, {} written{}",
            judge.model,
            judge.rubric,
            judge.n_calls,
            judge.n_without_verdict,
            order.unwrap_or_default(),
            judge.input_tokens,
            judge.output_tokens,
            cost.unwrap_or_default()
        ),
    )];
    facts.extend(judge.agreement.map(|agreement| {
        let Agreement {
            n,
            n_agreed,
            kappa,
            n_unused,
        } = agreement;
        let percent = match n {
            0 => String::new(),
            n => format!(" ({:.1} %)", n_agreed as f64 * 100.0 / n as f64),
        };
        let unused = match n_unused {
            0 => String::new(),
            n => format!("; {n} labels are of no reply that was judged"),
        };
        let words = format!(
            "the judge gives the verdict of {n_agreed} of {n} labels{percent}, Cohen's kappa {}{unused}",
            decimal(kappa)
        );
        ("agreement", words)
    }));
    facts
}

/// The choice of the questions, as the words after their number.
fn sample(sample: &SampleSummary) -> String {
    let n = sample.n_available;
    match sample.seed {
        None => format!(", the first of {n}"),
        Some(seed) => format!(", drawn from {n} (seed {seed})"),
    }
}

fn decimal(value: Option<f64>) -> String {
    value.map_or_else(|| "–".to_owned(), number)
}

/// Four decimals; a power of ten where a perplexity would fill the line.
fn number(value: f64) -> String {
    match value.abs() {
        // A zero has no sign.
        size if size < 5e-5 => "0.0000".to_owned(),
        size if size < 1e6 => format!("{value:.4}"),
        _ => format!("{value:.3e}"),
    }
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn numbers_fit_their_column() {
        let cells = [-1e-17, 0.25, -0.125, 999_999.5, 3.1e19].map(number);
        assert_eq!(
            cells,
            ["0.0000", "0.2500", "-0.1250", "999999.5000", "3.100e19"]
        );
    }
}
