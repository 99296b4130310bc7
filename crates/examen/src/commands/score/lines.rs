//! Scoring requests as a file holds them, one a line, read as they are needed.

use crate::failure::Failure;
use examen_llm::{Message, Role};
use serde::Deserialize;
use std::{
    fs::File,
    io::{self, BufRead, BufReader},
    path::{Path, PathBuf},
};

/// A line of the file.
pub(super) struct Line {
    /// Counted from 1.
    number: usize,
    /// Text before the continuations, where it is plain text.
    pub(super) context: String,
    /// Messages before the continuations, where it is a conversation.
    pub(super) messages: Option<Vec<Message>>,
    /// Texts to score.
    pub(super) continuations: Vec<String>,
}

impl Line {
    /// A failure that names the line.
    pub(super) fn wrong(&self, reason: &str) -> Failure {
        Failure::new(format!("line {}: {reason}", self.number))
    }
}

/// The lines that are still to come.
pub(super) struct Lines {
    path: PathBuf,
    lines: io::Lines<Box<dyn BufRead + Send>>,
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
            lines: reader.lines(),
            number: 0,
            is_chat,
        })
    }

    /// The next `n` requests, fewer at the end; empty lines are passed over.
    pub(super) fn next_chunk(&mut self, n: usize) -> Result<Vec<Line>, Failure> {
        let mut chunk = Vec::new();
        while chunk.len() < n {
            let Some(line) = self.lines.next() else { break };
            self.number += 1;
            let line = line.map_err(|error| unreadable(&self.path, &error))?;
            if !line.trim().is_empty() {
                chunk.push(parse(&line, self.number, self.is_chat)?);
            }
        }
        Ok(chunk)
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

fn parse(text: &str, number: usize, is_chat: bool) -> Result<Line, Failure> {
    let wrong = |reason: &str| {
        let form = if is_chat { IN_CHAT } else { PLAIN };
        Failure::new(format!("line {number} is not a scoring request: {reason}"))
            .hint(format!("each line is {form}"))
    };
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
    Ok(Line {
        number,
        context,
        messages,
        continuations,
    })
}

const PLAIN: &str = r#"{"context": "…", "continuations": ["…", "…"]}"#;
const IN_CHAT: &str = r#"{"messages": [{"role": "user", "content": "…"}], "continuations": ["…", "…"]}, or has a "context""#;
