//! Which server a model is behind, how hard it is asked, and what it may cost: from flags and environment.

use super::extras::Extras;
use crate::{failure::Failure, number::number_in, paths};
use clap::{Args, builder::PossibleValuesParser};
use examen_files::bounded;
use examen_hub::ModelSource;
use examen_llm::{
    GateOptions, Limits, Price, Prices,
    backends::{PRESETS, Preset, ServerOptions, endpoint::Endpoint},
};
use std::{
    fmt, io,
    path::{Path, PathBuf},
    time::Duration,
};

/// Where a model is, if not in this process.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
#[command(next_help_heading = "Server")]
pub(crate) struct Address {
    /// Vendor or server program that runs the model; its API key is read from a variable such as OPENAI_API_KEY
    #[arg(long, value_name = "NAME", value_parser = provider_names())]
    pub(crate) provider: Option<String>,
    /// Address of your own server, such as http://localhost:8000/v1 (API key: OPENAI_API_KEY, or the vendor's variable)
    #[arg(long, value_name = "URL")]
    pub(crate) base_url: Option<String>,
    /// Longest wait for one reply, in seconds (default: 600)
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..))]
    timeout: Option<u32>,
    #[command(flatten)]
    extras: Extras,
}

/// How hard a server is asked.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Server")]
pub(crate) struct Pace {
    /// Requests at a time, to begin with (default: 8 for a server, adapted to its speed; 32 for a local model)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=4096))]
    pub(crate) concurrency: Option<u16>,
    /// Most requests at a time (default: eight times --concurrency)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=4096))]
    max_concurrency: Option<u16>,
    /// Most requests per minute
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    requests_per_minute: Option<u32>,
    /// Most tokens per minute, read and written
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    tokens_per_minute: Option<u64>,
    /// Repeat a request that takes longer than 99 of 100 others, and use the first reply (both may be billed)
    #[arg(long)]
    pub(crate) hedge: bool,
}

/// What the calls may cost.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Budget")]
pub(crate) struct Spending {
    /// Stop before the calls for this output, earlier runs included (evaluate: interrupted ones), can cost more than this,
    /// in US dollars
    #[arg(long, value_name = "USD", value_parser = number_in(0.0..=1e6))]
    max_cost: Option<f64>,
    /// Stop before they can take more tokens than this, read and written
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    max_tokens: Option<u64>,
    /// Price of the model in US dollars per million tokens read and written, such as 0.15,0.60
    #[arg(long, value_name = "IN,OUT")]
    price: Option<Price>,
    /// Your own list of prices (JSON); it overrides the built-in list
    #[arg(long, value_name = "FILE")]
    prices: Option<PathBuf>,
}

/// Values of `--provider`.
pub(crate) fn provider_names() -> PossibleValuesParser {
    PossibleValuesParser::new(PRESETS.map(|preset| preset.name))
}

/// A server, and how to talk to it.
#[derive(Clone)]
pub(crate) struct Remote {
    pub(crate) preset: Preset,
    pub(crate) base_url: String,
    /// Where the key was looked for.
    pub(crate) key_variable: Option<&'static str>,
    api_key: Option<String>,
    timeout: Option<u32>,
    pub(crate) extras: Extras,
}

impl fmt::Debug for Remote {
    /// Without the key, and the address, which may hold one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Remote")
            .field("preset", &self.preset.name)
            .field("key_variable", &self.key_variable)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// A second model, that checks or judges what the first does, and what its flags say of its address.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Second<'a> {
    pub(crate) model: &'a str,
    /// True if it has the name of a first model.
    pub(crate) is_first: bool,
    pub(crate) provider: Option<&'a String>,
    pub(crate) base_url: Option<&'a String>,
}

impl Second<'_> {
    /// True if it is where the first model is.
    pub(crate) fn is_with_first(&self) -> bool {
        let has_address = self.provider.is_some() || self.base_url.is_some();
        !has_address && (self.is_first || !is_of_this_machine(self.model))
    }
}

