//! A model as transformers saves it: a folder with `config.json`, `tokenizer.json`, weights in safetensors, and perhaps
//! `generation_config.json`, `tokenizer_config.json`, `chat_template.jinja`.

use super::safetensors::SafetensorsFiles;
use super::{Checkpoint, Settings};
use crate::error::EngineError;
use crate::text::chat_template::TemplateSource;
use crate::text::tokenizer::{SpecialTokens, Tokenizer};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Opens the folder; `weights` names the only weights file to read, else the folder's own are found.
pub(crate) fn open(folder: &Path, weights: Option<&Path>) -> Result<Checkpoint, EngineError> {
    let settings = Settings::from_config(required_json(folder, "config.json")?);
    let files = match weights {
        Some(path) => vec![path.to_owned()],
        None => weight_files(folder)?,
    };
    let tensors = Box::new(SafetensorsFiles::open(files.iter().map(PathBuf::as_path))?);
    let tokenizer_config = optional_json(folder, "tokenizer_config.json")?;
    let generation = optional_json(folder, "generation_config.json")?;
    let bos = token_text(&tokenizer_config["bos_token"]);
    let eos = token_text(&tokenizer_config["eos_token"]);
    let special = SpecialTokens {
        bos: bos.clone(),
        eos: eos.clone(),
        eos_ids: settings
            .json("eos_token_id")
            .into_iter()
            .chain(generation.get("eos_token_id"))
            .flat_map(ids)
            .collect(),
    };
    let tokenizer = Tokenizer::from_json(&required_bytes(folder, "tokenizer.json")?, &special)?;
    let template = template_text(folder, &tokenizer_config)?.map(|text| TemplateSource {
        text,
        bos: bos.unwrap_or_default(),
        eos: eos.unwrap_or_default(),
    });
    Ok(Checkpoint {
        settings,
        tensors,
        tokenizer,
        template,
    })
}

/// `model.safetensors`, or the shards that `model.safetensors.index.json` lists.
fn weight_files(folder: &Path) -> Result<Vec<PathBuf>, EngineError> {
    let single = folder.join("model.safetensors");
    if single.is_file() {
        return Ok(vec![single]);
    }
    let index_path = folder.join("model.safetensors.index.json");
    if !index_path.is_file() {
        return Err(not_a_model(
            folder,
            "it has neither model.safetensors nor model.safetensors.index.json",
        ));
    }
    let index = required_json(folder, "model.safetensors.index.json")?;
    let damaged = |reason: &str| EngineError::Damaged {
        path: index_path.clone(),
        reason: reason.into(),
    };
    let map = index["weight_map"]
        .as_object()
        .ok_or_else(|| damaged("it has no weight_map"))?;
    let names: BTreeSet<&str> = map.values().filter_map(Value::as_str).collect();
    if let Some(name) = names.iter().find(|name| name.contains(['/', '\\'])) {
        return Err(damaged(&format!("shard '{name}' lies outside the folder")));
    }
    Ok(names.into_iter().map(|name| folder.join(name)).collect())
}

/// The template beside the weights, else the one in the tokenizer's settings (a text, or a list of named texts).
fn template_text(folder: &Path, tokenizer_config: &Value) -> Result<Option<String>, EngineError> {
    let path = folder.join("chat_template.jinja");
    if path.is_file() {
        return std::fs::read_to_string(&path)
            .map(Some)
            .map_err(|source| EngineError::Read { path, source });
    }
    let named = |templates: &Vec<Value>| {
        let default = templates
            .iter()
            .find(|template| template["name"] == "default")
            .or(templates.first());
        default
            .and_then(|template| template["template"].as_str())
            .map(str::to_owned)
    };
    Ok(match &tokenizer_config["chat_template"] {
        Value::String(text) => Some(text.clone()),
        Value::Array(templates) => named(templates),
        _ => None,
    })
}

/// A special token stands there as a text or as an object with `content`.
fn token_text(token: &Value) -> Option<String> {
    token
        .as_str()
        .or_else(|| token["content"].as_str())
        .map(str::to_owned)
}

/// One id or a list of them.
fn ids(value: &Value) -> impl Iterator<Item = u32> + '_ {
    let list = value
        .as_array()
        .map_or(std::slice::from_ref(value), Vec::as_slice);
    list.iter().filter_map(|id| id.as_u64()?.try_into().ok())
}

fn required_json(folder: &Path, name: &str) -> Result<Value, EngineError> {
    let bytes = required_bytes(folder, name)?;
    serde_json::from_slice(&bytes).map_err(|error| EngineError::Damaged {
        path: folder.join(name),
        reason: error.to_string(),
    })
}

fn optional_json(folder: &Path, name: &str) -> Result<Value, EngineError> {
    if folder.join(name).is_file() {
        required_json(folder, name)
    } else {
        Ok(Value::Null)
    }
}

fn required_bytes(folder: &Path, name: &str) -> Result<Vec<u8>, EngineError> {
    let path = folder.join(name);
    if !path.is_file() {
        return Err(not_a_model(folder, &format!("it has no {name}")));
    }
    std::fs::read(&path).map_err(|source| EngineError::Read { path, source })
}

fn not_a_model(folder: &Path, reason: &str) -> EngineError {
    EngineError::NotAModel {
        path: folder.to_owned(),
        reason: reason.into(),
    }
}
