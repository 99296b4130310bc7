//! A passage to ask about, with all that its rows tell of where it comes from: the document is not needed any more. And
//! its turn.

use crate::reading::documents::Source;
use examen_core::{Chunk, DocumentId, Language, Question, SecondSource, Verdict};
use serde::{Deserialize, Serialize};

/// A passage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Passage {
    pub(crate) document_id: DocumentId,
    /// The document's path below the input.
    pub(crate) document: String,
    /// Its own language, which may be another one than most of the document's.
    pub(crate) language: Language,
    pub(crate) section: Option<String>,
    pub(crate) page: Option<u32>,
    pub(crate) chunk: Chunk,
    /// Another chunk of the document, where each question needs both.
    pub(crate) second: Option<Chunk>,
}

impl Passage {
    pub(crate) fn new(source: &Source, chunk: Chunk) -> Self {
        Self {
            document_id: source.document.id.clone(),
            document: source.document.path.clone(),
            language: source.language_of(&chunk.text),
            section: source.section_at(chunk.span.start),
            page: source.page_at(chunk.span.start),
            chunk,
            second: None,
        }
    }

    /// The passage together with another of its document.
    pub(crate) fn with(&self, second: &Self) -> Self {
        Self {
            second: Some(second.chunk.clone()),
            ..self.clone()
        }
    }

    pub(crate) fn chunks(&self) -> impl Iterator<Item = &Chunk> {
        std::iter::once(&self.chunk).chain(&self.second)
    }

    pub(crate) fn texts(&self) -> Vec<&str> {
        self.chunks().map(|chunk| chunk.text.as_str()).collect()
    }

    /// The row of a question about it, before there is one.
    pub(crate) fn row(&self, model: &str) -> Question {
        Question {
            document_id: self.document_id.clone(),
            document: self.document.clone(),
            chunk_id: self.chunk.id.clone(),
            chunk_start: self.chunk.span.start as u64,
            chunk_end: self.chunk.span.end as u64,
            language: self.language,
            passage: self.chunk.text.clone(),
            second_source: self.second.as_ref().map(|chunk| SecondSource {
                chunk_id: chunk.id.clone(),
                chunk_start: chunk.span.start as u64,
                chunk_end: chunk.span.end as u64,
                passage: chunk.text.clone(),
                ..SecondSource::default()
            }),
            section: self.section.clone(),
            page: self.page,
            generation_model: model.to_owned(),
            verdict: Verdict::Accepted,
            ..Question::default()
        }
    }
}

/// One passage's turn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Turn {
    pub(crate) passage: Passage,
    /// Number of questions it is asked for.
    pub(crate) n_questions: usize,
}

impl Turn {
    /// A pair is asked for one question: few need both.
    pub(crate) fn new(passage: Passage, n_questions: usize) -> Self {
        let n_questions = if passage.second.is_some() {
            1
        } else {
            n_questions
        };
        Self {
            passage,
            n_questions,
        }
    }
}
