//! Writes a conversation the way a model was trained to read it: the model's own Jinja template, run by minijinja with
//! the settings of transformers. The template is outside input: it can fail, and it can do nothing but write text. How
//! much memory and stack it takes has no bound in minijinja, so a caller may run it elsewhere ([`RunTemplates`]).

use crate::error::EngineError;
use examen_core::caught_on_deep_stack;
use examen_llm::Message;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, Error, ErrorKind, Value, context};
use serde::{Deserialize, Serialize};
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
    /// Text of `bos_token` in it.
    pub bos: String,
    /// Text of `eos_token` in it.
    pub eos: String,
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
        let environment = parsed(run.source.text)?;
        let template = environment.get_template("chat")?;
        let Some(messages) = run.messages else {
            return Ok(String::new());
        };
        template.render(context! {
            messages => Serde(&messages),
            tools => (),
            documents => (),
            add_generation_prompt => run.adds_generation_prompt,
            bos_token => run.source.bos,
            eos_token => run.source.eos,
        })
    })?
    .map_err(|error: Error| error.to_string())
}

fn parsed(template: String) -> Result<Environment<'static>, Error> {
    let mut environment = Environment::new();
    let syntax = SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .build()?;
    environment.set_syntax(syntax);
    environment.set_fuel(Some(FUEL));
    environment.set_unknown_method_callback(minijinja_contrib::pycompat::unknown_method_callback);
    environment.add_function(
        "raise_exception",
        |message: String| -> Result<Value, Error> {
            Err(Error::new(ErrorKind::InvalidOperation, message))
        },
    );
    environment.add_template_owned("chat", template)?;
    Ok(environment)
}

/// A template that can be parsed.
pub(crate) struct ChatTemplate {
    source: TemplateSource,
    elsewhere: Option<Arc<dyn RunTemplates>>,
}

impl ChatTemplate {
    /// Parses it, here or elsewhere.
    pub(crate) fn new(
        source: TemplateSource,
        elsewhere: Option<Arc<dyn RunTemplates>>,
    ) -> Result<Self, EngineError> {
        let template = Self { source, elsewhere };
        template.run(None, false).map(|_| template)
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
            bos: "<s>".into(),
            eos: "</s>".into(),
        };
        let messages = [Message {
            role: Role::User,
            content: " hi ".into(),
        }];
        ChatTemplate::new(source, None)?.render(&messages, true)
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
