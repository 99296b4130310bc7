//! What a user adds to every request to a server: members of its body, and headers.

use clap::Args;
use examen_core::ids::content_hash;
use serde_json::{Map, Value};

/// Members that the program itself decides about: the question, and who is asked.
const OURS: [&str; 2] = ["messages", "model"];

/// The flags.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
#[command(next_help_heading = "Server")]
pub(crate) struct Extras {
    /// JSON object whose members are added to the body of every request, or replace ours (null removes one); for example
    /// '{"chat_template_kwargs": {"enable_thinking": false}}'
    #[arg(long, value_name = "JSON", value_parser = body)]
    extra_body: Option<Map<String, Value>>,
    /// Header that is added to every request, as NAME:VALUE; may be given more than once
    #[arg(long, value_name = "NAME:VALUE", value_parser = header)]
    extra_header: Vec<(String, String)>,
}

impl Extras {
    /// Members of the body.
    pub(crate) fn body(&self) -> Map<String, Value> {
        self.extra_body.clone().unwrap_or_default()
    }

    /// Headers.
    pub(crate) fn headers(&self) -> Vec<(String, String)> {
        self.extra_header.clone()
    }

    /// Distinguishes replies to requests with these members from others; empty without any.
    pub(crate) fn fingerprint(&self) -> String {
        match &self.extra_body {
            Some(body) if !body.is_empty() => {
                content_hash(&[&Value::Object(body.clone()).to_string()])
            }
            _ => String::new(),
        }
    }

    /// The flag that a model of this process has no use for, if one is given.
    pub(crate) fn flag(&self) -> Option<&'static str> {
        match (&self.extra_body, self.extra_header.is_empty()) {
            (Some(_), _) => Some("--extra-body"),
            (None, false) => Some("--extra-header"),
            (None, true) => None,
        }
    }
}

fn body(text: &str) -> Result<Map<String, Value>, String> {
    let body: Map<String, Value> =
        serde_json::from_str(text).map_err(|error| format!("not a JSON object: {error}"))?;
    match OURS.iter().find(|name| body.contains_key(**name)) {
        Some(name) => Err(format!(
            "`{name}` is what this command sends and cannot be replaced"
        )),
        None => Ok(body),
    }
}

fn header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once(':').ok_or("write it as NAME:VALUE")?;
    match name.trim() {
        "" => Err("it has no name".to_owned()),
        name => Ok((name.to_owned(), value.trim().to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_added_is_refused() {
        assert!(body(r#"{"top_k": 5}"#).is_ok());
        for text in [
            "",
            "5",
            "[]",
            r#"{"messages": []}"#,
            r#"{"model": "other"}"#,
        ] {
            assert!(body(text).is_err(), "{text}");
        }
        let known = ("X-Team".to_owned(), "a: b".to_owned());
        assert_eq!(header("X-Team: a: b"), Ok(known));
        assert!(header("X-Team").is_err() && header(": a").is_err());
    }

    #[test]
    fn only_another_body_makes_other_replies() {
        let with = |text: &str| Extras {
            extra_body: Some(body(text).unwrap()),
            ..Extras::default()
        };
        assert_eq!(with("{}").fingerprint(), "");
        assert_ne!(
            with(r#"{"top_k": 5}"#).fingerprint(),
            with(r#"{"top_k": 6}"#).fingerprint()
        );
    }
}
