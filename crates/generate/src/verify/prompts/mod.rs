//! Prompts to the check model. Each language has one for each check, made of its data file; texts in other languages are
//! asked about in English.

use super::answer::LETTERS;
use crate::{settings::ModelCheck, text::languages};
use examen_core::{Language, exam::N_OPTIONS, ids::content_hash};
use examen_llm::{Message, Role};
use minijinja::{Environment, Value, value::Serde};
use serde::Serialize;
use std::sync::LazyLock;

/// A question as it is shown, by the names that the templates use.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shown<'a> {
    pub(crate) language: Language,
    /// The passage, or both that the question needs.
    pub(crate) passages: &'a [&'a str],
    pub(crate) question: &'a str,
    /// In the order in which they are shown.
    pub(crate) options: [&'a str; N_OPTIONS],
}

#[derive(Serialize)]
struct Named<'a> {
    passages: &'a [&'a str],
    question: &'a str,
    options: [NamedOption<'a>; N_OPTIONS],
}

#[derive(Serialize)]
struct NamedOption<'a> {
    letter: char,
    text: &'a str,
}

/// Every template, compiled once, under its source.
static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    for (spoken, check) in languages::all()
        .iter()
        .flat_map(|spoken| ModelCheck::ALL.map(|check| (spoken, check)))
    {
        let source = template(spoken.language, check);
        environment
            .add_template(source, source)
            .expect("our own templates parse (tested)");
    }
    environment
});

/// The request of one check. Only what the check shows is in it.
pub(super) fn messages(check: ModelCheck, shown: &Shown<'_>) -> Vec<Message> {
    let option = |index: usize| NamedOption {
        letter: LETTERS[index],
        text: shown.options[index],
    };
    let named = Named {
        passages: shown.passages,
        question: shown.question,
        options: std::array::from_fn(option),
    };
    // The templates are part of the program and every one is rendered by a test.
    let template = ENVIRONMENT
        .get_template(template(shown.language, check))
        .expect("every template is there");
    let text = template
        .render(Value::from(Serde(&named)))
        .expect("our own templates render");
    vec![Message {
        role: Role::User,
        content: text.trim_end().into(),
    }]
}

/// Possible answers to a yes-or-no question.
pub(super) fn yes_no(language: Language) -> [&'static str; 2] {
    languages::of_prompts(language)
        .yes_no
        .each_ref()
        .map(String::as_str)
}

/// 64 bits of BLAKE3 over a language's templates, in hexadecimal: two runs with the same hash asked in the same words.
pub(crate) fn hash(language: Language) -> String {
    content_hash(&ModelCheck::ALL.map(|check| template(language, check)))
}

fn template(language: Language, check: ModelCheck) -> &'static str {
    languages::of_prompts(language).file(match check {
        ModelCheck::OpenBook => "open_book.jinja",
        ModelCheck::ClosedBook => "closed_book.jinja",
        ModelCheck::OptionsOnly => "options_only.jinja",
        ModelCheck::StandAlone => "stands_alone.jinja",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_request_as_it_is_sent_and_nothing_shown_that_a_check_hides() {
        for language in languages::all().iter().map(|spoken| spoken.language) {
            let shown = Shown {
                language,
                passages: &[
                    "The heart pumps blood & \"more\".\n\nIt beats 70 times a minute.",
                    "It rests too.",
                ],
                question: "How often does the heart beat?",
                options: [
                    "70 times a minute",
                    "7 times a minute",
                    "17 times a minute",
                    "700 times a minute",
                ],
            };
            let sent = ModelCheck::ALL.map(|check| {
                let messages = messages(check, &shown);
                let [
                    Message {
                        role: Role::User,
                        content,
                    },
                ] = messages.as_slice()
                else {
                    panic!("{messages:?}")
                };
                let shows_passage = content.contains("pumps blood") && content.contains("It rests");
                let shows_question = content.contains("How often does");
                assert_eq!(shows_passage, check == ModelCheck::OpenBook);
                assert_eq!(shows_question, check != ModelCheck::OptionsOnly);
                format!("=== {check}\n{content}\n")
            });
            insta::assert_snapshot!(format!("checks_{language}"), sent.concat());
            if ![Language::ENGLISH, Language::SPANISH].contains(&language) {
                continue;
            }
            let of_one = messages(
                ModelCheck::OpenBook,
                &Shown {
                    passages: &shown.passages[..1],
                    ..shown
                },
            );
            insta::assert_snapshot!(format!("open_book_{language}"), of_one[0].content);
        }
        assert_ne!(hash(Language::ENGLISH), hash(Language::SPANISH));
    }
}
