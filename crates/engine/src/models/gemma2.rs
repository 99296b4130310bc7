//! Gemma 2: norms after attention and the feed-forward part as well, soft caps, a window in every other layer.

use super::{Family, Source, slide};
use crate::checkpoint::{Settings, key};
use crate::error::EngineError;
use crate::models::config::{Activation, Config, positive, window};

pub(crate) const FAMILY: Family = Family {
    name: "gemma2",
    names: &["gemma2"],
    defaults: &[
        ("num_attention_heads", 8),
        ("num_key_value_heads", 4),
        ("head_dim", 256),
        ("max_position_embeddings", 8192),
        ("sliding_window", WINDOW as u64),
        ("query_pre_attn_scalar", 256),
        ("attn_logit_softcapping", ATTENTION_CAP as u64),
        ("final_logit_softcapping", LOGIT_CAP as u64),
        ("vocab_size", 256_000),
    ],
    rotates_parts: false,
    finish,
};

/// Value that transformers and llama.cpp assume.
const WINDOW: usize = 4096;
const ATTENTION_CAP: f32 = 50.0;
const LOGIT_CAP: f32 = 30.0;

/// Layers of the 27B model, the only one whose GGUF files scale queries otherwise.
const LAYERS_OF_27B: usize = 46;

fn finish(config: &mut Config, &Source { settings, .. }: &Source<'_>) -> Result<(), EngineError> {
    finish_common(config, settings, LAYERS_OF_27B)?;
    let assumed = |number: f32| settings.are_gguf().then_some(number);
    config.attention_cap = positive(
        settings,
        key("attn_logit_softcapping", "attn_logit_softcapping"),
    )?
    .or_else(|| assumed(ATTENTION_CAP));
    config.logit_cap = config.logit_cap.or_else(|| assumed(LOGIT_CAP));
    let period = settings
        .size(key("", "attention.sliding_window_pattern"))?
        .unwrap_or(2);
    let window = window(settings)?.or_else(|| settings.are_gguf().then_some(WINDOW));
    slide(config, settings, window, period);
    Ok(())
}

/// Settings that all Gemmas from the second on share.
pub(super) fn finish_common(
    config: &mut Config,
    settings: &Settings,
    layers_of_27b: usize,
) -> Result<(), EngineError> {
    // llama.cpp's converter adds it to what it stores.
    config.norm_offset = if settings.are_gguf() { 0.0 } else { 1.0 };
    config.post_norms = true;
    config.activation = Activation::GeluTanh;
    config.embedding_scale = (config.hidden as f32).sqrt();
    let is_27b = settings.are_gguf() && config.n_layers == layers_of_27b;
    let assumed = if is_27b {
        config.hidden / config.n_heads
    } else {
        config.head_size
    };
    let scalar = positive(settings, key("query_pre_attn_scalar", ""))?.unwrap_or(assumed as f32);
    config.query_scale = 1.0 / scalar.sqrt();
    config.logit_cap = positive(
        settings,
        key("final_logit_softcapping", "final_logit_softcapping"),
    )?;
    config.qkv_bias = settings.flag(key("attention_bias", "")).unwrap_or(false);
    config.output_bias = config.qkv_bias;
    Ok(())
}
