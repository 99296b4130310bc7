//! Labels: what people say of some replies, and how far a judge agrees with them.

use super::rubric::Rubric;
use crate::{error::EvaluateError, measures::cohens_kappa};
use examen_files::bounded;
use serde::{Deserialize, Serialize};
use std::{collections::HashMap, path::Path};

/// Bytes of a file of labels.
const MAX_BYTES: u64 = 64 << 20;

/// Labels of replies, by question.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JudgeLabels {
    by_question: HashMap<String, Vec<Label>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    question_id: String,
    #[serde(default)]
    reply: Option<String>,
    verdict: String,
}

/// A label of one question.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Label {
    /// The reply that it is of; `None`: of whatever reply.
    reply: Option<String>,
    /// Index of the verdict.
    verdict: usize,
}

/// Agreement of a judge with labels.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Agreement {
    /// Judged replies with a label.
    pub n: u64,
    /// Those of them with the same verdict.
    pub n_agreed: u64,
    /// Cohen's kappa of judge and labels; `None` where both have but one verdict, or nothing is labelled.
    pub kappa: Option<f64>,
    /// Labels of no reply that was judged in this run.
    pub n_unused: u64,
}

impl JudgeLabels {
    /// Reads JSON Lines: `{"question_id": "q1", "verdict": "correct"}`, with `"reply"` where the label is of one reply alone.
    ///
    /// # Errors
    /// A file that cannot be read, is longer than 64 MiB, or has a line that is no label of the rubric.
    pub fn read(path: &Path, rubric: &Rubric) -> Result<Self, EvaluateError> {
        let wrong = |reason: String| EvaluateError::Labels {
            path: path.to_owned(),
            reason,
        };
        let text = bounded::read_text(path, MAX_BYTES).map_err(|error| wrong(error.to_string()))?;
        let mut labels = Self::default();
        for (n, line) in text.lines().enumerate() {
            if !line.trim().is_empty() {
                let added = labels.add(line, rubric);
                added.map_err(|reason| wrong(format!("line {}: {reason}", n + 1)))?;
            }
        }
        Ok(labels)
    }

    fn add(&mut self, line: &str, rubric: &Rubric) -> Result<(), String> {
        let line: Line = serde_json::from_str(line).map_err(|error| error.to_string())?;
        let verdict = rubric.index_of(&line.verdict).ok_or_else(|| {
            let known: Vec<&str> = rubric.verdicts().collect();
            format!(
                "`{}` is no verdict of the rubric, which has {}",
                line.verdict,
                known.join(", ")
            )
        })?;
        let reply = line.reply.map(|reply| reply.trim().to_owned());
        let known = self.by_question.entry(line.question_id).or_default();
        if known.iter().any(|label| label.reply == reply) {
            return Err("the same reply has a label already".to_owned());
        }
        known.push(Label { reply, verdict });
        Ok(())
    }

    fn n(&self) -> usize {
        self.by_question.values().map(Vec::len).sum()
    }

    /// True if there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.by_question.is_empty()
    }

    /// The label of a reply: its own before that of its question.
    pub(crate) fn of(&self, question: &str, reply: &str) -> Option<usize> {
        let labels = self.by_question.get(question)?;
        let is_own = |label: &&Label| label.reply.as_deref() == Some(reply.trim());
        let own = labels.iter().find(is_own);
        let any = || labels.iter().find(|label| label.reply.is_none());
        Some(own.or_else(any)?.verdict)
    }

    /// Agreement of (judge's verdict, label) with each other.
    pub(crate) fn agreement(&self, pairs: &[(usize, usize)]) -> Agreement {
        let n_agreed = pairs.iter().filter(|(judge, label)| judge == label).count();
        Agreement {
            n: pairs.len() as u64,
            n_agreed: n_agreed as u64,
            kappa: cohens_kappa(pairs),
            n_unused: self.n().saturating_sub(pairs.len()) as u64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_of_its_reply_and_a_line_that_is_none_is_named() {
        let rubric = Rubric::built_in("reference", "en").unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("labels.jsonl");
        let read = |text: &str| {
            std::fs::write(&path, text).unwrap();
            JudgeLabels::read(&path, &rubric)
        };
        let good = "{\"question_id\": \"q1\", \"reply\": \" 4 \", \"verdict\": \"Correct\"}\n\n{\"question_id\": \"q1\", \"verdict\": \"incorrect\"}\n";
        let labels = read(good).unwrap();
        assert_eq!(
            (
                labels.of("q1", "4"),
                labels.of("q1", "5"),
                labels.of("q2", "4")
            ),
            (Some(0), Some(1), None)
        );
        for (line, reason) in [
            (
                "{\"question_id\": \"q1\", \"verdict\": \"maybe\"}",
                "line 1: `maybe` is no verdict",
            ),
            ("nonsense", "line 1"),
            (
                "{\"question_id\": \"q\", \"verdict\": \"correct\"}\n{\"question_id\": \"q\", \"verdict\": \"correct\"}",
                "line 2: the same reply",
            ),
        ] {
            let failed = read(line).unwrap_err().to_string();
            assert!(failed.contains(reason), "{failed}");
        }
    }
}
