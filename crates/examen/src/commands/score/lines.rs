//! Scoring requests as a file holds them, one a line, read as they are needed.

use crate::failure::Failure;
use examen_llm::{Message, Role};
use serde::Deserialize;
use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::{Path, PathBuf},
};

/// Most bytes of a line: far more than any model reads.
const MAX_LINE_BYTES: u64 = 64 << 20;

/// A line of the file.
pub(super) struct Line {
    /// Counted from 1.
    pub(super) number: usize,
    /// What it asks for, or why it asks for nothing.
    pub(super) asked: Result<Asked, String>,
}

/// Texts to score.
pub(super) struct Asked {
    /// Text before the continuations, where it is plain text.
    pub(super) context: String,
    /// Messages before the continuations, where it is a conversation.
    pub(super) messages: Option<Vec<Message>>,
    /// Texts to score.
    pub(super) continuations: Vec<String>,
}

/// The lines that are still to come.
pub(super) struct Lines {
    path: PathBuf,
    reader: Box<dyn BufRead + Send>,
    number: usize,
    is_chat: bool,
}

impl Lines {
    /// Opens a file, or standard input for `-`. In a chat, a context is a user's message.
    pub(super) fn open(path: &Path, is_chat: bool) -> Result<Self, Failure> {
        let reader: Box<dyn BufRead + Send> = match path.as_os_str() == "-" {
            true => Box::new(BufReader::new(io::stdin())),
            false => Box::new(BufReader::new(
                File::open(path).map_err(|error| unreadable(path, &error))?,
            )),
        };
        Ok(Self {
            path: path.to_owned(),
            reader,
            number: 0,
            is_chat,
        })
    }

    /// Form that each line should have.
    pub(super) fn form(&self) -> &'static str {
        if self.is_chat { IN_CHAT } else { PLAIN }
    }

    /// The next `n` lines, fewer at the end; empty lines are passed over.
    pub(super) fn next_chunk(&mut self, n: usize) -> Result<Vec<Line>, Failure> {
        let mut chunk = Vec::new();
        while chunk.len() < n {
            let Some(text) = self
                .next_line()
                .map_err(|error| unreadable(&self.path, &error))?
            else {
                break;
            };
            self.number += 1;
            let asked = match &text {
                Ok(text) if text.trim().is_empty() => continue,
                Ok(text) => parse(text, self.is_chat),
                Err(reason) => Err(reason.clone()),
            };
            let number = self.number;
            chunk.push(Line { number, asked });
        }
        Ok(chunk)
    }

    /// The next line, or why it is none; `None` at the end.
    fn next_line(&mut self) -> io::Result<Option<Result<String, String>>> {
        let mut bytes = Vec::new();
        let mut bounded = (&mut self.reader).take(MAX_LINE_BYTES);
        if bounded.read_until(b'\n', &mut bytes)? == 0 {
            return Ok(None);
        }
        if bytes.len() as u64 == MAX_LINE_BYTES && bytes.last() != Some(&b'\n') {
            self.reader.skip_until(b'\n')?;
            return Ok(Some(Err(format!(
                "it is longer than {} MB",
                MAX_LINE_BYTES >> 20
            ))));
        }
        Ok(Some(
            String::from_utf8(bytes).map_err(|error| format!("it is no UTF-8: {error}")),
        ))
    }
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    Failure::new(format!("could not read {}: {error}", path.display()))
}

#[derive(Deserialize)]
struct Wire {
    context: Option<String>,
    messages: Option<Vec<Message>>,
    continuations: Vec<String>,
}

fn parse(text: &str, is_chat: bool) -> Result<Asked, String> {
    let wrong = |reason: &str| format!("it is not a scoring request: {reason}");
    // The line's own number is the one that helps.
    let reason = |error: serde_json::Error| {
        error
            .to_string()
            .replace(" at line 1 column ", " at column ")
    };
    let Wire {
        context,
        messages,
        continuations,
    } = serde_json::from_str(text).map_err(|error| wrong(&reason(error)))?;
    let (context, messages) = match (context, messages) {
        (Some(content), None) if is_chat => (
            String::new(),
            Some(vec![Message {
                role: Role::User,
                content: content.into(),
            }]),
        ),
        (None, Some(messages)) if is_chat => (String::new(), Some(messages)),
        (Some(context), None) => (context, None),
        (None, Some(_)) => return Err(wrong("it has messages, which only --chat reads")),
        (Some(_), Some(_)) => return Err(wrong("it has both a context and messages")),
        (None, None) => return Err(wrong("it has no context")),
    };
    Ok(Asked {
        context,
        messages,
        continuations,
    })
}

const PLAIN: &str = r#"{"context": "…", "continuations": ["…", "…"]}"#;
const IN_CHAT: &str = r#"{"messages": [{"role": "user", "content": "…"}], "continuations": ["…", "…"]}, or has a "context""#;
