//! Pieces of the prompt or of JSON in a text.

use super::{Check, Severity, item::Item};

/// Pieces of prompts, chat templates and replies, in lower case.
const PIECES: [&str; 32] = [
    "<passage",
    "</passage",
    "<|im_",
    "<|end",
    "<|eot",
    "<|start",
    "<|assistant",
    "<|user",
    "<|system",
    "<｜",
    "[inst]",
    "[/inst]",
    "<start_of_turn>",
    "<end_of_turn>",
    "<think>",
    "</think>",
    "<unk>",
    "<pad>",
    "<eos>",
    "<bos>",
    "```json",
    "### response",
    "### instruction",
    "\"exam\":",
    "\"quote\":",
    "\"question\":",
    "\"answer\":",
    "\"distractors\":",
    "\"difficulty\":",
    "\"kind\":",
    "\\\"distractors\\\"",
    "{{ passage",
];
/// What parts the texts of JSON.
const JOINTS: [&str; 10] = [
    "}, {", "},{", "\"}", "\"]", "\", \"", "\",\"", "\": \"", "\":\"", "'], '", "']}",
];

/// Finds a stem or an option with a piece of the prompt (`</passage>`), of a chat template (`<|im_end|>`) or of the JSON that
/// it was written in (`}, {`). Pieces that the passage has are what it is about, and JSON that is whole may be an option.
pub(super) const CHECK: Check = Check {
    name: "markup",
    words: "pieces of the prompt or of JSON",
    guide: "a stem or an option with a piece of the prompt, a chat template or JSON: *</passage>*, *}, {*",
    severity: Severity::Reject,
    rules: &["clear_language"],
    find,
};

fn find(item: &Item<'_>) -> Option<String> {
    let mut texts = std::iter::once(&item.question.question).chain(item.texts());
    let passage = || item.question.passage.to_lowercase();
    texts.find_map(|text| {
        // Most texts have none of these characters.
        if !text.contains(['<', '{', '}', '[', ']', '"', '#', '`', '\'']) {
            return None;
        }
        let lower = text.to_lowercase();
        let piece = PIECES
            .iter()
            .find(|piece| lower.contains(**piece))
            .filter(|piece| !passage().contains(**piece));
        let joint = || {
            let joint = JOINTS.iter().find(|joint| text.contains(**joint))?;
            let is_whole = is_balanced(text) || item.is_in_passage(text);
            (!is_whole).then_some(joint)
        };
        let end = || text.ends_with("</s>").then_some(&"</s>");
        let found = piece.or_else(joint).or_else(end)?;
        Some(format!("it has a piece of a prompt or of JSON: `{found}`"))
    })
}

/// True if every bracket and every quotation mark has its other one.
fn is_balanced(text: &str) -> bool {
    let mut open = Vec::new();
    let (mut is_quoted, mut before) = (false, ' ');
    for c in text.chars() {
        let is_behind_word = before.is_alphanumeric();
        before = c;
        match c {
            '"' if !is_quoted && is_behind_word => return false,
            '"' => is_quoted = !is_quoted,
            _ if is_quoted => {}
            '{' | '[' => open.push(c),
            '}' if open.pop() != Some('{') => return false,
            ']' if open.pop() != Some('[') => return false,
            _ => {}
        }
    }
    open.is_empty() && !is_quoted
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::found_after;

    fn is_told(option: &str) -> bool {
        let found = found_after(|q| q.distractors[1] = option.to_owned());
        found.iter().any(|found| found.starts_with("markup: "))
    }

    #[test]
    fn pieces_of_prompts_and_replies_are_told() {
        for option in [
            "</passage>}, {",
            "The left atrium</passage>",
            "The left atrium<|im_end|>",
            "The left atrium\"}, {\"question",
            "The left atrium\", \"The aorta",
            "[/INST] The left atrium",
            "The left atrium\"]",
            "<think>The left atrium",
            "\"answer\": The left atrium",
        ] {
            assert!(is_told(option), "{option}");
        }
    }

    #[test]
    fn code_and_html_are_left_alone() {
        for option in [
            "<p>",
            "{\"a\": 1, \"b\": [2, 3]}",
            "[{\"id\": \"x\"}, {\"id\": \"y\"}]",
            "a[0] and b{1}",
            "x |> f",
            "#include <stdio.h>",
            "The \"left\" atrium",
            "5' 3\"",
            "{% if x %}",
        ] {
            assert!(!is_told(option), "{option}");
        }
        let found = found_after(|q| {
            q.passage += "End a turn with <|im_end|>.";
            q.answer = "<|im_end|>".to_owned();
        });
        assert!(
            !found.iter().any(|found| found.starts_with("markup")),
            "{found:?}"
        );
    }
}
