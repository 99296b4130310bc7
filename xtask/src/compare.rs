//! `cargo xtask compare BEFORE AFTER`: two binaries write the same files from the same input.
//!
//! Each generates from the same documents, annotates, publishes and evaluates in a folder of the same name; then every
//! file is compared byte by byte. Times, durations and random ids differ between any two runs: their values are masked.

use crate::{
    fake_server::{FakeServer, write_documents},
    process::{Outcome, build, emptied, root, say, step, target},
    test_model,
};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

const N_DOCUMENTS: u64 = 40;

/// Members of JSON objects that hold a time, a duration or where the binary lies.
const VOLATILE: [&str; 9] = [
    "total_evaluation_time_secondes",
    "start_time",
    "end_time",
    "date_id",
    "started_at",
    "finished_at",
    "seconds",
    "version",
    "commit",
];

/// Two binaries of examen.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The binary before a change
    before: PathBuf,
    /// The binary after it
    after: PathBuf,
}

/// Runs both and compares what they wrote.
///
/// # Errors
/// If a step fails or a file differs.
pub(crate) fn run(arguments: &Arguments) -> Outcome {
    build()?;
    test_model::fetch()?;
    let folder = emptied(target().join("compare"))?;
    let before = written_by(&arguments.before, &folder, "before")?;
    let after = written_by(&arguments.after, &folder, "after")?;
    report(&before, &after)
}

/// The files that one binary writes, masked, by their path.
fn written_by(binary: &Path, folder: &Path, name: &str) -> Outcome<BTreeMap<PathBuf, Vec<u8>>> {
    let binary = binary
        .canonicalize()
        .map_err(|error| format!("{}: {error}", binary.display()))?;
    let work = emptied(folder.join("work"))?;
    documents(&work.join("documents"))?;
    let server = FakeServer::start(0)?;
    for arguments in steps(&server.base_url()) {
        let mut command = Command::new(&binary);
        command.args(&arguments).current_dir(&work);
        command.env("EXAMEN_CACHE", test_model::cache());
        step(&format!("{name}: {}", arguments[0]), &mut command)?;
    }
    let kept = folder.join(name);
    fs::rename(&work, &kept).map_err(|error| error.to_string())?;
    let mut files = BTreeMap::new();
    collect(&kept, &kept, &mut files)?;
    Ok(files)
}

/// The arguments of the four steps, in names that both binaries know.
fn steps(base_url: &str) -> [Vec<String>; 4] {
    let model = "smollm2-135m";
    [
        format!(
            "generate --input_dir documents --model-id fake --base-url {base_url} --output_path out --concurrency 1"
        ),
        "annotate --dataset_path out --output_dataset_name exam --data store".to_owned(),
        "publish --dataset_path exam --data store --output published --include-unreviewed".to_owned(),
        format!("evaluate --model {model} --dataset published --max-samples 20 --output_dir evals"),
    ]
    .map(|line| line.split(' ').map(str::to_owned).collect())
}

/// Short documents, besides those of every format that can be read.
fn documents(folder: &Path) -> Outcome {
    let failed = |error: std::io::Error| format!("could not write {}: {error}", folder.display());
    write_documents(folder, N_DOCUMENTS)?;
    for name in [
        "bones.pptx",
        "cells.epub",
        "corazon.pdf",
        "heart.docx",
        "lung.html",
    ] {
        let source = root().join("testdata/documents").join(name);
        fs::copy(source, folder.join(name)).map_err(failed)?;
    }
    Ok(())
}

fn collect(top: &Path, folder: &Path, files: &mut BTreeMap<PathBuf, Vec<u8>>) -> Outcome {
    let failed = |error: std::io::Error| format!("could not read {}: {error}", folder.display());
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.is_dir() {
            collect(top, &path, files)?;
            continue;
        }
        let name = path.strip_prefix(top).expect("the file lies in the folder");
        if !is_left_out(name) {
            files.insert(
                PathBuf::from(masked_text(&name.to_string_lossy())),
                masked(name, &path)?,
            );
        }
    }
    Ok(())
}

