//! The families of models that the engine knows. A new one is a file here and a line in [`FAMILIES`].

pub(crate) mod config;
mod gemma2;
mod gemma3;
mod llama;
mod phi3;
mod qwen2;
mod qwen3;

use crate::checkpoint::{Settings, TensorSource, key};
use crate::error::EngineError;
use crate::models::config::Config;

/// Every family, in the order that messages list them.
const FAMILIES: [&Family; 6] = [
    &llama::FAMILY,
    &qwen2::FAMILY,
    &qwen3::FAMILY,
    &gemma2::FAMILY,
    &gemma3::FAMILY,
    &phi3::FAMILY,
];

/// Differences between a family and the plain pre-norm decoder with rotary positions and a gated feed-forward part.
pub(crate) struct Family {
    /// Name in reports.
    pub(crate) name: &'static str,
    /// Its names: `general.architecture` in GGUF, `model_type` in `config.json`.
    pub(crate) names: &'static [&'static str],
    /// Settings that its `config.json` may leave out, and transformers' values for them.
    pub(crate) defaults: &'static [(&'static str, u64)],
    /// `true` if it may rotate a part of each head only.
    pub(crate) rotates_parts: bool,
    /// Sets what the family has beyond the settings that all share.
    pub(crate) finish: fn(&mut Config, &Source<'_>) -> Result<(), EngineError>,
}

/// Content of a model's files.
pub(crate) struct Source<'a> {
    /// Sizes and flags.
    pub(crate) settings: &'a Settings,
    /// Weights; a few of them are settings in disguise.
    pub(crate) tensors: &'a dyn TensorSource,
}

/// Reads a model's settings, and finds the family that they name. Fills in what the settings leave out.
pub(crate) fn read(
    settings: &mut Settings,
    tensors: &dyn TensorSource,
) -> Result<(&'static Family, Config), EngineError> {
    let family = family(settings)?;
    settings.fill(family.defaults);
    let source = Source { settings, tensors };
    let mut config = Config::read(source.settings, tensors)?;
    if config.rope.n_rotated != config.head_size && !family.rotates_parts {
        let name = key("partial_rotary_factor", "rope.dimension_count");
        return Err(source.settings.wrong(
            name,
            "rotates a part of a head only, which this family does not",
        ));
    }
    (family.finish)(&mut config, &source)?;
    Ok((family, config))
}

fn family(settings: &Settings) -> Result<&'static Family, EngineError> {
    let name = settings.architecture()?;
    let found = FAMILIES
        .into_iter()
        .find(|family| family.names.contains(&name));
    found.ok_or_else(|| EngineError::UnknownArchitecture {
        name: name.into(),
        known: FAMILIES
            .iter()
            .flat_map(|family| family.names)
            .copied()
            .collect::<Vec<_>>()
            .join(", "),
    })
}

/// Lets layers slide the window: those that `layer_types` names, or else all but every `period`-th.
fn slide(config: &mut Config, settings: &Settings, window: Option<usize>, period: usize) {
    let types = settings.words("layer_types");
    for (layer, slot) in config.windows.iter_mut().enumerate() {
        let slides = match &types {
            Some(types) => types.get(layer) == Some(&"sliding_attention"),
            None => !(layer + 1).is_multiple_of(period),
        };
        *slot = window.filter(|_| slides);
    }
}
