//! `examen publish`: reviewed questions → a dataset folder, and a repository of the Hub.

mod hub;

use crate::{
    argilla::ArgillaServer,
    console::{self, Bar, Format},
    defaults,
    failure::{Ending, Failure},
    holdings,
    interrupt::until_interrupted,
    models,
    next::{Next, this_without},
    review_store::{ReviewStore, open_existing},
};
use clap::Args;
use examen_annotate::{Location, StoredDataset, store::Actor};
use examen_argilla::client::RemoteDataset;
use examen_publish::{CardOptions, Changes, Plan, PlanOptions, plan_source, write_folder};
use hub::HubArguments;
use jiff::Timestamp;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Turn reviewed questions into a dataset
///
/// The key of a question is the majority of the submitted answers. Ties and discarded questions are left out and listed;
/// edited texts replace the originals. Unreviewed questions are left out unless --include-unreviewed is given; they are
/// marked then.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    dataset: DatasetArguments,
    #[command(flatten)]
    hub: HubArguments,
    #[command(flatten)]
    store: ReviewStore,
    #[command(flatten)]
    argilla: ArgillaServer,
    #[command(flatten)]
    showing: Showing,
}

/// What is published, and where.
#[derive(Debug, Args)]
#[command(next_help_heading = "Dataset")]
struct DatasetArguments {
    /// Name of the review dataset
    #[arg(
        long,
        alias = "dataset-path",
        value_name = "NAME",
        default_value = defaults::REVIEW
    )]
    name: String,
    /// Folder for the dataset: data/train-00000-of-00001.parquet and README.md
    #[arg(long, alias = "output-path", value_name = "DIR", default_value = defaults::DATASET)]
    output: PathBuf,
    /// Publish unreviewed questions too, marked as unreviewed
    #[arg(long)]
    include_unreviewed: bool,
    /// Mark rows with fewer answers as partly reviewed (default: the answers that the review dataset asks for)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    min_votes: Option<u32>,
    /// SPDX id of the dataset's licence, for its card
    #[arg(long, value_name = "ID")]
    license: Option<String>,
}

/// What is printed.
#[derive(Debug, Args)]
#[command(next_help_heading = "Plan and result")]
struct Showing {
    /// Show what would be published; write nothing
    #[arg(long)]
    dry_run: bool,
    /// Format of the result
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Format::Text)]
    format: Format,
}

const EXAMPLES: &str = "\
Examples:
  What was reviewed, to published/:
    examen publish
  What that would be:
    examen publish --dry-run
  Another review dataset, with its unreviewed questions:
    examen publish --name biology --output biology-exam --include-unreviewed --license cc-by-4.0
  To the Hugging Face Hub (log in with `examen login`), and what would change there:
    examen publish --repo-id my-org/biology-exam --dry-run
    examen publish --repo-id my-org/biology-exam --tag v1
  From an Argilla server (the API key is in ARGILLA_API_KEY):
    examen publish --name biology --argilla-url https://argilla.example.org";

pub(crate) fn run(arguments: Arguments) -> Result<Ending, Failure> {
    let Arguments {
        dataset,
        hub,
        showing,
        ..
    } = &arguments;
    hub.check()?;
    let target = hub.folder().unwrap_or_else(|| dataset.output.clone());
    let resume = "nothing was published; run the same command again";
    let (plan, destination) = until_interrupted(resume, async {
        let destination = hub.look().await?;
        Ok((plan_asked(&arguments).await?, destination))
    })?;
    if showing.dry_run {
        let changes = match &destination {
            Some(there) => Some(until_interrupted(resume, there.changes(&plan.rows))?),
            None => None,
        };
        show(&plan, changes, showing.format)?;
        console::say("nothing was written (dry run)");
        return Ok(Ending::complete(this_without("--dry-run")));
    }
    let location = match hub.repository() {
        Some(repository) => repository.to_owned(),
        None => target.display().to_string(),
    };
    let options = card(&dataset.name, dataset.license.clone(), location);
    let files = write_folder(&plan, &options, &target)
        .map_err(|error| unreviewed(&plan, &arguments, error.into()))?;
    if !arguments.argilla.is_named() {
        until_interrupted(resume, tell(&arguments.store, &dataset.name, &plan))?;
    }
    show_plan(&plan, showing.format)?;
    for file in &files {
        console::say(&format!("wrote {}", file.display()));
    }
    if let Some(destination) = &destination {
        let resume = "the folder is written, the Hub is as it was; run the same command again";
        let pushed = until_interrupted(resume, destination.push(&target, &files))?;
        hub::tell(&pushed, hub.is_public());
    }
    let next = Next::command("evaluate").option("--model", models::example());
    Ok(Ending::complete(next.unless(
        defaults::DATASET,
        "--input",
        &target,
    )))
}

