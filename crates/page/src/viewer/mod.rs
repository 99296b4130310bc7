//! A page to look through thousands of questions, with what models answered: a list that is searched and filtered, and one
//! question beside it.
//!
//! It is one file too. What the list needs is plain; everything else of the questions lies in blocks of gzip, which the page
//! unpacks when one of their questions is shown or searched, so that ten thousand questions open at once.

use crate::frame;
use base64::{Engine, prelude::BASE64_STANDARD};
use flate2::{Compression, write::GzEncoder};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde::Serialize;
use std::{
    collections::BTreeMap,
    io::{self, Write},
};

const STYLE: &str = concat!(include_str!("../page.css"), include_str!("viewer.css"));
const SCRIPT: &str = include_str!("viewer.js");
/// Questions of a block.
const BLOCK: usize = 100;
/// Characters of a question that the list shows.
const SHORT: usize = 160;

/// A page of questions.
#[derive(Debug, Clone, Default)]
pub struct Viewer {
    /// Title of the window, and first heading.
    pub title: String,
    /// The runs that answered them; none where there are questions only.
    pub runs: Vec<ViewedRun>,
    /// Names of the labels by which questions are filtered, such as `document`.
    pub labels: Vec<String>,
    /// The questions, in order.
    pub questions: Vec<ViewedQuestion>,
}

/// A run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ViewedRun {
    /// Name, unique on the page.
    pub name: String,
    /// Its number, with the interval, in a few words.
    pub result: String,
}

/// A question.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct ViewedQuestion {
    /// Id.
    pub id: String,
    /// Stem.
    pub question: String,
    /// Values of the page's labels, in their order.
    pub labels: Vec<Option<String>>,
    /// Options.
    pub options: Vec<String>,
    /// Indices of those that are right.
    pub keys: Vec<usize>,
    /// Passage that it was written from.
    pub passage: Option<String>,
    /// Words of the passage that the key rests on.
    pub quote: Option<String>,
    /// Answers of the page's runs, in their order; `None` where a run did not ask it.
    pub answers: Vec<Option<ViewedAnswer>>,
}

/// A model's answer to a question.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct ViewedAnswer {
    /// Outcome.
    pub outcome: ViewedOutcome,
    /// Index of the option that was taken for the answer.
    pub choice: Option<usize>,
    /// Log-probabilities of the options, where they are known.
    pub log_probs: Vec<Option<f64>>,
    /// Text before the options, as the model read it.
    pub prompt: Option<String>,
    /// Texts that were scored, where they are not the options.
    pub scored: Vec<String>,
    /// Reply in words.
    pub reply: Option<String>,
    /// Reason why there is no score.
    pub reason: Option<String>,
    /// Numbers of the metrics.
    pub metrics: BTreeMap<String, f64>,
}

/// Outcome of an answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ViewedOutcome {
    /// Right.
    Right,
    /// Wrong.
    Wrong,
    /// Scored by metrics that know no right and wrong.
    Scored,
    /// Without a score.
    #[default]
    Unscored,
}

/// What the list needs of all questions, column by column.
#[derive(Serialize)]
struct Index<'a> {
    runs: &'a [ViewedRun],
    labels: &'a [String],
    ids: Vec<&'a str>,
    questions: Vec<String>,
    /// Distinct values of each label, and the index among them of each question's.
    values: Vec<Vec<&'a str>>,
    of_questions: Vec<Vec<Option<usize>>>,
    /// A letter a question, one text a run; a dash where it was not asked.
    outcomes: Vec<String>,
    block: usize,
}

impl Viewer {
    /// The whole file.
    ///
    /// # Errors
    /// None in practice: it is compressed in memory.
    pub fn to_html(&self) -> io::Result<String> {
        let index = in_html(&serde_json::to_string(&self.index())?);
        let blocks = self.questions.chunks(BLOCK).map(packed);
        let blocks = blocks.collect::<io::Result<Vec<String>>>()?;
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                (frame::head(&self.title, STYLE, SCRIPT))
                body.viewer {
                    a.skip href="#question" { "Skip to the question" }
                    header { h1 { (self.title) } (self.summary()) }
                    main #main {
                        section #list aria-label="Questions" { p #loading { "This page needs its script." } }
                        section #question aria-label="Question" aria-live="polite" tabindex="-1" {}
                    }
                    script #index type="application/json" { (PreEscaped(index)) }
                    @for block in &blocks { script.block type="application/octet-stream" { (PreEscaped(block)) } }
                    script { (PreEscaped(SCRIPT)) }
                }
            }
        };
        Ok(page.into_string() + "\n")
    }

    fn summary(&self) -> Markup {
        html! {
            @if !self.runs.is_empty() {
                ul.runs { @for run in &self.runs { li { b { (run.name) } " " (run.result) } } }
            }
        }
    }

    fn index(&self) -> Index<'_> {
        let columns = (0..self.labels.len()).map(|label| self.column(label));
        let (values, of_questions) = columns.unzip();
        let questions = self.questions.iter();
        let outcomes = (0..self.runs.len()).map(|run| {
            let letters = self.questions.iter().map(|question| letter(question, run));
            letters.collect()
        });
        Index {
            runs: &self.runs,
            labels: &self.labels,
            ids: questions
                .clone()
                .map(|question| question.id.as_str())
                .collect(),
            questions: questions
                .map(|question| short(&question.question))
                .collect(),
            values,
            of_questions,
            outcomes: outcomes.collect(),
            block: BLOCK,
        }
    }

    /// The distinct values of a label, sorted, and the index among them of each question's.
    fn column(&self, label: usize) -> (Vec<&str>, Vec<Option<usize>>) {
        let value = |question: &'_ ViewedQuestion| question.labels.get(label).cloned().flatten();
        let mut values: Vec<&str> = self
            .questions
            .iter()
            .filter_map(|question| question.labels.get(label)?.as_deref())
            .collect();
        values.sort_unstable();
        values.dedup();
        let of_questions = self.questions.iter().map(|question| {
            let value = value(question)?;
            values.binary_search(&value.as_str()).ok()
        });
        let of_questions = of_questions.collect();
        (values, of_questions)
    }
}

