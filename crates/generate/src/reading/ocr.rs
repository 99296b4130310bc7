//! Reads pages that are pictures with `tesseract`, where that is installed. The picture is made in the process that reads
//! documents; the program gets it on its standard input, none of the environment but the path, and bounded time and memory.

use crate::{
    reading::{ReadError, child::Reader},
    settings::Ocr,
};
use examen_core::{Contents, Notice, NoticeKind};
use std::{
    collections::BTreeSet,
    io::{Read, Write},
    path::Path,
    process::{Child, Command, Stdio},
    sync::LazyLock,
    thread,
    time::{Duration, Instant},
};

/// The program.
const PROGRAM: &str = "tesseract";
/// Time for one page, memory in KiB, and bytes of its text.
const TIME_LIMIT: Duration = Duration::from_secs(120);
const MAX_KIB: u64 = 4 << 20;
const MAX_BYTES: u64 = 4 << 20;
/// Where the language is not known, no more are tried at once.
const MAX_LANGUAGES: usize = 6;
/// A text of fewer letters says too little of its language.
const MIN_LETTERS: usize = 40;

/// The languages that the program has; none where it is not installed.
static LANGUAGES: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let listed = Command::new(PROGRAM).arg("--list-langs").output();
    let listed = listed.map(|output| [output.stdout, output.stderr].concat());
    let listed = String::from_utf8_lossy(&listed.unwrap_or_default()).into_owned();
    let names = listed.lines().skip(1).map(str::trim);
    names
        .filter(|name| !name.is_empty() && *name != "osd" && !name.contains(' '))
        .map(str::to_owned)
        .collect()
});

impl Ocr {
    /// True if the program can be used.
    pub fn is_installed() -> bool {
        !LANGUAGES.is_empty()
    }

    /// Reads the pages of a document that are pictures, in the language of its other pages or in its own. What is not
    /// read stays as it was told.
    pub(crate) fn read(
        self,
        reader: &Reader,
        path: &Path,
        language: Option<&str>,
        contents: &mut Contents,
    ) {
        let is_page = |notice: &Notice| notice.kind == NoticeKind::Page;
        if self == Self::Never || !contents.notices.iter().any(is_page) {
            return;
        }
        if !Self::is_installed() {
            contents
                .notices
                .iter_mut()
                .filter(|notice| is_page(notice))
                .for_each(|notice| {
                    notice.words += "; install tesseract to have its text recognised (OCR)";
                });
            return;
        }
        let mut language = language
            .map(tesseracts)
            .or_else(|| language_of(&contents.text));
        let mut texts = Vec::new();
        for notice in contents.notices.iter_mut().filter(|notice| is_page(notice)) {
            let Some(page) = notice.page else { continue };
            let recognised = reader
                .picture(path, page)
                .map_err(|error| error.to_string());
            let recognised = recognised.and_then(|picture| recognise(&picture, &mut language));
            match recognised {
                Ok((text, languages)) => {
                    texts.push((page, text));
                    notice.kind = NoticeKind::Recognised;
                    notice.words = format!("text recognised by tesseract ({languages})");
                }
                Err(reason) => notice.words += &format!("; OCR: {reason}"),
            }
        }
        insert(contents, texts);
    }
}

/// Puts the texts of pages where they belong.
fn insert(contents: &mut Contents, mut texts: Vec<(usize, String)>) {
    texts.sort_by_key(|(page, _)| std::cmp::Reverse(*page));
    for (page, mut text) in texts {
        let Some(&start) = contents.pages.get(page) else {
            continue;
        };
        text.push_str("\n\n");
        if start > 0 && !contents.text[..start].ends_with("\n\n") {
            text.insert(0, '\n');
        }
        contents.text.insert_str(start, &text);
        let later = contents.pages[page + 1..].iter_mut();
        let headings = contents
            .headings
            .iter_mut()
            .map(|heading| &mut heading.start);
        later.for_each(|other| *other += text.len());
        headings
            .filter(|other| **other >= start)
            .for_each(|other| *other += text.len());
    }
}

/// The text of a picture, and the languages that it was looked for in; in the first that is found where none is known.
fn recognise(picture: &[u8], language: &mut Option<String>) -> Result<(String, String), String> {
    let known = language
        .clone()
        .filter(|known| LANGUAGES.contains(known.as_str()));
    let languages = known.clone().unwrap_or_else(|| {
        let first = LANGUAGES.iter().filter(|name| *name == "eng");
        let others = LANGUAGES.iter().filter(|name| *name != "eng");
        first
            .chain(others)
            .take(MAX_LANGUAGES)
            .cloned()
            .collect::<Vec<_>>()
            .join("+")
    });
    let text = run(picture, &languages)?;
    if known.is_none() && languages.contains('+') {
        *language = language_of(&text);
        if let Some(found) = language
            .clone()
            .filter(|found| LANGUAGES.contains(found.as_str()))
        {
            return run(picture, &found).map(|text| (text, found));
        }
    }
    Ok((text, languages))
}

