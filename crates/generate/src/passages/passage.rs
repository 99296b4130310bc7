//! A passage to ask about, with all that its rows tell of where it comes from: the document is not needed any more. And
//! its turn.

use crate::{passages::context, reading::documents::Source, text::script::Script};
use examen_core::{Chunk, DocumentId, Language, Question, SecondSource, Verdict};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

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
    /// Where it comes from, for whoever writes about it: never to be quoted.
    pub(crate) context: Option<String>,
    /// The beginning of its document, to be summarised.
    pub(crate) opening: Option<Arc<str>>,
    /// The language of most of its document.
    pub(crate) document_language: Language,
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
            context: context::of(source, chunk.span.start),
            opening: None,
            document_language: source.document.language,
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

/// What states one fact, in letters of Latin: a short sentence.
const LETTERS_OF_A_FACT: f64 = 60.0;

/// One passage's turn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Turn {
    pub(crate) passage: Passage,
    /// Number of questions it is asked for.
    pub(crate) n_questions: usize,
}

impl Turn {
    /// A pair is asked for one question: few need both. A short passage is asked for no more than it can state facts.
    pub(crate) fn new(passage: Passage, n_questions: usize) -> Self {
        let most = match passage.second {
            Some(_) => 1,
            None => n_facts(&passage.chunk.text),
        };
        let n_questions = n_questions.min(most);
        Self {
            passage,
            n_questions,
        }
    }
}

/// Facts that a text may state, by its length; at least one.
fn n_facts(text: &str) -> usize {
    let weight = |c| Script::of(c).map_or(1.0, Script::weight);
    let letters: f64 = text.chars().map(weight).sum();
    (letters / LETTERS_OF_A_FACT).ceil().max(1.0) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use examen_core::{Contents, Span};

    fn n_asked(text: &str) -> usize {
        let contents = Contents {
            text: text.to_owned(),
            ..Contents::default()
        };
        let source = Source::new("a.txt".to_owned(), contents, None);
        let span = Span {
            start: 0,
            end: text.len(),
        };
        let chunk = Chunk::new(&source.document, span);
        Turn::new(Passage::new(&source, chunk), 3).n_questions
    }

    #[test]
    fn a_short_passage_is_asked_for_no_more_than_it_can_state() {
        let sentence = "Honey bees live in colonies of up to sixty thousand animals. ";
        assert_eq!(n_asked("Honey bees."), 1);
        assert_eq!(n_asked(sentence), 2);
        assert_eq!(n_asked(&sentence.repeat(2)), 3);
        assert_eq!(n_asked(&sentence.repeat(50)), 3);
        // A Chinese sentence says as much with a third of the characters.
        assert_eq!(
            n_asked(&"蜜蜂群居，一個蜂群最多有六萬隻蜜蜂。".repeat(3)),
            3
        );
        assert_eq!(n_asked("蜜蜂"), 1);
    }
}
