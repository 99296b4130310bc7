//! Llama 1 to 3 and what copies them: SmolLM, TinyLlama, Mistral (with its sliding window, if the file sets one).

use super::{Family, Source};
use crate::checkpoint::key;
use crate::error::EngineError;
use crate::models::config::{Config, window};

pub(crate) const FAMILY: Family = Family {
    name: "llama",
    names: &["llama", "mistral"],
    defaults: &[],
    rotates_parts: false,
    finish,
};

/// GGUF has no setting for biases; the decoder also takes those that are there.
fn finish(config: &mut Config, &Source { settings, .. }: &Source<'_>) -> Result<(), EngineError> {
    config.qkv_bias = settings.flag(key("attention_bias", "")).unwrap_or(false);
    config.output_bias = config.qkv_bias;
    config.feed_forward_bias = settings.flag(key("mlp_bias", "")).unwrap_or(false);
    config.windows.fill(window(settings)?);
    Ok(())
}
