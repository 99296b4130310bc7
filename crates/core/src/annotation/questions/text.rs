//! Free text.

use super::{Answer, AnswerError, Example, Key, QuestionKind, Shape};
use crate::annotation::python;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Takes any text, an empty one too.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    /// Renders Markdown on the page.
    #[serde(default)]
    pub use_markdown: bool,
}

impl QuestionKind for Text {
    const KEYS: &'static [Key] = &[Key::optional("use_markdown", Shape::Boolean)];
    const EXAMPLE: Example = Example {
        settings: r#"{"type": "text", "use_markdown": true}"#,
        answer: r#""She lives in Lima.""#,
        refused: "7",
    };
    const IS_ON_PAGE: bool = true;

    fn checked(&self, value: Value, _: Answer) -> Result<Value, AnswerError> {
        if value.is_string() {
            return Ok(value);
        }
        Err(AnswerError::Expected {
            question: "text question",
            wanted: "a text value".to_owned(),
            found: python::class(&value).to_owned(),
        })
    }
}