/// Plans the dataset from the reviews, wherever they are.
async fn plan_asked(arguments: &Arguments) -> Result<Plan, Failure> {
    let dataset = &arguments.dataset;
    let options = PlanOptions {
        include_unreviewed: dataset.include_unreviewed,
        min_votes: dataset.min_votes,
    };
    match arguments.argilla.is_named() {
        true => plan_remote(&arguments.argilla, &dataset.name, &options).await,
        false => plan(&arguments.store.location(), &dataset.name, &options).await,
    }
}

/// The failure of a dataset without rows says how to review, where that is what is missing.
fn unreviewed(plan: &Plan, arguments: &Arguments, failure: Failure) -> Failure {
    match plan.rows.is_empty() && !arguments.dataset.include_unreviewed {
        true => failure.hint(format!(
            "review them with `{}`, or publish them as they are with --include-unreviewed",
            holdings::review(&arguments.store.flags())
        )),
        false => failure,
    }
}

/// Plans the dataset from the reviews in the store.
pub(crate) async fn plan(
    location: &Location,
    dataset: &str,
    options: &PlanOptions,
) -> Result<Plan, Failure> {
    let store = open_existing(location).await?;
    let source = StoredDataset::open(&store, dataset).await?;
    let plan: Result<Plan, Failure> = plan_source(&source, options).await;
    store.close().await;
    plan
}

/// Notes in the audit log of the store what left it.
async fn tell(store: &ReviewStore, dataset: &str, plan: &Plan) -> Result<(), Failure> {
    let store = store.open_existing().await?;
    let exported = format!("{dataset}: {} rows", plan.rows.len());
    let act = Actor::command_line(Timestamp::now()).act("dataset.exported", Some(exported));
    let noted = store.note_act(act).await;
    store.close().await;
    Ok(noted?)
}

/// Plans the dataset from the reviews on a server.
async fn plan_remote(
    server: &ArgillaServer,
    dataset: &str,
    options: &PlanOptions,
) -> Result<Plan, Failure> {
    let (client, bar) = (server.connect().await?, Bar::new());
    let source = RemoteDataset::open(&client, server.workspace(), dataset, &bar).await?;
    plan_source(&source, options).await
}

/// Writes the dataset folder.
pub(crate) fn write(
    plan: &Plan,
    title: &str,
    license: Option<String>,
    target: &Path,
) -> Result<Vec<PathBuf>, Failure> {
    let options = card(title, license, target.display().to_string());
    Ok(write_folder(plan, &options, target)?)
}

fn card(title: &str, license: Option<String>, location: String) -> CardOptions {
    CardOptions {
        title: title.to_owned(),
        license,
        location,
        version: env!("CARGO_PKG_VERSION").to_owned(),
    }
}

/// A plan, and what it would change on the Hub.
#[derive(Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    plan: &'a Plan,
    #[serde(skip_serializing_if = "Option::is_none")]
    changes: Option<Changes>,
}

fn show(plan: &Plan, changes: Option<Changes>, format: Format) -> Result<(), Failure> {
    match format {
        Format::Json => console::print_json(&Shown { plan, changes }),
        Format::Text => {
            let changes = changes.map(|changes| changes.summary()).unwrap_or_default();
            console::print(&(plan.summary() + &changes))
        }
    }
}

/// Prints a plan for people or programs.
pub(crate) fn show_plan(plan: &Plan, format: Format) -> Result<(), Failure> {
    match format {
        Format::Json => console::print_json(plan),
        Format::Text => console::print(&plan.summary()),
    }
}
