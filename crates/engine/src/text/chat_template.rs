//! Writes a conversation the way a model was trained to read it: the model's own Jinja template, run by minijinja in the
//! [language](super::template_language) of transformers. The template is outside input: it can fail, and it can do nothing
//! but write text. How much memory and stack it takes has no bound in minijinja, so a caller may run it elsewhere
//! ([`RunTemplates`]).

use super::template_language;
use crate::error::EngineError;
use examen_core::caught_on_deep_stack;
use examen_llm::Message;
use jiff::civil::DateTime;
use minijinja::value::Serde;
use minijinja::{Environment, Error, Value};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// Instructions that a rendering may take: far more than any real template needs, and over in about a second.
const FUEL: u64 = 10_000_000;
/// Bytes of a template: four times the longest in use.
const MAX_BYTES: usize = 128 << 10;

/// A template as the model's files have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateSource {
    /// Jinja.
    pub text: String,
    /// Texts of special tokens by the names that the template knows them by: `bos_token`, `eos_token` and others.
    pub tokens: BTreeMap<String, String>,
}

/// A conversation to write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateRun {
    /// The template.
    pub source: TemplateSource,
    /// The conversation; `None` asks whether the template can be parsed.
    pub messages: Option<Vec<Message>>,
    /// True to write up to where the model's reply begins.
    pub adds_generation_prompt: bool,
    /// Time that `strftime_now` tells; without it there is no such function.
    pub now: Option<DateTime>,
}

/// Runs templates elsewhere: in a process whose memory, stack and time are bounded.
pub trait RunTemplates: fmt::Debug + Send + Sync {
    /// The text that [`run_template`] gives.
    ///
    /// # Errors
    /// Say why the template cannot be used.
    fn run(&self, run: &TemplateRun) -> Result<String, String>;
}

/// Runs a template in this thread.
///
/// # Errors
/// Say why the template cannot be used.
pub fn run_template(run: TemplateRun) -> Result<String, String> {
    if run.source.text.len() > MAX_BYTES {
        return Err(format!("it is longer than {} KB", MAX_BYTES >> 10));
    }
    caught_on_deep_stack(|| {
        let environment = parsed(&run.source.text, run.now)
            .map_err(|error| format!("it does not parse: {error}"))?;
        let Some(messages) = &run.messages else {
            return Ok(String::new());
        };
        let rendered = environment
            .get_template(NAME)
            .and_then(|template| template.render(variables(&run, messages)));
        rendered.map_err(|error: Error| format!("it fails on the conversation: {error}"))
    })?
}

/// Name of the one template of an environment.
const NAME: &str = "chat";

fn parsed(template: &str, now: Option<DateTime>) -> Result<Environment<'static>, Error> {
    let mut environment = template_language::environment(now)?;
    environment.set_fuel(Some(FUEL));
    environment.add_template_owned(NAME, template_language::without_own_tags(template))?;
    Ok(environment)
}

/// Variables of a template. What transformers leaves undefined is undefined here.
fn variables(run: &TemplateRun, messages: &[Message]) -> BTreeMap<String, Value> {
    let tokens = run.source.tokens.iter();
    let tokens = tokens.map(|(name, text)| (name.clone(), Value::from(text.as_str())));
    let others = [
        ("messages", Value::from(Serde(messages))),
        ("tools", Value::from(())),
        ("documents", Value::from(())),
        (
            "add_generation_prompt",
            Value::from(run.adds_generation_prompt),
        ),
    ];
    tokens
        .chain(others.map(|(name, value)| (name.to_owned(), value)))
        .collect()
}

/// A template that can be parsed.
pub(crate) struct ChatTemplate {
    source: TemplateSource,
    elsewhere: Option<Arc<dyn RunTemplates>>,
    now: Option<DateTime>,
}

impl ChatTemplate {
    /// Parses it, here or elsewhere. `now` is the time that all its conversations are told.
    pub(crate) fn new(
        source: TemplateSource,
        elsewhere: Option<Arc<dyn RunTemplates>>,
        now: Option<DateTime>,
    ) -> Result<Self, EngineError> {
        let template = Self {
            source,
            elsewhere,
            now,
        };
        template.run(None, false).map(|_| template)
    }

    /// Jinja, as the model's files have it.
    pub(crate) fn text(&self) -> &str {
        &self.source.text
    }

    /// The conversation as text, without tools and documents; with `adds_generation_prompt`, up to where the model's reply begins.
    pub(crate) fn render(
        &self,
        messages: &[Message],
        adds_generation_prompt: bool,
    ) -> Result<String, EngineError> {
        self.run(Some(messages.to_vec()), adds_generation_prompt)
    }

    fn run(
        &self,
        messages: Option<Vec<Message>>,
        adds_generation_prompt: bool,
    ) -> Result<String, EngineError> {
        let run = TemplateRun {
            source: self.source.clone(),
            messages,
            adds_generation_prompt,
            now: self.now,
        };
        let text = match &self.elsewhere {
            Some(elsewhere) => elsewhere.run(&run),
            None => run_template(run),
        };
        text.map_err(EngineError::ChatTemplate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use examen_llm::Role;

    fn render(template: &str) -> Result<String, EngineError> {
        let source = TemplateSource {
            text: template.into(),
            tokens: [("bos_token", "<s>"), ("eos_token", "</s>")]
                .map(|(name, text)| (name.into(), text.into()))
                .into(),
        };
        let messages = [Message {
            role: Role::User,
            content: " hi ".into(),
        }];
        ChatTemplate::new(
            source,
            None,
            Some(jiff::civil::date(2024, 7, 4).at(8, 5, 9, 0)),
        )?
        .render(&messages, true)
    }

    #[test]
    fn templates_use_python_methods_and_special_tokens() {
        let template = "{{ bos_token }}{% for m in messages %}\n  {{- m['content'].strip() + eos_token }}{% endfor %}";
        assert_eq!(render(template).unwrap(), "<s>hi</s>");
    }

    #[test]
    fn a_broken_template_is_an_error() {
        assert!(matches!(
            render("{% for %}"),
            Err(EngineError::ChatTemplate(_))
        ));
        assert!(matches!(
            render("{{ messages[0].no.such.thing }}"),
            Err(EngineError::ChatTemplate(_))
        ));
    }

    #[test]
    fn a_template_that_is_too_long_is_an_error() {
        let error = render(&" ".repeat(MAX_BYTES + 1)).err().unwrap();
        assert!(error.to_string().contains("longer than 128 KB"), "{error}");
    }

    #[test]
    fn tools_and_documents_are_none_as_in_transformers() {
        assert_eq!(
            render("{{ tools is none and documents is none }}")
                .unwrap()
                .to_lowercase(),
            "true"
        );
    }

    #[test]
    fn a_template_that_would_not_end_is_an_error() {
        let endless = "{% for a in range(9999) %}{% for b in range(9999) %}{% for c in range(9999) %}{% endfor %}"
            .to_owned()
            + &"{% endfor %}".repeat(2);
        assert!(render(&endless).unwrap_err().to_string().contains("fuel"));
    }

    #[test]
    fn a_template_that_refuses_says_why() {
        let error = render("{{ raise_exception('roles must alternate') }}").unwrap_err();
        assert!(
            error.to_string().contains("roles must alternate"),
            "{error}"
        );
    }
}
