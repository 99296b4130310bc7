//! LoRA adapters as PEFT saves them (`adapter_config.json`, `adapter_model.safetensors`): added to the weights of their
//! base when these are read, W + s·B·A (Hu et al. 2021; s = alpha / r, rslora: alpha / √r).
//!
//! Whatever an adapter says and this does not compute is refused by name: the base alone is another model.

use super::safetensors::{SafetensorsFiles, text_part};
use super::{FileTensor, NumberType, TensorName, TensorSource};
use crate::error::EngineError;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

/// File that makes a folder an adapter's.
pub(super) const CONFIG: &str = "adapter_config.json";
const WEIGHTS: &str = "adapter_model.safetensors";
/// Layers of a base that are looked at.
const MOST_LAYERS: usize = 4096;

/// Settings that are read here, or say how the adapter was trained. Any other must be unset.
const KNOWN: [&str; 30] = [
    "alpha_pattern",
    "auto_mapping",
    "base_model_name_or_path",
    "bias",
    "corda_config",
    "ensure_weight_tying",
    "eva_config",
    "exclude_modules",
    "fan_in_fan_out",
    "inference_mode",
    "init_lora_weights",
    "layers_pattern",
    "layers_to_transform",
    "loftq_config",
    "lora_alpha",
    "lora_dropout",
    "lora_ga_config",
    "megatron_config",
    "megatron_core",
    "modules_to_save",
    "peft_type",
    "peft_version",
    "qalora_group_size",
    "r",
    "rank_pattern",
    "revision",
    "runtime_config",
    "target_modules",
    "task_type",
    "use_rslora",
];
/// Beginnings that leave the base as it is; others (PiSSA, OLoRA, LoftQ, CorDA) change its weights as well.
const BEGINNINGS: [&str; 6] = [
    "null",
    "true",
    "false",
    "\"gaussian\"",
    "\"eva\"",
    "\"orthogonal\"",
];

/// True for the path of an adapter's weights.
pub(super) fn is_weights(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == WEIGHTS)
}

/// Base of the adapter in the folder, as the adapter names it; `None` if there is no adapter, or its base lies there too.
pub(super) fn base_elsewhere(folder: &Path) -> Result<Option<String>, EngineError> {
    if !folder.join(CONFIG).is_file() || folder.join("config.json").is_file() {
        return Ok(None);
    }
    let config = super::folder::required_json(folder, CONFIG)?;
    let base = config["base_model_name_or_path"].as_str();
    let missing = || EngineError::Setting {
        key: "base_model_name_or_path".into(),
        reason: format!("is missing in {CONFIG}"),
    };
    base.map(|base| Some(base.to_owned())).ok_or_else(missing)
}

/// The weights of a base with those of an adapter added.
pub(super) struct Adapted {
    base: Box<dyn TensorSource>,
    weights: SafetensorsFiles,
    /// What changes, by the name of the base's tensor.
    changes: HashMap<String, Change>,
}

/// Change of one tensor.
enum Change {
    /// Names of A and B, and the factor of their product.
    Added { a: String, b: String, scale: f32 },
    /// Name of the tensor to take instead.
    Replaced(String),
}

impl Adapted {
    /// Opens the adapter in `folder`. An error unless every tensor of it has a place in the base.
    pub(super) fn open(
        folder: &Path,
        base: Box<dyn TensorSource>,
        is_tied: bool,
    ) -> Result<Self, EngineError> {
        let config = super::folder::required_json(folder, CONFIG)?;
        check(&config)?;
        let path = folder.join(WEIGHTS);
        if !path.is_file() {
            return Err(EngineError::NotAModel {
                path: folder.to_owned(),
                reason: format!("its {CONFIG} has no {WEIGHTS} beside it"),
            });
        }
        let weights = SafetensorsFiles::open([path.as_path()].into_iter())?;
        let changes = changes(&config, &weights)?;
        let adapted = Self {
            base,
            weights,
            changes,
        };
        adapted.check_places(is_tied)?;
        Ok(adapted)
    }

    fn check_places(&self, is_tied: bool) -> Result<(), EngineError> {
        let known = self.known();
        let mut names: Vec<&String> = self.changes.keys().collect();
        names.sort();
        for name in names {
            let is_shared = is_tied
                && [TensorName::Head, TensorName::Embedding]
                    .iter()
                    .any(|shared| shared.hugging_face() == *name);
            if is_shared {
                return Err(unsupported(format!(
                    "to change '{name}', which is embedding and output layer in one"
                )));
            }
            if !known.contains_key(name) {
                return Err(unsupported(format!(
                    "to change '{name}', which its base does not have"
                )));
            }
        }
        Ok(())
    }

