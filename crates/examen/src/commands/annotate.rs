//! `examen annotate`: questions → the store where people review them.

use crate::{
    argilla::ArgillaServer,
    console::{self, Bar, Format},
    failure::{Ending, Failure},
    interrupt::until_interrupted,
};
use clap::Args;
use examen_annotate::{LoadOptions, LoadSummary, Skipped, Store, load_distiset};
use examen_core::Seed;
use std::path::{Path, PathBuf};

/// Load generated questions into a store where people review them.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The questions: a Distiset of `examen generate` or of distilabel
    #[arg(long, alias = "dataset_path", value_name = "DIR", default_value = "exam_questions")]
    dataset_path: PathBuf,
    /// Config to read (default: `questions` where there is one, else `default`)
    #[arg(long, alias = "dataset_config", value_name = "NAME")]
    dataset_config: Option<String>,
    /// Split to read
    #[arg(long, alias = "dataset_split", value_name = "NAME", default_value = "train")]
    dataset_split: String,
    /// Name of the review dataset
    #[arg(long, alias = "output_dataset_name", value_name = "NAME", default_value = "exam_questions")]
    output_dataset_name: String,
    /// Folder of the review store
    #[arg(long, value_name = "DIR", env = "EXAMEN_DATA", default_value = "examen-data")]
    data: PathBuf,
    /// Delete a dataset of the same name, with all its responses
    #[arg(long)]
    overwrite: bool,
    /// What the order of the options is drawn from; stored with each record
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Reviewers who must submit an answer before a question counts as done
    #[arg(long, alias = "min_submitted", value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    min_submitted: u32,
    /// Words for the reviewers, in Markdown (default: Examen's own, in the questions' language)
    #[arg(long, value_name = "FILE")]
    guidelines: Option<PathBuf>,
    #[command(flatten)]
    argilla: ArgillaServer,
    /// For people or for programs
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

const EXAMPLES: &str = "\
Examples:
  examen annotate --dataset-path out --output-dataset-name exam
  examen annotate --dataset-path out --output-dataset-name exam --min-submitted 2 --data /srv/examen
  examen serve --username ana --password 'a long one'             then review in a browser";

pub(crate) fn run(arguments: Arguments) -> Result<Ending, Failure> {
    arguments.argilla.refuse()?;
    let (data, source, format) = (arguments.data.clone(), arguments.dataset_path.clone(), arguments.format);
    let options = options(arguments)?;
    if !source.is_dir() {
        return Err(Failure::new(format!("there is no folder {}", source.display()))
            .hint("give the questions that `examen generate` wrote with --dataset-path"));
    }
    let summary = until_interrupted("nothing was loaded; run the same command again", load(&data, &source, &options))?;
    show(&summary, &data, format)?;
    Ok(if summary.skipped.is_empty() { Ending::Complete } else { Ending::Partial })
}

/// Loads a Distiset into the store in the folder `data`.
pub(crate) async fn load(data: &Path, source: &Path, options: &LoadOptions) -> Result<LoadSummary, Failure> {
    let store = Store::open(data).await?;
    let loaded = load_distiset(&store, source, options, &Bar::new()).await;
    store.close().await;
    Ok(loaded?)
}

fn options(arguments: Arguments) -> Result<LoadOptions, Failure> {
    let read = |file: PathBuf| {
        std::fs::read_to_string(&file)
            .map_err(|error| Failure::new(format!("could not read the guidelines {}: {error}", file.display())))
    };
    Ok(LoadOptions {
        dataset_name: arguments.output_dataset_name,
        config: arguments.dataset_config,
        split: arguments.dataset_split,
        seed: Seed(arguments.seed),
        overwrite: arguments.overwrite,
        guidelines: arguments.guidelines.map(read).transpose()?,
        min_submitted: arguments.min_submitted,
    })
}

fn show(summary: &LoadSummary, data: &Path, format: Format) -> Result<(), Failure> {
    warn_of_skipped(&summary.skipped);
    if format == Format::Json {
        return console::print_json(summary);
    }
    if let Some((records, responses)) = summary.replaced {
        console::say(&format!("replaced the dataset of that name: {records} records, {responses} responses"));
    }
    console::print(&format!(
        "{} questions (config `{}`) are in the dataset `{}` in {}\nnext: examen serve --data {}",
        summary.loaded,
        summary.config,
        summary.dataset_name,
        data.display(),
        data.display()
    ))
}

fn warn_of_skipped(skipped: &[Skipped]) {
    const SHOWN: usize = 10;
    for one in skipped.iter().take(SHOWN) {
        console::say(&format!("warning: left out {one}"));
    }
    if skipped.len() > SHOWN {
        console::say(&format!("warning: and {} more", skipped.len() - SHOWN));
    }
}
