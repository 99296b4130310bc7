//! Reads documents of complicated formats in processes of their own, and is such a process: what is broken, huge or
//! hangs there costs one document, not the run.
//!
//! A process is given one path a line and answers one line of JSON for each. It is used for many documents; after one
//! that it did not survive, the next document gets a new one.

use crate::{reading::ReadError, settings::ReaderProgram};
use examen_core::Contents;
use std::{
    ffi::OsString,
    fmt,
    io::{self, BufRead, BufReader, Read, Write},
    path::Path,
    process::{Child, ChildStdin, Command, ExitStatus, Stdio},
    sync::{
        Mutex, PoisonError,
        mpsc::{Receiver, RecvTimeoutError, sync_channel},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

/// Answers for each path that comes in, until none comes. A panic of `read` is an answer too.
///
/// # Errors
/// If what comes in is no path, or the answer cannot be given.
pub fn serve<E: fmt::Display>(
    requests: impl BufRead,
    mut answers: impl Write,
    read: impl Fn(&Path) -> Result<Contents, E>,
) -> io::Result<()> {
    for request in requests.lines() {
        let path: OsString = serde_json::from_str(&request?)?;
        let answer =
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| read(Path::new(&path))));
        let answer = match answer {
            Ok(answer) => answer.map_err(|error| error.to_string()),
            Err(panic) => {
                let failed = format!("the reader failed: {}", words(&*panic));
                Err(ReadError::Broken(failed).to_string())
            }
        };
        serde_json::to_writer(&mut answers, &answer)?;
        answers.write_all(b"\n")?;
        answers.flush()?;
    }
    Ok(())
}

fn words(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("it panicked")
}

/// The processes.
#[derive(Debug)]
pub(crate) struct Reader {
    program: ReaderProgram,
    /// Those that read nothing at the moment.
    idle: Mutex<Vec<Process>>,
}

/// Why a process gave no answer.
enum Silence {
    TooLong,
    TooMuch,
    Ended,
}

impl Reader {
    pub(crate) fn new(program: ReaderProgram) -> Self {
        Self {
            program,
            idle: Mutex::default(),
        }
    }

    /// Reads a file. Blocks; as many processes run as there are callers.
    pub(crate) fn read(&self, path: &Path) -> Result<Contents, ReadError> {
        let idle = self.idle().pop();
        let process = match idle {
            Some(process) => process,
            None => self.start()?,
        };
        let is_used = process.n_read > 0;
        match self.ask(process, path) {
            // It may have been an earlier document that it did not survive.
            Err(ReadError::Died(_)) if is_used => self.ask(self.start()?, path),
            answer => answer,
        }
    }

    fn ask(&self, mut process: Process, path: &Path) -> Result<Contents, ReadError> {
        match process.ask(path, self.program.time_limit) {
            Ok(answer) => {
                let answer: Result<Contents, String> =
                    serde_json::from_slice(&answer).map_err(|_| ReadError::NoAnswer)?;
                if process.n_read < self.program.max_documents {
                    self.idle().push(process);
                }
                answer.map_err(ReadError::Answered)
            }
            Err(Silence::TooLong) => Err(ReadError::TooLong(self.program.time_limit)),
            Err(Silence::TooMuch) => Err(ReadError::TooMuch(self.program.max_answer_bytes)),
            Err(Silence::Ended) => Err(ReadError::Died(process.last_words())),
        }
    }

