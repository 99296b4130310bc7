//! Questions as a model wrote them, with where they come from and what the checks said.
//! These structs are the rows of a Distiset's `questions` and `rejected` configs, column by column.

use crate::{ChunkId, DocumentId, Language, QuestionId};
use serde::{Deserialize, Serialize};
use std::{fmt, ops::Range, str::FromStr};

/// The decision of the checks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Goes to review.
    Accepted,
    /// Kept, with its reasons, out of review.
    #[default]
    Rejected,
}

/// The skill that a question asks for (Bloom 1956, in three steps).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// To remember what is said.
    Recall,
    /// To use it in a case that is not mentioned.
    Application,
    /// To see how parts hang together: causes, comparisons, consequences.
    Analysis,
}

impl Kind {
    /// Every kind, in the order of `--help`.
    pub const ALL: [Self; 3] = [Self::Recall, Self::Application, Self::Analysis];

    /// As it is written in rows: `recall`, `application`, `analysis`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Recall => "recall",
            Self::Application => "application",
            Self::Analysis => "analysis",
        }
    }
}

/// Difficulty of a question for somebody who has studied the subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Difficulty {
    /// Nearly everybody knows it.
    Easy,
    /// About half do.
    Medium,
    /// Few do.
    Hard,
}

impl Difficulty {
    /// Every degree, in the order of `--help`.
    pub const ALL: [Self; 3] = [Self::Easy, Self::Medium, Self::Hard];

    /// As it is written in rows: `easy`, `medium`, `hard`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Easy => "easy",
            Self::Medium => "medium",
            Self::Hard => "hard",
        }
    }
}

/// A word that is none of those that a column may have.
#[derive(Debug, thiserror::Error)]
#[error("`{word}` is none of {known}")]
pub struct UnknownWord {
    word: String,
    known: String,
}

macro_rules! in_words {
    ($name:ident) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.name())
            }
        }

        impl FromStr for $name {
            type Err = UnknownWord;

            /// Upper and lower case are the same.
            fn from_str(word: &str) -> Result<Self, UnknownWord> {
                Self::ALL
                    .into_iter()
                    .find(|value| value.name().eq_ignore_ascii_case(word))
                    .ok_or_else(|| UnknownWord {
                        word: word.to_owned(),
                        known: Self::ALL.map(Self::name).join(", "),
                    })
            }
        }
    };
}

in_words!(Kind);
in_words!(Difficulty);

/// The other passage of a question that needs two of its document.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SecondSource {
    /// The passage.
    pub chunk_id: ChunkId,
    /// First byte of the passage in the document's text.
    pub chunk_start: u64,
    /// One past the passage's last byte.
    pub chunk_end: u64,
    /// The passage's text.
    pub passage: String,
    /// The words of it that the key rests on too, as the model quoted them.
    pub quote: Option<String>,
    /// First byte of the quote in the document's text, where it was found.
    pub quote_start: Option<u64>,
    /// One past the quote's last byte.
    pub quote_end: Option<u64>,
}

/// One multiple-choice question in lineage: document → passage → quote → question.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Question {
    /// Made of passage, stem and options.
    pub question_id: QuestionId,
    /// The document that it was written from.
    pub document_id: DocumentId,
    /// The document's path below the input folder.
    pub document: String,
    /// The passage that it was written from.
    pub chunk_id: ChunkId,
    /// First byte of the passage in the document's text.
    pub chunk_start: u64,
    /// One past the passage's last byte.
    pub chunk_end: u64,
    /// Its language; undetermined where a table does not say.
    #[serde(default)]
    pub language: Language,
    /// The stem.
    pub question: String,
    /// The key.
    pub answer: String,
    /// The wrong options; three when accepted, whatever the model wrote when rejected.
    pub distractors: Vec<String>,
    /// The words of the passage that the key rests on, as the model quoted them.
    pub quote: Option<String>,
    /// First byte of the quote in the document's text, where it was found verbatim.
    pub quote_start: Option<u64>,
    /// One past the quote's last byte.
    pub quote_end: Option<u64>,
    /// The passage's text.
    pub passage: String,
    /// The second passage, for a question that needs two.
    pub second_source: Option<SecondSource>,
    /// The model that wrote the question.
    pub generation_model: String,
    /// The decision of the checks.
    pub verdict: Verdict,
    /// Reasons for its rejection, a sentence each; empty when accepted.
    pub reasons: Vec<String>,
    /// Remarks of the checks that do not reject it, a sentence each (`longest_key: …`).
    #[serde(default)]
    pub remarks: Vec<String>,
    /// The headings above the passage, outermost first, with ` > ` between them.
    pub section: Option<String>,
    /// The page of the document that the passage begins on, from 1; `None` where the format has no pages.
    pub page: Option<u32>,
    /// The skill that it asks for, according to the model.
    pub kind: Option<Kind>,
    /// Its difficulty, according to the model.
    pub difficulty: Option<Difficulty>,
    /// The model that answered it to check it; `None` where none did.
    pub check_model: Option<String>,
    /// Share of shuffled orders of the options in which that model chose the key with the passage before it, from 0 to 1.
    pub open_book: Option<f64>,
    /// The same without the passage: high if it is known anyway.
    pub closed_book: Option<f64>,
    /// The same with nothing but the options: high if they give the key away.
    pub options_only: Option<f64>,
    /// `true` if that model finds that the question can be understood without the passage.
    pub stands_alone: Option<bool>,
    /// The beginning of a reply of which nothing could be read; only in a row without a question.
    #[serde(default)]
    pub reply: Option<String>,
}

impl Question {
    /// The bytes of `passage` that the quote was found at; `None` if it was not, or the passage has no such bytes.
    pub fn quote_in_passage(&self) -> Option<Range<usize>> {
        let offset = |byte: u64| usize::try_from(byte.checked_sub(self.chunk_start)?).ok();
        let found = offset(self.quote_start?)?..offset(self.quote_end?)?;
        self.passage.get(found.clone()).map(|_| found)
    }
}
