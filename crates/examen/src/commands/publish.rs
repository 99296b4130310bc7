//! `examen publish`: reviewed questions → a dataset folder.

use crate::{
    argilla::ArgillaServer,
    console::{self, Bar, Format},
    failure::{Ending, Failure},
    interrupt::until_interrupted,
    review_store::ReviewStore,
};
use clap::Args;
use examen_annotate::{Location, StoredDataset};
use examen_argilla::client::RemoteDataset;
use examen_publish::{CardOptions, Plan, PlanOptions, plan_source, write_folder};
use std::path::{Path, PathBuf};

/// Turn reviewed questions into a dataset folder.
///
/// Submitted answers count by majority; ties and discarded questions are left out and listed; improved texts are
/// applied. Questions that nobody reviewed are left out unless --include-unreviewed is given, and marked then.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Name of the review dataset
    #[arg(
        long,
        alias = "dataset_path",
        value_name = "NAME",
        default_value = "exam_questions"
    )]
    dataset_path: String,
    /// Folder to write: data/train-00000-of-00001.parquet and README.md
    #[arg(long, alias = "output_path", value_name = "DIR", required_unless_present_any = ["dataset_repo_id", "dry_run"])]
    output: Option<PathBuf>,
    /// The original's target on the Hub; works where there is a local folder of that name, and writes there
    #[arg(
        long,
        alias = "dataset_repo_id",
        value_name = "ORG/NAME",
        conflicts_with = "output"
    )]
    dataset_repo_id: Option<String>,
    #[command(flatten)]
    store: ReviewStore,
    /// Publish questions that nobody reviewed, too, marked as such
    #[arg(long)]
    include_unreviewed: bool,
    /// SPDX id of the dataset's licence, for its card
    #[arg(long, value_name = "ID")]
    license: Option<String>,
    /// Show what would be published; write nothing
    #[arg(long)]
    dry_run: bool,
    /// For people or for programs
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    argilla: ArgillaServer,
}

const EXAMPLES: &str = "\
Examples:
  examen publish --dataset-path exam --output published
  examen publish --dataset-path exam --dry-run
  examen publish --dataset-path exam --output published --include-unreviewed --license cc-by-4.0
  ARGILLA_API_KEY=KEY examen publish --dataset-path exam --output published --argilla-url https://argilla.example.org";

pub(crate) fn run(arguments: Arguments) -> Result<Ending, Failure> {
    let target = target(&arguments)?;
    let reading = async {
        match arguments.argilla.is_named() {
            true => {
                plan_remote(
                    &arguments.argilla,
                    &arguments.dataset_path,
                    arguments.include_unreviewed,
                )
                .await
            }
            false => {
                plan(
                    &arguments.store.location(),
                    &arguments.dataset_path,
                    arguments.include_unreviewed,
                )
                .await
            }
        }
    };
    let plan = until_interrupted("nothing was written; run the same command again", reading)?;
    let Some(target) = target.filter(|_| !arguments.dry_run) else {
        show_plan(&plan, arguments.format)?;
        console::say("nothing was written (dry run)");
        return Ok(Ending::Complete);
    };
    let files = write(&plan, &arguments.dataset_path, arguments.license, &target)?;
    show_plan(&plan, arguments.format)?;
    for file in files {
        console::say(&format!("wrote {}", file.display()));
    }
    console::say(&format!(
        "next: examen evaluate --model MODEL --dataset {}",
        target.display()
    ));
    Ok(Ending::Complete)
}

/// Where to write. Known before anything is read.
fn target(arguments: &Arguments) -> Result<Option<PathBuf>, Failure> {
    let Some(repository) = &arguments.dataset_repo_id else {
        return Ok(arguments.output.clone());
    };
    let folder = PathBuf::from(repository);
    if folder.is_dir() {
        return Ok(Some(folder));
    }
    Err(Failure::usage(format!("--dataset_repo_id {repository}: this version cannot push to the Hugging Face Hub"))
        .hint(format!("make a local folder of that name to write there (mkdir -p {repository}), or give --output DIR")))
}

/// What the reviews in the store come to.
pub(crate) async fn plan(
    location: &Location,
    dataset: &str,
    include_unreviewed: bool,
) -> Result<Plan, Failure> {
    let store = location.open_existing().await?;
    let source = StoredDataset::open(&store, dataset).await?;
    let plan: Result<Plan, Failure> =
        plan_source(&source, &PlanOptions { include_unreviewed }).await;
    store.close().await;
    plan
}

/// What the reviews on a server come to.
async fn plan_remote(
    server: &ArgillaServer,
    dataset: &str,
    include_unreviewed: bool,
) -> Result<Plan, Failure> {
    let (client, bar) = (server.connect().await?, Bar::new());
    let source = RemoteDataset::open(&client, server.workspace(), dataset, &bar).await?;
    plan_source(&source, &PlanOptions { include_unreviewed }).await
}

/// Writes the dataset folder.
pub(crate) fn write(
    plan: &Plan,
    title: &str,
    license: Option<String>,
    target: &Path,
) -> Result<Vec<PathBuf>, Failure> {
    let options = CardOptions {
        title: title.to_owned(),
        license,
        location: target.display().to_string(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    Ok(write_folder(plan, &options, target)?)
}

/// Prints a plan for people or programs.
pub(crate) fn show_plan(plan: &Plan, format: Format) -> Result<(), Failure> {
    match format {
        Format::Json => console::print_json(plan),
        Format::Text => console::print(&plan.summary()),
    }
}
