//! Webhooks.

use crate::{
    schema::{Reader, any_text, boolean, list, text, word},
    shapes::{self, EVENTS},
};
use serde_json::Value;
use utoipa::ToSchema;

/// `POST /webhooks`.
#[derive(Debug, Clone, PartialEq, Eq, ToSchema)]
pub struct NewWebhook {
    /// Address that events are sent to.
    #[schema(min_length = 1, max_length = 2083, pattern = "^https?://")]
    pub url: String,
    /// Events that are sent.
    #[schema(value_type = Vec<shapes::Event>, min_items = 1, max_items = 11)]
    pub events: Vec<&'static str>,
    /// A short explanation.
    #[schema(min_length = 1, max_length = 1000)]
    pub description: Option<String>,
}

impl NewWebhook {
    /// Reads a body.
    pub fn read(reader: &mut Reader, body: Value) -> Option<Self> {
        let mut keys = reader.object(body)?;
        let url = keys.required("url", url);
        let events = keys.required("events", events);
        let description = keys.optional("description", text(1..=1_000));
        Some(Self {
            url: url?,
            events: events?,
            description: description?,
        })
    }
}

/// `PATCH /webhooks/{id}`: what is not given stays.
#[derive(Debug, Clone, PartialEq, Eq, ToSchema)]
pub struct WebhookChange {
    /// Address that events are sent to.
    #[schema(
        min_length = 1,
        max_length = 2083,
        pattern = "^https?://",
        nullable = false
    )]
    pub url: Option<String>,
    /// Events that are sent.
    #[schema(value_type = Option<Vec<shapes::Event>>, min_items = 1, max_items = 11, nullable = false)]
    pub events: Option<Vec<&'static str>>,
    /// Switches sending on.
    #[schema(nullable = false)]
    pub enabled: Option<bool>,
    /// A short explanation.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 1000)]
    pub description: Option<Option<String>>,
}

impl WebhookChange {
    /// Reads a body.
    pub fn read(reader: &mut Reader, body: Value) -> Option<Self> {
        let mut keys = reader.object(body)?;
        keys.never_null(&["url", "events", "enabled"])?;
        let url = keys.optional("url", url);
        let events = keys.optional("events", events);
        let enabled = keys.optional("enabled", boolean);
        let description = keys.change("description", text(1..=1_000));
        Some(Self {
            url: url?,
            events: events?,
            enabled: enabled?,
            description: description?,
        })
    }
}

fn url(reader: &mut Reader, value: Value) -> Option<String> {
    const MAX_CHARS: usize = 2_083;
    let text = any_text(reader, value)?;
    let Some((scheme, rest)) = text.split_once("://") else {
        return reader.refuse(
            "url_parsing",
            "Input should be a valid URL, relative URL without a base",
        );
    };
    if !matches!(scheme, "http" | "https") {
        return reader.refuse("url_scheme", "URL scheme should be 'http' or 'https'");
    }
    if rest.split(['/', '?', '#']).next().is_none_or(str::is_empty) {
        return reader.refuse("url_parsing", "Input should be a valid URL, empty host");
    }
    if text.chars().count() > MAX_CHARS {
        return reader.refuse(
            "url_too_long",
            format!("URL should have at most {MAX_CHARS} characters"),
        );
    }
    Some(text)
}

fn events(reader: &mut Reader, value: Value) -> Option<Vec<&'static str>> {
    let events = list(1..=EVENTS.len(), |reader, value| {
        word(EVENTS)(reader, value).map(|index| EVENTS[index])
    })(reader, value)?;
    if (1..events.len()).any(|index| events[..index].contains(&events[index])) {
        return reader.refuse_value("Events must be unique");
    }
    Some(events)
}
