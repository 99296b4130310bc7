//! The text part of Gemma 3: as Gemma 2 with norms of query and key heads instead of a cap on attention; five layers
//! with a window and rotary positions of their own, then one without.

use super::{Family, Source, gemma2, slide};
use crate::checkpoint::key;
use crate::error::EngineError;
use crate::models::config::{Config, window};
use crate::rope::RopeSource;

pub(crate) const FAMILY: Family = Family {
    name: "gemma3",
    names: &["gemma3", "gemma3_text"],
    defaults: &[
        ("num_attention_heads", 8),
        ("num_key_value_heads", 4),
        ("head_dim", 256),
        ("max_position_embeddings", 131_072),
        ("rope_theta", 1_000_000),
        ("sliding_window", 4096),
        ("query_pre_attn_scalar", 256),
        ("vocab_size", 262_208),
    ],
    rotates_parts: false,
    finish,
};

/// Layers of the 27B model, the only one whose GGUF files scale queries otherwise.
const LAYERS_OF_27B: usize = 62;

/// Every so many layers, one has no window, unless the settings say otherwise.
const PERIOD: usize = 6;

fn finish(config: &mut Config, source: &Source<'_>) -> Result<(), EngineError> {
    let Source { settings, tensors } = *source;
    gemma2::finish_common(config, settings, LAYERS_OF_27B)?;
    config.head_norms = true;
    let period = settings.size(key(
        "sliding_window_pattern",
        "attention.sliding_window_pattern",
    ))?;
    slide(
        config,
        settings,
        window(settings)?,
        period.unwrap_or(PERIOD),
    );
    let (n_rotated, context_length) = (config.head_size, config.context_length);
    config.local_rope = Some(
        RopeSource {
            settings,
            tensors,
            n_rotated,
            context_length,
        }
        .read_local()?,
    );
    Ok(())
}
