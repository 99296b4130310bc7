//! A question as the checks see it: its words, cut once.

use super::Context;
use crate::text::{
    languages,
    lexicon::Lexicon,
    pattern::{self, Pattern},
    terms::Terms,
    words::Words,
};
use examen_core::{Question, text::comparable};

/// A question, its words, and what is known about its language.
pub(crate) struct Item<'a> {
    pub(crate) question: &'a Question,
    pub(crate) context: Context<'a>,
    /// `None` for a language that has none.
    pub(crate) lexicon: Option<&'static Lexicon>,
    /// The same with nothing but common words for a language that has no other, or not even those.
    pub(crate) common: &'static Lexicon,
    /// Empty for a language that has none.
    pub(crate) terms: &'static Terms,
    pub(crate) stem: Words,
    /// The key's words, then each distractor's.
    pub(crate) options: Vec<Words>,
    /// The key, then each distractor, as [`comparable`] makes them.
    pub(crate) forms: Vec<String>,
}

impl<'a> Item<'a> {
    pub(crate) fn of(question: &'a Question, context: Context<'a>) -> Self {
        Self {
            question,
            context,
            lexicon: Lexicon::of(question.language),
            common: Lexicon::or_common(question.language),
            terms: languages::terms(question.language),
            stem: Words::of(&question.question),
            options: texts(question).map(|text| Words::of(text)).collect(),
            forms: texts(question).map(|text| comparable(text)).collect(),
        }
    }

    /// The key's text, then each distractor's.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &'a String> + use<'a> {
        texts(self.question)
    }

    pub(crate) fn key(&self) -> &Words {
        &self.options[0]
    }

    pub(crate) fn distractors(&self) -> &[Words] {
        &self.options[1..]
    }

    /// True if the stem asks for what is not so.
    pub(crate) fn is_negative(&self) -> bool {
        let patterns = self
            .lexicon
            .map_or(&self.terms.negative, |lexicon| &lexicon.negative_stems);
        pattern::find(patterns, &self.stem).is_some()
    }

    /// True for an option that stands for all others or for none.
    pub(crate) fn is_meta(&self, words: &Words) -> bool {
        [&self.terms.all, &self.terms.none]
            .iter()
            .any(|patterns| pattern::find(patterns, words).is_some())
    }

    /// The first option that has one of the phrases, as a finding, of those that `counts` says count.
    pub(crate) fn option_with(
        &self,
        phrases: &[Pattern],
        counts: impl Fn(&Words) -> bool,
    ) -> Option<String> {
        let mut options = self.texts().zip(&self.options);
        options.find_map(|(option, words)| {
            let found = pattern::find(phrases, words).filter(|_| counts(words))?;
            Some(format!("the option `{option}` has `{found}`"))
        })
    }

    /// True if the passage has a text word by word: what is in there is what the question is about.
    pub(crate) fn is_in_passage(&self, text: &str) -> bool {
        let second = self.question.second_source.as_ref();
        self.question.passage.contains(text)
            || second.is_some_and(|second| second.passage.contains(text))
    }

    /// The bytes of the passage that the quote was found at.
    pub(crate) fn found_quote(&self) -> Option<&'a str> {
        Some(&self.question.passage[self.question.quote_in_passage()?])
    }
}

fn texts(question: &Question) -> impl Iterator<Item = &String> {
    std::iter::once(&question.answer).chain(&question.distractors)
}
