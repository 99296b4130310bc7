//! `examen annotate`: questions → where people review them: the store, or a server. And from a server into the store.

mod migrate;

use crate::{
    argilla::ArgillaServer,
    console::{self, Bar, Format},
    defaults,
    failure::{Ending, Failure},
    holdings::{self, Holding},
    interrupt::until_interrupted,
    next::Next,
    review_store::ReviewStore,
};
use clap::{Args, ValueEnum};
use examen_annotate::{LoadOptions, LoadSummary, Location, Skipped, load_distiset, push_distiset};
use examen_core::{Seed, annotation::ReviewMode};
use std::path::{Path, PathBuf};

/// Load generated questions into the review store
///
/// With --argilla-url they go to an Argilla server (or another `examen serve`) instead; after an interruption, run the same
/// command again to continue. With --from-argilla, datasets of such a server are copied into the store: settings, records,
/// suggestions, responses, users and workspaces.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    questions: Questions,
    #[command(flatten)]
    review: Review,
    #[command(flatten)]
    store: ReviewStore,
    #[command(flatten)]
    argilla: ArgillaServer,
    #[command(flatten)]
    migration: MigrationArguments,
    /// Format of the result
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Format::Text, help_heading = "Result")]
    format: Format,
}

/// What is loaded.
#[derive(Debug, Args)]
#[command(next_help_heading = "Questions")]
struct Questions {
    /// Folder with the questions, from `examen generate` or distilabel
    #[arg(
        long,
        alias = "dataset-path",
        value_name = "DIR",
        default_value = defaults::QUESTIONS
    )]
    input: PathBuf,
    /// Config to read (default: `questions` if there is one, else `default`)
    #[arg(long, value_name = "NAME")]
    dataset_config: Option<String>,
    /// Split to read
    #[arg(long, value_name = "NAME", default_value = "train")]
    dataset_split: String,
}

/// What is made of it.
#[derive(Debug, Args)]
#[command(next_help_heading = "Review dataset")]
struct Review {
    /// Name of the review dataset
    #[arg(
        long,
        alias = "output-dataset-name",
        value_name = "NAME",
        default_value = defaults::REVIEW
    )]
    name: String,
    /// Reviewers who must submit an answer before a question counts as done
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    min_submitted: u32,
    /// What reviewers see before they answer; each answer is marked with its mode
    #[arg(long, value_enum, value_name = "MODE", default_value_t = Mode::Blind)]
    mode: Mode,
    /// Seed for the order of the options; each record stores it
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Instructions for the reviewers, in Markdown (default: built-in ones in the questions' language)
    #[arg(long, value_name = "FILE")]
    guidelines: Option<PathBuf>,
    /// Replace a dataset of the same name and delete its responses
    #[arg(long)]
    overwrite: bool,
}

/// What a reviewer sees before they answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Mode {
    /// Not the model's answer: it is shown once they have answered, or with the key s
    Blind,
    /// The model's answer too
    Assisted,
}

impl From<Mode> for ReviewMode {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::Blind => Self::Blind,
            Mode::Assisted => Self::Assisted,
        }
    }
}

/// What is copied from a server instead.
#[derive(Debug, Args)]
#[command(next_help_heading = "Copying from Argilla")]
struct MigrationArguments {
    /// Copy these datasets of the Argilla server into the store, instead of loading questions
    #[arg(long, value_name = "NAME", num_args = 0.., conflicts_with_all = NOT_FROM_ARGILLA)]
    from_argilla: Option<Vec<String>>,
    /// With --from-argilla: copy all datasets that the API key can read
    #[arg(long, requires = "from_argilla")]
    all: bool,
}

/// The options that only loading questions uses.
const NOT_FROM_ARGILLA: [&str; 8] = [
    "input",
    "dataset_config",
    "dataset_split",
    "name",
    "mode",
    "seed",
    "min_submitted",
    "guidelines",
];

const EXAMPLES: &str = "\
Examples:
  What `examen generate` wrote last, in exam_questions/:
    examen annotate
  Another folder, under another name, with two reviewers for each question:
    examen annotate --input out --name biology --min-submitted 2
  To an Argilla server (the API key is in ARGILLA_API_KEY):
    examen annotate --input out --argilla-url https://argilla.example.org --argilla-workspace team
  A dataset of an Argilla server into the store:
    examen annotate --from-argilla biology --argilla-url https://argilla.example.org";