/// The store holds random ids and times in every row; what it holds is compared by what is published from it.
fn is_left_out(name: &Path) -> bool {
    name.starts_with("store")
}

fn masked(name: &Path, path: &Path) -> Outcome<Vec<u8>> {
    let bytes = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let ending = name.extension().and_then(|ending| ending.to_str());
    Ok(match ending {
        Some("json") => match serde_json::from_slice(&bytes) {
            Ok(value) => mask_members(value).to_string().into_bytes(),
            Err(_) => bytes,
        },
        Some("yaml" | "log" | "md" | "html") => {
            masked_text(&String::from_utf8_lossy(&bytes)).into_bytes()
        }
        // Replies are written as they come.
        Some("journal") => sorted_lines(&bytes),
        _ => bytes,
    })
}

fn sorted_lines(bytes: &[u8]) -> Vec<u8> {
    let mut lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
    lines.sort_unstable();
    lines.concat()
}

/// `value` with a fixed word for each member that is [`VOLATILE`].
fn mask_members(value: Value) -> Value {
    match value {
        Value::Object(members) => members
            .into_iter()
            .map(|(name, value)| match VOLATILE.contains(&name.as_str()) {
                true => (name, Value::from("masked")),
                false => (name, mask_members(value)),
            })
            .collect(),
        Value::Array(items) => items.into_iter().map(mask_members).collect(),
        Value::String(text) => masked_text(&text).into(),
        other => other,
    }
}

/// `text` with a fixed word for each time (`2026-11-30T12:19:08.25Z`) and each port of the loopback interface.
fn masked_text(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let length = volatile_length(rest);
        match length {
            0 => masked.push(next),
            _ => masked.push_str("MASKED"),
        }
        rest = &rest[length.max(next.len_utf8())..];
    }
    masked
}

/// How many bytes of a time or of a loopback address `text` begins with.
fn volatile_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let digits = |range: std::ops::Range<usize>| {
        bytes
            .get(range)
            .is_some_and(|part| part.iter().all(u8::is_ascii_digit))
    };
    let run = |allowed: &[u8]| {
        let allows = |byte: &u8| byte.is_ascii_digit() || allowed.contains(byte);
        bytes.iter().take_while(|byte| allows(byte)).count()
    };
    let is_time = digits(0..4) && bytes.get(4) == Some(&b'-') && digits(5..7);
    if is_time {
        return run(b"-:.TZ+ ");
    }
    match text.starts_with("127.0.0.1:") {
        true => run(b".:"),
        false => 0,
    }
}

fn report(before: &BTreeMap<PathBuf, Vec<u8>>, after: &BTreeMap<PathBuf, Vec<u8>>) -> Outcome {
    let names: std::collections::BTreeSet<&PathBuf> = before.keys().chain(after.keys()).collect();
    let differing: Vec<_> = names
        .iter()
        .filter(|name| before.get(**name) != after.get(**name))
        .collect();
    for name in &differing {
        say(&format!("differs: {}", name.display()));
    }
    if !differing.is_empty() {
        return Err(format!(
            "{} of {} files differ; both runs are kept in target/compare",
            differing.len(),
            names.len()
        ));
    }
    say(&format!("compare: {} files, all equal", names.len()));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_ports_are_masked_and_nothing_else() {
        let text = "at 2026-11-30T12:19:08.25Z, http://127.0.0.1:4711/v1, 12 of 2026 rows, 10-12";
        assert_eq!(
            masked_text(text),
            "at MASKED, http://MASKED/v1, 12 of 2026 rows, 10-12"
        );
    }

    #[test]
    fn members_that_hold_times_are_masked_at_any_depth() {
        let value = serde_json::json!({"a": [{"start_time": 1.5, "n": 2}]});
        let masked = serde_json::json!({"a": [{"start_time": "masked", "n": 2}]});
        assert_eq!(mask_members(value), masked);
    }
}
