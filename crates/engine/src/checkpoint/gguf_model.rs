//! A model in one GGUF file: settings, tensors, tokenizer and chat template.

use super::{Checkpoint, Settings, gguf, vocabulary};
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