impl Address {
    /// The server that serves `model`; `None`: the model runs in this process. A bare `ORG/NAME` that was not fetched is
    /// asked of Hugging Face's Inference Providers where HF_TOKEN is set, as the original did.
    pub(crate) fn server(&self, model: &str) -> Result<Option<Remote>, Failure> {
        let named = self.provider.as_deref().and_then(Preset::named);
        if let Some(base_url) = &self.base_url {
            let preset = match named {
                Some(preset) => *preset,
                None => Preset::of_address(
                    &Endpoint::parse(base_url)
                        .map_err(|error| Failure::from(error).into_usage())?,
                ),
            };
            return Ok(Some(self.remote(preset, base_url)));
        }
        if let Some(preset) = named {
            let Some(base_url) = preset.base_url else {
                return Err(Failure::usage(format!(
                    "--provider {} needs the address of your own server",
                    preset.name
                ))
                .hint("give it with --base-url"));
            };
            return Ok(Some(self.remote(*preset, base_url)));
        }
        if paths::variable("HF_TOKEN").is_none() || !is_served_by_hugging_face(model) {
            self.refuse_extras()?;
            return Ok(None);
        }
        let preset = Preset::named("huggingface").expect("the list has it");
        Ok(preset
            .base_url
            .map(|base_url| self.remote(*preset, base_url)))
    }

    /// Refuses what only a server could be sent.
    pub(crate) fn refuse_extras(&self) -> Result<(), Failure> {
        let Some(flag) = self.extras.flag() else {
            return Ok(());
        };
        Err(Failure::usage(format!(
            "{flag} is for a server, and the model runs in this process"
        ))
        .hint("name the server with --provider or --base-url"))
    }

    /// Address of a second model: this one, unless its flags name another or it can only be of this machine. Another is waited
    /// at as long as this one, without what is added to requests to it.
    pub(crate) fn of_second(&self, second: &Second<'_>) -> Self {
        if second.is_with_first() {
            return self.clone();
        }
        Self {
            provider: second.provider.cloned(),
            base_url: second.base_url.cloned(),
            timeout: self.timeout,
            extras: Extras::default(),
        }
    }

    fn remote(&self, preset: Preset, base_url: &str) -> Remote {
        let own = preset
            .key_variable
            .into_iter()
            .chain((preset.name == "gemini").then_some("GOOGLE_API_KEY"));
        // Who gives an address says whom a key goes to.
        let common = self.base_url.as_ref().map(|_| "OPENAI_API_KEY");
        let found = own
            .chain(common)
            .find_map(|name| Some((name, paths::variable(name)?)));
        let (key_variable, api_key) = match found {
            Some((name, key)) => (Some(name), Some(key)),
            None => (preset.key_variable, None),
        };
        Remote {
            preset,
            base_url: base_url.to_owned(),
            key_variable,
            api_key,
            timeout: self.timeout,
            extras: self.extras.clone(),
        }
    }
}

/// True if a name can only be that of a model of this machine: `hf:…`, `pypi:…`, a path that exists or a known model's
/// short name.
fn is_of_this_machine(model: &str) -> bool {
    let has_scheme = model.starts_with("hf:") || model.starts_with("pypi:");
    has_scheme
        || !matches!(
            ModelSource::parse(model),
            Ok(ModelSource::HuggingFace(_)) | Err(_)
        )
}

/// True if a name is a bare `ORG/NAME`, or `ORG/NAME:PROVIDER`, and is neither a path here nor a model that
/// was fetched.
fn is_served_by_hugging_face(model: &str) -> bool {
    if model.starts_with("hf:") || model.starts_with("pypi:") {
        return false;
    }
    let name = model.split_once(':').map_or(model, |(name, _)| name);
    let Ok(ModelSource::HuggingFace(file)) = ModelSource::parse(name) else {
        return false;
    };
    let source = ModelSource::HuggingFace(file.clone()).to_string();
    let fetched =
        paths::model_cache().map(|folder| super::local::cache(folder).list().unwrap_or_default());
    let is_here =
        fetched.is_ok_and(|models| models.iter().any(|model| model.source.starts_with(&source)));
    file.revision.is_none() && !is_here
}

