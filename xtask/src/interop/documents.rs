//! Real documents from Debian packages: of PDFs the words that `pdftotext` finds, of a guide in HTML its content without its
//! navigation.

use crate::process::{Outcome, examen, root, say};
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};
use unicode_normalization::UnicodeNormalization;

/// Manuals by pdfTeX, XeTeX and Texinfo, in Spanish, French and English.
const PDFS: [&str; 4] = [
    "/usr/share/debian-reference/debian-reference.es.pdf",
    "/usr/share/developers-reference/fr/developers-reference.pdf",
    "/usr/share/doc/libtasn1-doc/libtasn1.pdf",
    "/usr/share/doc/maint-guide-es/maint-guide.es.pdf",
];
/// A guide by DocBook, a file a chapter.
const GUIDE: &str = "/usr/share/doc/maint-guide-es/html";
const PACKAGES: &str =
    "debian-reference-es developers-reference-fr libtasn1-doc maint-guide-es poppler-utils";
const MIN_RECALL: f64 = 0.99;
/// Of the words of a PDF, so many may be headers, footers and page numbers.
const MAX_RUNNING: f64 = 0.05;

pub(super) fn run() -> Outcome {
    let pdfs: Vec<PathBuf> = PDFS.iter().map(PathBuf::from).collect();
    for (path, contents) in pdfs.iter().zip(read(&pdfs)?) {
        check_pdf(path, &contents)?;
    }
    let pages = pages(Path::new(GUIDE))?;
    for (path, contents) in pages.iter().zip(read(&pages)?) {
        check_page(path, &contents)?;
    }
    Ok(())
}

/// Answers of the product's own reader about files, in their order.
fn read(paths: &[PathBuf]) -> Outcome<Vec<Value>> {
    let failed = |error: std::io::Error| format!("examen extract-document: {error}");
    let mut child = Command::new(examen())
        .arg("extract-document")
        .current_dir(root())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    let mut requests = child.stdin.take().ok_or("the reader has no input")?;
    for path in paths {
        // As serde writes a path on Unix.
        let bytes = path.as_os_str().as_encoded_bytes();
        let request = json!({ "Files": [{ "Unix": bytes }] });
        writeln!(requests, "{request}").map_err(failed)?;
    }
    drop(requests);
    let output = child.wait_with_output().map_err(failed)?;
    let answers = String::from_utf8_lossy(&output.stdout);
    let answers: Vec<Value> = answers
        .lines()
        .filter_map(|answer| serde_json::from_str(answer).ok())
        .collect();
    if answers.len() != paths.len() {
        return Err(format!(
            "the reader answered {} of {} times",
            answers.len(),
            paths.len()
        ));
    }
    let contents = |(answer, path): (Value, &PathBuf)| match answer.pointer("/Ok/Documents/0/Ok") {
        Some(contents) => Ok(contents.clone()),
        None => Err(format!(
            "{}: {answer} (are {PACKAGES} installed?)",
            path.display()
        )),
    };
    answers.into_iter().zip(paths).map(contents).collect()
}

