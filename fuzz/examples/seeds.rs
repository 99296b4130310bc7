//! Writes the corpora to begin with to `fuzz/corpus/<target>/`: from the small checkpoints in `testdata/engine`, from
//! documents and tables there, and from the requests in `testdata/argilla`.

use examen_fuzz::server::{OWNER, QUESTIONS};
use serde_json::{Value, json};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// More than any header there, less than a whole file.
const HEADER: usize = 16 << 10;
/// Longer files are too slow to start with.
const TOKENIZER: usize = 64 << 10;

fn main() -> io::Result<()> {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR"));
    model_files(fuzz)?;
    documents(fuzz)?;
    requests(fuzz)
}

/// Documents of each format, the templates of models, and tables of a sample.
fn documents(fuzz: &Path) -> io::Result<()> {
    let targets = [
        "pdf", "docx", "pptx", "epub", "html", "jsonl", "md", "txt", "arrow", "jinja",
    ];
    for folder in ["documents", "distiset/sample", "engine"] {
        for file in files(&fuzz.join("../testdata").join(folder))? {
            let extension = file.extension().and_then(|extension| extension.to_str());
            let Some(target) = extension.filter(|extension| targets.contains(extension)) else {
                continue;
            };
            let target = match target {
                "md" => "markdown",
                "txt" => "text",
                "jinja" => "template",
                target => target,
            };
            let corpus = fuzz.join("corpus").join(target);
            fs::create_dir_all(&corpus)?;
            fs::copy(&file, corpus.join(name(&file)))?;
        }
    }
    Ok(())
}

/// All files below a folder.
fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        match path.is_dir() {
            true => found.extend(files(&path)?),
            false => found.push(path),
        }
    }
    Ok(found)
}

/// Requests of the recorded client, and a body with everything.
fn requests(fuzz: &Path) -> io::Result<()> {
    let recording = fs::read_to_string(fuzz.join("../testdata/argilla/exchanges.jsonl"))?;
    let exchanges = recording
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let (mut bodies, mut queries) = (
        vec![everything().to_string()],
        vec![EVERY_OPERATOR.to_owned()],
    );
    for exchange in exchanges {
        let (route, request) = (
            exchange["route"].as_str().unwrap_or_default(),
            &exchange["request"],
        );
        if route.ends_with("/records/bulk") {
            bodies.push(request.to_string());
        }
        queries.extend(
            request
                .pointer("/query/text/q")
                .and_then(Value::as_str)
                .map(str::to_owned),
        );
    }
    for (target, seeds) in [("bulk", bodies), ("query", queries)] {
        let corpus = fuzz.join("corpus").join(target);
        fs::create_dir_all(&corpus)?;
        for (n, seed) in seeds.iter().enumerate() {
            fs::write(corpus.join(format!("request-{n}")), seed)?;
        }
    }
    Ok(())
}

const EVERY_OPERATOR: &str = "a +b -c \"d e\" f* (g | h) caf\u{e9} NEAR(i j, 2) k:l ^m 'n' o-p";

/// A record with every kind of value.
fn everything() -> Value {
    let values = [
        json!("a"),
        json!(["a", "b"]),
        json!(1),
        json!([{ "value": "b", "rank": 1 }, { "value": "a", "rank": 2 }]),
        json!([{ "label": "a", "start": 0, "end": 2 }]),
        json!("a comment"),
    ];
    let names = ["label", "topics", "rating", "ranking", "spans", "comment"];
    let suggestion = |(id, value): (&&str, &Value)| json!({ "question_id": id, "value": value, "agent": "m", "score": null });
    let answers: serde_json::Map<String, Value> = names
        .iter()
        .zip(&values)
        .map(|(name, value)| ((*name).to_owned(), json!({ "value": value })))
        .collect();
    let record = json!({
        "id": null,
        "external_id": "1",
        "fields": {
            "text": "\u{1f600} text", "chat": [{ "role": "user", "content": "hi" }],
            "image": "https://example.org/a.png", "card": { "a": [1, null] },
        },
        "metadata": { "terms": "web", "integer": 1, "float": 0.5, "extra": [true] },
        "vectors": { "v": [0.5, -1e3] },
        "suggestions": QUESTIONS.iter().zip(&values).map(suggestion).collect::<Vec<_>>(),
        "responses": [{ "user_id": OWNER, "status": "submitted", "values": answers }],
    });
    json!({ "items": [record, { "external_id": "2", "fields": { "text": "t" } }] })
}

fn model_files(fuzz: &Path) -> io::Result<()> {
    for entry in fs::read_dir(fuzz.join("../testdata/engine"))? {
        let checkpoint = entry?.path();
        if !checkpoint.is_dir() {
            continue;
        }
        for file in fs::read_dir(&checkpoint)? {
            let file = file?.path();
            let extension = file.extension().and_then(|extension| extension.to_str());
            let bytes = fs::read(&file)?;
            let (target, seed) = match extension {
                Some("gguf") => ("gguf", unpadded(&bytes, HEADER)),
                Some("safetensors") => {
                    ("safetensors", unpadded(&bytes, safetensors_header(&bytes)))
                }
                Some("json") if file.ends_with("config.json") => ("config", bytes),
                Some("json") if file.ends_with("tokenizer.json") && bytes.len() < TOKENIZER => {
                    ("tokenizer", bytes)
                }
                _ => continue,
            };
            let name = format!("{}-{}", name(&checkpoint), name(&file));
            fs::create_dir_all(fuzz.join("corpus").join(target))?;
            fs::write(fuzz.join("corpus").join(target).join(name), seed)?;
        }
    }
    Ok(())
}

fn name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

/// The first bytes, and how many KiB of zeros (255 at most) stand for the rest.
fn unpadded(bytes: &[u8], header: usize) -> Vec<u8> {
    let (header, rest) = bytes.split_at(header.min(bytes.len()));
    let n = rest.len().div_ceil(1024).min(255) as u8;
    [header, &[n]].concat()
}

fn safetensors_header(bytes: &[u8]) -> usize {
    bytes
        .first_chunk()
        .map_or(0, |length| u64::from_le_bytes(*length) as usize + 8)
}