impl Remote {
    /// Options of the connection to the server.
    pub(crate) fn options(&self, model: &str, n_connections: usize) -> ServerOptions {
        let mut options = ServerOptions::new(self.base_url.clone(), model);
        options.api_key.clone_from(&self.api_key);
        options.dialect = self.preset.dialect;
        options.n_connections = n_connections;
        options.extra_body = self.extras.body();
        options.extra_headers = self.extras.headers();
        if let Some(seconds) = self.timeout {
            options.timeout = Duration::from_secs(seconds.into());
        }
        options
    }

    /// Hint for when nobody answers at an address that the user did not give; `None` for one that they did.
    pub(crate) fn if_nobody_answers(&self) -> Option<String> {
        if self.preset.base_url != Some(self.base_url.as_str()) {
            return None;
        }
        let is_here = Endpoint::parse(&self.base_url).is_ok_and(|endpoint| endpoint.is_loopback());
        Some(match is_here {
            true => format!(
                "is {} running on this machine? --base-url names another address",
                self.preset.name
            ),
            false => "is there a network? A model on this machine needs none: `examen models` lists small ones"
                .to_owned(),
        })
    }

    /// True if there is a key to send.
    pub(crate) fn has_key(&self) -> bool {
        self.api_key.is_some()
    }
}

impl Pace {
    /// Requests in flight to a server at the start.
    const START: u16 = 8;

    pub(crate) fn gate(&self) -> GateOptions {
        let start = usize::from(self.concurrency.unwrap_or(Self::START));
        let options = GateOptions::new(start);
        let max = self.max_concurrency.map_or(options.max, usize::from);
        GateOptions {
            start: start.min(max),
            max,
            requests_per_minute: self.requests_per_minute,
            tokens_per_minute: self.tokens_per_minute,
            ..options
        }
    }
}

impl Spending {
    pub(crate) fn limits(&self) -> Limits {
        Limits {
            max_cost: self.max_cost,
            max_tokens: self.max_tokens,
        }
    }

    /// The same limits and lists for a model with a price of its own; `None` looks it up.
    pub(crate) fn with_price(&self, price: Option<Price>) -> Self {
        Self {
            price,
            ..self.clone()
        }
    }

    /// Price of `model`, if that is known; `provider` is `None` for a model of this process.
    pub(crate) fn price(
        &self,
        provider: Option<&Remote>,
        model: &str,
    ) -> Result<Option<Price>, Failure> {
        let own = self.prices.as_deref().map(read_prices).transpose()?;
        let Some(remote) = provider else {
            return Ok(Some(self.price.unwrap_or(Price::FREE)));
        };
        let listed = |prices: &Prices| prices.of(remote.preset.name, model);
        let is_here =
            Endpoint::parse(&remote.base_url).is_ok_and(|endpoint| endpoint.is_loopback());
        let known = self
            .price
            .or_else(|| own.as_ref().and_then(listed))
            .or_else(|| listed(&Prices::known()));
        let price = known.or_else(|| is_here.then_some(Price::FREE));
        if price.is_none() && self.max_cost.is_some() {
            return Err(Failure::usage(format!(
                "--max-cost needs to know what `{model}` costs, and no list has it for {}",
                remote.preset.name
            ))
            .hint(
                "give its price with --price IN,OUT, a second model's with --check-price or --judge-price (US dollars a million tokens), \
                 or a list with --prices FILE",
            ));
        }
        Ok(price)
    }
}

/// Most bytes of a list of prices, a thousand times those of the built-in one.
const MAX_PRICES_BYTES: u64 = 16 * 1024 * 1024;

fn read_prices(path: &Path) -> Result<Prices, Failure> {
    let failed = |reason: io::Error| {
        let path = path.display();
        Failure::usage(format!("could not read the prices in {path}: {reason}"))
    };
    let text = bounded::read_text(path, MAX_PRICES_BYTES).map_err(failed)?;
    Prices::parse(&text).map_err(|error| Failure::usage(format!("{}: {error}", path.display())))
}
