//! Phi 3, 3.5, 4 and 4-mini: fused projections, a window in all layers, and LongRoPE in those for long contexts.

use super::{Family, Source};
use crate::error::EngineError;
use crate::models::config::{Config, window};

pub(crate) const FAMILY: Family = Family {
    name: "phi3",
    names: &["phi3"],
    defaults: DEFAULTS,
    rotates_parts: true,
    finish,
};

const DEFAULTS: &[(&str, u64)] = &[
    ("max_position_embeddings", 4096),
    ("original_max_position_embeddings", 4096),
];

fn finish(config: &mut Config, &Source { settings, .. }: &Source<'_>) -> Result<(), EngineError> {
    config.fused = true;
    config.windows.fill(window(settings)?);
    Ok(())
}
