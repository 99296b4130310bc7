//! One Python that answers line by line, within limits of time, bytes and values: what it runs is nobody's we know.

use super::BridgeError;
use examen_files::child::{Process, Program, Silence};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value as Json;
use std::{
    sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    thread,
    time::Duration,
};

/// Values of one answer: 200 of a row's columns for each of 80,000 rows. More would take gigabytes of memory.
const MAX_VALUES: usize = 16 << 20;
/// Time beyond a request's own in which the side that asks is told of its end.
const GRACE: Duration = Duration::from_secs(2);

/// A Python that answers.
#[derive(Debug)]
pub(super) struct Python {
    requests: Sender<Vec<u8>>,
    answers: Receiver<Result<Vec<u8>, Silence>>,
    time_limit: Duration,
    /// What it runs, for messages.
    pub(super) file: String,
}

/// An answer that says what went wrong.
#[derive(Deserialize)]
struct Failure {
    #[serde(default)]
    error: Option<String>,
}

impl Python {
    /// Starts a Python.
    pub(super) fn start(program: Program, file: impl Into<String>) -> Result<Self, BridgeError> {
        let mut process = Process::start(&program).map_err(BridgeError::Start)?;
        let time_limit = program.time_limit;
        let (requests, asked) = channel::<Vec<u8>>();
        let (answered, answers) = channel();
        // On a thread of its own: a process that reads nothing would hold up whoever writes to it, without end.
        thread::spawn(move || {
            for request in asked {
                if answered.send(process.ask(&request, time_limit)).is_err() {
                    return;
                }
            }
        });
        Ok(Self {
            requests,
            answers,
            time_limit,
            file: file.into(),
        })
    }

    /// One that gives these answers, whatever it is asked, and then none.
    pub(super) fn replay(answers: &[&[u8]]) -> Self {
        let (requests, _) = channel();
        let (answered, received) = channel();
        for answer in answers {
            let _ = answered.send(Ok(answer.to_vec()));
        }
        Self {
            requests,
            answers: received,
            time_limit: Duration::ZERO,
            file: "a recording".to_owned(),
        }
    }

    /// Asks, and waits for the answer.
    pub(super) fn ask<T: DeserializeOwned>(&self, request: &Json) -> Result<T, BridgeError> {
        let silent = |reason: String| BridgeError::Silent {
            file: self.file.clone(),
            reason,
        };
        // Where nobody takes it there is no answer, and that is told.
        let _ = self.requests.send(request.to_string().into_bytes());
        let answer = match self.answers.recv_timeout(self.time_limit + GRACE) {
            Ok(answer) => answer.map_err(|silence| silent(words(&silence)))?,
            Err(RecvTimeoutError::Timeout) => {
                return Err(silent(words(&Silence::TooLong(self.time_limit))));
            }
            Err(RecvTimeoutError::Disconnected) => return Err(silent("it is gone".to_owned())),
        };
        if n_values(&answer) > MAX_VALUES {
            return Err(silent(format!(
                "its answer has more than {} million values",
                MAX_VALUES >> 20
            )));
        }
        let unread = |source| BridgeError::Answer {
            file: self.file.clone(),
            source,
        };
        match serde_json::from_slice(&answer).map_err(unread)? {
            Failure { error: None } => serde_json::from_slice(&answer).map_err(unread),
            Failure {
                error: Some(reason),
            } => Err(BridgeError::Failed {
                file: self.file.clone(),
                reason,
            }),
        }
    }
}

/// Most values that a line of JSON can have. Marks within texts count, too: they are few.
fn n_values(line: &[u8]) -> usize {
    let is_mark = |byte: &&u8| matches!(byte, b',' | b'[' | b'{' | b':');
    1 + line.iter().filter(is_mark).count()
}

fn words(silence: &Silence) -> String {
    match silence {
        Silence::TooLong(limit) => format!("it ran longer than {} s", limit.as_secs_f64()),
        Silence::TooMuch(bytes) => format!("its answer is longer than {} MB", bytes >> 20),
        Silence::Died(how) => how.replace("the reader", "it"),
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::time::Instant;

    /// The failure of a program in the shell, and the seconds that it took.
    fn failure(script: &str, request: &Json) -> (String, f64) {
        let program = Program {
            time_limit: Duration::from_millis(500),
            max_answer_bytes: 8 << 20,
            ..Program::new("/bin/sh", ["-c", script])
        };
        let python = Python::start(program, "task.py").unwrap();
        let begun = Instant::now();
        let failed = python.ask::<Vec<Json>>(request).unwrap_err();
        (failed.to_string(), begun.elapsed().as_secs_f64())
    }

    #[test]
    fn a_silent_endless_or_crashing_bridge_ends_in_time_with_the_reason() {
        let small = json!({});
        for (script, reason) in [
            ("read a; sleep 100", "it ran longer than 0.5 s"),
            (
                "read a; while :; do echo >&2; done",
                "it ran longer than 0.5 s",
            ),
            (
                "read a; exec tr '\\0' a < /dev/zero",
                "its answer is longer than 8 MB",
            ),
            (
                "read a; head -c 100000000 /dev/zero | tr '\\0' 0; echo",
                "its answer is longer than 8 MB",
            ),
            ("read a; kill -SEGV $$", "it crashed (signal 11)"),
            ("read a; exit 7", "it crashed (exit status: 7)"),
            ("read a; echo nonsense", "an answer that is not understood"),
            (
                "read a; echo '{\"error\": \"ZeroDivisionError\"}'",
                "task.py: ZeroDivisionError",
            ),
        ] {
            let (told, seconds) = failure(script, &small);
            assert!(
                told.contains(reason) && told.starts_with("task.py"),
                "{script}: {told}"
            );
            assert!(seconds < 30.0, "{script}: {seconds} s");
        }
    }

    #[test]
    fn a_bridge_that_reads_nothing_is_not_waited_for() {
        // More than a pipe holds.
        let (told, seconds) = failure("sleep 100", &json!("a".repeat(1 << 20)));
        assert!(told.contains("it ran longer than 0.5 s"), "{told}");
        assert!(seconds < 30.0, "{seconds} s");
    }

    #[test]
    fn an_answer_of_too_many_values_or_levels_is_refused_before_it_takes_the_memory() {
        let many = [b"[".as_slice(), &b"[],".repeat(9 << 20), b"[]]"].concat();
        let told = Python::replay(&[&many])
            .ask::<Json>(&json!({}))
            .unwrap_err();
        assert!(
            told.to_string().contains("more than 16 million values"),
            "{told}"
        );
        let deep = [b"[".repeat(100_000), b"]".repeat(100_000)].concat();
        let told = Python::replay(&[&deep])
            .ask::<Json>(&json!({}))
            .unwrap_err();
        assert!(told.to_string().contains("not understood"), "{told}");
    }
}
