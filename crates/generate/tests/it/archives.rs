//! Documents in archives, and archives of people who mean no good.

use crate::support::{Scripted, folder, rows, run_silently, sentences, settings, unreadable};
use examen_generate::Settings;
use flate2::{Compression, write::GzEncoder};
use std::{
    collections::BTreeSet,
    io::{Cursor, Write},
};
use zip::{ZipWriter, write::SimpleFileOptions};

fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (path, bytes) in files {
        writer
            .start_file(*path, SimpleFileOptions::default())
            .unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Paths of the documents that questions are about, and why others are not.
async fn outcome(settings: &Settings) -> (BTreeSet<String>, Vec<String>) {
    run_silently(settings, &Scripted::faithful()).await.unwrap();
    let documents = rows(settings, "questions").into_iter();
    let left = unreadable(settings)
        .into_iter()
        .map(|row| format!("{}: {}", row.document, row.reasons.concat()));
    (documents.map(|row| row.document).collect(), left.collect())
}

fn paths(paths: &[&str]) -> BTreeSet<String> {
    paths.iter().map(|path| (*path).to_owned()).collect()
}

#[tokio::test]
async fn documents_in_archives_are_told_by_both_paths() {
    let [one, two, three] = ["arteries", "bones", "cells"].map(|about| sentences(about, 2));
    let table = format!("text\n{one}\n{two}\n");
    let inner = zip(&[("d.txt", one.as_bytes())]);
    let archive = zip(&[
        ("sub/a.txt", one.as_bytes()),
        ("b.md", two.as_bytes()),
        ("picture.png", b"\x89PNG"),
        (".hidden.txt", b"not looked at"),
        ("inner.zip", &inner),
    ]);
    let folder = folder(&[
        ("papers/all.zip", &archive),
        ("papers/all.txt", three.as_bytes()),
        (
            "c.txt.gz",
            &gzip(three.replace("cells", "lungs").as_bytes()),
        ),
        (
            "rows.csv.GZ",
            &gzip(
                table
                    .replace("arteries", "nerves")
                    .replace("bones", "veins")
                    .as_bytes(),
            ),
        ),
    ]);
    let settings = settings(&folder);
    let (documents, left) = outcome(&settings).await;
    assert_eq!(
        documents,
        paths(&[
            "c.txt.gz/c.txt",
            "papers/all.txt",
            "papers/all.zip/b.md",
            "papers/all.zip/sub/a.txt",
            "rows.csv.GZ/rows.csv#1",
            "rows.csv.GZ/rows.csv#2",
        ])
    );
    assert_eq!(
        left,
        [
            "papers/all.zip/inner.zip: document: it is an archive in an archive: unpack the outer one"
        ]
    );
}

#[tokio::test]
async fn patterns_choose_archives_and_what_is_in_them() {
    let text = sentences("arteries", 2);
    let files = [
        ("a.txt", text.as_bytes()),
        ("b.md", b"# Another\n\nThis has no question."),
    ];
    let folder = folder(&[("one.zip", &zip(&files)), ("two.zip", &zip(&files))]);
    let mut settings = settings(&folder);
    settings.input.include = vec!["**/*.txt".to_owned()];
    settings.input.exclude = vec!["two.zip".to_owned()];
    let (documents, left) = outcome(&settings).await;
    assert_eq!((documents, left), (paths(&["one.zip/a.txt"]), Vec::new()));
}

#[tokio::test]
async fn names_that_lead_elsewhere_are_left_out() {
    let text = sentences("arteries", 2);
    let text = text.as_bytes();
    let archive = zip(&[
        ("good.txt", text),
        ("../out.txt", text),
        ("/etc/out.txt", text),
        ("a/../../out.txt", text),
        ("a\\out.txt", text),
        ("bell\u{7}.txt", text),
    ]);
    let folder = folder(&[("all.zip", &archive)]);
    let settings = settings(&folder);
    let (documents, left) = outcome(&settings).await;
    assert!(documents.contains("all.zip/good.txt"), "{documents:?}");
    assert!(documents.iter().all(|path| !path.contains("out.txt")));
    let n = |words: &str| left.iter().filter(|left| left.contains(words)).count();
    assert_eq!(n("leads out of its archive"), 4, "{left:?}");
    assert_eq!(n("control characters in its name"), 1, "{left:?}");
    assert!(!folder.path().join("docs/out.txt").exists());
}

#[tokio::test]
async fn bombs_and_broken_archives_cost_a_row_and_no_memory() {
    let text = sentences("arteries", 2);
    let zeros = vec![b' '; 64 << 20];
    let bomb = zip(&[("bomb.txt", &zeros), ("good.txt", text.as_bytes())]);
    let mut cut_off = zip(&[("a.txt", text.as_bytes())]);
    cut_off.truncate(cut_off.len() / 2);
    let mut damaged = zip(&[("a.txt", text.as_bytes())]);
    let at = damaged.len() / 4;
    damaged[at] ^= 0xff;
    let mut encrypted = zip(&[("secret.txt", text.as_bytes())]);
    for (magic, flag) in [(b"PK\x03\x04", 6), (b"PK\x01\x02", 8)] {
        let at = encrypted.windows(4).position(|part| part == magic).unwrap();
        encrypted[at + flag] |= 1;
    }
    let mut short = gzip(text.as_bytes());
    short.truncate(short.len() - 6);
    let folder = folder(&[
        ("bomb.zip", &bomb),
        ("bomb.txt.gz", &gzip(&zeros)),
        ("cut.zip", &cut_off),
        ("damaged.zip", &damaged),
        ("encrypted.zip", &encrypted),
        ("no.zip", b"this is no archive"),
        ("short.txt.gz", &short),
    ]);
    let settings = settings(&folder);
    let (documents, left) = outcome(&settings).await;
    assert_eq!(documents, paths(&["bomb.zip/good.txt"]));
    for (path, words) in [
        ("bomb.txt.gz/bomb.txt", "more than 200 times as large"),
        ("bomb.zip/bomb.txt", "more than 200 times as large"),
        ("cut.zip", "cannot be read"),
        ("damaged.zip", "cannot be read"),
        ("encrypted.zip/secret.txt", "is encrypted"),
        ("no.zip", "cannot be read"),
        ("short.txt.gz/short.txt", "the archive is damaged"),
    ] {
        let row = left.iter().find(|left| left.starts_with(path));
        let row = row.unwrap_or_else(|| panic!("{path}: {left:?}"));
        assert!(row.contains(words), "{row}");
    }
    assert_eq!(left.len(), 7, "{left:?}");
}

#[tokio::test]
async fn an_archive_of_too_many_files_is_one_row() {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for index in 0..10_001 {
        let options = SimpleFileOptions::default();
        writer.start_file(format!("{index}.txt"), options).unwrap();
    }
    let archive = writer.finish().unwrap().into_inner();
    let folder = folder(&[
        ("many.zip", &archive),
        ("a.txt", sentences("arteries", 2).as_bytes()),
    ]);
    let (documents, left) = outcome(&settings(&folder)).await;
    assert_eq!(documents, paths(&["a.txt"]));
    assert_eq!(
        left,
        [
            "many.zip: document: it cannot be read: it holds 10001 files, and 10000 are read of an archive"
        ]
    );
}
