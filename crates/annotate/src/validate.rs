//! What a response and a record must be like to be stored. Pure; reasons are sentences for the person who sent it.

use examen_core::annotation::{DatasetSettings, Question, QuestionSettings, ResponseStatus, Suggestion};
use serde_json::{Map, Value};

/// Most bytes of a text that a reviewer writes.
pub const MAX_TEXT_BYTES: usize = 20_000;

/// Checks a response: known questions, values of their kind, bounded sizes, and, where it is submitted, an answer to every
/// required question. Drafts and discarded responses may be incomplete.
pub fn response(questions: &[Question], status: ResponseStatus, values: &Map<String, Value>) -> Result<(), String> {
    for (name, value) in values {
        let Some(question) = questions.iter().find(|question| question.name == *name) else {
            return Err(format!("there is no question `{}`", shown(name)));
        };
        answer(question, value)?;
    }
    let missing = |question: &&Question| question.required && !values.contains_key(&question.name);
    match questions.iter().find(missing) {
        Some(question) if status == ResponseStatus::Submitted => {
            Err(format!("the question `{}` must be answered", question.name))
        }
        _ => Ok(()),
    }
}

/// Checks a record against its dataset: known fields, all required ones, texts; suggestions for known questions, one
/// each, of their kind.
pub fn record(
    settings: &DatasetSettings,
    fields: &Map<String, Value>,
    suggestions: &[Suggestion],
) -> Result<(), String> {
    for (name, value) in fields {
        if !settings.fields.iter().any(|field| field.name == *name) {
            return Err(format!("the dataset has no field `{}`", shown(name)));
        }
        if !value.is_string() {
            return Err(format!("the field `{name}` is not a text"));
        }
    }
    if let Some(field) = settings.fields.iter().find(|field| field.required && !fields.contains_key(&field.name)) {
        return Err(format!("the field `{}` is missing", field.name));
    }
    for (place, suggestion) in suggestions.iter().enumerate() {
        let Some(question) = settings.questions.iter().find(|question| question.name == suggestion.question) else {
            return Err(format!("a suggestion is for `{}`, which is no question", shown(&suggestion.question)));
        };
        if suggestions[..place].iter().any(|earlier| earlier.question == suggestion.question) {
            return Err(format!("two suggestions are for the question `{}`", question.name));
        }
        answer(question, &suggestion.value)?;
    }
    Ok(())
}

/// Checks that a value is of the kind that a question takes.
fn answer(question: &Question, value: &Value) -> Result<(), String> {
    let name = &question.name;
    let Some(text) = value.as_str() else {
        return Err(format!("the answer to `{name}` is not a text"));
    };
    match &question.settings {
        QuestionSettings::LabelSelection { options } => {
            if options.iter().any(|option| option.value == text) {
                return Ok(());
            }
            let known: Vec<&str> = options.iter().map(|option| option.value.as_str()).collect();
            Err(format!("`{}` is not an answer to `{name}` ({})", shown(text), known.join(", ")))
        }
        QuestionSettings::Text { .. } if text.len() > MAX_TEXT_BYTES => {
            Err(format!("the answer to `{name}` has {} bytes; {MAX_TEXT_BYTES} are allowed", text.len()))
        }
        QuestionSettings::Text { .. } => Ok(()),
    }
}

/// The beginning of what somebody sent, for a message.
fn shown(text: &str) -> String {
    const SHOWN: usize = 60;
    let mut shown: String = text.chars().take(SHOWN).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}
