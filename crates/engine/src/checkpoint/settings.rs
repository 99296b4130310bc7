//! One view of a model's settings, whether they stand in GGUF metadata or in `config.json`.

use super::gguf::{Metadata, Value};
use crate::error::EngineError;

/// Largest size of any real model; a larger one is damage.
const LARGEST_SIZE: u64 = 1 << 32;

/// The settings of one model.
pub(crate) enum Settings {
    /// Keys like `llama.block_count`.
    Gguf(Metadata),
    /// `config.json`.
    HuggingFace(serde_json::Value),
}

/// One setting's names: in `config.json`, and in GGUF without the architecture before it.
#[derive(Clone, Copy)]
pub(crate) struct Key {
    /// Name in `config.json`; a dot enters an object.
    pub(crate) hugging_face: &'static str,
    /// Name in GGUF metadata, after `ARCHITECTURE.`.
    pub(crate) gguf: &'static str,
}

/// Shorthand for [`Key`].
pub(crate) const fn key(hugging_face: &'static str, gguf: &'static str) -> Key {
    Key { hugging_face, gguf }
}

/// A setting as either format stores it.
enum Found<'a> {
    Gguf(&'a Value),
    Json(&'a serde_json::Value),
}

impl Settings {
    /// The settings of a `config.json`. Where a model also sees or hears, those of its text part stand in `text_config`
    /// and go before the others.
    pub(crate) fn from_config(mut config: serde_json::Value) -> Self {
        if let Some(serde_json::Value::Object(text)) =
            config.get_mut("text_config").map(serde_json::Value::take)
        {
            text.into_iter()
                .filter(|(name, _)| name != "model_type")
                .for_each(|(name, value)| config[name] = value);
        }
        Self::HuggingFace(config)
    }

    /// Sets what a `config.json` leaves out because it is transformers' default for the family. GGUF files stay as is.
    pub(crate) fn fill(&mut self, defaults: &[(&str, u64)]) {
        let Self::HuggingFace(serde_json::Value::Object(config)) = self else {
            return;
        };
        for &(name, value) in defaults {
            config.entry(name).or_insert_with(|| value.into());
        }
    }

    /// `true` if they stand in a GGUF file.
    pub(crate) fn are_gguf(&self) -> bool {
        matches!(self, Self::Gguf(_))
    }

    /// The family's name: `general.architecture`, or `model_type`.
    pub(crate) fn architecture(&self) -> Result<&str, EngineError> {
        let (found, name) = match self {
            Self::Gguf(metadata) => (
                metadata.text("general.architecture"),
                "general.architecture",
            ),
            Self::HuggingFace(config) => (config["model_type"].as_str(), "model_type"),
        };
        found.ok_or_else(|| EngineError::Setting {
            key: name.into(),
            reason: "is missing".into(),
        })
    }

    /// `general.type` of a GGUF file.
    pub(crate) fn kind(&self) -> Option<&str> {
        match self {
            Self::Gguf(metadata) => metadata.text("general.type"),
            Self::HuggingFace(_) => None,
        }
    }

    /// The setting's name as this file has it, for messages.
    pub(crate) fn name(&self, key: Key) -> String {
        match self {
            Self::Gguf(_) => format!("{}.{}", self.architecture().unwrap_or_default(), key.gguf),
            Self::HuggingFace(_) => key.hugging_face.into(),
        }
    }

    /// A size: an integer of at least 1.
    pub(crate) fn size(&self, key: Key) -> Result<Option<usize>, EngineError> {
        let Some(found) = self.find(key) else {
            return Ok(None);
        };
        let number = match found {
            Found::Gguf(value) => value.unsigned(),
            Found::Json(value) => value.as_u64(),
        };
        match number {
            Some(number @ 1..LARGEST_SIZE) => Ok(Some(number as usize)),
            _ => Err(self.wrong(key, "is not a positive integer of sensible size")),
        }
    }

    /// A size that must be there.
    pub(crate) fn required_size(&self, key: Key) -> Result<usize, EngineError> {
        self.size(key)?.ok_or_else(|| self.wrong(key, "is missing"))
    }

    /// A finite number.
    pub(crate) fn real(&self, key: Key) -> Result<Option<f64>, EngineError> {
        let Some(found) = self.find(key) else {
            return Ok(None);
        };
        let number = match found {
            Found::Gguf(value) => value.real(),
            Found::Json(value) => value.as_f64(),
        };
        match number {
            Some(number) if number.is_finite() => Ok(Some(number)),
            _ => Err(self.wrong(key, "is not a finite number")),
        }
    }

    /// A word.
    pub(crate) fn text(&self, key: Key) -> Option<&str> {
        match self.find(key)? {
            Found::Gguf(value) => value.text(),
            Found::Json(value) => value.as_str(),
        }
    }

    /// A yes or no.
    pub(crate) fn flag(&self, key: Key) -> Option<bool> {
        match self.find(key)? {
            Found::Gguf(Value::Flag(flag)) => Some(*flag),
            Found::Gguf(_) => None,
            Found::Json(value) => value.as_bool(),
        }
    }

    /// Value of a name in `config.json`.
    pub(crate) fn json(&self, name: &str) -> Option<&serde_json::Value> {
        match self {
            Self::Gguf(_) => None,
            Self::HuggingFace(config) => config.get(name),
        }
    }

    /// A list of finite numbers in `config.json`; GGUF has none.
    pub(crate) fn numbers(&self, key: Key) -> Result<Option<Vec<f64>>, EngineError> {
        let Some(Found::Json(value)) = self.find(key) else {
            return Ok(None);
        };
        let numbers = value
            .as_array()
            .and_then(|list| list.iter().map(serde_json::Value::as_f64).collect());
        numbers
            .map(Some)
            .ok_or_else(|| self.wrong(key, "is not a list of numbers"))
    }

    /// A list of words in `config.json`; GGUF has none.
    pub(crate) fn words(&self, name: &str) -> Option<Vec<&str>> {
        let Self::HuggingFace(config) = self else {
            return None;
        };
        config[name]
            .as_array()?
            .iter()
            .map(serde_json::Value::as_str)
            .collect()
    }

    /// The error that this setting is wrong.
    pub(crate) fn wrong(&self, key: Key, reason: &str) -> EngineError {
        EngineError::Setting {
            key: self.name(key),
            reason: reason.into(),
        }
    }

    fn find(&self, key: Key) -> Option<Found<'_>> {
        match self {
            Self::Gguf(metadata) => metadata.get(&self.name(key)).map(Found::Gguf),
            Self::HuggingFace(config) => {
                let path = format!("/{}", key.hugging_face.replace('.', "/"));
                config
                    .pointer(&path)
                    .filter(|value| !value.is_null())
                    .map(Found::Json)
            }
        }
    }
}
