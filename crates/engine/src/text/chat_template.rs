//! Writes a conversation the way a model was trained to read it: the model's own Jinja template, run by minijinja with
//! the settings of transformers. The template is outside input: it can fail, and it can do nothing but write text.

use crate::error::EngineError;
use examen_llm::Message;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, Error, ErrorKind, Value, context};

/// A template as the model's files have it.
pub(crate) struct TemplateSource {
    /// Jinja.
    pub(crate) text: String,
    /// Text of `bos_token` in it.
    pub(crate) bos: String,
    /// Text of `eos_token` in it.
    pub(crate) eos: String,
}

/// Instructions that a rendering may take: far more than any real template needs, and over in about a second.
const FUEL: u64 = 10_000_000;

/// A template ready to run.
pub(crate) struct ChatTemplate {
    environment: Environment<'static>,
    bos: String,
    eos: String,
}

impl ChatTemplate {
    /// Parses it.
    pub(crate) fn new(source: TemplateSource) -> Result<Self, EngineError> {
        let mut environment = Environment::new();
        let syntax = SyntaxConfig::builder()
            .trim_blocks(true)
            .lstrip_blocks(true)
            .build();
        environment.set_syntax(syntax.map_err(|error| broken(&error))?);
        environment.set_fuel(Some(FUEL));
        environment
            .set_unknown_method_callback(minijinja_contrib::pycompat::unknown_method_callback);
        environment.add_function(
            "raise_exception",
            |message: String| -> Result<Value, Error> {
                Err(Error::new(ErrorKind::InvalidOperation, message))
            },
        );
        environment
            .add_template_owned("chat", source.text)
            .map_err(|error| broken(&error))?;
        Ok(Self {
            environment,
            bos: source.bos,
            eos: source.eos,
        })
    }

    /// The conversation as text, without tools and documents; with `adds_generation_prompt`, up to where the model's reply begins.
    pub(crate) fn render(
        &self,
        messages: &[Message],
        adds_generation_prompt: bool,
    ) -> Result<String, EngineError> {
        let template = self
            .environment
            .get_template("chat")
            .map_err(|error| broken(&error))?;
        let context = context! {
            messages => Serde(messages),
            tools => (),
            documents => (),
            add_generation_prompt => adds_generation_prompt,
            bos_token => self.bos.as_str(),
            eos_token => self.eos.as_str(),
        };
        template.render(context).map_err(|error| broken(&error))
    }
}

fn broken(error: &Error) -> EngineError {
    EngineError::ChatTemplate(error.to_string())
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
        ChatTemplate::new(source)?.render(&messages, true)
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
