//! Llama 1 to 3 and what copies them: SmolLM, TinyLlama, Mistral (with its sliding window, if the file sets one).

use super::Family;
use crate::checkpoint::{Settings, key};
use crate::config::Config;
use crate::error::EngineError;

pub(crate) const FAMILY: Family = Family { name: "llama", names: &["llama", "mistral"], finish };

/// GGUF has no setting for biases; the decoder also takes those that are there.
fn finish(config: &mut Config, settings: &Settings) -> Result<(), EngineError> {
    config.qkv_bias = settings.flag(key("attention_bias", "")).unwrap_or(false);
    config.output_bias = config.qkv_bias;
    config.feed_forward_bias = settings.flag(key("mlp_bias", "")).unwrap_or(false);
    let window = settings.size(key("sliding_window", "attention.sliding_window"))?;
    config.windows.fill(window);
    Ok(())
}
