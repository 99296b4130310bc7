//! The kinds of fields, and the values that they take.

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
        /// Renders Markdown on the page.
        #[serde(default)]
        use_markdown: bool,
    },
    /// The address of an image, or the image itself as a `data:` URL.
    Image,
    /// Messages, each with the role of who says it.
    Chat {
        /// Renders Markdown on the page.
        #[serde(default = "yes")]
        use_markdown: bool,
    },
    /// Any JSON object, shown by a template.
    Custom {
        /// HTML with placeholders.
        template: String,
        /// Lets the template run scripts.
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

    /// Checks a value of the field `name`.
    ///
    /// # Errors
    /// If the field does not take the value.
    pub fn check(&self, name: &str, value: &Value) -> Result<(), FieldError> {
        let name = || name.to_owned();
        match self {
            Self::Text { .. } if value.is_string() => Ok(()),
            Self::Text { .. } => Err(FieldError::NotText { name: name() }),
            Self::Image => image(value).map_err(|problem| FieldError::Image {
                name: name(),
                problem,
            }),
            Self::Chat { .. } => chat(value).map_err(|problem| FieldError::Chat {
                name: name(),
                problem,
            }),
            Self::Custom { .. } if value.is_object() => Ok(()),
            Self::Custom { .. } => Err(FieldError::NotAnObject { name: name() }),
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

/// A value that a field does not take.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FieldError {
    /// The field takes texts.
    #[error("field '{name}' must be a text")]
    NotText {
        /// The field.
        name: String,
    },
    /// The field takes objects.
    #[error("field '{name}' must be an object")]
    NotAnObject {
        /// The field.
        name: String,
    },
    /// The field takes images.
    #[error("field '{name}' is not a valid image: {problem}")]
    Image {
        /// The field.
        name: String,
        /// The rule that the value breaks.
        problem: ImageProblem,
    },
    /// The field takes chats.
    #[error("field '{name}' is not a valid chat: {problem}")]
    Chat {
        /// The field.
        name: String,
        /// The rule that the value breaks.
        problem: ChatProblem,
    },
}

/// A rule for images that a value breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImageProblem {
    /// It is a number, a list or the like.
    #[error("it is not a text")]
    NotText,
    /// It is too long.
    #[error("{what} may have {most} characters, this one has {length}")]
    TooLong {
        /// `a data URL` or `an address`.
        what: &'static str,
        /// Most characters.
        most: usize,
        /// Its characters.
        length: usize,
    },
    /// It is a `data:` URL of no image, or of an image that browsers do not show.
    #[error("known types are {}", IMAGE_TYPES.join(", "))]
    Type,
    /// It is no address.
    #[error("it must be an http or https address with a host and a path, or a data URL")]
    NoAddress,
}

/// A rule for chats that a value breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChatProblem {
    /// It is no list.
    #[error("it is not a list of messages")]
    NoList,
    /// It has too many messages.
    #[error("it may have {MAX_MESSAGES} messages, this one has {n_messages}")]
    TooMany {
        /// Its messages.
        n_messages: usize,
    },
    /// A message has no role or no content, or one that is too long.
    #[error("message {index} must have a `{key}` of 1 to {most} characters")]
    Message {
        /// Index of the message.
        index: usize,
        /// `role` or `content`.
        key: &'static str,
        /// Most characters.
        most: usize,
    },
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

fn image(value: &Value) -> Result<(), ImageProblem> {
    let text = value.as_str().ok_or(ImageProblem::NotText)?;
    if let Some(rest) = text.strip_prefix("data:") {
        check_length(text, "a data URL", MAX_DATA_URL_CHARS)?;
        return image_data(rest);
    }
    check_length(text, "an address", MAX_URL_CHARS)?;
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    match rest.and_then(|rest| rest.split_once('/')) {
        Some((host, path)) if !host.is_empty() && !path.is_empty() => Ok(()),
        _ => Err(ImageProblem::NoAddress),
    }
}

fn check_length(text: &str, what: &'static str, most: usize) -> Result<(), ImageProblem> {
    match text.chars().count() {
        length if length > most => Err(ImageProblem::TooLong { what, most, length }),
        _ => Ok(()),
    }
}

/// Checks a `data:` URL from its media type on.
fn image_data(rest: &str) -> Result<(), ImageProblem> {
    let kind = rest
        .split([';', ','])
        .next()
        .and_then(|media| media.strip_prefix("image/"))
        .unwrap_or_default();
    let kind = kind.split('+').next().unwrap_or_default();
    if IMAGE_TYPES.contains(&kind) || matches!(kind, "x-icon" | "vnd.microsoft.icon") {
        Ok(())
    } else {
        Err(ImageProblem::Type)
    }
}

fn chat(value: &Value) -> Result<(), ChatProblem> {
    let messages = value.as_array().ok_or(ChatProblem::NoList)?;
    if messages.len() > MAX_MESSAGES {
        let n_messages = messages.len();
        return Err(ChatProblem::TooMany { n_messages });
    }
    for (index, message) in messages.iter().enumerate() {
        for (key, most) in [("role", MAX_ROLE_CHARS), ("content", MAX_CONTENT_CHARS)] {
            let length = message[key].as_str().map(|text| text.chars().count());
            if !length.is_some_and(|length| (1..=most).contains(&length)) {
                return Err(ChatProblem::Message { index, key, most });
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
