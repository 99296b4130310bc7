//! Preview of a model from its files without its weights: enough to count tokens and to know how large it is.

use crate::checkpoint;
use crate::error::EngineError;
use crate::models;
use crate::text::tokenizer::Tokenizer;
use std::path::Path;

/// A model whose weights are not read, nor need be there.
pub struct Preview {
    tokenizer: Tokenizer,
    n_parameters: Option<usize>,
    can_chat: bool,
}

impl Preview {
    /// Reads the beginning of a `.gguf` file, up to its weights, or the tokenizer and settings of a folder or of the
    /// folder of a `.safetensors` file.
    ///
    /// # Errors
    /// Files that are not there, are damaged, or end before the tokenizer does; a model that the engine cannot run, as far
    /// as its files say without the weights.
    pub fn open(path: &Path) -> Result<Self, EngineError> {
        models::check(&checkpoint::settings(path, None)?)?;
        let checkpoint::Outline {
            tokenizer,
            n_parameters,
            can_chat,
        } = checkpoint::outline(path)?;
        Ok(Self {
            tokenizer,
            n_parameters,
            can_chat,
        })
    }

    /// Tokens of a text, without special tokens around it.
    pub fn count_tokens(&self, text: &str) -> usize {
        self.tokenizer.encode_plain(text).map_or(0, |ids| ids.len())
    }

    /// Numbers in its weights; `None` where only the weights would tell.
    pub fn n_parameters(&self) -> Option<usize> {
        self.n_parameters
    }

    /// True if it can chat: its files have a chat template.
    pub fn can_chat(&self) -> bool {
        self.can_chat
    }
}

/// Name or path of the model that the LoRA adapter in the folder `path` belongs to; `None` if there is no adapter, or its
/// base lies there too.
///
/// # Errors
/// If the adapter names no base, or its file cannot be read.
pub fn adapter_base(path: &Path) -> Result<Option<String>, EngineError> {
    checkpoint::adapter_base(path)
}
