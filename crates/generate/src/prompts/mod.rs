//! What is said to the model. A language is four data files beside this one and an entry below.
//!
//! The shape of the reply is shown by an example in an earlier turn rather than by placeholders: small models copy
//! placeholders as they are.

use crate::schema::Reply;
use examen_core::Language;
use examen_llm::{Message, Role};
use minijinja::{Environment, Value, value::Serde};
use serde::Serialize;
use std::sync::LazyLock;

/// One language: the rules, the request about a passage, and an example of a passage with a reply.
struct Templates {
    language: Language,
    system: &'static str,
    user: &'static str,
    example_passage: &'static str,
    example_reply: &'static str,
}

const ALL: [Templates; Language::ALL.len()] = [
    Templates {
        language: Language::English,
        system: include_str!("en.system.jinja"),
        user: include_str!("en.user.jinja"),
        example_passage: include_str!("en.example.txt"),
        example_reply: include_str!("en.example.json"),
    },
    Templates {
        language: Language::Spanish,
        system: include_str!("es.system.jinja"),
        user: include_str!("es.user.jinja"),
        example_passage: include_str!("es.example.txt"),
        example_reply: include_str!("es.example.json"),
    },
];

/// Every template, compiled once, under its source.
static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    for source in ALL.iter().flat_map(|templates| [templates.system, templates.user]) {
        environment.add_template(source, source).expect("our own templates parse (tested)");
    }
    environment
});

static EXAMPLES: LazyLock<[Reply; Language::ALL.len()]> = LazyLock::new(|| {
    ALL.map(|templates| serde_json::from_str(templates.example_reply).expect("our own example parses (tested)"))
});

/// What one request asks for, by the names that the templates use.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Ask<'a> {
    /// The language of the prompt.
    pub language: Language,
    /// Whether the passage is in a language that has no prompts.
    pub is_other_language: bool,
    /// The passage.
    pub passage: &'a str,
    /// How many questions.
    pub n_questions: usize,
    /// Questions that were accepted about this passage already.
    pub existing: &'a [String],
}

/// The conversation that asks for it: the rules, the example's request and reply, then the passage with the request.
pub fn messages(ask: &Ask<'_>) -> Vec<Message> {
    let opening = opening(ask.language, ask.is_other_language).iter().cloned();
    opening.chain([request(ask)]).collect()
}

/// The messages before the request, which are the same for every passage: the rules, the example's request and reply.
pub fn opening(language: Language, is_other_language: bool) -> &'static [Message] {
    &OPENINGS[place(language)][usize::from(is_other_language)]
}

/// The passage with the request.
pub fn request(ask: &Ask<'_>) -> Message {
    message(Role::User, render(templates(ask.language).user, ask))
}

static OPENINGS: LazyLock<[[Vec<Message>; 2]; Language::ALL.len()]> =
    LazyLock::new(|| Language::ALL.map(|language| [false, true].map(|is_other| new_opening(language, is_other))));

fn new_opening(language: Language, is_other_language: bool) -> Vec<Message> {
    let (templates, reply) = (templates(language), example(language));
    let passage = templates.example_passage.trim_end();
    let example = Ask { language, is_other_language, passage, n_questions: reply.exam.len(), existing: &[] };
    vec![
        message(Role::System, render(templates.system, &example)),
        request(&example),
        message(Role::Assistant, serde_json::to_string(reply).expect("a reply is plain data")),
    ]
}

fn message(role: Role, content: String) -> Message {
    Message { role, content }
}

/// The reply that the model is shown as an example.
pub fn example(language: Language) -> &'static Reply {
    let place = ALL.iter().position(|templates| templates.language == language);
    &EXAMPLES[place.expect("every language has templates (tested)")]
}

/// 64 bits of BLAKE3 over a language's templates, in hexadecimal: two runs with the same hash asked in the same words.
pub fn hash(language: Language) -> String {
    let templates = templates(language);
    let mut hasher = blake3::Hasher::new();
    for template in [templates.system, templates.user, templates.example_passage, templates.example_reply] {
        hasher.update(&(template.len() as u64).to_le_bytes());
        hasher.update(template.as_bytes());
    }
    hasher.finalize().to_hex()[..16].to_owned()
}

/// Where a language stands among all.
fn place(language: Language) -> usize {
    Language::ALL.iter().position(|&other| other == language).expect("it is one of all")
}

fn templates(language: Language) -> &'static Templates {
    ALL.iter().find(|templates| templates.language == language).expect("every language has templates (tested)")
}

fn render(template: &'static str, ask: &Ask<'_>) -> String {
    // The templates are part of the program and every one is rendered by a test.
    let template = ENVIRONMENT.get_template(template).expect("every template is there");
    let mut text = template.render(Value::from(Serde(ask))).expect("our own templates render");
    text.truncate(text.trim_end().len());
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSAGE: &str = "The heart pumps blood & \"more\".\n\nIt beats 70 times a minute.";

    fn shown(ask: &Ask<'_>) -> String {
        let messages = messages(ask);
        messages.iter().map(|message| format!("=== {:?}\n{}\n", message.role, message.content)).collect()
    }

    fn ask(language: Language) -> Ask<'static> {
        Ask { language, is_other_language: false, passage: PASSAGE, n_questions: 4, existing: &[] }
    }

    #[test]
    fn every_prompt_as_it_is_sent() {
        for language in Language::ALL {
            insta::assert_snapshot!(format!("first_{language}"), shown(&ask(language)));
            let existing = ["What pumps blood?".to_owned(), "How often does it beat?".to_owned()];
            let again = Ask { n_questions: 1, existing: &existing, ..ask(language) };
            insta::assert_snapshot!(format!("again_{language}"), shown(&again));
        }
        insta::assert_snapshot!("first_other", shown(&Ask { is_other_language: true, ..ask(Language::English) }));
    }

    #[test]
    fn every_example_is_what_it_asks_for() {
        for language in Language::ALL {
            for item in &example(language).exam {
                assert!(crate::quote::find(templates(language).example_passage, &item.quote.0).is_some());
                assert_eq!(item.distractors.len(), examen_core::exam::N_DISTRACTORS);
            }
        }
    }

    #[test]
    fn languages_are_told_apart_by_their_hash() {
        assert_ne!(hash(Language::English), hash(Language::Spanish));
        assert_eq!(hash(Language::English).len(), 16);
    }
}
