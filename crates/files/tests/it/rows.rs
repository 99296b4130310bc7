//! Rows for the other tests.

use examen_core::{
    ChunkId, DocumentId, ExamRow, KeySource, Language, Letter, Question, QuestionId, Verdict,
};
use serde::{Deserialize, Serialize};

pub(crate) fn question(number: usize) -> Question {
    Question {
        question_id: QuestionId::of(&[&number.to_string()]),
        document_id: DocumentId::from_stored("d0"),
        document: "física/capa límite.md".to_owned(),
        chunk_id: ChunkId::from_stored("c0"),
        chunk_start: 0,
        chunk_end: 120,
        language: Language::SPANISH,
        question: format!("¿Qué crece con la distancia? ({number})"),
        answer: "El espesor".to_owned(),
        distractors: ["La masa", "El color", "El ruido"]
            .map(str::to_owned)
            .to_vec(),
        quote: number
            .is_multiple_of(2)
            .then(|| "su espesor crece".to_owned()),
        quote_start: number.is_multiple_of(2).then_some(10),
        quote_end: number.is_multiple_of(2).then_some(26),
        passage: "… su espesor crece …".to_owned(),
        generation_model: "m".to_owned(),
        verdict: if number == 1 {
            Verdict::Rejected
        } else {
            Verdict::Accepted
        },
        reasons: if number == 1 {
            vec!["the key is among the distractors".to_owned()]
        } else {
            Vec::new()
        },
        ..Question::default()
    }
}

pub(crate) fn exam_row(number: usize) -> ExamRow {
    ExamRow {
        question: format!("What is {number} + 1?"),
        answer_a: number.to_string(),
        answer_b: (number + 1).to_string(),
        answer_c: (number + 2).to_string(),
        answer_d: (number + 3).to_string(),
        correct_answer: Letter::B,
        answer: 1,
        key_source: KeySource::Reviewed,
        n_votes: 2,
        n_agree: 2,
        n_discards: 0,
        votes: Vec::new(),
        flaws: Vec::new(),
        comments: Vec::new(),
        improved: false,
        n_improved: 0,
        question_id: format!("q{number}"),
        document: Some("sums.md".to_owned()),
        document_id: None,
        chunk_id: None,
        quote: None,
        second_quote: None,
        kind: None,
        difficulty: None,
        language: Some("en".to_owned()),
        generation_model: None,
    }
}

/// A row as distilabel writes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Generation {
    pub(crate) document: String,
    pub(crate) generation: Option<String>,
    pub(crate) distilabel_metadata: Metadata,
    pub(crate) generation_model: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Metadata {
    pub(crate) raw_input_exam_generation: Vec<Message>,
    pub(crate) raw_output_exam_generation: Option<String>,
    pub(crate) statistics_exam_generation: Statistics,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Message {
    pub(crate) content: String,
    pub(crate) role: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Statistics {
    pub(crate) input_tokens: Option<i64>,
    pub(crate) output_tokens: Option<i64>,
}

pub(crate) fn generation(number: usize) -> Generation {
    let text = format!("{{\"exam\":[{{\"question\":\"{number}?\"}}]}}");
    Generation {
        document: format!("document {number}"),
        generation: Some(text.clone()),
        distilabel_metadata: Metadata {
            raw_input_exam_generation: vec![Message {
                content: "Write.".to_owned(),
                role: "user".to_owned(),
            }],
            raw_output_exam_generation: Some(text),
            statistics_exam_generation: Statistics {
                input_tokens: Some(12),
                output_tokens: None,
            },
        },
        generation_model: "m".to_owned(),
    }
}
