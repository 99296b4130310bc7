//! The dataset card: what the Hub and `load_dataset` read (YAML), and what people read (Markdown).

use crate::{harnesses, plan::Plan, template};
use examen_core::ExamRow;
use examen_files::{distiset::size_category, table::Encoded, yaml};
use minijinja::value::Serde;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// A line of every card of ours: what lies in a folder with it may be replaced.
pub(crate) const MARK: &str =
    "<!-- published by examen; a later publication to this folder replaces it -->";
/// Documents that the card names; a longer list is cut off, with a word.
const MAX_DOCUMENTS: usize = 50;

/// Words of the card beside the numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardOptions {
    /// The heading, usually the dataset's name.
    pub title: String,
    /// A licence as the Hub writes it, such as `cc-by-4.0`; left out if unknown.
    pub license: Option<String>,
    /// Argument of `load_dataset` in the card's example: a folder or a repository.
    pub location: String,
    /// The program's version.
    pub version: String,
}

/// The card for a plan whose rows are `data`.
pub(crate) fn render(plan: &Plan, options: &CardOptions, data: &Encoded) -> String {
    let words = context(
        plan,
        options,
        yaml::to_string(&front_matter(plan, options, data)),
    );
    template::render(include_str!("card.md.jinja"), Serde(words))
}

fn front_matter(plan: &Plan, options: &CardOptions, data: &Encoded) -> Value {
    let languages: BTreeSet<&str> = plan
        .rows
        .iter()
        .filter_map(|row| row.language.as_deref())
        .collect();
    let mut front = json!({ "pretty_name": options.title });
    if !languages.is_empty() {
        front["language"] = json!(languages);
    }
    if let Some(license) = &options.license {
        front["license"] = json!(license);
    }
    front["size_categories"] = json!([size_category(plan.rows.len())]);
    front["task_categories"] = json!(["question-answering", "multiple-choice"]);
    front["tags"] = json!(["examen", "exam", "evaluation", "synthetic"]);
    front["configs"] = json!([{
        "config_name": "default",
        "data_files": [{ "split": "train", "path": "data/train-*" }],
    }]);
    // `load_dataset` refuses a wrong `num_examples`, and streaming fails without `num_bytes`.
    front["dataset_info"] = json!({
        "features": data.features.to_card(),
        "splits": [{ "name": "train", "num_bytes": data.num_bytes, "num_examples": data.num_examples }],
        "download_size": data.bytes.len(),
        "dataset_size": data.num_bytes,
    });
    front
}

/// Values for the template.
fn context(plan: &Plan, options: &CardOptions, front: String) -> Value {
    let documents = by_count(&plan.rows, |row| row.document.as_deref());
    let named: Vec<_> = documents.iter().take(MAX_DOCUMENTS).collect();
    let reasons: Vec<_> = plan
        .reasons()
        .map(|(n, reason)| (reason.to_string(), n))
        .collect();
    let harnesses: Vec<_> = harnesses::ALL
        .iter()
        .map(|harness| {
            let command = harness.command(&options.title);
            json!({ "tool": harness.tool, "path": harness.path, "command": command })
        })
        .collect();
    let n_comments = |comments: &Vec<String>| comments.len();
    json!({
        "flaws": flaws(plan),
        "n_comments": plan.rows.iter().map(|row| n_comments(&row.comments)).sum::<usize>()
            + plan.left_out.iter().map(|record| n_comments(&record.comments)).sum::<usize>(),
        "front": front,
        "mark": MARK,
        "title": options.title,
        "location": serde_json::to_string(&options.location).expect("a string is JSON"),
        "version": options.version,
        "counts": plan.counts,
        "min_votes": plan.min_votes,
        "harnesses": harnesses,
        "n_left_out": plan.left_out.len(),
        "n_documents": documents.len(),
        "n_unnamed": documents.len() - named.len(),
        "documents": named,
        "models": by_count(&plan.rows, |row| row.generation_model.as_deref()),
        "reasons": reasons,
    })
}

/// Each flaw that reviewers named, with the rows and the left-out records that have it, most frequent first.
fn flaws(plan: &Plan) -> Vec<(&str, usize, usize)> {
    let mut counts = BTreeMap::<&str, (usize, usize)>::new();
    for flaw in plan.rows.iter().flat_map(|row| distinct(&row.flaws)) {
        counts.entry(flaw).or_default().0 += 1;
    }
    for flaw in plan.left_out.iter().flat_map(|out| distinct(&out.flaws)) {
        counts.entry(flaw).or_default().1 += 1;
    }
    let mut counts: Vec<_> = counts
        .into_iter()
        .map(|(flaw, (rows, left_out))| (flaw, rows, left_out))
        .collect();
    counts.sort_by_key(|(_, rows, left_out)| std::cmp::Reverse(rows + left_out));
    counts
}

/// A sorted list without repetitions.
fn distinct(flaws: &[String]) -> BTreeSet<&str> {
    flaws.iter().map(String::as_str).collect()
}

/// The values of a column with the number of rows that have them, most frequent first.
fn by_count(rows: &[ExamRow], column: impl Fn(&ExamRow) -> Option<&str>) -> Vec<(&str, usize)> {
    let mut counts = BTreeMap::<&str, usize>::new();
    for value in rows.iter().filter_map(column) {
        *counts.entry(value).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    counts
}
