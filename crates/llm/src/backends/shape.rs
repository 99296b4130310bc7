//! The shape of a reply, as servers can be asked for it: constraints become a JSON schema.

use super::dialect::ResponseFormat;
use crate::{
    chat::{ChatReply, Constraint, FinishReason, SUBSTRING_OF},
    error::ChatError,
};
use examen_http::clip;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use std::{borrow::Cow, collections::BTreeSet};

/// The name under which a choice comes back: servers guarantee JSON objects only.
const CHOICE: &str = "choice";

/// The schema that is asked for in `format`; `None` for free text.
///
/// # Errors
/// A constraint that no server can be asked for, or not in this format.
pub(super) fn schema(
    constraint: Option<&Constraint>,
    format: ResponseFormat,
) -> Result<Option<Schema<'_>>, ChatError> {
    Ok(match constraint {
        None => None,
        Some(Constraint::JsonSchema(schema)) => Some(Schema(Cow::Borrowed(schema))),
        Some(Constraint::Choice(choices)) => {
            Some(Schema(Cow::Owned(choice_schema(choices, format)?)))
        }
        Some(Constraint::Regex(_)) => return Err(cannot_ask("regex constraint")),
        Some(Constraint::SubstringOf(_)) => return Err(cannot_ask("substring constraint")),
    })
}

fn cannot_ask(setting: &'static str) -> ChatError {
    let reason = "servers have no common way to ask for it; use a model of this process".to_owned();
    ChatError::Setting { setting, reason }
}

/// The schema that stands for a choice. In weaker formats nobody would tell the model of it.
fn choice_schema(choices: &[String], format: ResponseFormat) -> Result<Value, ChatError> {
    let refused = |reason: &str| {
        Err(ChatError::Setting {
            setting: "choice constraint",
            reason: reason.to_owned(),
        })
    };
    if choices.is_empty() {
        return refused("there is nothing to choose from");
    }
    if !matches!(format, ResponseFormat::JsonSchema | ResponseFormat::Tool) {
        return refused("the server takes no JSON schema, by which it is asked for");
    }
    let distinct: BTreeSet<&str> = choices.iter().map(String::as_str).collect();
    Ok(json!({
        "type": "object",
        "properties": {CHOICE: {"type": "string", "enum": distinct}},
        "required": [CHOICE],
        "additionalProperties": false,
    }))
}

/// A reply as the caller's constraint has it: a choice is taken out of its object. `url` is named in errors.
pub(super) fn unwrap_choice(
    reply: ChatReply,
    constraint: Option<&Constraint>,
    url: &str,
) -> Result<ChatReply, ChatError> {
    let Some(Constraint::Choice(choices)) = constraint else {
        return Ok(reply);
    };
    if reply.finish == FinishReason::Length {
        return Ok(reply);
    }
    let value: Option<Value> = examen_http::json(&reply.text).ok();
    let text = value.as_ref().and_then(|value| value[CHOICE].as_str());
    match text.filter(|text| choices.iter().any(|choice| choice == text)) {
        Some(text) => Ok(ChatReply {
            text: text.to_owned(),
            ..reply
        }),
        None => {
            let reason = format!("{} is not one of the choices", clip(&reply.text));
            Err(ChatError::Malformed {
                url: url.to_owned(),
                reason,
            })
        }
    }
}

/// A schema as servers get it: without what they refuse or do not know, that is `minLength` and `maxLength` (OpenAI's
/// strict mode), and `x-substring-of`, which would send the text once more. A property of such a name is kept: its value
/// is a schema.
pub(super) struct Schema<'a>(Cow<'a, Value>);

impl Schema<'_> {
    /// Without the limits of arrays and numbers too, which Anthropic's structured outputs refuse.
    pub(super) fn without_bounds(&self) -> impl Serialize {
        const BOUNDS: [&str; 6] = [
            "minItems",
            "maxItems",
            "minimum",
            "maximum",
            "exclusiveMinimum",
            "exclusiveMaximum",
        ];
        let is_left_out = |name: &str, value: &Value| {
            is_not_for_servers(name, value) || BOUNDS.contains(&name) && value.is_number()
        };
        Without {
            schema: &self.0,
            is_left_out,
        }
    }
}

impl Serialize for Schema<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Without {
            schema: &self.0,
            is_left_out: is_not_for_servers,
        }
        .serialize(serializer)
    }
}

fn is_not_for_servers(name: &str, value: &Value) -> bool {
    match name {
        "minLength" | "maxLength" => value.is_number(),
        SUBSTRING_OF => value.is_string(),
        _ => false,
    }
}

/// Written without some members, and without a copy: it stands in every request.
struct Without<'a> {
    schema: &'a Value,
    is_left_out: fn(&str, &Value) -> bool,
}

impl Serialize for Without<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self {
            schema,
            is_left_out,
        } = *self;
        let inner = |schema| Without {
            schema,
            is_left_out,
        };
        match schema {
            Value::Object(members) => {
                let kept = members
                    .iter()
                    .filter(|(name, value)| !is_left_out(name, value));
                serializer.collect_map(kept.map(|(name, value)| (name, inner(value))))
            }
            Value::Array(items) => serializer.collect_seq(items.iter().map(inner)),
            other => other.serialize(serializer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_that_servers_refuse_are_left_out_but_not_properties_of_that_name() {
        let text = json!({"type": "string", "maxLength": 5, "x-substring-of": "a text"});
        let schema =
            json!({"properties": {"maxLength": text, "x-substring-of": text}, "minItems": 2});
        let text = json!({"type": "string"});
        let expected =
            json!({"properties": {"maxLength": text, "x-substring-of": text}, "minItems": 2});
        let schema = Schema(Cow::Owned(schema));
        assert_eq!(json!(schema), expected);
        let expected = json!({"properties": {"maxLength": text, "x-substring-of": text}});
        assert_eq!(json!(schema.without_bounds()), expected);
    }
}