    /// The base's tensors that the engine reads and the adapter changes, by their names in the base's files.
    fn known(&self) -> BTreeMap<String, TensorName> {
        let all = TensorName::all(self.n_layers().min(MOST_LAYERS));
        all.filter(|name| self.base.contains(*name))
            .map(|name| (name.hugging_face(), name))
            .collect()
    }

    /// One more than the largest layer that the adapter names.
    fn n_layers(&self) -> usize {
        let layer = |name: &String| {
            let rest = name.strip_prefix("model.layers.")?;
            rest.split('.').next()?.parse::<usize>().ok()
        };
        let last = self.changes.keys().filter_map(layer).max();
        last.map_or(0, |last| last.saturating_add(1))
    }

    fn change(&self, name: TensorName) -> Option<&Change> {
        self.changes.get(&name.hugging_face())
    }
}

impl TensorSource for Adapted {
    fn contains(&self, name: TensorName) -> bool {
        self.base.contains(name)
    }

    fn shape(&self, name: TensorName) -> Option<&[usize]> {
        match self.change(name) {
            Some(Change::Replaced(own)) => self.weights.shape_of(own),
            _ => self.base.shape(name),
        }
    }

    fn tensor(&self, name: TensorName, shape: &[usize]) -> Result<FileTensor, EngineError> {
        match self.change(name) {
            None => self.base.tensor(name, shape),
            Some(Change::Replaced(own)) => self.weights.named(own, shape),
            Some(Change::Added { a, b, scale }) => {
                let mut numbers = self.base.tensor(name, shape)?.numbers();
                self.add(a, b, *scale, shape, &mut numbers)?;
                Ok(FileTensor::of_numbers(&numbers, shape))
            }
        }
    }

    fn dtypes(&self) -> Vec<String> {
        self.base.dtypes()
    }

    fn sizes(&self) -> Vec<(NumberType, usize, usize)> {
        let mut sizes = self.base.sizes();
        // What is added to is held in f32 besides.
        for name in self.known().into_values() {
            if let (Some(Change::Added { .. }), Some(shape)) =
                (self.change(name), self.base.shape(name))
            {
                let n: usize = shape.iter().product();
                sizes.push((NumberType::F32, n, n * size_of::<f32>()));
            }
        }
        sizes
    }

    fn interleaves_rotary_rows(&self) -> bool {
        self.base.interleaves_rotary_rows()
    }
}

impl Adapted {
    /// Adds `scale` · B · A to a matrix of `shape`.
    fn add(
        &self,
        a: &str,
        b: &str,
        scale: f32,
        shape: &[usize],
        numbers: &mut [f32],
    ) -> Result<(), EngineError> {
        let (&[n_rows, width], Some(&[rank, _])) = (shape, self.weights.shape_of(a)) else {
            return Err(unsupported(format!(
                "'{a}', which is not a matrix of a matrix"
            )));
        };
        let a = self.weights.named(a, &[rank, width])?.numbers();
        let b = self.weights.named(b, &[n_rows, rank])?.numbers();
        for (row, factors) in numbers.chunks_exact_mut(width).zip(b.chunks_exact(rank)) {
            for (factor, direction) in factors.iter().zip(a.chunks_exact(width)) {
                let factor = factor * scale;
                row.iter_mut()
                    .zip(direction)
                    .for_each(|(number, part)| *number += factor * part);
            }
        }
        Ok(())
    }
}

/// An error if a setting asks for something that is not computed.
fn check(config: &Value) -> Result<(), EngineError> {
    let text = |name: &str| config.get(name).unwrap_or(&Value::Null).to_string();
    let is_lora = config["peft_type"] == "LORA";
    let begins_plainly = BEGINNINGS.contains(&text("init_lora_weights").as_str());
    let stated = [
        ("peft_type", is_lora),
        ("init_lora_weights", begins_plainly),
    ];
    if let Some((name, _)) = stated.iter().find(|(_, is_fine)| !is_fine) {
        return Err(unsupported(format!("{name} {}", text(name))));
    }
    let others = config.as_object().into_iter().flatten();
    let mut others = others.filter(|(name, _)| !KNOWN.contains(&name.as_str()));
    match others.find(|(_, value)| !is_unset(value)) {
        Some((name, value)) => Err(unsupported(format!("{name} {value}"))),
        None => Ok(()),
    }
}