pub(crate) fn run(arguments: Arguments) -> Result<Ending, Failure> {
    if let Some(names) = &arguments.migration.from_argilla {
        return migrate::run(&arguments, names);
    }
    let source = &arguments.questions.input;
    if !source.is_dir() {
        return Err(holdings::missing(Holding::Questions, source, "--input"));
    }
    let options = options(&arguments)?;
    let Loaded {
        summary,
        destination,
        next,
    } = match arguments.argilla.is_named() {
        true => push(&arguments.argilla, source, &options)?,
        false => load_here(&arguments.store, source, &options)?,
    };
    show(&summary, &destination, arguments.format)?;
    Ok(Ending::of(summary.skipped.is_empty(), next))
}

/// Questions that are where people review them.
struct Loaded {
    summary: LoadSummary,
    /// Where they are, in words.
    destination: String,
    next: Next,
}

fn load_here(store: &ReviewStore, source: &Path, options: &LoadOptions) -> Result<Loaded, Failure> {
    if !store.is_there() {
        console::say(&format!("note: making a new review store in {store}"));
    }
    let location = store.location();
    let loading = load(&location, source, options);
    let summary = until_interrupted("nothing was loaded; run the same command again", loading);
    Ok(Loaded {
        summary: summary.map_err(|failure| not_questions(source, failure))?,
        destination: store.to_string(),
        next: holdings::review(&store.flags()),
    })
}

/// The failure of a folder that holds something else that is ours; others stay as they are.
fn not_questions(source: &Path, failure: Failure) -> Failure {
    match Holding::of(source) {
        Some(Holding::Questions) | None => failure,
        Some(_) => holdings::missing(Holding::Questions, source, "--input"),
    }
}

/// Sends a Distiset to a server.
fn push(server: &ArgillaServer, source: &Path, options: &LoadOptions) -> Result<Loaded, Failure> {
    let resume = match options.overwrite {
        true => "run the same command again without --overwrite: it continues where it stopped",
        false => "run the same command again: it continues where it stopped",
    };
    until_interrupted(resume, async {
        let client = server.connect().await?;
        let (workspace, bar) = (server.workspace(), Bar::new());
        let summary = push_distiset(&client, workspace, source, options, &bar).await?;
        console::say(&format!("review at {}", client.url()));
        Ok(Loaded {
            next: holdings::publish(&options.dataset_name, "")
                .option("--argilla-url", client.url()),
            destination: client.url().to_owned(),
            summary,
        })
    })
}

/// Loads a Distiset into the store at `location`.
pub(crate) async fn load(
    location: &Location,
    source: &Path,
    options: &LoadOptions,
) -> Result<LoadSummary, Failure> {
    let store = location.open().await?;
    let loaded = load_distiset(&store.by_command_line(), source, options, &Bar::new()).await;
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
    let Arguments {
        questions, review, ..
    } = arguments;
    Ok(LoadOptions {
        dataset_name: review.name.clone(),
        config: questions.dataset_config.clone(),
        split: questions.dataset_split.clone(),
        seed: Seed(review.seed),
        overwrite: review.overwrite,
        guidelines: review.guidelines.as_ref().map(read).transpose()?,
        min_submitted: review.min_submitted,
        mode: review.mode.into(),
    })
}

fn show(summary: &LoadSummary, destination: &str, format: Format) -> Result<(), Failure> {
    warn_of_skipped(&summary.skipped);
    if format == Format::Json {
        return console::print_json(summary);
    }
    if let Some((records, responses)) = summary.replaced {
        console::say(&format!(
            "note: replaced the dataset of that name: {records} records, {responses} responses"
        ));
    }
    let before = match summary.already_there {
        0 => String::new(),
        n => format!(", {n} of them from before"),
    };
    console::print(&format!(
        "{} questions (config `{}`) are in the dataset `{}` in {destination}{before}",
        summary.loaded, summary.config, summary.dataset_name,
    ))
}

fn warn_of_skipped(skipped: &[Skipped]) {
    const SHOWN: usize = 10;
    for one in skipped.iter().take(SHOWN) {
        console::warn(&format!("skipped {one}"));
    }
    if skipped.len() > SHOWN {
        console::warn(&format!("and {} more", skipped.len() - SHOWN));
    }
}