fn check_pdf(path: &Path, contents: &Value) -> Outcome {
    let output = Command::new("pdftotext").arg(path).arg("-").output();
    let output =
        output.map_err(|error| format!("pdftotext: {error} (are {PACKAGES} installed?)"))?;
    let expected = words(&String::from_utf8_lossy(&output.stdout).replace('\u{c}', "\n"));
    let running: Vec<&str> = contents["running"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let text = contents["text"].as_str().unwrap_or_default();
    let found = words(&format!("{text}\n{}", running.join("\n")));
    let share = words(&running.join("\n")).values().sum::<usize>() as f64
        / expected.values().sum::<usize>() as f64;
    let recall = recall(&expected, &found);
    let n = |name: &str| contents[name].as_array().map_or(0, Vec::len);
    say(&format!(
        "{}: recall of pdftotext's {} words {recall:.4}; {} pages, {} headings, {:.1} % of the words are running lines",
        path.display(),
        expected.values().sum::<usize>(),
        n("pages"),
        n("headings"),
        share * 100.0
    ));
    match recall >= MIN_RECALL && share <= MAX_RUNNING && n("headings") > 0 && n("pages") > 1 {
        true => Ok(()),
        false => Err(format!(
            "{} is not read well enough; missing: {:?}",
            path.display(),
            missing(&expected, &found)
        )),
    }
}

/// The page's content is there, and what surrounds it is not.
fn check_page(path: &Path, contents: &Value) -> Outcome {
    let html = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let text = contents["text"].as_str().unwrap_or_default();
    // Emphasis within a word is no border of words.
    let unmarked = |text: &str| text.replace(['*', '`'], "");
    let (expected, found) = (words(&unmarked(&plain(&html))), words(&unmarked(text)));
    let recall = recall(&expected, &found);
    say(&format!(
        "{}: recall of its {} words {recall:.4}",
        path.display(),
        expected.values().sum::<usize>()
    ));
    if recall < MIN_RECALL {
        return Err(format!(
            "{} lacks words: {:?}",
            path.display(),
            missing(&expected, &found)
        ));
    }
    let precision = self::recall(&found, &expected);
    match precision >= MIN_RECALL {
        true => Ok(()),
        false => Err(format!(
            "{} has words that are no content: {:?}",
            path.display(),
            missing(&found, &expected)
        )),
    }
}

fn pages(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let failed = |error| format!("{}: {error} (are {PACKAGES} installed?)", folder.display());
    let entries = fs::read_dir(folder).map_err(failed)?;
    let paths = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    // The index is a table of contents.
    let is_page = |path: &PathBuf| {
        path.extension()
            .is_some_and(|extension| extension == "html")
            && !path.ends_with("index.es.html")
    };
    let mut pages: Vec<PathBuf> = paths.filter(is_page).collect();
    pages.sort();
    match pages.is_empty() {
        true => Err(format!("{} holds no page", folder.display())),
        false => Ok(pages),
    }
}

/// The text of one of the guide's pages, by its own marks: without head, navigation and contents.
fn plain(html: &str) -> String {
    let mut html = html.to_owned();
    let surroundings = [
        ("<head>", "</head>"),
        ("<div class=\"navheader\">", "</div>"),
        ("<div class=\"toc\">", "</div>"),
        ("<div class=\"navfooter\">", "</div>"),
    ];
    for (start, end) in surroundings {
        while let Some(first) = html.find(start) {
            let last = html[first..]
                .find(end)
                .map_or(html.len(), |last| first + last + end.len());
            html.replace_range(first..last, " ");
        }
    }
    let mut text = String::new();
    for part in html.split('<').skip(1) {
        let (tag, after) = part.split_once('>').unwrap_or((part, ""));
        let is_block = [
            "p", "/p", "div", "/div", "br", "li", "/li", "td", "/td", "th", "/th", "h", "/h",
            "pre", "/pre", "dt", "dd",
        ];
        if is_block.iter().any(|block| tag.starts_with(block)) {
            text.push('\n');
        }
        text.push_str(after);
    }
    [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&nbsp;", " "),
        ("&amp;", "&"),
    ]
    .iter()
    .fold(text, |text, (entity, letter)| text.replace(entity, letter))
}

/// Counts of words: NFC, lower case, words that are hyphenated at a line's end joined.
fn words(text: &str) -> HashMap<String, usize> {
    let text: String = text.nfc().flat_map(char::to_lowercase).collect();
    let mut joined = String::with_capacity(text.len());
    for line in text.lines() {
        let is_broken =
            joined.ends_with("-\n") && line.trim_start().starts_with(char::is_alphanumeric);
        if is_broken {
            joined.truncate(joined.len() - 2);
        }
        joined.push_str(line.trim());
        joined.push('\n');
    }
    let mut counts = HashMap::new();
    for word in joined
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
    {
        *counts.entry(word.to_owned()).or_default() += 1;
    }
    counts
}

fn recall(expected: &HashMap<String, usize>, found: &HashMap<String, usize>) -> f64 {
    let both: usize = expected
        .iter()
        .map(|(word, &n)| n.min(found.get(word).copied().unwrap_or(0)))
        .sum();
    both as f64 / expected.values().sum::<usize>().max(1) as f64
}

/// The words that are missing most.
fn missing(
    expected: &HashMap<String, usize>,
    found: &HashMap<String, usize>,
) -> Vec<(String, usize)> {
    let lacking = |(word, &n): (&String, &usize)| {
        let n = n.saturating_sub(found.get(word).copied().unwrap_or(0));
        (n > 0).then(|| (word.clone(), n))
    };
    let mut missing: Vec<(String, usize)> = expected.iter().filter_map(lacking).collect();
    missing.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    missing.truncate(20);
    missing
}
