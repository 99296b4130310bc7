//! Reads documents in processes of their own, and is such a process: what is broken, huge or hangs there costs one
//! document, not the run.
//!
//! A process is used for many documents; after one that it did not survive, the next document gets a new one.

use crate::reading::{
    ReadError,
    archive::Member,
    formats::Formats,
    requests::{Answer, Answering, Request, Table},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use examen_core::Contents;
use examen_files::child::{self, Process, Program, Silence};
use std::{
    collections::VecDeque,
    io::{self, BufRead, Write},
    iter::once,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// Bytes of a file that are read in a second, at least: a file of rows is counted as a whole.
const BYTES_PER_SECOND: u64 = 10 << 20;
/// Documents that are asked for at once, at most.
const MOST_AT_ONCE: usize = 256;

/// Answers requests to read until none comes.
///
/// # Errors
/// If what comes in is no request, or the answer cannot be given.
pub fn serve(requests: impl BufRead, answers: impl Write, formats: Formats) -> io::Result<()> {
    let mut answering = Answering::new(formats);
    child::serve(requests, answers, |request: Request| {
        answering.answer(request).map_err(|error| error.to_string())
    })
}

/// A document: a file, or a row of one, from 0.
pub(crate) type Place = (PathBuf, Option<usize>);

/// Reads files: in processes, or in this one where there is no program for that.
#[derive(Debug)]
pub(crate) struct Reader {
    program: Option<Program>,
    text_column: Option<String>,
    /// Processes that read nothing at the moment.
    idle: Mutex<Vec<Process>>,
    own: Mutex<Answering>,
    ahead: Mutex<Ahead>,
}

/// Documents that came with one that was asked for.
#[derive(Debug, Default)]
struct Ahead {
    documents: VecDeque<(Place, Result<Contents, String>)>,
    /// The document after them.
    next: Option<Place>,
    /// Number of documents that came last.
    n: usize,
}

impl Reader {
    pub(crate) fn new(
        program: Option<Program>,
        formats: Formats,
        text_column: Option<String>,
    ) -> Self {
        Self {
            program,
            text_column,
            idle: Mutex::default(),
            own: Mutex::new(Answering::new(formats)),
            ahead: Mutex::default(),
        }
    }

    /// Number of rows of a file of rows. Blocks.
    pub(crate) fn count(&self, path: &Path) -> Result<usize, ReadError> {
        let limit = self.time_limit().saturating_add(time_to_count(path));
        match self.ask(&Request::Count(self.table(path)), limit)? {
            Answer::Count(n) => Ok(n),
            _ => Err(ReadError::NoAnswer),
        }
    }

    /// The files in an archive. Blocks.
    pub(crate) fn members(&self, path: &Path) -> Result<Vec<Member>, ReadError> {
        match self.ask(&Request::Members(path.into()), self.time_limit())? {
            Answer::Members(members) => Ok(members),
            _ => Err(ReadError::NoAnswer),
        }
    }

    /// The bytes of one of them. Blocks.
    pub(crate) fn member(&self, path: &Path, index: usize) -> Result<Vec<u8>, ReadError> {
        let path = path.into();
        match self.ask(&Request::Member { path, index }, self.time_limit())? {
            Answer::Member(bytes) => BASE64_STANDARD
                .decode(bytes)
                .map_err(|_| ReadError::NoAnswer),
            _ => Err(ReadError::NoAnswer),
        }
    }

    /// A page of a file as a picture in PNG. Blocks.
    pub(crate) fn picture(&self, path: &Path, page: usize) -> Result<Vec<u8>, ReadError> {
        let path = path.into();
        match self.ask(&Request::Picture { path, page }, self.time_limit())? {
            Answer::Picture(picture) => BASE64_STANDARD
                .decode(picture)
                .map_err(|_| ReadError::NoAnswer),
            _ => Err(ReadError::NoAnswer),
        }
    }

    /// Reads a document. Blocks. Where documents are read in order, several are asked for at once: of those that follow,
    /// which are of the same kind.
    pub(crate) fn read(
        &self,
        place: Place,
        following: impl Iterator<Item = Place>,
    ) -> Result<Contents, ReadError> {
        let mut ahead = lock(&self.ahead);
        if ahead
            .documents
            .front()
            .is_none_or(|(front, _)| *front != place)
        {
            let last = std::mem::take(&mut *ahead);
            let n = match last.next.as_ref() == Some(&place) {
                true => (last.n * 2).clamp(1, MOST_AT_ONCE),
                false => 1,
            };
            let mut places: Vec<Place> = once(place).chain(following.take(n)).collect();
            let documents = self.several(&places[..n.min(places.len())])?;
            ahead.n = documents.len();
            ahead.next = places.get(ahead.n).cloned();
            places.truncate(ahead.n);
            ahead.documents = places.into_iter().zip(documents).collect();
        }
        let (_, document) = ahead.documents.pop_front().ok_or(ReadError::NoAnswer)?;
        document.map_err(ReadError::Answered)
    }

    /// The first of these documents; one alone where a process does not survive several.
    fn several(&self, places: &[Place]) -> Result<Vec<Result<Contents, String>>, ReadError> {
        let ask = |places: &[Place]| match self.ask(&self.request(places), self.limit(places))? {
            Answer::Documents(documents) if !documents.is_empty() => Ok(documents),
            _ => Err(ReadError::NoAnswer),
        };
        match ask(places) {
            Err(ReadError::Silent(_)) if places.len() > 1 => ask(&places[..1]),
            documents => documents,
        }
    }

    fn request(&self, places: &[Place]) -> Request {
        match &places[0] {
            (path, Some(first)) => Request::Rows {
                of: self.table(path),
                first: *first,
                n: places.len(),
            },
            _ => Request::Files(places.iter().map(|(path, _)| path.into()).collect()),
        }
    }

    fn table(&self, path: &Path) -> Table {
        Table {
            path: path.into(),
            text_column: self.text_column.clone(),
        }
    }

    fn limit(&self, places: &[Place]) -> Duration {
        match &places[0] {
            // A new process counts them first.
            (path, Some(_)) => self.time_limit().saturating_add(time_to_count(path)),
            _ => self.time_limit(),
        }
    }

    fn time_limit(&self) -> Duration {
        self.program
            .as_ref()
            .map_or(Duration::MAX, |program| program.time_limit)
    }

    fn ask(&self, request: &Request, limit: Duration) -> Result<Answer, ReadError> {
        let Some(program) = &self.program else {
            return lock(&self.own).answer(request.clone());
        };
        // A new process would have to count the rows of its file again.
        let max_requests = match request {
            Request::Rows { .. } => usize::MAX,
            _ => program.max_requests,
        };
        let request = serde_json::to_vec(request).map_err(|_| ReadError::NoAnswer)?;
        let idle = lock(&self.idle).pop();
        let process = match idle {
            Some(process) => process,
            None => start(program)?,
        };
        let is_used = process.n_requests() > 0;
        let asked = |mut process: Process| {
            let answer = process.ask(&request, limit).map_err(ReadError::Silent)?;
            let answer: Result<Answer, String> =
                serde_json::from_slice(&answer).map_err(|_| ReadError::NoAnswer)?;
            if process.n_requests() < max_requests {
                lock(&self.idle).push(process);
            }
            answer.map_err(ReadError::Answered)
        };
        match asked(process) {
            // It may have been an earlier document that it did not survive.
            Err(ReadError::Silent(Silence::Died(_))) if is_used => asked(start(program)?),
            answer => answer,
        }
    }
}

fn time_to_count(path: &Path) -> Duration {
    let n_bytes = std::fs::metadata(path).map_or(0, |metadata| metadata.len());
    Duration::from_secs(n_bytes / BYTES_PER_SECOND)
}

fn start(program: &Program) -> Result<Process, ReadError> {
    Process::start(program).map_err(ReadError::Start)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    fn reader(script: &str) -> Reader {
        let program = Program {
            time_limit: Duration::from_secs(20),
            ..Program::new("/bin/sh", ["-c", script])
        };
        Reader::new(Some(program), Formats::with(&[]), None)
    }

    fn file(name: &str) -> Place {
        (name.into(), None)
    }

    fn read(reader: &Reader, name: &str) -> String {
        let contents = reader.read(file(name), std::iter::empty());
        contents.unwrap_err().to_string()
    }

    #[test]
    fn what_one_end_asks_the_other_answers() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        std::fs::write(&path, "text,title\none,\n,x\nñ,t\n").unwrap();
        let table = Table {
            path: path.as_os_str().to_owned(),
            text_column: None,
        };
        let requests = [
            Request::Files(vec![path.as_os_str().to_owned()]),
            Request::Count(table.clone()),
            Request::Rows {
                of: table,
                first: 0,
                n: 9,
            },
        ];
        let requests = requests.map(|request| serde_json::to_string(&request).unwrap() + "\n");
        let mut answers = Vec::new();
        serve(
            requests.concat().as_bytes(),
            &mut answers,
            Formats::with(&[]),
        )
        .unwrap();
        let mut answers = answers
            .split(|&byte| byte == b'\n')
            .filter_map(|line| serde_json::from_slice::<Result<Answer, String>>(line).ok());
        let mut documents = || match answers.next().unwrap().unwrap() {
            Answer::Documents(documents) => documents,
            Answer::Count(n) => vec![Err(n.to_string())],
            _ => panic!("nothing else was asked"),
        };
        assert_eq!(
            documents(),
            [Err("is in no format that is read".to_owned())]
        );
        assert_eq!(documents(), [Err("3".to_owned())]);
        let rows = documents();
        assert_eq!(rows[0].as_ref().unwrap().text, "one");
        assert_eq!(
            rows[1],
            Err("cannot be read: row 2, column `text`: it is not a text".to_owned())
        );
        assert_eq!(rows[2].as_ref().unwrap().headings[0].title, "t");
    }

    #[test]
    fn each_way_to_fail_is_told() {
        let fails = |script: &str| read(&reader(script), "a.pdf");
        assert_eq!(
            fails("exit 3"),
            "cannot be read: the reader crashed (exit status: 3)"
        );
        assert_eq!(
            fails("read a; echo nonsense"),
            "cannot be read: the reader gave no answer"
        );
        let absent = Program::new("/nowhere", [""; 0]);
        let absent = Reader::new(Some(absent), Formats::with(&[]), None);
        let absent = read(&absent, "a.pdf");
        assert!(
            absent.starts_with("cannot be read: its reader cannot be started: "),
            "{absent}"
        );
    }

    #[test]
    fn a_process_is_used_again_and_its_death_is_not_held_against_the_next_document() {
        let reader = reader(
            r#"read a; echo '{"Ok":{"Documents":[{"Err":"is the first"}]}}'; read b; exit 1"#,
        );
        for _ in 0..3 {
            assert_eq!(read(&reader, "a.pdf"), "is the first");
            assert_eq!(lock(&reader.idle).len(), 1);
        }
    }

    #[test]
    fn documents_in_order_are_asked_for_together_and_alone_where_several_kill() {
        // Answers for one or two files, and dies of more.
        let script = r#"while read a; do case "$a" in
            *Unix*Unix*Unix*) exit 1;;
            *Unix*Unix*) echo '{"Ok":{"Documents":[{"Err":"a"},{"Err":"b"}]}}';;
            *) echo '{"Ok":{"Documents":[{"Err":"one"}]}}';;
        esac; done"#;
        let reader = reader(script);
        let names = [
            "0.txt", "1.txt", "2.txt", "3.txt", "4.txt", "5.txt", "6.txt", "7.txt",
        ];
        let read = |index: usize| {
            let following = names[index + 1..].iter().map(|name| file(name));
            let contents = reader.read(file(names[index]), following);
            contents.unwrap_err().to_string()
        };
        assert_eq!(
            [0, 1, 2, 3, 4, 5].map(read),
            ["one", "a", "b", "one", "a", "b"]
        );
        assert_eq!(read(0), "one", "out of order, one alone");
    }
}
