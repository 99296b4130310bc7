//! The families of models that the engine knows. A new one is a file here and a line in [`FAMILIES`].

mod llama;
mod qwen2;

use crate::checkpoint::Settings;
use crate::config::Config;
use crate::error::EngineError;

/// Every family, in the order that messages list them.
const FAMILIES: [&Family; 2] = [&llama::FAMILY, &qwen2::FAMILY];

/// What sets a family apart from the plain pre-norm decoder with rotary positions and a gated feed-forward part.
pub(crate) struct Family {
    /// What reports call it.
    pub(crate) name: &'static str,
    /// Its names: `general.architecture` in GGUF, `model_type` in `config.json`.
    pub(crate) names: &'static [&'static str],
    /// Sets what the family has beyond the settings that all share.
    pub(crate) finish: fn(&mut Config, &Settings) -> Result<(), EngineError>,
}

/// What a model's settings say, and the family that they name.
pub(crate) fn read(settings: &Settings) -> Result<(&'static Family, Config), EngineError> {
    let family = family(settings)?;
    let mut config = Config::read(settings)?;
    (family.finish)(&mut config, settings)?;
    Ok((family, config))
}

fn family(settings: &Settings) -> Result<&'static Family, EngineError> {
    let name = settings.architecture()?;
    let found = FAMILIES.into_iter().find(|family| family.names.contains(&name));
    found.ok_or_else(|| EngineError::UnknownArchitecture {
        name: name.into(),
        known: FAMILIES.iter().flat_map(|family| family.names).copied().collect::<Vec<_>>().join(", "),
    })
}
