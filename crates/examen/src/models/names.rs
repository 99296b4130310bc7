//! Meaning of a model's name, and suggestions for a name that means nothing.

use crate::failure::Failure;
use examen_core::nearest;
use examen_hub::{HubError, KNOWN, ModelSource};

/// Use of a model: servers can write, and cannot say how likely a given text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// Questions or answers.
    Writing,
    /// Log-probabilities of given texts.
    Scoring,
}

/// Beginnings of the names of vendors' models. `provider` is what `--provider` takes.
const FAMILIES: [(&str, &str); 15] = [
    ("gpt-", "openai"),
    ("chatgpt", "openai"),
    ("o1", "openai"),
    ("o3", "openai"),
    ("o4", "openai"),
    ("claude", "anthropic"),
    ("gemini", "gemini"),
    ("mistral-", "mistral"),
    ("ministral", "mistral"),
    ("magistral", "mistral"),
    ("codestral", "mistral"),
    ("open-mi", "mistral"),
    ("deepseek-chat", "deepseek"),
    ("deepseek-reasoner", "deepseek"),
    ("grok", "xai"),
];

/// Where a model of this machine comes from. A name that means nothing is answered with what may have been meant.
pub(crate) fn locate(name: &str, used_for: Use) -> Result<ModelSource, Failure> {
    ModelSource::parse(name).map_err(|error| match error {
        HubError::NotASource { .. } => unknown(name, used_for),
        error => error.into(),
    })
}

fn unknown(name: &str, used_for: Use) -> Failure {
    let failure = Failure::new(format!(
        "there is no model `{name}`: it is neither a file or folder here nor a name from `examen models`"
    ));
    failure.hint(match (vendor(name), used_for) {
        (Some(provider), Use::Writing) => {
            format!("if you mean the model behind a server, say which: --model {name} --provider {provider}")
        }
        (Some(_), Use::Scoring) => {
            "models behind a server cannot be graded: none tells how likely a given answer is; choose a local model from \
             `examen models`"
                .to_owned()
        }
        (None, _) => forms(name),
    })
}

/// Value of `--provider` for a model of this name, if it looks like one of a vendor's or of Ollama's.
fn vendor(name: &str) -> Option<&'static str> {
    let lower = name.to_lowercase();
    let family = FAMILIES
        .iter()
        .find(|(beginning, _)| lower.starts_with(beginning));
    // As in `llama3.2:3b`.
    let is_tagged = lower
        .split_once(':')
        .is_some_and(|(name, tag)| !name.is_empty() && !tag.is_empty());
    family
        .map(|(_, provider)| *provider)
        .or_else(|| is_tagged.then_some("ollama"))
}

/// The nearest short name, or the ways to name a model.
fn forms(name: &str) -> String {
    let names = KNOWN.iter().map(|known| known.name);
    match nearest(name, names) {
        Some(meant) => format!("did you mean `{meant}`? `examen models` lists all names"),
        None => "a model is a name from `examen models`, a .gguf file, a folder, hf:ORG/REPO[/FILE], or the name that a \
                 server has for it, with --provider or --base-url"
            .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vendors_are_known_by_their_models_names() {
        let pairs = [
            ("gpt-4o-mini", Some("openai")),
            ("o3-mini", Some("openai")),
            ("Claude-sonnet-4-5", Some("anthropic")),
            ("gemini-2.5-flash", Some("gemini")),
            ("llama3.2:3b", Some("ollama")),
            ("qwen2.5-7b", None),
            ("my-model", None),
        ];
        for (name, provider) in pairs {
            assert_eq!(vendor(name), provider, "{name}");
        }
    }
}
