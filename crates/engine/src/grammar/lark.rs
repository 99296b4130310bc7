//! Constraints that are not JSON, as grammars in llguidance's dialect of Lark, and how texts are written in it.

use super::ConstraintError;
use super::substring::{self, Writing};
use llguidance::api::TopLevelGrammar;
use serde_json::Value;
use std::collections::BTreeSet;

/// The whole text matches the pattern.
pub(super) fn regex(pattern: &str) -> TopLevelGrammar {
    match pattern {
        // Lark would take two slashes for a comment.
        "" => of_rules(r#"start: """#),
        _ => TopLevelGrammar::from_regex(pattern),
    }
}

/// One of the texts exactly.
pub(super) fn choice(choices: &[String]) -> Result<TopLevelGrammar, ConstraintError> {
    if choices.is_empty() {
        return Err(ConstraintError::NoChoice);
    }
    let written: BTreeSet<&str> = choices
        .iter()
        .map(String::as_str)
        .filter(|choice| !choice.is_empty())
        .collect();
    if written.is_empty() {
        return Ok(of_rules(r#"start: """#));
    }
    let may_be_empty = if choices.iter().any(String::is_empty) {
        "?"
    } else {
        ""
    };
    let written = written
        .into_iter()
        .map(literal)
        .collect::<Vec<_>>()
        .join(" | ");
    Ok(of_rules(&format!(
        "start: CHOICE{may_be_empty}\nCHOICE: {written}"
    )))
}

/// A part of the text.
pub(super) fn substring(text: &str) -> Result<TopLevelGrammar, ConstraintError> {
    Ok(of_rules(&format!(
        "start: QUOTE\nQUOTE: {}",
        substring::token(text, &Writing::Plain)?
    )))
}

/// A grammar of these rules, one a line.
pub(super) fn of_rules(rules: &str) -> TopLevelGrammar {
    TopLevelGrammar::from_lark(rules.to_owned())
}

/// A text as a literal: a JSON string, in which Lark wants one character more escaped than JSON does.
pub(super) fn literal(text: &str) -> String {
    Value::from(text).to_string().replace('\u{7f}', "\\u007f")
}
