//! Documents of many megabytes: the time to read and cut them grows with their size, not with its square.

use super::super::{
    measure,
    report::{Report, Row},
};
use crate::process::{Outcome, examen};
use serde_json::json;
use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

/// Sizes in bytes.
const SIZES: [usize; 3] = [1 << 20, 4 << 20, 16 << 20];

/// A kind of document: its name, the beginning of its file, and what is repeated in it.
struct Kind {
    file: &'static str,
    name: &'static str,
    header: &'static str,
    repeated: fn(usize) -> String,
}

const KINDS: [Kind; 4] = [
    Kind {
        file: "line.txt",
        name: "a text of one line",
        header: "",
        repeated: |n| format!("word{n} "),
    },
    Kind {
        file: "letters.txt",
        name: "a text without any border",
        header: "",
        repeated: |_| "ñ".to_owned(),
    },
    Kind {
        file: "rows.csv",
        name: "a CSV of many lines",
        header: "id,text\n",
        repeated: |n| format!("{n},The heart of animal {n} pumps blood through its body.\n"),
    },
    Kind {
        file: "headings.md",
        name: "a Markdown text of many headings",
        header: "",
        repeated: |n| format!("# Part {n}\n\nThe heart of animal {n} pumps blood.\n\n"),
    },
];

/// Reads and cuts a document of each kind and size, and asks nothing.
pub(super) fn run(folder: &Path, report: &mut Report) -> Outcome {
    for kind in KINDS {
        let mut seconds = Vec::new();
        for size in SIZES {
            let path = folder.join(kind.file);
            let written = fs::write(&path, document(&kind, size));
            written.map_err(|error| format!("{}: {error}", path.display()))?;
            seconds.push(plan(&kind, &path)?);
        }
        report.record(kind.file, json!(seconds));
        let each: Vec<String> = seconds.iter().map(|s| format!("{s:.1}")).collect();
        report.row(Row {
            figure: format!("{}: seconds for 1, 4, 16 MB", kind.name),
            value: each.join(", "),
            aim: "4 times as many each",
            ..Row::default()
        });
    }
    Ok(())
}

fn document(kind: &Kind, size: usize) -> String {
    let mut text = kind.header.to_owned();
    for n in 0.. {
        if text.len() >= size {
            break;
        }
        text += &(kind.repeated)(n);
    }
    text
}

/// Seconds of a dry run.
fn plan(kind: &Kind, path: &Path) -> Outcome<f64> {
    let mut command = Command::new(examen());
    command
        .args(["--quiet", "generate", "--dry-run", "--model", "m"])
        .args(["--base-url", "http://127.0.0.1:9/v1", "--output", "nowhere"])
        .arg("--input")
        .arg(path)
        .stdout(Stdio::null());
    let run = measure::run(kind.name, &mut command)?;
    match run.status.success() {
        true => Ok(run.wall.as_secs_f64()),
        false => Err(format!("{}: {}", kind.name, run.status)),
    }
}
