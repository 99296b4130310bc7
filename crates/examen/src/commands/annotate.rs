//! `examen annotate`: questions → where people review them: the store, or a server. And from a server into the store.

mod migrate;

use crate::{
    argilla::ArgillaServer,
    console::{self, Bar, Format},
    failure::{Ending, Failure},
    interrupt::until_interrupted,
    review_store::ReviewStore,
};
use clap::Args;
use examen_annotate::{LoadOptions, LoadSummary, Location, Skipped, load_distiset, push_distiset};
use examen_core::Seed;
use std::path::{Path, PathBuf};

/// Load generated questions into a store where people review them.
///
/// With --argilla-url they are sent to an Argilla server (or another `examen serve`) instead: run it again after an
/// interruption, it goes on where it stopped. With --from-argilla, datasets of such a server are carried over into the
/// store: settings, records, suggestions, responses, users and workspaces.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The questions: a Distiset of `examen generate` or of distilabel
    #[arg(
        long,
        alias = "dataset_path",
        value_name = "DIR",
        default_value = "exam_questions"
    )]
    dataset_path: PathBuf,
    /// Config to read (default: `questions` where there is one, else `default`)
    #[arg(long, alias = "dataset_config", value_name = "NAME")]
    dataset_config: Option<String>,
    /// Split to read
    #[arg(
        long,
        alias = "dataset_split",
        value_name = "NAME",
        default_value = "train"
    )]
    dataset_split: String,
    /// Name of the review dataset
    #[arg(
        long,
        alias = "output_dataset_name",
        value_name = "NAME",
        default_value = "exam_questions"
    )]
    output_dataset_name: String,
    #[command(flatten)]
    store: ReviewStore,
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
    /// Carry these datasets of an Argilla server over into the store, instead of loading questions
    #[arg(long, alias = "from_argilla", value_name = "NAME", num_args = 0.., conflicts_with_all = NOT_FROM_ARGILLA)]
    from_argilla: Option<Vec<String>>,
    /// With --from-argilla: all datasets that the API key sees
    #[arg(long, requires = "from_argilla")]
    all: bool,
    /// For people or for programs
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    argilla: ArgillaServer,
}

/// What only loading questions has a use for.
const NOT_FROM_ARGILLA: [&str; 7] = [
    "dataset_path",
    "dataset_config",
    "dataset_split",
    "output_dataset_name",
    "seed",
    "min_submitted",
    "guidelines",
];

const EXAMPLES: &str = "\
Examples:
  examen annotate --dataset-path out --output-dataset-name exam
  examen annotate --dataset-path out --output-dataset-name exam --min-submitted 2 --data /srv/examen
  examen serve --username ana --password 'a long one'             then review in a browser
  export ARGILLA_API_KEY=KEY                                      for the next two
  examen annotate --dataset-path out --argilla-url https://argilla.example.org --argilla-workspace team
  examen annotate --from-argilla exam --argilla-url https://argilla.example.org";

pub(crate) fn run(arguments: Arguments) -> Result<Ending, Failure> {
    if let Some(names) = &arguments.from_argilla {
        return migrate::run(&arguments, names);
    }
    let source = arguments.dataset_path.clone();
    if !source.is_dir() {
        return Err(
            Failure::new(format!("there is no folder {}", source.display()))
                .hint("give the questions that `examen generate` wrote with --dataset-path"),
        );
    }
    let options = options(&arguments)?;
    let (summary, place, next) = match arguments.argilla.is_named() {
        true => push(&arguments.argilla, &source, &options)?,
        false => {
            let location = arguments.store.location();
            let loading = load(&location, &source, &options);
            let summary =
                until_interrupted("nothing was loaded; run the same command again", loading)?;
            let next = format!("examen serve {}", arguments.store.flags());
            (summary, arguments.store.to_string(), next)
        }
    };
    show(&summary, &place, &next, arguments.format)?;
    Ok(if summary.skipped.is_empty() {
        Ending::Complete
    } else {
        Ending::Partial
    })
}

/// Sends a Distiset to a server. Returns where the questions are then, and what comes next.
fn push(
    server: &ArgillaServer,
    source: &Path,
    options: &LoadOptions,
) -> Result<(LoadSummary, String, String), Failure> {
    let resume = match options.overwrite {
        true => "run the same command again without --overwrite: it goes on where it stopped",
        false => "run the same command again: it goes on where it stopped",
    };
    until_interrupted(resume, async {
        let client = server.connect().await?;
        let summary =
            push_distiset(&client, server.workspace(), source, options, &Bar::new()).await?;
        Ok((
            summary,
            client.url().to_owned(),
            format!("review at {}", client.url()),
        ))
    })
}

/// Loads a Distiset into the store at `location`.
pub(crate) async fn load(
    location: &Location,
    source: &Path,
    options: &LoadOptions,
) -> Result<LoadSummary, Failure> {
    let store = location.open().await?;
    let loaded = load_distiset(&store, source, options, &Bar::new()).await;
    store.close().await;
    Ok(loaded?)
}

fn options(arguments: &Arguments) -> Result<LoadOptions, Failure> {
    let read = |file: &PathBuf| {
        std::fs::read_to_string(file).map_err(|error| {
            Failure::new(format!(
                "could not read the guidelines {}: {error}",
                file.display()
            ))
        })
    };
    Ok(LoadOptions {
        dataset_name: arguments.output_dataset_name.clone(),
        config: arguments.dataset_config.clone(),
        split: arguments.dataset_split.clone(),
        seed: Seed(arguments.seed),
        overwrite: arguments.overwrite,
        guidelines: arguments.guidelines.as_ref().map(read).transpose()?,
        min_submitted: arguments.min_submitted,
    })
}

fn show(summary: &LoadSummary, place: &str, next: &str, format: Format) -> Result<(), Failure> {
    warn_of_skipped(&summary.skipped);
    if format == Format::Json {
        return console::print_json(summary);
    }
    if let Some((records, responses)) = summary.replaced {
        console::say(&format!(
            "replaced the dataset of that name: {records} records, {responses} responses"
        ));
    }
    let before = match summary.already_there {
        0 => String::new(),
        n => format!(", {n} of them from before"),
    };
    console::print(&format!(
        "{} questions (config `{}`) are in the dataset `{}` in {place}{before}\nnext: {next}",
        summary.loaded, summary.config, summary.dataset_name,
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
