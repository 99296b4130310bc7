//! Checks of questions before review: one file a check, and one line in [`ALL`]. The check's words for the report and the
//! guide stand in its file. [`item_findings`] looks at a question alone, [`Seen`] at the questions before it, [`Cues`] at
//! the whole set. No model is asked.

mod absolutes;
mod answer_in_stem;
mod blank;
mod combined;
mod cues;
mod cut_off;
mod echo;
mod equal_length_options;
mod example;
mod focused_stem;
mod format;
mod grammar;
mod grammatical_consistency;
mod item;
mod labels;
mod language;
mod longest_key;
mod markup;
mod meta;
mod mixed_language;
mod negative;
mod nested;
mod no_absolute_terms;
mod no_convergence_cues;
mod no_logical_cues;
mod no_vague_terms;
mod no_words;
mod opinion;
mod options;
mod overlap;
mod placeholder;
#[cfg(test)]
pub(crate) mod planted;
mod quote;
mod quoted_distractor;
mod repetition;
mod reworded_quote;
mod seen;
mod shape;
mod source_reference;
mod too_long;
mod true_false;
mod unfocused;

pub use cues::{Cue, CueReport, Cues, KeyPlaces};
pub use seen::{Seen, Signature};

use crate::reasons::{CheckReason, Finding, Reason, Severity};
use crate::text::lexicon::Lexicon;
use examen_core::{Language, Question, text::comparable};
use item::Item;
use std::collections::HashSet;

/// Every check of a question alone, cheap ones first.
pub const ALL: &[Check] = &[
    shape::CHECK,
    too_long::CHECK,
    repetition::CHECK,
    markup::CHECK,
    cut_off::CHECK,
    no_words::CHECK,
    options::CHECK,
    longest_key::CHECK,
    equal_length_options::CHECK,
    format::CHECK,
    blank::CHECK,
    example::CHECK,
    quote::CHECK,
    reworded_quote::CHECK,
    quoted_distractor::CHECK,
    answer_in_stem::CHECK,
    nested::CHECK,
    overlap::CHECK,
    absolutes::CHECK,
    no_absolute_terms::CHECK,
    no_vague_terms::CHECK,
    no_convergence_cues::CHECK,
    no_logical_cues::CHECK,
    echo::CHECK,
    grammar::CHECK,
    grammatical_consistency::CHECK,
    focused_stem::CHECK,
    unfocused::CHECK,
    combined::CHECK,
    placeholder::CHECK,
    source_reference::CHECK,
    meta::CHECK,
    negative::CHECK,
    true_false::CHECK,
    opinion::CHECK,
    language::CHECK,
    mixed_language::CHECK,
    #[cfg(test)]
    planted::CHECK,
];

/// One reason for which questions are rejected or remarked on.
#[derive(Debug, Clone, Copy)]
pub struct Check {
    /// Its name, with which its reasons begin.
    pub name: &'static str,
    /// The flaw in a few words, for the report.
    pub words: &'static str,
    /// The flaw as the guide describes it, in Markdown.
    pub guide: &'static str,
    /// The consequence for a question in which it finds something.
    pub severity: Severity,
    /// The rules of [`RULES`] that it decides, for the plain cases at least.
    pub rules: &'static [&'static str],
    /// Finds the flaw, and tells it in an English sentence without its full stop.
    find: fn(&Item<'_>) -> Option<String>,
}

impl Check {
    /// The reason for which it rejects a question or remarks on it.
    pub fn reason(&self) -> Reason {
        Reason::Check(CheckReason {
            name: self.name,
            words: self.words,
            severity: self.severity,
        })
    }
}

/// The 19 rules of BenchMarker (N. Balepur et al., "BenchMarker: An education-inspired toolkit for highlighting flaws in
/// multiple-choice benchmarks", arXiv 2602.06221, 2026; the names are those of its code). What a check finds ends with the name
/// of its rule. Nothing here decides `no_extraneous_info`, which takes understanding, and `ordered_options`: options have no
/// order until they are shown.
pub const RULES: [&str; 19] = [
    "grammatical_consistency",
    "focused_stem",
    "problem_in_stem",
    "single_best_answer",
    "no_extraneous_info",
    "avoid_k_type",
    "clear_language",
    "plausible_distractors",
    "avoid_repetition",
    "no_logical_cues",
    "no_convergence_cues",
    "equal_length_options",
    "ordered_options",
    "no_absolute_terms",
    "no_vague_terms",
    "avoid_negatives",
    "no_all_of_the_above",
    "no_none_of_the_above",
    "no_fill_in_blank",
];

/// True if there are word lists for a language. Checks that look at words find nothing in questions of others.
pub fn looks_at_words(language: Language) -> bool {
    Lexicon::of(language).is_some()
}

/// Every reason: the checks' and all others.
pub fn all_reasons() -> impl Iterator<Item = Reason> {
    ALL.iter()
        .map(Check::reason)
        .chain(Reason::OWN.iter().copied())
}

/// Facts beside the question that checks look at.
#[derive(Debug, Clone, Copy, Default)]
pub struct Context<'a> {
    /// True if the quote must be in the passage.
    pub require_quote: bool,
    /// Stems and options that the model was shown as an example, as [`comparable`] makes them.
    pub shown: &'a [String],
}