fn letter(question: &ViewedQuestion, run: usize) -> char {
    let answer = question.answers.get(run).and_then(Option::as_ref);
    answer.map_or('-', |answer| match answer.outcome {
        ViewedOutcome::Right => 'r',
        ViewedOutcome::Wrong => 'w',
        ViewedOutcome::Scored => 's',
        ViewedOutcome::Unscored => 'u',
    })
}

/// The beginning of a text on one line.
fn short(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let line = words.join(" ");
    match line.char_indices().nth(SHORT) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}

/// JSON that can stand in an element: nothing in it ends one.
fn in_html(json: &str) -> String {
    json.replace('<', "\\u003c")
}

fn packed(questions: &[ViewedQuestion]) -> io::Result<String> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(&serde_json::to_vec(questions)?)?;
    Ok(BASE64_STANDARD.encode(gzip.finish()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::read::GzDecoder;
    use std::io::Read;

    fn question(id: usize, text: &str) -> ViewedQuestion {
        ViewedQuestion {
            id: id.to_string(),
            question: text.to_owned(),
            labels: vec![Some(format!("d{}", id % 3)), None],
            options: vec!["x".to_owned(), "y".to_owned()],
            keys: vec![1],
            answers: vec![
                Some(ViewedAnswer {
                    outcome: ViewedOutcome::Right,
                    ..ViewedAnswer::default()
                }),
                None,
            ],
            ..ViewedQuestion::default()
        }
    }

    fn viewer(n: usize, text: &str) -> Viewer {
        let run = |name: &str| ViewedRun {
            name: name.to_owned(),
            result: "acc".to_owned(),
        };
        Viewer {
            title: text.to_owned(),
            runs: vec![run("a"), run("b")],
            labels: vec!["document".to_owned(), "kind".to_owned()],
            questions: (0..n).map(|id| question(id, text)).collect(),
        }
    }

    #[test]
    fn whatever_a_question_says_is_text() {
        let html = viewer(2, "</script><script>alert(1)</script>")
            .to_html()
            .unwrap();
        assert_eq!(html.matches("<script").count(), 3);
        assert!(html.contains("&lt;/script&gt;") && !html.contains("<script>alert"));
    }

    #[test]
    fn nothing_is_asked_for_from_elsewhere() {
        let html = viewer(2, "t").to_html().unwrap();
        for reference in [
            "http://", "https://", "src=", "@import", "url(", "<link", "fetch(",
        ] {
            assert!(!html.contains(reference), "{reference}");
        }
        assert!(!STYLE.contains("</") && !SCRIPT.contains("</") && !SCRIPT.contains("<!--"));
        assert!(!SCRIPT.contains("innerHTML"));
    }

    #[test]
    fn the_list_has_every_question_and_blocks_have_the_rest() {
        let viewer = viewer(250, "t");
        let index = viewer.index();
        assert_eq!(index.values, [vec!["d0", "d1", "d2"], vec![]]);
        assert_eq!(
            index.of_questions[0][..4],
            [Some(0), Some(1), Some(2), Some(0)]
        );
        assert_eq!(index.outcomes, ["r".repeat(250), "-".repeat(250)]);
        let block = packed(&viewer.questions[..2]).unwrap();
        let bytes = BASE64_STANDARD.decode(block).unwrap();
        let mut json = String::new();
        GzDecoder::new(bytes.as_slice())
            .read_to_string(&mut json)
            .unwrap();
        let questions: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(questions[1]["labels"], serde_json::json!(["d1", null]));
        assert_eq!(
            viewer.to_html().unwrap().matches("class=\"block\"").count(),
            3
        );
    }

    #[test]
    fn long_questions_are_cut_between_characters() {
        assert_eq!(short(" a\n b "), "a b");
        assert_eq!(short(&"é".repeat(200)).chars().count(), SHORT + 1);
    }
}
