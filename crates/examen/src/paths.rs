//! Where things live when the user does not say: the one place that asks the environment for folders.

use crate::failure::Failure;
use etcetera::BaseStrategy;
use std::{env, path::PathBuf};

/// Where fetched models are kept: `EXAMEN_CACHE`, else the system's cache folder.
pub(crate) fn model_cache() -> Result<PathBuf, Failure> {
    if let Some(folder) = env::var_os("EXAMEN_CACHE") {
        return Ok(PathBuf::from(folder));
    }
    let folders = etcetera::choose_base_strategy().map_err(|error| {
        Failure::new(format!("no home folder: {error}"))
            .hint("set EXAMEN_CACHE to a folder for models")
    })?;
    Ok(folders.cache_dir().join("examen"))
}

/// A variable that holds a secret or a setting; an empty one counts as unset.
pub(crate) fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// Folder of what `huggingface_hub` keeps: `HF_HOME`, else `huggingface` in the user's cache folder.
fn hugging_face() -> Option<PathBuf> {
    if let Some(folder) = variable("HF_HOME") {
        return Some(expanded(&folder));
    }
    let folder = match variable("XDG_CACHE_HOME") {
        Some(folder) => expanded(&folder),
        None => etcetera::home_dir().ok()?.join(".cache"),
    };
    Some(folder.join("huggingface"))
}

/// The cache of `huggingface_hub`, with the models that other programs fetched.
pub(crate) fn hub_cache() -> Option<PathBuf> {
    let named = ["HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"]
        .into_iter()
        .find_map(variable);
    match named {
        Some(folder) => Some(expanded(&folder)),
        None => Some(hugging_face()?.join("hub")),
    }
}

/// File of the token that `hf auth login` leaves.
pub(crate) fn hub_token() -> Option<PathBuf> {
    match variable("HF_TOKEN_PATH") {
        Some(file) => Some(expanded(&file)),
        None => Some(hugging_face()?.join("token")),
    }
}

/// A path that may begin with `~`.
fn expanded(path: &str) -> PathBuf {
    match (path.strip_prefix("~/"), etcetera::home_dir()) {
        (Some(rest), Ok(home)) => home.join(rest),
        _ => PathBuf::from(path),
    }
}

/// Where this program lies, to start it again.
pub(crate) fn own_program() -> Result<PathBuf, Failure> {
    env::current_exe().map_err(|error| {
        Failure::new(format!(
            "cannot start a process that looks at foreign files: {error}"
        ))
        .hint("examen must be able to see where it lies: on Linux, mount /proc")
    })
}
