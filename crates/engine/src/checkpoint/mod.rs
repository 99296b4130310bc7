//! A model's files: their settings, their tensors by our own names, their tokenizer and chat template.
//! Checks what it reads against the length of the files; knows nothing of what the tensors are for.

mod file_tensor;
mod folder;
mod gguf;
mod gguf_model;
mod mapped;
mod names;
mod safetensors;
mod settings;
mod vocabulary;

pub(crate) use file_tensor::{FileTensor, NumberType};
pub(crate) use names::{LayerPart, TensorName};
pub(crate) use settings::{Key, Settings, key};

use crate::error::EngineError;
use crate::text::chat_template::TemplateSource;
use crate::text::tokenizer::Tokenizer;
use std::path::Path;

/// Everything that the files of one model say.
pub(crate) struct Checkpoint {
    /// Sizes and flags.
    pub(crate) settings: Settings,
    /// Weights.
    pub(crate) tensors: Box<dyn TensorSource>,
    /// Text to ids and back.
    pub(crate) tokenizer: Tokenizer,
    /// Template of conversations; `None` for base models.
    pub(crate) template: Option<TemplateSource>,
}

/// Outline of a model whose weights are not read, from its files.
pub(crate) struct Outline {
    /// Text to ids and back.
    pub(crate) tokenizer: Tokenizer,
    /// Numbers in its weights, where the files tell without them.
    pub(crate) n_parameters: Option<usize>,
    /// True if there is a chat template.
    pub(crate) can_chat: bool,
}

/// Source of weights.
pub(crate) trait TensorSource: Send + Sync {
    /// `true` if the file has it.
    fn contains(&self, name: TensorName) -> bool;

    /// The tensor. An error if it is missing or its shape is not `shape`.
    fn tensor(&self, name: TensorName, shape: &[usize]) -> Result<FileTensor, EngineError>;

    /// The number types in the file, the most frequent first.
    fn dtypes(&self) -> Vec<String>;

    /// Type, number of numbers and bytes in the file of every tensor.
    fn sizes(&self) -> Vec<(NumberType, usize, usize)>;

    /// `true` if rows of the query and key weights lie in the order of interleaved rotary positions (llama in GGUF).
    fn interleaves_rotary_rows(&self) -> bool;
}

/// Opens a `.gguf` file, a `.safetensors` file whose folder holds the rest, or such a folder.
pub(crate) fn open(path: &Path) -> Result<Checkpoint, EngineError> {
    if path.is_dir() {
        return folder::open(path, None);
    }
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("safetensors") => folder::open(path.parent().unwrap_or(Path::new("")), Some(path)),
        _ => gguf_model::open(path),
    }
}

/// Reads what [`open`] reads but for the weights, which need not be there.
pub(crate) fn outline(path: &Path) -> Result<Outline, EngineError> {
    if path.is_dir() {
        return folder::outline(path);
    }
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("safetensors") => folder::outline(path.parent().unwrap_or(Path::new(""))),
        _ => gguf_model::outline(path),
    }
}

/// The most frequent of `names` first.
fn by_frequency(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut counts = std::collections::BTreeMap::<String, usize>::new();
    names.for_each(|name| *counts.entry(name).or_default() += 1);
    let mut sorted: Vec<_> = counts.into_iter().collect();
    sorted.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    sorted.into_iter().map(|(name, _)| name).collect()
}
