//! Reads what the check model answers. It is asked for a JSON object, but not every server holds it to that.

use crate::text::{languages, script::is_unspaced, words::is_word};
use examen_core::{exam::N_OPTIONS, text::comparable};
use serde_json::Value;

/// The letters under which options are shown.
pub(super) const LETTERS: [char; N_OPTIONS] = ['A', 'B', 'C', 'D'];

/// Index of the option that a reply chooses, by its letter (`B`, `(b)`, `B. …`, `Answer: B`) or by its text. `None`
/// if it chooses none, or that cannot be told.
pub(super) fn read_index(reply: &str, options: &[&str; N_OPTIONS]) -> Option<usize> {
    let said = said(reply);
    let alone = said.trim_matches(|c: char| !c.is_alphanumeric());
    let index_of = |letter: &str| LETTERS.iter().position(|own| letter.chars().eq([*own]));
    if let Some(index) = index_of(&alone.to_uppercase()) {
        return Some(index);
    }
    let same = |option: &&str| comparable(option) == comparable(&said);
    if let Some(index) = options.iter().position(same) {
        return Some(index);
    }
    let words: Vec<&str> = said
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    match words.as_slice() {
        [letter, ..]
            if index_of(letter).is_some() && alone[letter.len()..].starts_with(['.', ')', ':']) =>
        {
            index_of(letter)
        }
        [before @ .., letter]
            if index_of(letter).is_some() && before.iter().all(|word| leads_up(word)) =>
        {
            index_of(letter)
        }
        _ => after_the_last_cue(&words).and_then(index_of),
    }
}

/// True if a word may stand before the letter: `Option B`, `La respuesta es la B`.
fn leads_up(word: &str) -> bool {
    let word = word.to_lowercase();
    languages::all()
        .iter()
        .any(|spoken| spoken.lead.contains(&word))
}

/// The one letter that follows closely on the last *answer*; none where that is a denial.
fn after_the_last_cue<'a>(words: &[&'a str]) -> Option<&'a str> {
    let is_cue = |word: &&str| matches!(word.to_lowercase().as_str(), "answer" | "respuesta");
    let cue = words.iter().rposition(is_cue)?;
    let mut following = words[cue + 1..].iter().take(5);
    let is_letter = |word: &&&str| word.len() == 1 && word.starts_with(LETTERS);
    let is_denial = |word: &&str| {
        matches!(
            word.to_lowercase().as_str(),
            "not" | "no" | "neither" | "ni"
        )
    };
    let letter = *following.clone().find(is_letter)?;
    let has_others = following
        .clone()
        .any(|word| is_letter(&word) && *word != letter);
    (!following.any(is_denial) && !has_others).then_some(letter)
}

/// True if a reply says yes, in any language with prompts. `None` if it says neither yes nor no.
pub(super) fn read_yes_no(reply: &str) -> Option<bool> {
    let said = said(reply).to_lowercase();
    let word = said
        .split(|c: char| !is_word(c))
        .find(|word| !word.is_empty())?;
    let is_either = |index: usize| {
        let mut words = languages::all().iter().map(|spoken| &spoken.yes_no[index]);
        words.any(|own| {
            own == word || (own.starts_with(is_unspaced) && word.starts_with(own.as_str()))
        })
    };
    match word {
        "si" | "true" => Some(true),
        "false" => Some(false),
        _ if is_either(0) => Some(true),
        _ => is_either(1).then_some(false),
    }
}

/// The answer in a reply: that of its JSON object, the text of its JSON string, or the reply as it is.
fn said(reply: &str) -> String {
    let object = reply
        .find('{')
        .zip(reply.rfind('}'))
        .and_then(|(start, end)| reply.get(start..=end));
    let value: Option<Value> = object.and_then(|object| serde_json::from_str(object).ok());
    let value = value.or_else(|| serde_json::from_str(reply.trim()).ok());
    let answer = value
        .as_ref()
        .map(|value| value.get("answer").unwrap_or(value));
    match answer {
        Some(Value::String(text)) => text.trim().to_owned(),
        Some(Value::Bool(is_so)) => is_so.to_string(),
        _ => reply.trim().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const OPTIONS: [&str; N_OPTIONS] = ["The left ventricle", "The aorta", "Vitamin D", "A"];

    #[test]
    fn a_letter_is_read_in_every_usual_form() {
        for reply in [
            r#"{"answer": "B"}"#,
            "```json\n{\"answer\": \"B\"}\n```",
            r#"{"answer": "The aorta."}"#,
            r#""B""#,
            "B",
            " b.\n",
            "(B)",
            "**B**",
            "B. The aorta",
            "B) The aorta, since A and C are veins",
            "(B): the aorta",
            "Answer: B",
            "Option B",
            "Respuesta: B",
            "La respuesta correcta es la B.",
            "Option A cannot be. So the answer is option B, as the passage says.",
            "the aorta",
        ] {
            assert_eq!(read_index(reply, &OPTIONS), Some(1), "{reply}");
        }
        assert_eq!(
            read_index("A", &OPTIONS),
            Some(0),
            "a letter comes before an option's text"
        );
        assert_eq!(
            read_index("Vitamin D", &OPTIONS),
            Some(2),
            "an option's text comes before a letter in it"
        );
    }

    #[test]
    fn what_chooses_nothing_is_not_read() {
        for reply in [
            "",
            "{}",
            r#"{"answer": "E"}"#,
            r#"{"answer": 2}"#,
            "I do not know.",
            "Both A and B",
            "The answer is not B",
            "The answer is B or C",
            "A vessel carries blood away from the heart",
        ] {
            assert_eq!(read_index(reply, &OPTIONS), None, "{reply}");
        }
    }

    #[test]
    fn yes_and_no_are_read_in_every_language() {
        for reply in [
            r#"{"answer": "yes"}"#,
            r#"{"answer": true}"#,
            "Sí.",
            "si",
            "**Yes**, it can",
        ] {
            assert_eq!(read_yes_no(reply), Some(true), "{reply}");
        }
        for reply in [r#"{"answer": "no"}"#, "No, it needs the passage", "false"] {
            assert_eq!(read_yes_no(reply), Some(false), "{reply}");
        }
        for reply in ["", "Perhaps", "notable"] {
            assert_eq!(read_yes_no(reply), None, "{reply}");
        }
    }

    proptest! {
        #[test]
        fn any_text_can_be_read(reply in "\\PC{0,40}|[ABCD .:({})\"]{0,12}", options: [String; N_OPTIONS]) {
            let options = options.each_ref().map(String::as_str);
            prop_assert!(read_index(&reply, &options).is_none_or(|index| index < N_OPTIONS));
            read_yes_no(&reply);
        }
    }
}
