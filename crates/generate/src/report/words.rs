//! Descriptions of steps, reasons and rules, for people.

use crate::checks::all_reasons;

/// Descriptions of what each step leaves.
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

/// Description of a reason; the name itself if it is not known here.
pub(super) fn reason(name: &str) -> String {
    all_reasons()
        .find(|reason| reason.name() == name)
        .map_or_else(|| name.to_owned(), |reason| reason.words().to_owned())
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

/// Description of what a step leaves of what it counts.
pub(super) fn step(of: &str, name: &str) -> String {
    find(&STEPS, &format!("{of}.{name}"))
}

/// Description of the option that a rule of thumb takes.
pub(super) fn rule(name: &str) -> String {
    let known = RULES.iter().find(|(known, ..)| *known == name);
    known.map_or_else(
        || name.replace('_', " "),
        |(_, words, _)| (*words).to_owned(),
    )
}

/// Remedy against a rule of thumb.
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
    use crate::{checks::Cues, report::Funnel, writing::Summary};

    #[test]
    fn every_check_rule_and_step_has_its_words() {
        for known in all_reasons() {
            assert_ne!(reason(known.name()), known.name());
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