fn is_unset(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Array(list) => list.is_empty(),
        Value::Object(table) => table.is_empty(),
        _ => false,
    }
}

/// Changes of the base's tensors, from the names in the adapter's file.
fn changes(
    config: &Value,
    weights: &SafetensorsFiles,
) -> Result<HashMap<String, Change>, EngineError> {
    let mut changes = HashMap::new();
    let mut names: Vec<&str> = weights.names().collect();
    names.sort_unstable();
    for name in &names {
        let place = name.strip_prefix("base_model.model.").unwrap_or(name);
        let place = place.replace(".default.", ".");
        let change = if let Some(module) = place.strip_suffix(".lora_A.weight") {
            let b = name.replacen(".lora_A.", ".lora_B.", 1);
            let rank = weights
                .shape_of(name)
                .and_then(|shape| shape.first().copied());
            let scale = scale(config, module, rank.unwrap_or_default())?;
            let change = Change::Added {
                a: (*name).to_owned(),
                b,
                scale,
            };
            (format!("{module}.weight"), change)
        } else if let Some(module) = place.strip_suffix(".lora_B.weight") {
            if weights
                .shape_of(&name.replacen(".lora_B.", ".lora_A.", 1))
                .is_none()
            {
                return Err(unsupported(format!("'{module}' without its half lora_A")));
            }
            continue;
        } else if place.contains("lora_") {
            return Err(unsupported(format!("'{name}'")));
        } else {
            let place = place
                .replace(".modules_to_save.", ".")
                .replace(".base_layer.", ".");
            (place, Change::Replaced((*name).to_owned()))
        };
        changes.insert(text_part(change.0), change.1);
    }
    Ok(changes)
}

/// Factor of a module's product.
fn scale(config: &Value, module: &str, rank: usize) -> Result<f32, EngineError> {
    let alpha = match pattern(config, "alpha_pattern", module)? {
        Some(alpha) => Some(alpha),
        None => config["lora_alpha"].as_f64(),
    };
    let wrong = |key: &str, reason: &str| EngineError::Setting {
        key: key.into(),
        reason: format!("{reason} in {CONFIG}"),
    };
    let alpha = alpha.filter(|alpha| alpha.is_finite());
    let alpha = alpha.ok_or_else(|| wrong("lora_alpha", "is no number"))?;
    let stated = match pattern(config, "rank_pattern", module)? {
        Some(rank) => Some(rank),
        None => config["r"].as_f64(),
    };
    if stated != Some(rank as f64) || rank == 0 {
        return Err(wrong("r", &format!("is not {rank}, which '{module}' has,")));
    }
    let is_rslora = config["use_rslora"].as_bool() == Some(true);
    let divisor = if is_rslora {
        (rank as f64).sqrt()
    } else {
        rank as f64
    };
    Ok((alpha / divisor) as f32)
}

/// Value that a table of patterns has for a module: of a name that it is or ends with. PEFT takes patterns as regular
/// expressions; those that are more than a name are refused.
fn pattern(config: &Value, key: &str, module: &str) -> Result<Option<f64>, EngineError> {
    let Some(table) = config[key].as_object() else {
        return Ok(None);
    };
    for (name, value) in table {
        if name.contains(|c: char| !c.is_ascii_alphanumeric() && !"._-".contains(c)) {
            return Err(unsupported(format!("{key} '{name}', a regular expression")));
        }
        let is_it = module == name
            || module
                .strip_suffix(name.as_str())
                .is_some_and(|before| before.ends_with('.'));
        if is_it {
            return Ok(value.as_f64());
        }
    }
    Ok(None)
}

fn unsupported(what: String) -> EngineError {
    EngineError::Adapter { what }
}

/// Folder of an adapter's base: one that was given, one of the name that the adapter has for it, or the adapter's own.
pub(super) fn base_folder(folder: &Path, given: Option<&Path>) -> Result<PathBuf, EngineError> {
    let Some(name) = base_elsewhere(folder)? else {
        return Ok(folder.to_owned());
    };
    if let Some(given) = given {
        return Ok(given.to_owned());
    }
    let candidates = [folder.join(&name), PathBuf::from(&name)];
    let found = candidates
        .into_iter()
        .find(|path| path.join("config.json").is_file());
    found.ok_or_else(|| EngineError::NoAdapterBase {
        path: folder.to_owned(),
        base: name,
    })
}
