//! Records for the other tests.

use examen_core::annotation::{Record, RecordStatus, Response, ResponseStatus, Suggestion};
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// A record without responses, its suggestion being answer B.
pub(crate) fn record(number: u32) -> Record {
    let object = |value: Value| value.as_object().cloned().unwrap();
    Record {
        id: Uuid::from_u128(u128::from(number)),
        external_id: format!("q{number}"),
        fields: object(json!({
            "question": format!("What is {number} + 1?"),
            "answer_a": number.to_string(),
            "answer_b": (number + 1).to_string(),
            "answer_c": (number + 2).to_string(),
            "answer_d": (number + 3).to_string(),
            "passage": "Adding one gives the next number.",
        })),
        metadata: object(json!({
            "question_id": format!("q{number}"),
            "document_id": "d0",
            "document": if number.is_multiple_of(2) { "sums.md" } else { "más | sumas.txt" },
            "chunk_id": "c0",
            "quote": "gives the next number",
            "language": if number.is_multiple_of(2) { "en" } else { "es" },
            "generation_model": "smollm2",
            "shuffle_seed": 7,
        })),
        suggestions: vec![Suggestion {
            question: "correct_answer".to_owned(),
            value: json!("answer_b"),
            agent: Some("smollm2".to_owned()),
        }],
        responses: Vec::new(),
        status: RecordStatus::Pending,
    }
}

/// The record with one more response, of a reviewer of its own.
pub(crate) fn with(mut record: Record, status: ResponseStatus, values: Value) -> Record {
    let number = record.responses.len() as u128 + 1;
    record.responses.push(Response {
        user_id: Uuid::from_u128(number),
        username: format!("reviewer{number}"),
        status,
        values: values.as_object().cloned().unwrap_or_else(Map::new),
    });
    record
}

pub(crate) fn submitted(record: Record, letter: &str) -> Record {
    with(
        record,
        ResponseStatus::Submitted,
        json!({ "correct_answer": format!("answer_{letter}") }),
    )
}

pub(crate) fn discarded(record: Record) -> Record {
    with(record, ResponseStatus::Discarded, json!({}))
}

pub(crate) fn improved(
    record: Record,
    letter: &str,
    question: Option<&str>,
    answer: Option<&str>,
) -> Record {
    let values = json!({
        "correct_answer": format!("answer_{letter}"), "improved_question": question, "improved_answer": answer,
    });
    with(record, ResponseStatus::Submitted, values)
}

/// One record of every kind.
pub(crate) fn mixture() -> Vec<Record> {
    vec![
        submitted(submitted(record(0), "b"), "b"),
        submitted(submitted(submitted(record(1), "b"), "c"), "b"),
        improved(record(2), "b", Some("How much is 2 + 1?"), Some("three")),
        record(3),
        with(
            record(4),
            ResponseStatus::Discarded,
            json!({ "flaws": ["none_right", "trivial"], "review_mode": "assisted" }),
        ),
        submitted(submitted(record(5), "a"), "b"),
        improved(record(6), "b", None, Some("6")),
        with(
            record(7),
            ResponseStatus::Draft,
            json!({ "correct_answer": "answer_a" }),
        ),
        with(
            record(8),
            ResponseStatus::Submitted,
            json!({
                "correct_answer": "answer_b",
                "first_answer": "answer_c",
                "review_mode": "blind",
                "flaws": ["trivial"],
                "review_comment": "Fit for children.",
            }),
        ),
    ]
}
