//! Answer options: one key, three distractors, an order drawn once.

use crate::{Seed, text::comparable};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// Number of wrong options of a question.
pub const N_DISTRACTORS: usize = 3;
/// Number of options of a question.
pub const N_OPTIONS: usize = N_DISTRACTORS + 1;

/// The letter of an option. Written `answer_a` … `answer_d`, the column that holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Letter {
    /// The first option.
    #[serde(rename = "answer_a")]
    A,
    /// The second.
    #[serde(rename = "answer_b")]
    B,
    /// The third.
    #[serde(rename = "answer_c")]
    C,
    /// The fourth.
    #[serde(rename = "answer_d")]
    D,
}

impl Letter {
    /// All letters, in order.
    pub const ALL: [Self; N_OPTIONS] = [Self::A, Self::B, Self::C, Self::D];

    /// 0 for A … 3 for D.
    pub fn index(self) -> usize {
        self as usize
    }

    /// The column that holds this option's text: `answer_a` … `answer_d`.
    pub fn column(self) -> &'static str {
        match self {
            Self::A => "answer_a",
            Self::B => "answer_b",
            Self::C => "answer_c",
            Self::D => "answer_d",
        }
    }
}

impl fmt::Display for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.column())
    }
}

/// A value that names no option.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is not one of answer_a, answer_b, answer_c, answer_d")]
pub struct NotALetter(String);

impl FromStr for Letter {
    type Err = NotALetter;

    fn from_str(column: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|letter| letter.column() == column)
            .ok_or_else(|| NotALetter(column.to_owned()))
    }
}

/// A key and distractors that do not make a question.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
pub enum OptionsError {
    /// An option says nothing.
    #[error("an option is empty")]
    Empty,
    /// Two options are the same for a reader.
    #[error("two options are the same: `{0}`")]
    Duplicate(String),
    /// Not three distractors.
    #[error("{0} distractors instead of {N_DISTRACTORS}")]
    Count(usize),
}

/// Four distinct options, of which one is the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    texts: [String; N_OPTIONS],
    key: Letter,
}

impl Options {
    /// Options in the given order. Refuses empty ones and those that compare equal (see [`comparable`]).
    pub fn new(texts: [String; N_OPTIONS], key: Letter) -> Result<Self, OptionsError> {
        for (index, text) in texts.iter().enumerate() {
            if text.trim().is_empty() {
                return Err(OptionsError::Empty);
            }
            if texts[..index]
                .iter()
                .any(|earlier| comparable(earlier) == comparable(text))
            {
                return Err(OptionsError::Duplicate(text.clone()));
            }
        }
        Ok(Self { texts, key })
    }

    /// The key and its distractors in an order drawn from `seed` for this `purpose` (the question's id): the same
    /// question keeps its order whatever else is in the exam.
    pub fn shuffled(
        key: &str,
        distractors: &[String],
        seed: Seed,
        purpose: &str,
    ) -> Result<Self, OptionsError> {
        if distractors.len() != N_DISTRACTORS {
            return Err(OptionsError::Count(distractors.len()));
        }
        let mut order = [0, 1, 2, 3];
        seed.shuffle(purpose, &mut order);
        let texts = order.map(|index: usize| match index.checked_sub(1) {
            None => key.to_owned(),
            Some(distractor) => distractors[distractor].clone(),
        });
        let index_of_key = order
            .iter()
            .position(|&index| index == 0)
            .expect("0 is among the indices");
        Self::new(texts, Letter::ALL[index_of_key])
    }

    /// The options in their order.
    pub fn texts(&self) -> &[String; N_OPTIONS] {
        &self.texts
    }

    /// The key's letter.
    pub fn key(&self) -> Letter {
        self.key
    }

    /// The key's text.
    pub fn key_text(&self) -> &str {
        &self.texts[self.key.index()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn distractors() -> Vec<String> {
        ["two", "three", "four"].map(str::to_owned).to_vec()
    }

    #[test]
    fn the_key_is_found_wherever_it_lands() {
        for seed in 0..100 {
            let options = Options::shuffled("one", &distractors(), Seed(seed), "q").unwrap();
            assert_eq!(options.key_text(), "one");
        }
    }

    #[test]
    fn what_reads_the_same_is_refused() {
        let texts = ["One", "two", "three", "one."].map(str::to_owned);
        assert_eq!(
            Options::new(texts, Letter::A),
            Err(OptionsError::Duplicate("one.".to_owned()))
        );
        let texts = ["One", "two", " ", "four"].map(str::to_owned);
        assert_eq!(Options::new(texts, Letter::A), Err(OptionsError::Empty));
        assert_eq!(
            Options::shuffled("one", &[], Seed(1), "q"),
            Err(OptionsError::Count(0))
        );
    }

    proptest! {
        #[test]
        fn shuffling_keeps_every_option_and_repeats(seed: u64, purpose: String) {
            let options = Options::shuffled("one", &distractors(), Seed(seed), &purpose).unwrap();
            prop_assert_eq!(&options, &Options::shuffled("one", &distractors(), Seed(seed), &purpose).unwrap());
            let mut texts = options.texts().clone();
            texts.sort();
            prop_assert_eq!(texts, ["four", "one", "three", "two"].map(str::to_owned));
        }
    }
}
