//! A model as transformers saves it: a folder with `config.json`, `tokenizer.json`, weights in safetensors, and perhaps
//! `generation_config.json`, `tokenizer_config.json`, `chat_template.jinja`; or as PEFT does, with an adapter to it.

use super::adapter::{self, Adapted};
use super::safetensors::SafetensorsFiles;
use super::{Checkpoint, Outline, Settings, TensorSource};
use crate::error::EngineError;
use crate::text::chat_template::TemplateSource;
use crate::text::tokenizer::{Framing, SpecialTokens, Tokenizer};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Opens the folder; `weights` names the only weights file to read, else the folder's own are found, and those of an
/// adapter added. `base` is the folder of the adapter's base, where it is another.
pub(crate) fn open(
    folder: &Path,
    weights: Option<&Path>,
    base: Option<&Path>,
) -> Result<Checkpoint, EngineError> {
    let is_adapted = folder.join(adapter::CONFIG).is_file();
    let home = adapter::base_folder(folder, base)?;
    let settings = Settings::from_config(required_json(&home, "config.json")?);
    // An adapter may bring a tokenizer of its own.
    let has_own = folder.join("tokenizer.json").is_file();
    let texts = if has_own { folder } else { &home };
    let Texts {
        tokenizer,
        template,
        mut notes,
    } = texts_of(texts, &settings)?;
    let files = match weights {
        Some(path) => vec![path.to_owned()],
        None => weight_files(&home)?,
    };
    let mut tensors: Box<dyn TensorSource> =
        Box::new(SafetensorsFiles::open(files.iter().map(PathBuf::as_path))?);
    match (is_adapted, weights) {
        (true, None) => {
            let is_tied = settings
                .json("tie_word_embeddings")
                .and_then(Value::as_bool);
            let is_tied = is_tied == Some(true) || !tensors.contains(super::TensorName::Head);
            tensors = Box::new(Adapted::open(folder, tensors, is_tied)?);
            notes.push(format!(
                "the LoRA adapter in {} is added to the weights of {}",
                folder.display(),
                home.display()
            ));
        }
        (true, Some(weights)) => notes.push(format!(
            "the LoRA adapter beside {} is not applied: name the folder for the model with it",
            weights.display()
        )),
        (false, _) => {}
    }
    Ok(Checkpoint {
        settings,
        tensors,
        tokenizer,
        template,
        notes,
    })
}

/// Files of the weights; none where that is an error.
pub(super) fn weights(folder: &Path, base: Option<&Path>) -> Vec<PathBuf> {
    let home = adapter::base_folder(folder, base);
    home.and_then(|home| weight_files(&home))
        .unwrap_or_default()
}

/// Reads the settings alone. An error if other files say that the weights are quantised.
pub(super) fn settings(folder: &Path, base: Option<&Path>) -> Result<Settings, EngineError> {
    let home = adapter::base_folder(folder, base)?;
    let settings = Settings::from_config(required_json(&home, "config.json")?);
    for name in ["quantize_config.json", "quant_config.json"] {
        if home.join(name).is_file() {
            return Err(EngineError::quantised(name));
        }
    }
    Ok(settings)
}

/// Reads the folder without its weights, which need not be there.
pub(super) fn outline(folder: &Path) -> Result<Outline, EngineError> {
    let home = adapter::base_folder(folder, None)?;
    let settings = Settings::from_config(required_json(&home, "config.json")?);
    let texts = texts_of(&home, &settings)?;
    Ok(Outline {
        tokenizer: texts.tokenizer,
        n_parameters: n_parameters(&home),
        can_chat: texts.template.is_some(),
    })
}

/// Numbers in the weights, if they are there.
fn n_parameters(folder: &Path) -> Option<usize> {
    let files = weight_files(folder).ok()?;
    let tensors = SafetensorsFiles::open(files.iter().map(PathBuf::as_path)).ok()?;
    let sizes = tensors.sizes();
    Some(sizes.iter().map(|(_, n_numbers, _)| n_numbers).sum())
}

/// Tokenizer, chat template, and what is to be said of them.
struct Texts {
    tokenizer: Tokenizer,
    template: Option<TemplateSource>,
    notes: Vec<String>,
}

/// Special tokens that transformers hands to a chat template by these names.
const SPECIAL: [&str; 7] = [
    "bos_token",
    "eos_token",
    "unk_token",
    "sep_token",
    "pad_token",
    "cls_token",
    "mask_token",
];

fn texts_of(folder: &Path, settings: &Settings) -> Result<Texts, EngineError> {
    let tokenizer_config = optional_json(folder, "tokenizer_config.json")?;
    let map = optional_json(folder, "special_tokens_map.json")?;
    let generation = optional_json(folder, "generation_config.json")?;
    let token = |name: &str| token_text(&tokenizer_config[name]).or_else(|| token_text(&map[name]));
    let tokens: BTreeMap<String, String> = SPECIAL
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), token(name)?)))
        .collect();
    let special = SpecialTokens {
        bos: tokens.get("bos_token").cloned(),
        eos: tokens.get("eos_token").cloned(),
        eos_ids: settings
            .json("eos_token_id")
            .into_iter()
            .chain(generation.get("eos_token_id"))
            .flat_map(ids)
            .collect(),
        framing: Framing {
            begins: tokenizer_config["add_bos_token"].as_bool(),
            ends: tokenizer_config["add_eos_token"].as_bool(),
            is_followed: follows_settings(&tokenizer_config, settings),
        },
    };
    let (tokenizer, notes) =
        Tokenizer::from_json(&required_bytes(folder, "tokenizer.json")?, &special)?;
    let template = template_text(folder, &tokenizer_config)?;
    Ok(Texts {
        tokenizer,
        template: template.map(|text| TemplateSource { text, tokens }),
        notes,
    })
}

/// True for the tokenizer classes of transformers 4 that frame texts as `add_bos_token` and `add_eos_token` say; all others,
/// and all of transformers 5, as `tokenizer.json` says. Without a class, that of the family counts.
fn follows_settings(tokenizer_config: &Value, settings: &Settings) -> bool {
    const CLASSES: [&str; 5] = ["Llama", "CodeLlama", "Gemma", "Cohere", "GPTNeoX"];
    const FAMILIES: [&str; 7] = [
        "llama",
        "mistral",
        "phi3",
        "gemma",
        "gemma2",
        "gemma3",
        "gemma3_text",
    ];
    match tokenizer_config["tokenizer_class"].as_str() {
        Some(class) => {
            let class = class.strip_suffix("Fast").unwrap_or(class);
            let class = class.strip_suffix("Tokenizer").unwrap_or(class);
            CLASSES.contains(&class)
        }
        None => settings
            .architecture()
            .is_ok_and(|family| FAMILIES.contains(&family)),
    }
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

pub(super) fn required_json(folder: &Path, name: &str) -> Result<Value, EngineError> {
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
