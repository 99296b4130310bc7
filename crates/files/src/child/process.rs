//! The side that asks: one process, its limits, and its end.

use super::Program;
use std::{
    ffi::OsStr,
    fmt,
    io::{self, BufRead, BufReader, Read, Write},
    process::{Child, ChildStdin, Command, ExitStatus, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, sync_channel},
    thread::{self, JoinHandle},
    time::Duration,
};

/// Variables that a program may need to start at all; it gets no others, for they hold keys and passwords.
const VARIABLES: [&str; 5] = [
    "PATH",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "DYLD_FALLBACK_LIBRARY_PATH",
    "SystemRoot",
];

/// A process that answers.
#[derive(Debug)]
pub struct Process {
    child: Child,
    requests: ChildStdin,
    /// Lines that it answers; `None` for one that is too long.
    answers: Receiver<Option<Vec<u8>>>,
    errors: Option<JoinHandle<String>>,
    max_answer_bytes: u64,
    n_requests: usize,
}

/// Why a process gave no answer, as what follows "cannot be read: ".
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Silence {
    /// It took longer than it may.
    TooLong(Duration),
    /// It said more than it may, in bytes.
    TooMuch(u64),
    /// It ended.
    Died(String),
}

impl fmt::Display for Silence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong(limit) => {
                write!(f, "the reader ran longer than {} s", limit.as_secs_f64())
            }
            Self::TooMuch(bytes) => write!(f, "its text is longer than {} MB", bytes >> 20),
            Self::Died(how) => f.write_str(how),
        }
    }
}

impl Process {
    /// Starts a program, without the variables of this process.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn start(program: &Program) -> io::Result<Self> {
        let kept = VARIABLES.map(|name| std::env::var_os(name).map(|value| (name, value)));
        let readable = program.readable.iter();
        let readable = readable.flat_map(|path| [OsStr::new("--readable"), path.as_os_str()]);
        let mut child = Command::new(&program.program)
            .args(&program.arguments)
            .args(readable)
            .env_clear()
            .envs(kept.into_iter().flatten())
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
            let mut output = BufReader::with_capacity(1 << 16, output);
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
            max_answer_bytes: max_bytes,
            n_requests: 0,
        })
    }

    /// Number of requests that it was given.
    pub fn n_requests(&self) -> usize {
        self.n_requests
    }

    /// Asks: one line, without its end. After an error it answers no more.
    ///
    /// # Errors
    /// If no answer comes within the limits.
    pub fn ask(&mut self, request: &[u8], limit: Duration) -> Result<Vec<u8>, Silence> {
        self.send(request)?;
        self.answer(limit)
    }

    /// Asks without waiting for the answer, which [`Process::answer`] gives.
    ///
    /// # Errors
    /// If the process has ended.
    pub fn send(&mut self, request: &[u8]) -> Result<(), Silence> {
        self.n_requests += 1;
        let line = [request, b"\n"].concat();
        let sent = self.requests.write_all(&line);
        sent.and_then(|()| self.requests.flush())
            .map_err(|_| Silence::Died(self.last_words()))
    }

    /// The answer to the request that was sent last.
    ///
    /// # Errors
    /// If it does not come within the limits.
    pub fn answer(&mut self, limit: Duration) -> Result<Vec<u8>, Silence> {
        match self.answers.recv_timeout(limit) {
            Ok(Some(answer)) => Ok(answer),
            Ok(None) => Err(Silence::TooMuch(self.max_answer_bytes)),
            Err(RecvTimeoutError::Timeout) => Err(Silence::TooLong(limit)),
            Err(RecvTimeoutError::Disconnected) => Err(Silence::Died(self.last_words())),
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

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use std::time::Instant;

    fn says(script: &str, limit: Duration) -> Result<String, String> {
        let program = Program {
            max_answer_bytes: 1 << 20,
            ..Program::new("/bin/sh", ["-c", script])
        };
        let mut process = Process::start(&program).unwrap();
        let answer = process.ask(b"1", limit);
        answer
            .map(|answer| String::from_utf8(answer).unwrap())
            .map_err(|silence| silence.to_string())
    }

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn each_way_to_be_silent_is_told() {
        let died = |script: &str| says(script, LONG).unwrap_err();
        assert_eq!(
            died("read a; exit 3"),
            "the reader crashed (exit status: 3)"
        );
        assert_eq!(
            died("read a; kill -SEGV $$"),
            "the reader crashed (signal 11)"
        );
        assert_eq!(
            died("read a; echo memory allocation of 8 bytes failed >&2; kill -ABRT $$"),
            "the reader needed more memory than it may take"
        );
        assert_eq!(
            died("read a; exec tr '\\0' a < /dev/zero"),
            "its text is longer than 1 MB"
        );
        let begun = Instant::now();
        assert_eq!(
            says("read a; exec sleep 100", Duration::from_millis(200)).unwrap_err(),
            "the reader ran longer than 0.2 s"
        );
        assert!(begun.elapsed() < LONG, "it is not waited for");
    }

    #[test]
    fn a_program_does_not_see_the_variables_of_this_process() {
        // Cargo sets it for every test.
        assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some());
        let seen = says("read a; exec env", LONG).unwrap();
        let rest = says("read a; env | grep -c CARGO", LONG).unwrap();
        assert!(!seen.contains("CARGO"), "{seen}");
        assert_eq!(rest, "0\n");
    }
}
