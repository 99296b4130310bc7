//! Free text.

use crate::annotation::python;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Takes any text, an empty one too.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    /// Whether the page renders Markdown.
    #[serde(default)]
    pub use_markdown: bool,
}

impl Text {
    pub(super) fn check(&self, value: &Value) -> Result<(), String> {
        match value {
            Value::String(_) => Ok(()),
            other => Err(format!(
                "text question expects a text value, found {}",
                python::class(other)
            )),
        }
    }
}