    fn start(&self) -> Result<Process, ReadError> {
        Process::start(&self.program).map_err(ReadError::Start)
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Process>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A process that reads.
#[derive(Debug)]
struct Process {
    child: Child,
    requests: ChildStdin,
    /// Lines that it answers; `None` for one that is too long.
    answers: Receiver<Option<Vec<u8>>>,
    errors: Option<JoinHandle<String>>,
    n_read: usize,
}

impl Process {
    fn start(program: &ReaderProgram) -> io::Result<Self> {
        let mut child = Command::new(&program.program)
            .args(&program.arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let taken = "is a pipe, and nobody has taken it yet";
        let (requests, output) = (
            child.stdin.take().expect(taken),
            child.stdout.take().expect(taken),
        );
        let errors = child.stderr.take().expect(taken);
        let (sender, answers) = sync_channel(1);
        let max_bytes = program.max_answer_bytes;
        thread::spawn(move || {
            let mut output = BufReader::new(output);
            while let Some(answer) = next_answer(&mut output, max_bytes) {
                if sender.send(answer).is_err() {
                    return;
                }
            }
        });
        let errors = Some(thread::spawn(move || end_of(errors)));
        Ok(Self {
            child,
            requests,
            answers,
            errors,
            n_read: 0,
        })
    }

    fn ask(&mut self, path: &Path, limit: Duration) -> Result<Vec<u8>, Silence> {
        let mut request = serde_json::to_vec(path.as_os_str()).map_err(|_| Silence::Ended)?;
        request.push(b'\n');
        self.requests
            .write_all(&request)
            .and_then(|()| self.requests.flush())
            .map_err(|_| Silence::Ended)?;
        self.n_read += 1;
        match self.answers.recv_timeout(limit) {
            Ok(Some(answer)) => Ok(answer),
            Ok(None) => Err(Silence::TooMuch),
            Err(RecvTimeoutError::Timeout) => Err(Silence::TooLong),
            Err(RecvTimeoutError::Disconnected) => Err(Silence::Ended),
        }
    }

    /// The way it ended, from its last words.
    fn last_words(&mut self) -> String {
        // What has closed its output is on its way out, or will not go by itself.
        let _ = self.child.kill();
        let status = self.child.wait();
        let said = self
            .errors
            .take()
            .and_then(|errors| errors.join().ok())
            .unwrap_or_default();
        match said {
            _ if said.contains("memory allocation of") => {
                "the reader needed more memory than it may take".to_owned()
            }
            _ if said.contains("overflowed its stack") => "it is nested too deeply".to_owned(),
            _ => format!(
                "the reader crashed ({})",
                status.map_or("it is gone".to_owned(), ending)
            ),
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The next line, `Some(None)` if it is longer than `max_bytes`; `None` when there is none.
fn next_answer(output: &mut impl BufRead, max_bytes: u64) -> Option<Option<Vec<u8>>> {
    let mut line = Vec::new();
    let n_bytes = output.take(max_bytes).read_until(b'\n', &mut line).ok()?;
    match line.last() {
        None => None,
        Some(b'\n') => Some(Some(line)),
        Some(_) => (n_bytes as u64 == max_bytes).then_some(None),
    }
}

/// The last of what is written there.
fn end_of(mut errors: impl Read) -> String {
    const KEPT: usize = 4096;
    let (mut end, mut buffer) = (Vec::new(), [0; KEPT]);
    while let Ok(n_bytes @ 1..) = errors.read(&mut buffer) {
        end.extend_from_slice(&buffer[..n_bytes]);
        end.drain(..end.len().saturating_sub(KEPT));
    }
    String::from_utf8_lossy(&end).into_owned()
}

#[cfg(unix)]
fn ending(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt;
    status
        .signal()
        .map_or_else(|| status.to_string(), |signal| format!("signal {signal}"))
}

#[cfg(not(unix))]
fn ending(status: ExitStatus) -> String {
    status.to_string()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::time::Instant;

    fn reader(script: &str) -> Reader {
        let program = ReaderProgram {
            time_limit: Duration::from_secs(20),
            ..ReaderProgram::new("/bin/sh", ["-c", script])
        };
        Reader::new(program)
    }

    /// A process that answers the first document and does `then` at the second.
    fn once_then(then: &str) -> String {
        format!(r#"read a; echo '{{"Err":"is the first"}}'; read b; {then}"#)
    }

    #[test]
    fn what_one_end_asks_the_other_answers() {
        let read = |path: &Path| match path.to_str() {
            Some("bad") => panic!("no page {}", 7),
            Some(name) => Ok(Contents {
                text: format!("{name}\nñ"),
                pages: vec![0],
                ..Contents::default()
            }),
            None => Err("has a strange name".to_owned()),
        };
        let requests: Vec<u8> = ["a", "bad", "b"]
            .iter()
            .flat_map(|path| {
                serde_json::to_vec(&OsString::from(path))
                    .unwrap()
                    .into_iter()
                    .chain(*b"\n")
            })
            .collect();
        let mut answers = Vec::new();
        serve(&*requests, &mut answers, read).unwrap();
        let answers: Vec<Result<Contents, String>> = answers
            .split(|&byte| byte == b'\n')
            .filter_map(|line| serde_json::from_slice(line).ok())
            .collect();
        assert_eq!(answers[0].as_ref().unwrap().text, "a\nñ");
        assert_eq!(
            answers[1],
            Err("cannot be read: the reader failed: no page 7".to_owned())
        );
        assert_eq!(answers[2].as_ref().unwrap().pages, [0]);
    }

    #[test]
    fn each_way_to_fail_is_told() {
        let fails = |script: &str| {
            reader(script)
                .read(Path::new("a.pdf"))
                .unwrap_err()
                .to_string()
        };
        assert_eq!(
            fails("exit 3"),
            "cannot be read: the reader crashed (exit status: 3)"
        );
        assert_eq!(
            fails("read a; kill -SEGV $$"),
            "cannot be read: the reader crashed (signal 11)"
        );
        let no_memory = "read a; echo memory allocation of 8 bytes failed >&2; kill -ABRT $$";
        assert_eq!(
            fails(no_memory),
            "cannot be read: the reader needed more memory than it may take"
        );
        assert_eq!(
            fails("read a; echo nonsense"),
            "cannot be read: the reader gave no answer"
        );
        let absent = Reader::new(ReaderProgram::new("/nowhere", [""; 0]))
            .read(Path::new("a.pdf"))
            .unwrap_err()
            .to_string();
        assert!(
            absent.starts_with("cannot be read: its reader cannot be started: "),
            "{absent}"
        );
    }

    #[test]
    fn one_that_hangs_or_never_stops_talking_is_ended() {
        let program = ReaderProgram {
            time_limit: Duration::from_millis(200),
            max_answer_bytes: 1 << 20,
            ..ReaderProgram::new("/bin/sh", ["-c", "read a; exec sleep 100"])
        };
        let begun = Instant::now();
        let reason = Reader::new(program.clone())
            .read(Path::new("a.pdf"))
            .unwrap_err()
            .to_string();
        assert_eq!(reason, "cannot be read: the reader ran longer than 0.2 s");
        assert!(
            begun.elapsed() < Duration::from_secs(50),
            "it is not waited for"
        );
        let talks = ReaderProgram {
            arguments: ["-c", "read a; exec tr '\\0' a < /dev/zero"]
                .map(Into::into)
                .to_vec(),
            time_limit: Duration::from_secs(60),
            ..program
        };
        assert_eq!(
            Reader::new(talks)
                .read(Path::new("a.pdf"))
                .unwrap_err()
                .to_string(),
            "cannot be read: its text is longer than 1 MB"
        );
    }

    #[test]
    fn a_process_is_used_again_and_its_death_is_not_held_against_the_next_document() {
        let reader = reader(&once_then("exit 1"));
        for _ in 0..3 {
            let error = reader.read(Path::new("a.pdf")).unwrap_err();
            assert_eq!(error.to_string(), "is the first");
            assert_eq!(reader.idle().len(), 1);
        }
    }
}
