//! The plan of a publication: rows and left-out records, before anything is written.

use crate::{
    counts::Counts,
    error::PublishError,
    merge::{self, Reason},
    settings,
};
use examen_core::{
    ExamRow, Vote,
    annotation::{Record, RecordSource, names::QUESTION},
};
use serde::{Deserialize, Serialize};
use std::fmt::Write;

/// Records that a summary lists; `left_out.jsonl` lists them all.
const MAX_LISTED: usize = 20;

/// Settings of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PlanOptions {
    /// True makes records that nobody reviewed rows too, marked `suggested`.
    pub include_unreviewed: bool,
    /// Answers below which a row is `partly_reviewed`; `None` takes what the dataset asks for (see [`plan_source`]), or 1.
    pub min_votes: Option<u32>,
}

/// Rows and what is left out, with the numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The numbers.
    pub counts: Counts,
    /// Answers below which a row is `partly_reviewed`.
    pub min_votes: u32,
    /// The rows, in the order of the records.
    pub rows: Vec<ExamRow>,
    /// The other records, in their order.
    pub left_out: Vec<LeftOut>,
}

/// A record that is no row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// The record's external id.
    pub external_id: String,
    /// The stem, if there is one.
    pub question: String,
    /// The reason.
    pub reason: Reason,
    /// The reason in this case: the votes, or the options.
    pub detail: String,
    /// The votes, in the order in which they were given or last changed.
    #[serde(default)]
    pub votes: Vec<Vote>,
    /// The flaws that reviewers named, each as often as it was named, in alphabetical order.
    #[serde(default)]
    pub flaws: Vec<String>,
    /// The reviewers' comments.
    #[serde(default)]
    pub comments: Vec<String>,
}

/// Reads the records of a dataset, if it is an exam, and plans its publication: the same for every source.
pub async fn plan_source<S, E>(source: &S, options: &PlanOptions) -> Result<Plan, E>
where
    S: RecordSource,
    E: From<S::Error> + From<PublishError>,
{
    let settings = source.settings();
    settings::check(settings)?;
    let options = PlanOptions {
        min_votes: Some(options.min_votes.unwrap_or(settings.min_submitted)),
        ..*options
    };
    Ok(plan(&source.records().await?, &options))
}

/// Applies the merge rule (see the [crate]) to every record. Pure: the same records give the same plan.
pub fn plan(records: &[Record], options: &PlanOptions) -> Plan {
    let min_votes = options.min_votes.unwrap_or(1);
    let mut rows = Vec::new();
    let mut left_out = Vec::new();
    for record in records {
        match merge::row(record, min_votes, options.include_unreviewed) {
            Ok(row) => rows.push(row),
            Err((reason, detail)) => left_out.push(LeftOut {
                external_id: record.external_id.clone(),
                question: record
                    .fields
                    .get(QUESTION)
                    .and_then(|text| text.as_str())
                    .unwrap_or_default()
                    .to_owned(),
                reason,
                detail,
                votes: merge::cast(record),
                flaws: merge::flaws(record),
                comments: merge::comments(record),
            }),
        }
    }
    let reasons: Vec<_> = left_out.iter().map(|record| record.reason).collect();
    let counts = Counts::of(records, &rows, &reasons);
    Plan {
        counts,
        min_votes,
        rows,
        left_out,
    }
}

impl Plan {
    /// The numbers in words and the records on which reviewers had something to say and which are left out all the same
    /// (the first twenty): what a dry run prints.
    ///
    /// ```text
    /// 3 of 5 records become rows
    ///   2  reviewed: all reviewers chose the key
    ///   1  suggested: nobody reviewed it, the key is the model's
    ///   1  with a reviewer's wording
    /// 2 are left out
    ///   2  reviewers disagree
    /// q4  reviewers disagree (1 × answer_a, 1 × answer_b): What is heat?
    /// q5  reviewers disagree (1 × answer_b, 1 × answer_d): What is work?
    /// ```
    pub fn summary(&self) -> String {
        let counts = &self.counts;
        let mut summary = format!(
            "{} of {} records become rows\n",
            counts.rows, counts.records
        );
        let kinds = [
            (counts.reviewed, "reviewed: all reviewers chose the key"),
            (
                counts.partly_reviewed,
                "partly reviewed: fewer reviewers answered than the dataset asks for",
            ),
            (
                counts.adjudicated,
                "adjudicated: most reviewers chose the key",
            ),
            (
                counts.suggested,
                "suggested: nobody reviewed it, the key is the model's",
            ),
            (counts.improved, "with a reviewer's wording"),
            (
                counts.unconfirmed,
                "with a wording that one reviewer gave and nobody else saw",
            ),
        ];
        lines(&mut summary, kinds);
        if !self.left_out.is_empty() {
            let verb = if self.left_out.len() == 1 {
                "is"
            } else {
                "are"
            };
            summary += &format!("{} {verb} left out\n", self.left_out.len());
            lines(&mut summary, self.reasons());
            self.list(&mut summary);
        }
        summary
    }

    fn list(&self, summary: &mut String) {
        let told = |record: &&LeftOut| !matches!(record.reason, Reason::Unreviewed | Reason::NoKey);
        for LeftOut {
            external_id,
            question,
            reason,
            detail,
            flaws,
            ..
        } in self.left_out.iter().filter(told).take(MAX_LISTED)
        {
            writeln!(
                summary,
                "{external_id}  {reason} ({detail}{}): {}",
                named(flaws),
                beginning(question)
            )
            .expect("a string takes all");
        }
        let n_more = self
            .left_out
            .iter()
            .filter(told)
            .count()
            .saturating_sub(MAX_LISTED);
        if n_more > 0 {
            writeln!(summary, "… and {n_more} more").expect("a string takes all");
        }
    }

    /// Number of left-out records for each reason that occurs.
    pub(crate) fn reasons(&self) -> impl Iterator<Item = (usize, Reason)> {
        let count = |reason| {
            self.left_out
                .iter()
                .filter(|record| record.reason == reason)
                .count()
        };
        Reason::ALL
            .into_iter()
            .map(move |reason| (count(reason), reason))
            .filter(|(n, _)| *n > 0)
    }
}

/// The flaws that were named, once each: `; none_right, trivial`.
fn named(flaws: &[String]) -> String {
    let mut flaws: Vec<_> = flaws.iter().map(String::as_str).collect();
    flaws.dedup();
    match flaws.is_empty() {
        true => String::new(),
        false => format!("; {}", flaws.join(", ")),
    }
}

/// The beginning of a question, on one line.
fn beginning(question: &str) -> String {
    let line = question.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

fn lines<T: std::fmt::Display>(summary: &mut String, kinds: impl IntoIterator<Item = (usize, T)>) {
    for (n, what) in kinds.into_iter().filter(|(n, _)| *n > 0) {
        writeln!(summary, "{n:>3}  {what}").expect("a string takes all");
    }
}
