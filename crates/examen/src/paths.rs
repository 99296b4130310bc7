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

/// Memory that is free for a model's weights, where the system tells (Linux).
pub(crate) fn available_memory() -> Option<u64> {
    let table = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = table
        .lines()
        .find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kibibytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kibibytes * 1024)
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
