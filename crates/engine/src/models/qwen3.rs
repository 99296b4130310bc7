//! Qwen 3: each query and key head has a norm, and heads a size of their own.

use super::{Family, Source, qwen2};
use crate::checkpoint::key;
use crate::error::EngineError;
use crate::models::config::Config;

pub(crate) const FAMILY: Family = Family {
    name: "qwen3",
    names: &["qwen3"],
    defaults: &[("head_dim", 128)],
    rotates_parts: false,
    finish,
};

fn finish(config: &mut Config, &Source { settings, .. }: &Source<'_>) -> Result<(), EngineError> {
    config.head_norms = true;
    config.qkv_bias = settings.flag(key("attention_bias", "")).unwrap_or(false);
    config.output_bias = config.qkv_bias;
    qwen2::slide_upper_layers(config, settings)
}
