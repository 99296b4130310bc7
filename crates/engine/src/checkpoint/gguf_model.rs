//! A model in one GGUF file: settings, tensors, tokenizer and chat template.

use super::{Checkpoint, Outline, Settings, gguf, vocabulary};
use crate::error::EngineError;
use crate::text::chat_template::TemplateSource;
use std::path::Path;

/// Opens the file and everything in it.
pub(crate) fn open(path: &Path) -> Result<Checkpoint, EngineError> {
    let (metadata, tensors) = gguf::read(path)?;
    let tokenizer = vocabulary::tokenizer(&metadata)?;
    // As in llama.cpp, a token that the file does not name is an empty text to the template.
    let text = |id: Option<u32>| id.map(|id| tokenizer.token(id)).unwrap_or_default();
    let tokens = [
        ("bos_token", tokenizer.bos()),
        ("eos_token", tokenizer.eos()),
    ];
    let template = metadata
        .text("tokenizer.chat_template")
        .map(|template| TemplateSource {
            text: template.into(),
            tokens: tokens.map(|(name, id)| (name.into(), text(id))).into(),
        });
    Ok(Checkpoint {
        settings: Settings::Gguf(metadata),
        tensors: Box::new(tensors),
        tokenizer,
        template,
        notes: Vec::new(),
    })
}

/// Reads the header, in a file that may end after it.
pub(super) fn settings(path: &Path) -> Result<Settings, EngineError> {
    Ok(Settings::Gguf(gguf::read_header(path)?.0))
}

/// Reads the header, in a file that may end after it.
pub(super) fn outline(path: &Path) -> Result<Outline, EngineError> {
    let (metadata, n_parameters) = gguf::read_header(path)?;
    Ok(Outline {
        tokenizer: vocabulary::tokenizer(&metadata)?,
        n_parameters: Some(n_parameters),
        can_chat: metadata.text("tokenizer.chat_template").is_some(),
    })
}