fn run(picture: &[u8], languages: &str) -> Result<String, String> {
    let failed = |error: std::io::Error| format!("{PROGRAM}: {error}");
    let mut child = command(languages)
        .env_clear()
        .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
        .envs(std::env::var_os("TESSDATA_PREFIX").map(|path| ("TESSDATA_PREFIX", path)))
        .env("OMP_THREAD_LIMIT", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(failed)?;
    let (mut input, output) = (child.stdin.take(), child.stdout.take());
    let text = thread::scope(|scope| {
        scope.spawn(move || input.take().map(|mut input| input.write_all(picture)));
        let reading = scope.spawn(move || {
            let mut text = Vec::new();
            let output = output.map(|output| output.take(MAX_BYTES).read_to_end(&mut text));
            output.map_or(Ok(text.clone()), |read| read.map(|_| text))
        });
        let ended = wait(&mut child);
        let text = reading
            .join()
            .unwrap_or_else(|_| Ok(Vec::new()))
            .map_err(failed)?;
        ended.map(|()| text)
    })?;
    let text = String::from_utf8_lossy(&text).replace('\u{c}', "");
    match text.chars().any(char::is_alphanumeric) {
        true => Ok(joined(text.trim())),
        false => Err("no text is found".to_owned()),
    }
}

#[cfg(unix)]
fn command(languages: &str) -> Command {
    let mut command = Command::new("/bin/sh");
    let script = format!("ulimit -v {MAX_KIB}; exec {PROGRAM} stdin stdout -l \"$1\"");
    command.args(["-c", &script, PROGRAM, languages]);
    command
}

#[cfg(not(unix))]
fn command(languages: &str) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args(["stdin", "stdout", "-l", languages]);
    command
}

/// Waits for a program within its time.
fn wait(child: &mut Child) -> Result<(), String> {
    let begun = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => return Ok(()),
            Ok(Some(status)) => return Err(format!("{PROGRAM} failed ({status})")),
            Ok(None) if begun.elapsed() < TIME_LIMIT => thread::sleep(Duration::from_millis(20)),
            Ok(None) => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!(
                    "{PROGRAM} ran longer than {} s",
                    TIME_LIMIT.as_secs()
                ));
            }
            Err(error) => return Err(format!("{PROGRAM}: {error}")),
        }
    }
}

/// Words that are broken at a line's end are joined.
fn joined(text: &str) -> String {
    let mut joined = String::with_capacity(text.len());
    for line in text.lines() {
        let line = line.trim_end();
        let is_broken = joined.ends_with("-\n")
            && joined[..joined.len() - 2].ends_with(char::is_alphabetic)
            && line.starts_with(char::is_lowercase);
        if is_broken {
            joined.truncate(joined.len() - 2);
        }
        joined.push_str(line);
        joined.push('\n');
    }
    joined.trim_end().to_owned()
}

/// The language of a text, as the program calls it.
fn language_of(text: &str) -> Option<String> {
    let has_enough = text
        .chars()
        .filter(|c| c.is_alphabetic())
        .nth(MIN_LETTERS)
        .is_some();
    let found = has_enough.then(|| whatlang::detect(text)).flatten()?;
    Some(tesseracts(found.lang().code()))
}

/// The program's name of a language by its code in ISO 639.
fn tesseracts(code: &str) -> String {
    let name = match code {
        "en" => "eng",
        "es" => "spa",
        "fr" => "fra",
        "de" => "deu",
        "pt" => "por",
        "it" => "ita",
        "nl" => "nld",
        "pl" => "pol",
        "ru" => "rus",
        "uk" => "ukr",
        "tr" => "tur",
        "ar" => "ara",
        "he" => "heb",
        "hi" => "hin",
        "ja" => "jpn",
        "ko" => "kor",
        "vi" => "vie",
        "id" => "ind",
        "zh" | "cmn" | "zho" => "chi_sim",
        "zh-Hant" => "chi_tra",
        "pes" => "fas",
        code => code,
    };
    name.to_owned()
}

/// A document of which nothing can be read because its pages are pictures.
pub(crate) fn check(contents: &Contents) -> Result<(), ReadError> {
    let lost: Vec<&Notice> = contents
        .notices
        .iter()
        .filter(|notice| notice.kind == NoticeKind::Page)
        .collect();
    match (contents.text.trim().is_empty(), lost.first()) {
        (false, _) => Ok(()),
        (true, None) if contents.pages.is_empty() => Err(ReadError::NoText),
        (true, None) => Err(ReadError::Answered(format!(
            "holds no text: its {} pages are pictures or blank",
            contents.pages.len()
        ))),
        (true, Some(first)) => Err(ReadError::Answered(format!(
            "holds no text that can be read in its {} pages: {}",
            contents.pages.len(),
            first.words
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use examen_core::Heading;

    #[test]
    fn texts_of_pages_come_where_they_belong() {
        let heading = |start| Heading {
            start,
            level: 1,
            title: "T".to_owned(),
        };
        let mut contents = Contents {
            text: "One.\n\nThree.\n".to_owned(),
            pages: vec![0, 6, 6, 13],
            headings: vec![heading(0), heading(6)],
            ..Contents::default()
        };
        insert(
            &mut contents,
            vec![(1, "Two.".to_owned()), (3, "Four.".to_owned())],
        );
        assert_eq!(contents.text, "One.\n\nTwo.\n\nThree.\n\nFour.\n\n");
        let begins: Vec<_> = contents
            .pages
            .iter()
            .map(|&page| contents.text[page..].trim().split('.').next().unwrap())
            .collect();
        assert_eq!(begins, ["One", "Two", "Three", "Four"]);
        assert_eq!(contents.headings[1].start, contents.pages[2]);
    }

    #[test]
    fn broken_words_are_whole() {
        assert_eq!(joined("a mus-\ncle of\n\n1-\n2"), "a muscle of\n\n1-\n2");
    }
}
