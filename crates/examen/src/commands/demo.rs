//! `examen demo`: the four steps on sample documents, with a small real model.

use super::{annotate, evaluate, generate, publish, serve};
use crate::{
    console::{self, Format},
    failure::{Ending, Failure},
    holdings,
    interrupt::until_interrupted,
    models::{self, Use},
    next::Next,
};
use clap::Args;
use examen_annotate::{LoadOptions, Location};
use examen_core::{Question, Seed, annotation::ReviewMode};
use examen_evaluate::{Exam, Reading, RunSummary, Settings as EvaluateSettings, TaskSpec};
use examen_files::atomic;
use examen_generate::Settings as GenerateSettings;
use examen_publish::PlanOptions;
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

/// Run every step on sample documents with a small model
///
/// Writes three documents about medicines, fetches a model of 98 MB (once), writes questions, loads them into a review
/// store, publishes them unreviewed and grades the model. The model is tiny: its questions show the path, not what a good
/// model writes. Review them and run the demo again to publish and grade what you approved.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Folder for everything that the demo writes
    #[arg(long, value_name = "DIR", default_value = "examen-demo")]
    output: PathBuf,
    /// Model that writes the questions and is graded
    #[arg(
        long,
        alias = "model-id",
        value_name = "MODEL",
        default_value = "smollm2-135m"
    )]
    model: String,
}

const EXAMPLES: &str = "\
Examples:
  examen demo
  examen demo --output my-demo --model qwen2.5-1.5b";

const DOCUMENTS: [(&str, &str); 3] = [
    (
        "hypertension.md",
        include_str!("../../demo/hypertension.md"),
    ),
    (
        "anticoagulants.txt",
        include_str!("../../demo/anticoagulants.txt"),
    ),
    ("es/diabetes.md", include_str!("../../demo/diabetes.md")),
];

/// Name of the review dataset.
const DATASET: &str = "demo";

/// Where each step writes.
struct Folders {
    documents: PathBuf,
    distiset: PathBuf,
    store: PathBuf,
    published: PathBuf,
    evals: PathBuf,
}

impl Folders {
    fn below(output: &Path) -> Self {
        Self {
            documents: output.join("documents"),
            distiset: output.join("distiset"),
            store: output.join("store"),
            published: output.join("published"),
            evals: output.join("evals"),
        }
    }
}

pub(crate) fn run(arguments: Arguments) -> Result<Ending, Failure> {
    let folders = Folders::below(&arguments.output);
    models::locate(&arguments.model, Use::Writing)?;
    let resume = "run `examen demo` again with the same --output: it continues where it stopped";
    let summary = until_interrupted(resume, path(&arguments, &folders))?;
    evaluate::show(std::slice::from_ref(&summary), Format::Text)?;
    console::print(&ending(&folders, &summary))?;
    let review = holdings::review("").option("--data", &folders.store);
    match console::is_interactive() && console::confirm("\nOpen the review page now?") {
        true => serve::open(&folders.store),
        false => Ok(Ending::complete(review)),
    }
}

/// The four steps, each on what the one before wrote.
async fn path(arguments: &Arguments, folders: &Folders) -> Result<RunSummary, Failure> {
    console::say("0. Sample documents and a model");
    for (name, text) in DOCUMENTS {
        atomic::write_public_bytes(&folders.documents.join(name), text.as_bytes())?;
    }
    models::fetch(&models::locate(&arguments.model, Use::Writing)?).await?;
    console::say("1. Generate: documents → questions");
    write_questions(arguments, folders).await?;
    console::say("2. Annotate: questions → review store");
    load_questions(folders).await?;
    console::say("3. Publish: review store → dataset");
    publish_all(folders).await?;
    console::say("4. Evaluate: dataset → grade");
    grade(arguments, folders).await
}

async fn write_questions(arguments: &Arguments, folders: &Folders) -> Result<(), Failure> {
    let settings = generate::for_local_model(GenerateSettings {
        questions_per_chunk: 3,
        // A tiny model stays nearer to a short passage; asking about all of them at once keeps its batch full.
        chunk_tokens: 200,
        max_re_asks: 0,
        chunk_overlap: 0,
        max_new_tokens: 512,
        temperature: 0.8,
        ..GenerateSettings::new(&folders.documents, &folders.distiset)
    });
    let writer = models::Writer {
        model: arguments.model.clone(),
        ..models::Writer::default()
    };
    let report = generate::write(&settings, &writer, None).await?;
    generate::show(&report, &settings, Format::Text)
}

