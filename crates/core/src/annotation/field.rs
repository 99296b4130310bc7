//! The kinds of fields, and which values they take.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Most characters of an image's address (an `http` or `https` URL).
const MAX_URL_CHARS: usize = 2_038;
/// Most characters of an image in a `data:` URL.
const MAX_DATA_URL_CHARS: usize = 5_000_000;
/// Most messages of a chat.
const MAX_MESSAGES: usize = 500;

const MAX_ROLE_CHARS: usize = 20;
const MAX_CONTENT_CHARS: usize = 20_000;
const IMAGE_TYPES: [&str; 8] = ["avif", "gif", "ico", "jpeg", "jpg", "png", "svg", "webp"];

/// The kind of value that a field holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum FieldSettings {
    /// A text.
    Text {
        /// Whether the page renders Markdown.
        #[serde(default)]
        use_markdown: bool,
    },
    /// The address of an image, or the image itself as a `data:` URL.
    Image,
    /// Messages, each with the role of who says it.
    Chat {
        /// Whether the page renders Markdown.
        #[serde(default = "yes")]
        use_markdown: bool,
    },
    /// Any JSON object, shown by a template.
    Custom {
        /// HTML with placeholders.
        template: String,
        /// Whether the template may run scripts.
        #[serde(default)]
        advanced_mode: bool,
    },
}

fn yes() -> bool {
    true
}

impl FieldSettings {
    /// The `type` by which Argilla knows the kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Text { .. } => "text",
            Self::Image => "image",
            Self::Chat { .. } => "chat",
            Self::Custom { .. } => "custom",
        }
    }

    /// Checks a value of the field `name`; `Err` says what is wrong with it.
    pub fn check(&self, name: &str, value: &Value) -> Result<(), String> {
        match self {
            Self::Text { .. } if value.is_string() => Ok(()),
            Self::Text { .. } => Err(format!("field '{name}' must be a text")),
            Self::Image => image(value)
                .map_err(|reason| format!("field '{name}' is not a valid image: {reason}")),
            Self::Chat { .. } => chat(value)
                .map_err(|reason| format!("field '{name}' is not a valid chat: {reason}")),
            Self::Custom { .. } if value.is_object() => Ok(()),
            Self::Custom { .. } => Err(format!("field '{name}' must be an object")),
        }
    }

    /// The words of a value, for searching; images have none.
    pub fn words(&self, value: &Value) -> Option<String> {
        match (self, value) {
            (Self::Image, _) | (_, Value::Null) => None,
            (Self::Text { .. }, value) => value.as_str().map(str::to_owned),
            (Self::Chat { .. }, value) => {
                let contents = value
                    .as_array()?
                    .iter()
                    .filter_map(|message| message["content"].as_str());
                Some(contents.collect::<Vec<_>>().join("\n"))
            }
            (Self::Custom { .. }, value) => {
                let mut words = String::new();
                leaves(value, &mut words);
                Some(words)
            }
        }
    }
}

/// The texts and numbers of any JSON value, one a line.
fn leaves(value: &Value, words: &mut String) {
    match value {
        Value::String(text) => words.push_str(text),
        Value::Number(number) => words.push_str(&number.to_string()),
        Value::Array(items) => return items.iter().for_each(|item| leaves(item, words)),
        Value::Object(map) => return map.values().for_each(|item| leaves(item, words)),
        Value::Null | Value::Bool(_) => return,
    }
    words.push('\n');
}

fn image(value: &Value) -> Result<(), String> {
    let Some(text) = value.as_str() else {
        return Err("it is not a text".to_owned());
    };
    let length = text.chars().count();
    if let Some(rest) = text.strip_prefix("data:") {
        if length > MAX_DATA_URL_CHARS {
            return Err(format!(
                "a data URL may have {MAX_DATA_URL_CHARS} characters, this one has {length}"
            ));
        }
        let kind = rest
            .split([';', ','])
            .next()
            .and_then(|media| media.strip_prefix("image/"))
            .unwrap_or_default();
        let kind = kind.split('+').next().unwrap_or_default();
        let known = IMAGE_TYPES.contains(&kind) || matches!(kind, "x-icon" | "vnd.microsoft.icon");
        return if known {
            Ok(())
        } else {
            Err(format!("known types are {}", IMAGE_TYPES.join(", ")))
        };
    }
    if length > MAX_URL_CHARS {
        return Err(format!(
            "an address may have {MAX_URL_CHARS} characters, this one has {length}"
        ));
    }
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    match rest.and_then(|rest| rest.split_once('/')) {
        Some((host, path)) if !host.is_empty() && !path.is_empty() => Ok(()),
        _ => Err(
            "it must be an http or https address with a host and a path, or a data URL".to_owned(),
        ),
    }
}

fn chat(value: &Value) -> Result<(), String> {
    let Some(messages) = value.as_array() else {
        return Err("it is not a list of messages".to_owned());
    };
    if messages.len() > MAX_MESSAGES {
        return Err(format!(
            "it may have {MAX_MESSAGES} messages, this one has {}",
            messages.len()
        ));
    }
    for (place, message) in messages.iter().enumerate() {
        for (key, most) in [("role", MAX_ROLE_CHARS), ("content", MAX_CONTENT_CHARS)] {
            let length = message[key].as_str().map(|text| text.chars().count());
            if !length.is_some_and(|length| (1..=most).contains(&length)) {
                return Err(format!(
                    "message {place} must have a `{key}` of 1 to {most} characters"
                ));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn images_are_addresses_or_data() {
        for good in [
            "https://a.example/cat.png",
            "http://a.example/x?y",
            "data:image/png;base64,AAAA",
            "data:image/svg+xml,<svg/>",
        ] {
            assert_eq!(
                FieldSettings::Image.check("image", &json!(good)),
                Ok(()),
                "{good}"
            );
        }
        for bad in [
            "cat.png",
            "https://a.example",
            "https:///cat.png",
            "ftp://a.example/cat.png",
            "data:text/html,hi",
        ] {
            FieldSettings::Image
                .check("image", &json!(bad))
                .unwrap_err();
        }
        FieldSettings::Image
            .check(
                "image",
                &json!(format!("https://a.example/{}", "x".repeat(2_038))),
            )
            .unwrap_err();
    }

    #[test]
    fn chats_are_lists_of_messages_with_words() {
        let chat = FieldSettings::Chat { use_markdown: true };
        let good =
            json!([{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}]);
        assert_eq!(chat.check("chat", &good), Ok(()));
        assert_eq!(chat.words(&good).as_deref(), Some("hi\nhello"));
        for bad in [
            json!("hi"),
            json!([{"role": "user"}]),
            json!([{"role": "", "content": "x"}]),
            json!(["hi"]),
        ] {
            chat.check("chat", &bad).unwrap_err();
        }
        let custom = FieldSettings::Custom {
            template: String::new(),
            advanced_mode: false,
        };
        assert_eq!(
            custom
                .words(&json!({"a": 1, "b": {"c": ["two", null, true]}}))
                .as_deref(),
            Some("1\ntwo\n")
        );
    }
}
