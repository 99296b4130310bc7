//! `replies_<task|shots>_<date>.jsonl`: every reply whole, as it came, for the user's eyes alone (mode 600).

use super::Finished;
use crate::{error::EvaluateError, judging::Call};
use examen_files::atomic;
use examen_llm::{Message, Usage};
use serde::Serialize;
use serde_json::{Map, Value};
use std::path::Path;

/// One line.
#[derive(Serialize)]
struct Reply<'a> {
    question_id: &'a str,
    messages: &'a [Message],
    /// The replies with their thinking; none where none came.
    replies: Vec<&'a str>,
    /// What was read for the answer, of each.
    answers: Vec<&'a str>,
    usage: Vec<Usage>,
    /// What the server sent beside each, such as sources; none where no server sent any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    extra: Vec<&'a Map<String, Value>>,
    seconds: f64,
    /// What the judge was asked and said of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    judge: Vec<&'a Call>,
    /// Reason why the question is unscored.
    unscored: Option<String>,
}

/// Writes one line a question, in order.
pub(super) fn write(run: &Finished<'_>, path: &Path) -> Result<(), EvaluateError> {
    let written = atomic::write(path, |out| {
        for graded in run.graded {
            let words = || graded.answer.in_words();
            let reply = Reply {
                question_id: &graded.doc.id,
                messages: graded.asked.map_or(&[][..], |asked| &asked.messages),
                replies: words().map(|words| words.text.as_str()).collect(),
                answers: words().map(|words| words.answer.as_str()).collect(),
                usage: words().map(|words| words.usage).collect(),
                extra: match words().any(|words| !words.extra.is_empty()) {
                    true => words().map(|words| &words.extra).collect(),
                    false => Vec::new(),
                },
                seconds: graded.answer.seconds,
                judge: graded
                    .judged
                    .iter()
                    .flat_map(|judged| &judged.calls)
                    .collect(),
                unscored: graded.answer.reason(),
            };
            serde_json::to_writer(&mut *out, &reply)?;
            out.write_all(b"\n")?;
        }
        Ok(())
    });
    written?;
    Ok(())
}
