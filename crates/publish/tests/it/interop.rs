//! Writes what `xtask/interop/*.py` open with `datasets` and distilabel, with what they must find there, to
//! `target/tmp/interop/{distiset, published, expected.json}`.

use crate::records::mixture;
use examen_core::{ChunkId, DocumentId, Language, Question, QuestionId, Verdict};
use examen_files::distiset::{self, Description, Distiset};
use examen_publish::{CardOptions, PlanOptions, plan, write_folder};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::{fs, path::Path};

#[test]
fn folders_for_python_are_written() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("interop");
    // More than one record batch.
    let questions: Vec<Question> = (0..1234).map(question).collect();
    let generations = [generation(0), generation(1)];
    Distiset::new()
        .with_config("default", &generations)
        .unwrap()
        .with_config("questions", &questions)
        .unwrap()
        .with_config::<Question>("rejected", &[])
        .unwrap()
        .write(
            &folder.join("distiset"),
            &Description {
                title: "Sums".to_owned(),
                ..Description::default()
            },
        )
        .unwrap();
    let plan = plan(
        &mixture(),
        &PlanOptions {
            include_unreviewed: true,
            min_votes: None,
        },
    );
    let options = CardOptions {
        title: "Sums".to_owned(),
        license: None,
        location: "sums".to_owned(),
        version: "0.1.0".to_owned(),
    };
    write_folder(&plan, &options, &folder.join("published")).unwrap();
    let expected = json!({
        "distiset": { "default": generations, "questions": questions, "rejected": [] },
        "published": plan.rows,
    });
    fs::write(folder.join("expected.json"), expected.to_string()).unwrap();
    assert_eq!(
        distiset::configs(&folder.join("distiset")).unwrap(),
        ["default", "questions", "rejected"]
    );
}

fn question(number: usize) -> Question {
    Question {
        question_id: QuestionId::of(&[&number.to_string()]),
        document_id: DocumentId::from_stored("d0"),
        document: "física/capa límite.md".to_owned(),
        chunk_id: ChunkId::from_stored("c0"),
        chunk_start: 0,
        chunk_end: 120,
        language: Language::SPANISH,
        question: format!("¿Qué crece? ({number})"),
        answer: "El espesor".to_owned(),
        distractors: ["La masa", "El color", "El ruido"]
            .map(str::to_owned)
            .to_vec(),
        quote: number
            .is_multiple_of(2)
            .then(|| "su espesor crece".to_owned()),
        quote_start: number.is_multiple_of(2).then_some(10),
        quote_end: number.is_multiple_of(2).then_some(26),
        passage: "… su espesor crece … 🧪".to_owned(),
        generation_model: "m".to_owned(),
        verdict: Verdict::Accepted,
        reasons: Vec::new(),
        ..Question::default()
    }
}

/// A row of distilabel's config `default`.
#[derive(Serialize, Deserialize)]
struct Generation {
    document: String,
    generation: Option<String>,
    distilabel_metadata: Metadata,
    generation_model: String,
}

#[derive(Serialize, Deserialize)]
struct Metadata {
    raw_input_exam_generation: Vec<Message>,
    raw_output_exam_generation: Option<String>,
    statistics_exam_generation: Statistics,
}

#[derive(Serialize, Deserialize)]
struct Message {
    content: String,
    role: String,
}

#[derive(Serialize, Deserialize)]
struct Statistics {
    input_tokens: Option<i64>,
    output_tokens: Option<i64>,
}

fn generation(number: usize) -> Generation {
    let exam = json!({ "exam": [{ "question": number.to_string(), "answer": "1", "distractors": ["2", "3", "4"] }] });
    Generation {
        document: format!("document {number}"),
        generation: Some(exam.to_string()),
        distilabel_metadata: Metadata {
            raw_input_exam_generation: vec![Message {
                content: "Write.".to_owned(),
                role: "user".to_owned(),
            }],
            raw_output_exam_generation: (number > 0).then(|| exam.to_string()),
            statistics_exam_generation: Statistics {
                input_tokens: Some(12),
                output_tokens: None,
            },
        },
        generation_model: "m".to_owned(),
    }
}
