//! `examen hub`: a hub of one's own.

mod serve;
mod tokens;

use crate::{
    console::{self, Bar, LogFormat, LogLevel, megabytes},
    failure::{Ending, Failure},
    inputs,
    interrupt::until_interrupted,
};
use clap::{Args, Subcommand};
use examen_hub::HuggingFaceFile;
use examen_hub_server::{Kind, RepositoryName, Storage};
use std::{
    path::{Path, PathBuf},
    time::Duration,
};

/// Run a hub of one's own, for networks without the Hugging Face Hub
///
/// With HF_ENDPOINT set to its address the official clients (huggingface_hub, datasets, `hf`, hf-hub) push and load there, unmodified,
/// and `git clone` reads it. Everything is kept in one folder. Who has a token sees all repositories; who has none, the public ones.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    serve: serve::Arguments,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make, list and remove tokens
    Token(tokens::Arguments),
    /// Put a folder, or a dataset of the Hugging Face Hub, into a repository of the hub, which is not running
    #[command(alias = "mirror")]
    Import(ImportArguments),
    /// Remove large files that no commit has any more; the hub is not running
    Clean(CleanArguments),
}

/// The folder of a hub.
#[derive(Debug, Args)]
struct DataArguments {
    /// Folder of the hub
    #[arg(long, value_name = "DIR", default_value = "examen-hub")]
    data: PathBuf,
}

#[derive(Debug, Args)]
struct ImportArguments {
    /// Folder whose files are put there, or a dataset as `hf:ORG/NAME[@REVISION]`, which is fetched first
    #[arg(value_name = "SOURCE")]
    source: String,
    /// Repository: ORG/NAME (default: that of `hf:ORG/NAME`)
    #[arg(value_name = "REPOSITORY")]
    repository: Option<String>,
    /// What it is: model, dataset or space
    #[arg(long = "type", value_name = "TYPE", default_value = "dataset", value_parser = kind)]
    kind: Kind,
    /// Make a new repository public, so that it can be read without a token
    #[arg(long)]
    public: bool,
    #[command(flatten)]
    data: DataArguments,
}

#[derive(Debug, Args)]
struct CleanArguments {
    /// Leave alone what is younger than this many hours: it may belong to a push that goes on later
    #[arg(long, value_name = "HOURS", default_value_t = 24)]
    keep_hours: u64,
    #[command(flatten)]
    data: DataArguments,
}

const EXAMPLES: &str = "\
Examples:
  At http://127.0.0.1:7860, in the folder examen-hub; the token is shown once:
    examen hub --username ana
  On another machine of the network:
    export HF_ENDPOINT=http://hub.example:7860 HF_TOKEN=hf_…
    hf upload ana/exam ./exam --repo-type dataset
    python -c 'from datasets import load_dataset; print(load_dataset(\"ana/exam\"))'
  For others, with TLS:
    examen hub --username ana --host 0.0.0.0 --tls-cert cert.pem --tls-key key.pem
  A token that only reads, for a colleague:
    examen hub token add ben --read
  A folder that is there already:
    examen hub import ./exam ana/exam
  A dataset of the Hugging Face Hub, of the same name here:
    examen hub import hf:allenai/sciq --public";

/// Runs what was asked for.
pub(crate) fn run(arguments: Arguments) -> Result<Ending, Failure> {
    match arguments.action {
        None => serve::run(arguments.serve),
        Some(Action::Token(arguments)) => tokens::run(arguments),
        Some(Action::Import(arguments)) => import(&arguments),
        Some(Action::Clean(arguments)) => clean(&arguments),
    }
}

impl Arguments {
    pub(super) fn logging(&self) -> (Option<LogLevel>, LogFormat) {
        (self.serve.log.level, self.serve.log.format)
    }
}

fn kind(name: &str) -> Result<Kind, String> {
    let kind = Kind::ALL.into_iter().find(|kind| kind.name() == name);
    kind.ok_or_else(|| "one of model, dataset, space".to_owned())
}

fn open(data: &Path) -> Result<Storage, Failure> {
    Storage::open(data).map_err(|error| {
        Failure::new(format!(
            "could not open the hub's folder {}: {error}",
            data.display()
        ))
    })
}

fn import(arguments: &ImportArguments) -> Result<Ending, Failure> {
    let (folder, id) = match arguments.source.starts_with("hf:") {
        true => fetch(arguments)?,
        false => (PathBuf::from(&arguments.source), None),
    };
    let id = arguments.repository.clone().or(id);
    let id = id.ok_or_else(|| Failure::usage("which repository? name it: ORG/NAME"))?;
    let name = RepositoryName::of_id(arguments.kind, &id).map_err(Failure::usage)?;
    let storage = open(&arguments.data.data)?;
    let imported = storage.import(&name, &folder, !arguments.public, jiff::Timestamp::now());
    let imported = imported.map_err(|why| Failure::new(format!("nothing was imported: {why}")))?;
    for (path, why) in &imported.left_out {
        console::warn(&format!("left out: {}: {why}", path.display()));
    }
    console::say(&format!(
        "{name}: {} files, {}, commit {}",
        imported.files,
        megabytes(imported.bytes),
        imported.commit
    ));
    Ok(Ending::silent())
}

/// Fetches a dataset whole: its folder, and its name there.
fn fetch(arguments: &ImportArguments) -> Result<(PathBuf, Option<String>), Failure> {
    if arguments.kind != Kind::Dataset {
        return Err(Failure::usage("only datasets are fetched").hint(
            "fetch a model with `hf download ORG/NAME --local-dir FOLDER`, and import the folder",
        ));
    }
    let source = HuggingFaceFile::dataset(&arguments.source)?;
    if source.file.is_some() {
        return Err(Failure::usage(
            "a dataset is imported whole: hf:ORG/NAME[@REVISION]",
        ));
    }
    until_interrupted(
        "what has arrived is kept: run the same command again",
        async {
            let cache = inputs::cache()?;
            let listing = cache.list(&source).await?;
            cache.fetch(&listing, &listing.files, &Bar::new()).await?;
            let id = format!("{}/{}", source.organization, source.repository);
            Ok((listing.folder, Some(id)))
        },
    )
}

fn clean(arguments: &CleanArguments) -> Result<Ending, Failure> {
    let storage = open(&arguments.data.data)?;
    let grace = Duration::from_secs(arguments.keep_hours.saturating_mul(3600));
    let cleaned = storage
        .clean(grace)
        .map_err(|why| Failure::new(format!("nothing was removed: {why}")))?;
    console::say(&format!(
        "removed {} files, {}",
        cleaned.files,
        megabytes(cleaned.bytes)
    ));
    Ok(Ending::silent())
}
