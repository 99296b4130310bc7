//! The files of a repository that make one model.

use super::announced::Announced;
use crate::error::HubError;

/// The file that was asked for, weights with what belongs to them; else the repository's weights likewise; else its only
/// GGUF model, in one file or in parts.
pub(crate) fn choose(
    repository: &str,
    file: Option<&str>,
    files: Vec<Announced>,
) -> Result<Vec<Announced>, HubError> {
    let none = |reason: &str, candidates| {
        Err(HubError::NoModel {
            repository: repository.to_owned(),
            reason: reason.to_owned(),
            candidates,
        })
    };
    let ggufs: Vec<String> = files
        .iter()
        .filter(|file| file.path.ends_with(".gguf"))
        .map(|file| file.path.clone())
        .collect();
    if let Some(name) = file {
        return match (files.iter().any(|file| file.path == name), is_weights(name)) {
            (false, _) => none(&format!("there is no file {name}"), ggufs),
            (true, true) => Ok(keep(files, |path| path == name || belongs_to_weights(path))),
            (true, false) => Ok(keep(files, |path| path == name || same_model(path, name))),
        };
    }
    if files.iter().any(|file| is_weights(&file.path)) {
        return Ok(keep(files, |path| {
            is_weights(path) || path == INDEX || belongs_to_weights(path)
        }));
    }
    match &ggufs[..] {
        [name] => Ok(keep(files, |path| path == name)),
        [name, ..]
            if ggufs
                .iter()
                .all(|other| other == name || same_model(other, name)) =>
        {
            Ok(keep(files, |path| path == name || same_model(path, name)))
        }
        [] if files.iter().any(|file| file.path == "adapter_config.json") => none(
            "it is an adapter: fetch its files and give their folder, with those of its base",
            Vec::new(),
        ),
        [] => none(
            "there are neither model.safetensors nor .gguf files",
            Vec::new(),
        ),
        several => {
            let named = several
                .iter()
                .map(|file| format!("hf:{repository}/{file}"))
                .collect();
            none("there are several .gguf files; name one", named)
        }
    }
}

pub(super) fn keep(files: Vec<Announced>, is_wanted: impl Fn(&str) -> bool) -> Vec<Announced> {
    files
        .into_iter()
        .filter(|file| is_wanted(&file.path))
        .collect()
}

/// True if both are parts of one GGUF model: `NAME-00001-of-00003.gguf`.
fn same_model(one: &str, other: &str) -> bool {
    let model = |path: &str| {
        let (rest, n) = path.strip_suffix(".gguf")?.rsplit_once("-of-")?;
        let (stem, number) = rest.rsplit_once('-')?;
        let is_number =
            |text: &str| text.len() == 5 && text.bytes().all(|byte| byte.is_ascii_digit());
        (is_number(n) && is_number(number)).then(|| (stem.to_owned(), n.to_owned()))
    };
    let one = model(one);
    one.is_some() && one == model(other)
}

/// List of the shards and their tensors.
const INDEX: &str = "model.safetensors.index.json";

/// Weights as transformers saves them, whole or in shards, at the top of the repository. Other names are other formats
/// of the same model (`consolidated.safetensors`), or no model (`adapter_model.safetensors`).
pub(crate) fn is_weights(path: &str) -> bool {
    let is_shard =
        path.starts_with("model-") && path.ends_with(".safetensors") && !path.contains('/');
    is_shard || path == "model.safetensors"
}

/// Settings and tokenizer, without which weights are of no use.
pub(super) fn belongs_to_weights(path: &str) -> bool {
    let exact = [
        "config.json",
        "generation_config.json",
        "special_tokens_map.json",
        "quantize_config.json",
        "quant_config.json",
        "vocab.json",
        "merges.txt",
    ];
    let starts = ["tokenizer", "chat_template"];
    exact.contains(&path)
        || !path.contains('/') && starts.iter().any(|start| path.starts_with(start))
}
