//! Qwen 2 and 2.5: queries, keys and values have a bias; long-context variants slide a window in their upper layers.

use super::{Family, Source};
use crate::checkpoint::{Settings, key};
use crate::error::EngineError;
use crate::models::config::Config;

pub(crate) const FAMILY: Family = Family {
    name: "qwen2",
    names: &["qwen2"],
    defaults: &[],
    rotates_parts: false,
    finish,
};

fn finish(config: &mut Config, &Source { settings, .. }: &Source<'_>) -> Result<(), EngineError> {
    config.qkv_bias = true;
    slide_upper_layers(config, settings)
}

/// A window in the layers from `max_window_layers` on, or in those that `layer_types` names, if it is switched on.
pub(super) fn slide_upper_layers(
    config: &mut Config,
    settings: &Settings,
) -> Result<(), EngineError> {
    if settings.flag(key("use_sliding_window", "")) != Some(true) {
        return Ok(());
    }
    let window = settings.size(key("sliding_window", ""))?;
    let first = settings.real(key("max_window_layers", ""))?.unwrap_or(0.0);
    let types = settings.words("layer_types");
    let slides = |layer: usize| match &types {
        Some(types) => types.get(layer) == Some(&"sliding_attention"),
        None => layer as f64 >= first,
    };
    for layer in (0..config.n_layers).filter(|&layer| slides(layer)) {
        config.windows[layer] = window;
    }
    Ok(())
}
