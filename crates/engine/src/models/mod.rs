//! The families of models that the engine knows. A new one is a file here and a line in [`FAMILIES`].

pub(crate) mod config;
mod gemma2;
mod gemma3;
mod llama;
mod phi3;
mod qwen2;
mod qwen3;

use crate::checkpoint::{Key, Settings, TensorSource, key};
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

/// An error if the settings name a model that the engine does not run: before its weights are there.
pub(crate) fn check(settings: &Settings) -> Result<(), EngineError> {
    check_kind(settings)?;
    // Of a GGUF file that does not name its architecture, the rest of the header may be damaged too, which says more.
    if !settings.are_gguf() || settings.architecture().is_ok() {
        family(settings)?;
    }
    check_experts(settings)?;
    check_head(settings)?;
    check_numbers(settings)
}

/// GGUF files also hold adapters and the parts of models that see.
fn check_kind(settings: &Settings) -> Result<(), EngineError> {
    match settings.kind() {
        None | Some("model") => Ok(()),
        Some(kind) => Err(EngineError::Unsupported {
            what: format!("a GGUF file of type '{kind}'"),
            supported: "model".into(),
        }),
    }
}

fn check_experts(settings: &Settings) -> Result<(), EngineError> {
    const NAMES: [Key; 4] = [
        key("num_local_experts", "expert_count"),
        key("num_experts", "expert_count"),
        key("n_routed_experts", "expert_count"),
        key("moe_num_experts", "expert_count"),
    ];
    for name in NAMES {
        if let Some(n) = settings.real(name)?.filter(|n| *n > 1.0) {
            return Err(EngineError::Unsupported {
                what: format!("a mixture of {n} experts"),
                supported: "models without experts".into(),
            });
        }
    }
    Ok(())
}

/// The class that `config.json` names must write text: models that classify or embed have the same layers.
fn check_head(settings: &Settings) -> Result<(), EngineError> {
    const WRITING: [&str; 3] = ["ForCausalLM", "ForConditionalGeneration", "LMHeadModel"];
    let Some(classes) = settings.words("architectures") else {
        return Ok(());
    };
    let writes = |class: &&str| WRITING.iter().any(|end| class.ends_with(end));
    match classes.first() {
        Some(class) if !classes.iter().any(writes) => Err(EngineError::Unsupported {
            what: format!("the class {class}"),
            supported: "classes that write text (…ForCausalLM)".into(),
        }),
        _ => Ok(()),
    }
}

/// Weights that are not plain numbers.
fn check_numbers(settings: &Settings) -> Result<(), EngineError> {
    for name in ["quantization_config", "compression_config"] {
        let config = settings.json(name).filter(|config| !config.is_null());
        let Some(config) = config else { continue };
        let method = ["quant_method", "format", "quant_type"]
            .iter()
            .find_map(|key| config[key].as_str());
        let method = method.map_or_else(String::new, |method| format!(" with the method {method}"));
        return Err(EngineError::quantised(&format!(
            "config.json has a {name}{method}"
        )));
    }
    Ok(())
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
