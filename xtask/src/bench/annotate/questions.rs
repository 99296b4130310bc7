//! Exam questions in the SDK's words, drawn from a seed: the same at every run.

use super::client::Client;
use crate::process::Outcome;
use examen_fake_server::Draw;
use serde_json::{Value, json};

/// Records of one request, as the SDK sends them.
pub(super) const BATCH: usize = 256;
/// Length of the vectors, that of a small sentence encoder.
pub(super) const DIMENSIONS: usize = 384;
/// Words that texts are made of; the nth is as frequent as 1/n.
const N_WORDS: usize = 5_000;
/// The fields of the options, and the labels of the key.
pub(super) const LETTERS: [&str; 4] = ["answer_a", "answer_b", "answer_c", "answer_d"];

/// A published dataset.
pub(super) struct Dataset {
    pub(super) id: String,
    /// Path to write its records to.
    pub(super) bulk: String,
    /// The id of the question for the key.
    key_question: Value,
    has_vectors: bool,
}

/// Makes and publishes a dataset for an exam, with a kind of vector where that is asked for.
pub(super) fn dataset(client: &Client, name: &str, has_vectors: bool) -> Outcome<Dataset> {
    let workspace = client.get("/api/v1/me/workspaces")?.value["items"][0]["id"].clone();
    let made = client.post(
        "/api/v1/datasets",
        &json!({ "name": name, "workspace_id": workspace }),
    )?;
    let id = made.value["id"].as_str().unwrap_or_default().to_owned();
    let add =
        |kind: &str, part: Value| client.post(&format!("/api/v1/datasets/{id}/{kind}"), &part);
    for field in ["question"].iter().chain(&LETTERS) {
        add(
            "fields",
            json!({ "name": field, "title": field, "required": true, "settings": { "type": "text" } }),
        )?;
    }
    let options: Vec<Value> = LETTERS
        .iter()
        .map(|letter| json!({ "value": letter, "text": letter }))
        .collect();
    let label = json!({ "type": "label_selection", "options": options });
    let key =
        json!({ "name": "correct_answer", "title": "Which?", "required": true, "settings": label });
    let key_question = add("questions", key)?.value["id"].clone();
    let text = json!({ "type": "text" });
    let better = json!({ "name": "improved_question", "title": "Better?", "required": false, "settings": text });
    add("questions", better)?;
    for (property, kind) in [("source", "terms"), ("n", "integer")] {
        add(
            "metadata-properties",
            json!({ "name": property, "title": property, "settings": { "type": kind } }),
        )?;
    }
    if has_vectors {
        add(
            "vectors-settings",
            json!({ "name": "embedding", "title": "Embedding", "dimensions": DIMENSIONS }),
        )?;
    }
    client.put(&format!("/api/v1/datasets/{id}/publish"), &Value::Null)?;
    Ok(Dataset {
        bulk: format!("/api/v1/datasets/{id}/records/bulk"),
        id,
        key_question,
        has_vectors,
    })
}

impl Dataset {
    /// The nth record, as the SDK writes it.
    pub(super) fn record(&self, n: usize) -> Value {
        let mut draw = Draw::new(n as u64);
        let mut fields = json!({ "question": text(&mut draw, 12, 24) });
        for letter in LETTERS {
            fields[letter] = json!(text(&mut draw, 3, 9));
        }
        let key = LETTERS[draw.below(4)];
        let vectors = match self.has_vectors {
            true => json!({ "embedding": vector_of(&mut draw) }),
            false => json!({}),
        };
        json!({
            "id": null, "inserted_at": null, "updated_at": null, "status": "pending",
            "fields": fields,
            "metadata": { "source": format!("chapter {}", draw.below(40)), "n": n },
            "vectors": vectors,
            "responses": [],
            "suggestions": [{ "value": key, "question_name": "correct_answer", "type": null, "score": draw.share(),
                              "agent": "examen", "id": "04070f6a-7f5c-4b79-8bd0-1a25fd0b3e7a", "question_id": self.key_question }],
            "external_id": format!("question-{n}"),
        })
    }

    /// The bodies of the requests that write the first `n` records.
    pub(super) fn bodies(&self, n: usize) -> Vec<Vec<u8>> {
        let starts = (0..n).step_by(BATCH);
        let batch = |start: usize| {
            (start..n.min(start + BATCH))
                .map(|n| self.record(n))
                .collect::<Vec<_>>()
        };
        starts
            .map(|start| json!({ "items": batch(start) }).to_string().into_bytes())
            .collect()
    }
}

/// The word of this rank; the smaller, the more frequent.
pub(super) fn word(rank: usize) -> String {
    const SYLLABLES: [&str; 17] = [
        "ba", "ce", "di", "fo", "gu", "la", "me", "ni", "po", "ru", "sa", "te", "vi", "xo", "yu",
        "ña", "é",
    ];
    let mut word = String::new();
    let mut left = rank + SYLLABLES.len();
    while left > 0 {
        word.push_str(SYLLABLES[left % SYLLABLES.len()]);
        left /= SYLLABLES.len();
    }
    word
}

/// A vector to look for.
pub(super) fn vector(seed: u64) -> Vec<f64> {
    vector_of(&mut Draw::new(seed))
}

fn text(draw: &mut Draw, shortest: usize, longest: usize) -> String {
    let n = shortest + draw.below(longest - shortest + 1);
    // N^u is distributed as 1/x.
    let words = (0..n).map(|_| word((N_WORDS as f64).powf(draw.share()) as usize - 1));
    words.collect::<Vec<_>>().join(" ")
}

fn vector_of(draw: &mut Draw) -> Vec<f64> {
    // As many digits as a 32-bit float has.
    (0..DIMENSIONS)
        .map(|_| f64::from((draw.share() * 2.0 - 1.0) as f32))
        .collect()
}
