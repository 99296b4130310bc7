//! What the names of steps, reasons and rules mean, for people.

/// Reasons against questions, documents and passages, and remarks on questions; each with what it says of them.
const REASONS: [(&str, &str); 43] = [
    // documents
    ("other_format", "in a format that is not read"),
    ("unreadable", "could not be read"),
    ("not_needed", "not needed: there were enough questions"),
    ("stopped", "not reached before the run was stopped"),
    // passages
    ("boilerplate", "contents, references, licences …"),
    ("repeated", "the same as a passage before"),
    ("failed", "no reply: the call failed"),
    ("no_question", "no question in the reply"),
    ("all_rejected", "every question was rejected"),
    // questions by themselves
    ("shape", "empty, or not three distractors"),
    ("options", "two options say the same"),
    ("combined", "“all of the above” and the like"),
    ("placeholder", "an option is an empty form"),
    ("source_reference", "needs the passage beside it"),
    ("meta", "about the document, not its subject"),
    ("answer_in_stem", "the stem says the answer"),
    ("language", "in another language"),
    ("quote", "the quote is not in the passage"),
    ("example", "copied from the prompt's example"),
    // questions, as the check model sees them
    ("open_book", "the passage does not bear out the key"),
    ("unverified", "a call of the check model failed"),
    ("known", "answered without the passage"),
    ("guessable", "answered from the options alone"),
    ("dependent", "not understood without the passage"),
    // questions among others
    ("duplicate", "asked before, or nearly"),
    ("extra", "more than were asked for"),
    ("limit", "beyond the number wanted"),
    ("quota", "beyond a document's or section's quota"),
    // remarks
    ("longest_key", "the key is much the longest option"),
    ("format", "the key alone is written otherwise"),
    ("absolutes", "“always” beside a hedged answer"),
    ("echo", "the key repeats words of the stem"),
    ("grammar", "only the key fits the stem's grammar"),
    ("nested", "an option is part of another"),
    ("overlap", "ranges have numbers in common"),
    ("negative", "asks for what is not so"),
    ("unfocused", "the stem names no subject"),
    ("true_false", "asks whether a sentence is true"),
    ("opinion", "asks for an opinion"),
    ("blank", "a gap in the middle of the stem"),
    ("mixed_language", "options in another language"),
    ("reworded_quote", "the quote is not verbatim"),
    ("cued", "another stem says the answer"),
];

/// What a step leaves.
const STEPS: [(&str, &str); 11] = [
    ("documents.found", "files and rows found"),
    ("documents.read", "documents read"),
    ("chunks.found", "passages found"),
    ("chunks.to_ask", "worth asking about"),
    ("chunks.asked", "asked about"),
    ("chunks.answered", "answered"),
    ("chunks.covered", "with an accepted question"),
    ("questions.written", "questions written"),
    ("questions.passed", "sound by themselves"),
    ("questions.verified", "upheld by the check model"),
    ("questions.accepted", "accepted"),
];

/// Rules of thumb by which a reader may find the key: what is taken, and what helps against it.
const RULES: [(&str, &str, &str); 5] = [
    (
        "longest",
        "the longest option",
        "shorten keys, or give distractors as much detail",
    ),
    (
        "shortest",
        "the shortest option",
        "give keys as much detail as distractors",
    ),
    (
        "most_central",
        "the option most like the others",
        "write distractors that do not all vary the key",
    ),
    (
        "only_hedged",
        "the only hedged option",
        "hedge distractors too (“usually”, “may”), or no option",
    ),
    (
        "only_without_absolute",
        "the only one without “always”",
        "take words without exception out of distractors",
    ),
];

/// What a reason says of what it is about; the name itself if it is not known here.
pub(super) fn reason(name: &str) -> String {
    find(&REASONS, name)
}

/// A reason with its name, by which the output has it.
pub(super) fn named_reason(name: &str) -> String {
    let words = reason(name);
    if words == name {
        words
    } else {
        format!("{name}: {words}")
    }
}

/// What a step leaves of what it counts.
pub(super) fn step(of: &str, name: &str) -> String {
    find(&STEPS, &format!("{of}.{name}"))
}

/// What a rule of thumb takes.
pub(super) fn rule(name: &str) -> String {
    let known = RULES.iter().find(|(known, ..)| *known == name);
    known.map_or_else(
        || name.replace('_', " "),
        |(_, words, _)| (*words).to_owned(),
    )
}

/// What helps against a rule of thumb.
pub(super) fn remedy(name: &str) -> Option<&'static str> {
    RULES
        .iter()
        .find(|(known, ..)| *known == name)
        .map(|(.., remedy)| *remedy)
}

fn find(words: &[(&str, &str)], name: &str) -> String {
    words
        .iter()
        .find(|(known, _)| *known == name)
        .map_or(name, |(_, words)| *words)
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        checks::{ALL, CUED, Cues, DUPLICATE},
        report::Funnel,
        verify::{DEPENDENT, GUESSABLE, KNOWN, OPEN_BOOK, UNVERIFIED},
        writing::Summary,
    };

    #[test]
    fn every_check_rule_and_step_has_its_words() {
        let of_the_model = [OPEN_BOOK, UNVERIFIED, KNOWN, GUESSABLE, DEPENDENT];
        for name in ALL
            .iter()
            .map(|check| check.name)
            .chain([DUPLICATE, CUED])
            .chain(of_the_model)
        {
            assert_ne!(reason(name), name);
        }
        for cue in Cues::default().report().cues {
            assert!(remedy(&cue.rule).is_some(), "{}", cue.rule);
        }
        let funnel = Funnel::of(&Summary::default());
        for (of, steps) in [
            ("documents", funnel.documents),
            ("chunks", funnel.chunks),
            ("questions", funnel.questions),
        ] {
            assert!(
                steps.iter().all(|left| !step(of, left.step).contains('.')),
                "{steps:?}"
            );
        }
    }

    #[test]
    fn what_is_not_known_is_told_by_its_name() {
        assert_eq!(
            (
                named_reason("new_check").as_str(),
                rule("new_rule").as_str()
            ),
            ("new_check", "new rule")
        );
    }
}