/// Loads the questions at the first run; later runs keep the dataset, which may have been reviewed.
async fn load_questions(folders: &Folders) -> Result<(), Failure> {
    let store = Location::folder(&folders.store).open().await?;
    let is_there = store
        .datasets()
        .await?
        .iter()
        .any(|dataset| dataset.name == DATASET);
    store.close().await;
    if is_there {
        console::say(
            "the questions are in the review store already, with any reviews; they are left as they are",
        );
        return Ok(());
    }
    let options = LoadOptions {
        dataset_name: DATASET.to_owned(),
        config: None,
        split: "train".to_owned(),
        seed: Seed(0),
        overwrite: false,
        guidelines: None,
        min_submitted: 1,
        mode: ReviewMode::Blind,
    };
    let loaded = annotate::load(
        &Location::folder(&folders.store),
        &folders.distiset,
        &options,
    )
    .await?;
    console::say(&format!("{} questions wait for review", loaded.loaded));
    Ok(())
}

async fn publish_all(folders: &Folders) -> Result<(), Failure> {
    let all = PlanOptions {
        include_unreviewed: true,
        ..PlanOptions::default()
    };
    let plan = publish::plan(&Location::folder(&folders.store), DATASET, &all).await?;
    publish::write(&plan, DATASET, None, &folders.published)?;
    publish::show_plan(&plan, Format::Text)
}

async fn grade(arguments: &Arguments, folders: &Folders) -> Result<RunSummary, Failure> {
    let task: TaskSpec = "exam_questions".parse().map_err(Failure::from)?;
    let mut runs = Vec::new();
    let exam = Exam::read(&folders.published, &Reading::default())?;
    let plan = evaluate::Plan {
        models: vec![arguments.model.clone()],
        hardware: models::Hardware::default(),
        servers: models::Servers::default(),
        tasks: vec![evaluate::Planned {
            task: Arc::new(task.task_on(&exam, None)),
            settings: EvaluateSettings::new(&folders.evals, jiff::Timestamp::now),
        }],
        judge: evaluate::JudgeArguments::default(),
        push: None,
    };
    evaluate::grade(plan, &mut runs).await?;
    Ok(runs.remove(0))
}

/// Last words of the demo: the worth of the number, what to look at, and where everything is.
fn ending(folders: &Folders, summary: &RunSummary) -> String {
    let caution = match summary.key_sources.suggested {
        0 => "Every key was reviewed.".to_owned(),
        n => format!(
            "{n} of {} keys are UNREVIEWED: only the model that wrote them says that they are right.\n\
             The number shows that the path works; it says nothing about the model yet.",
            summary.n_questions
        ),
    };
    let example = example(&folders.distiset)
        .map(|example| format!("\n\none of the questions\n{example}"))
        .unwrap_or_default();
    format!(
        "\n{caution}{example}\n\n{LOOK_AT}\n\nfiles\n  documents  {}\n  questions  {}\n  reviews    {}\n  dataset    {}\n  runs       {}\n\n\
         your own exam\n  {}",
        folders.documents.display(),
        folders.distiset.display(),
        folders.store.display(),
        folders.published.display(),
        folders.evals.display(),
        Next::command("generate")
            .option("--input", "YOUR_FOLDER")
            .option("--model", "qwen2.5-7b"),
    )
}

/// Points for a reviewer; a tiny model gets much of it wrong, so there is something to find.
const LOOK_AT: &str = "\
what to look at in the questions
  the key       is the marked answer right, and does the marked quote say so?
  the options   is any other option right as well? does one stand out, by its length or its words?
  the question  can it be understood without the document beside it?
  Correct what can be corrected, discard the rest; then run the demo again.";

/// A question of the run with its options and its quote.
fn example(distiset: &Path) -> Option<String> {
    let questions: Vec<Question> =
        examen_files::distiset::read_rows(distiset, "questions", "train").ok()?;
    let question = questions.first()?;
    let options: Vec<String> = std::iter::once(format!("  [key] {}", question.answer))
        .chain(
            question
                .distractors
                .iter()
                .map(|text| format!("        {text}")),
        )
        .collect();
    Some(format!(
        "  {}\n{}\n  quote: “{}”",
        question.question,
        options.join("\n"),
        question.quote.as_deref().unwrap_or("none")
    ))
}
