//! A model in one GGUF file: settings, tensors, tokenizer and chat template.

use super::{Checkpoint, Outline, Settings, gguf, vocabulary};
use crate::error::EngineError;
use crate::text::chat_template::TemplateSource;
use std::path::Path;

/// Opens the file and everything in it.
pub(crate) fn open(path: &Path) -> Result<Checkpoint, EngineError> {
    let (metadata, tensors) = gguf::read(path)?;
    let tokenizer = vocabulary::tokenizer(&metadata)?;
    let template = metadata
        .text("tokenizer.chat_template")
        .map(|text| TemplateSource {
            text: text.into(),
            bos: tokenizer
                .bos()
                .map(|id| tokenizer.token(id))
                .unwrap_or_default(),
            eos: tokenizer
                .eos()
                .map(|id| tokenizer.token(id))
                .unwrap_or_default(),
        });
    Ok(Checkpoint {
        settings: Settings::Gguf(metadata),
        tensors: Box::new(tensors),
        tokenizer,
        template,
    })
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