/// Findings of all checks of a question alone, in the order of [`ALL`]. Depends on nothing but its arguments.
pub fn item_findings(question: &Question, context: Context<'_>) -> Vec<Finding> {
    let item = Item::of(question, context);
    let finding = |check: &Check| {
        let sentence = (check.find)(&item)?;
        Some(Finding {
            // A check of several rules names that which is broken itself.
            sentence: match check.rules {
                [rule] if *rule != check.name => format!("{sentence} ({rule})"),
                _ => sentence,
            },
            reason: check.reason(),
        })
    };
    ALL.iter().filter_map(finding).collect()
}

/// The stems of a few accepted questions, in the form in which they are compared. For the questions of one passage; a
/// whole set is [`Seen`].
#[derive(Debug, Clone, Default)]
pub struct Stems(HashSet<String>);

impl Stems {
    /// Adds the stem of an accepted question; false if it is there already.
    pub fn insert(&mut self, stem: &str) -> bool {
        self.0.insert(comparable(stem))
    }

    /// True if one of them asks the same.
    pub fn contains(&self, stem: &str) -> bool {
        self.0.contains(&comparable(stem))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use examen_core::{ChunkId, DocumentId, QuestionId, Verdict};
    use proptest::prelude::*;

    /// A question that passes every check.
    pub(crate) fn sound() -> Question {
        Question {
            question_id: QuestionId::of(&["q"]),
            document_id: DocumentId::of(&["d"]),
            document: "heart.txt".to_owned(),
            language: Language::ENGLISH,
            chunk_id: ChunkId::of(&["c"]),
            chunk_end: 41,
            question: "Which chamber pumps blood into the aorta?".to_owned(),
            answer: "The left ventricle".to_owned(),
            distractors: ["The right ventricle", "The left atrium", "The right atrium"]
                .map(str::to_owned)
                .to_vec(),
            quote: Some("The left ventricle pumps into the aorta.".to_owned()),
            quote_start: Some(0),
            quote_end: Some(40),
            passage: "The left ventricle pumps into the aorta.\n".to_owned(),
            generation_model: "tester".to_owned(),
            verdict: Verdict::Accepted,
            ..Question::default()
        }
    }

    pub(crate) const STRICT: Context<'static> = Context {
        require_quote: true,
        shown: &[],
    };

    /// The findings in the sound question once it is changed.
    pub(crate) fn found_after(change: impl FnOnce(&mut Question)) -> Vec<String> {
        let mut question = sound();
        change(&mut question);
        item_findings(&question, STRICT)
            .iter()
            .map(Finding::to_string)
            .collect()
    }

    /// The finding of the check `name` in a stem with options, the key first.
    pub(crate) fn said(
        name: &str,
        language: Language,
        stem: &str,
        options: [&str; 4],
    ) -> Option<String> {
        let [answer, distractors @ ..] = options.map(str::to_owned);
        let changed = Question {
            language,
            question: stem.to_owned(),
            answer,
            distractors: distractors.to_vec(),
            ..sound()
        };
        let found = item_findings(&changed, STRICT);
        found
            .into_iter()
            .find(|finding| finding.reason.name() == name)
            .map(|finding| finding.sentence)
    }

    /// The finding of the check `name` in one of the wrong options.
    pub(crate) fn said_of(name: &str, code: &'static str, option: &str) -> Option<String> {
        let options = ["It swells", option, "It itches", "It hurts"];
        said(name, Language::known(code), "How does it present?", options)
    }

    #[test]
    fn a_sound_question_passes() {
        assert_eq!(found_after(|_| {}), Vec::<String>::new());
    }

    #[test]
    fn names_are_unique() {
        let names: HashSet<&str> = all_reasons().map(Reason::name).collect();
        assert_eq!(names.len(), ALL.len() + Reason::OWN.len());
    }

    #[test]
    fn rules_are_of_the_list_and_all_but_two_are_decided() {
        let decided: HashSet<&str> = ALL.iter().flat_map(|check| check.rules).copied().collect();
        assert!(decided.iter().all(|rule| RULES.contains(rule)));
        let left: Vec<&str> = RULES
            .into_iter()
            .filter(|rule| !decided.contains(rule))
            .collect();
        assert_eq!(left, ["no_extraneous_info", "ordered_options"]);
    }

    proptest! {
        #[test]
        fn any_text_can_be_checked(
            stem in "\\PC{0,30}",
            options in prop::collection::vec("\\PC{0,12}|[0-9.,]{0,4}[-–a ]{1,3}[0-9.,]{0,4} ?mg|(un|an|los) [a-zñ]{0,5}", 1..5),
            quote in "\\PC{0,12}",
            span in prop::option::of((0_u64..50, 0_u64..50)),
            language in prop::sample::select(vec!["en", "es", "fr", "ja", "sw", "und"]),
        ) {
            let question = Question {
                language: Language::known(language),
                question: stem,
                answer: options[0].clone(),
                distractors: options[1..].to_vec(),
                quote: Some(quote),
                quote_start: span.map(|span| span.0),
                quote_end: span.map(|span| span.1),
                ..sound()
            };
            for finding in item_findings(&question, STRICT) {
                prop_assert!(!finding.sentence.is_empty());
            }
        }
    }
}
