//! Llama 1 to 3 and what copies them: SmolLM, TinyLlama, Mistral (with its sliding window, if the file sets one).

use super::Family;
use crate::checkpoint::{Settings, key};
use crate::config::Config;
use crate::error::EngineError;

pub(crate) const FAMILY: Family = Family { name: "llama", names: &["llama", "mistral"], finish };

fn finish(config: &mut Config, settings: &Settings) -> Result<(), EngineError> {
    config.qkv_bias = settings.flag(key("attention_bias", "")).unwrap_or(false);
    config.output_bias = config.qkv_bias;
    if settings.flag(key("mlp_bias", "")) == Some(true) {
        return Err(settings.wrong(key("mlp_bias", ""), "is true: not supported"));
    }
    let window = settings.size(key("sliding_window", "attention.sliding_window"))?;
    config.windows.fill(window);
    Ok(())
}
