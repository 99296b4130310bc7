//! A model's files: their settings, their tensors by our own names, their tokenizer and chat template.
//! Checks what it reads against the length of the files; knows nothing of what the tensors are for.

mod adapter;
mod file_tensor;
mod folder;
mod gguf;
mod gguf_model;
mod gguf_parts;
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
use std::path::{Path, PathBuf};

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
    /// What the user should know of the files.
    pub(crate) notes: Vec<String>,
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

    /// Its sizes, if the file has it.
    fn shape(&self, name: TensorName) -> Option<&[usize]>;

    /// The tensor. An error if it is missing or its shape is not `shape`.
    fn tensor(&self, name: TensorName, shape: &[usize]) -> Result<FileTensor, EngineError>;

    /// The number types in the file, the most frequent first.
    fn dtypes(&self) -> Vec<String>;

    /// Type, number of numbers and bytes in the file of every tensor.
    fn sizes(&self) -> Vec<(NumberType, usize, usize)>;

    /// `true` if rows of the query and key weights lie in the order of interleaved rotary positions (llama in GGUF).
    fn interleaves_rotary_rows(&self) -> bool;
}

/// What a path names.
enum Form<'a> {
    /// A folder with `config.json` or an adapter, and the only weights file to read of it, else all.
    Folder(&'a Path, Option<&'a Path>),
    /// A GGUF file, or the first of its parts.
    Gguf(PathBuf),
}

impl<'a> Form<'a> {
    fn of(path: &'a Path) -> Result<Self, EngineError> {
        if path.is_dir() {
            return Ok(match gguf_parts::only_model(path) {
                Some(file) => Self::Gguf(file),
                None => Self::Folder(path, None),
            });
        }
        let folder = path.parent().unwrap_or(Path::new(""));
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("safetensors") if adapter::is_weights(path) => Ok(Self::Folder(folder, None)),
            Some("safetensors") => Ok(Self::Folder(folder, Some(path))),
            _ => gguf_parts::first(path).map(Self::Gguf),
        }
    }
}

/// Opens a `.gguf` file, a `.safetensors` file whose folder holds the rest, or a folder with either. `base` is the folder
/// of the model that an adapter belongs to, where it is another.
pub(crate) fn open(path: &Path, base: Option<&Path>) -> Result<Checkpoint, EngineError> {
    match Form::of(path)? {
        Form::Folder(folder, weights) => folder::open(folder, weights, base),
        Form::Gguf(file) => gguf_model::open(&file),
    }
}

/// The settings alone: what is needed to say whether the model can be run.
pub(crate) fn settings(path: &Path, base: Option<&Path>) -> Result<Settings, EngineError> {
    match Form::of(path)? {
        Form::Folder(folder, _) => folder::settings(folder, base),
        Form::Gguf(file) => gguf_model::settings(&file),
    }
}

/// Bytes of the file, or of the files of weights, as far as they are there.
pub(crate) fn file_bytes(path: &Path, base: Option<&Path>) -> Result<u64, EngineError> {
    let files = match Form::of(path)? {
        Form::Gguf(file) => vec![file],
        Form::Folder(_, Some(weights)) => vec![weights.to_owned()],
        Form::Folder(folder, None) => folder::weights(folder, base),
    };
    let sizes = files.iter().filter_map(|file| std::fs::metadata(file).ok());
    Ok(sizes.map(|metadata| metadata.len()).sum())
}

/// Name or path of the model that the adapter in a folder belongs to; `None` if there is no adapter, or its base lies
/// there too.
pub(crate) fn adapter_base(path: &Path) -> Result<Option<String>, EngineError> {
    match Form::of(path)? {
        Form::Folder(folder, None) => adapter::base_elsewhere(folder),
        _ => Ok(None),
    }
}

/// Reads what [`open`] reads but for the weights, which need not be there.
pub(crate) fn outline(path: &Path) -> Result<Outline, EngineError> {
    match Form::of(path)? {
        Form::Folder(folder, _) => folder::outline(folder),
        Form::Gguf(file) => gguf_model::outline(&file),
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
