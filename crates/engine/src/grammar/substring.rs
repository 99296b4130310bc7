//! Verbatim parts of a text: a token of llguidance's Lark that matches those that begin and end at the borders of words.
//!
//! llguidance makes a suffix automaton of the text's words, so that the grammar grows with the text, not with its square.

use super::ConstraintError;
use serde_json::{Value, json};
use unicode_segmentation::UnicodeSegmentation;

/// Form in which the part is written in the reply.
pub(super) enum Writing {
    /// The text as it is.
    Plain,
    /// The inside of a JSON string.
    Json {
        /// Fewest characters.
        min_length: u64,
        /// Most characters.
        max_length: Option<u64>,
    },
}

/// One character of a JSON string as `serde_json` writes it.
const CHARACTER: &str = r#"([^\\]|\\["\\bfnrt]|\\u00[01][0-9a-f])"#;

/// One that is not white space.
const VISIBLE: &str = r#"([^\\\s]|\\["\\b]|\\u00(0[0-8ef]|1[0-9a-f]))"#;

/// Bytes of the longest text: the automaton of a longer one would fill the memory. llguidance's own limit is about half of
/// it.
const LONGEST_TEXT: usize = 1 << 20;

/// The right side of a token's definition. An error if there is nothing but white space, or far too much.
pub(super) fn token(text: &str, writing: &Writing) -> Result<String, ConstraintError> {
    if text.trim().is_empty() {
        return Err(ConstraintError::NoWords);
    }
    if text.len() > LONGEST_TEXT {
        return Err(ConstraintError::TextTooLong {
            bytes: text.len(),
            most: LONGEST_TEXT,
        });
    }
    // Words, numbers, punctuation marks and spaces; in scripts without spaces, characters. Whole emoji.
    let words = text.split_word_bounds();
    let (words, edges): (Vec<String>, String) = match writing {
        Writing::Plain => (words.map(str::to_owned).collect(), r"/\S(.*\S)?/s".into()),
        Writing::Json {
            min_length,
            max_length,
        } => {
            let max_length = max_length.map_or_else(String::new, |max| max.to_string());
            let length = match (min_length, max_length.as_str()) {
                (0 | 1, "") => String::new(),
                (min, max) => format!(" & /{CHARACTER}{{{min},{max}}}/s"),
            };
            (
                words.map(inside_json).collect(),
                format!("/{VISIBLE}({CHARACTER}*{VISIBLE})?/s{length}"),
            )
        }
    };
    Ok(format!(
        "%regex {} & {edges}",
        json!({"substring_chunks": words})
    ))
}

/// A text as it stands between the quotation marks of a JSON string.
fn inside_json(text: &str) -> String {
    let quoted = Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}
