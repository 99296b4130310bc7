//! `examen evaluate`: a published exam and a model → a graded run.

use crate::{
    console::{self, Bar, Format},
    failure::{Ending, Failure},
    interrupt::until_interrupted,
    models,
};
use clap::Args;
use examen_evaluate::{CustomTask, Exam, FewShot, ModelArgs, RunSummary, Settings, TaskSpec};
use std::path::{Path, PathBuf};

/// Grade a model with a published exam.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Model to grade: a name from `examen models`, a path, hf:ORG/REPO, pypi:…
    #[arg(long, value_name = "MODEL", required_unless_present = "model_args")]
    model: Option<String>,
    /// The same as LightEval writes it: pretrained=MODEL
    #[arg(
        long,
        alias = "model_args",
        value_name = "KEY=VALUE,…",
        conflicts_with = "model"
    )]
    model_args: Option<ModelArgs>,
    /// The exam: a folder from `examen publish`, a .parquet or a .jsonl file
    #[arg(long, value_name = "PATH", required_unless_present = "custom_tasks")]
    dataset: Option<PathBuf>,
    /// Task, as LightEval writes it: suite|task|shots|truncate. Shots are solved questions before each question; with
    /// truncate 1, the last are left out where the model's window is too short
    #[arg(
        long,
        value_name = "TASK",
        default_value = "community|exam_questions|0|0"
    )]
    tasks: TaskSpec,
    #[command(flatten)]
    few_shot: FewShotArguments,
    /// The original workflow's task file: runs the built-in task, on the local folder that its hf_repo names
    #[arg(long, alias = "custom_tasks", value_name = "FILE")]
    custom_tasks: Option<PathBuf>,
    /// Folder for results and details
    #[arg(
        long,
        alias = "output_dir",
        value_name = "DIR",
        default_value = "evals"
    )]
    output_dir: PathBuf,
    /// Only the first N questions
    #[arg(long, alias = "max_samples", value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    max_samples: Option<u32>,
    #[command(flatten)]
    hardware: models::Hardware,
    /// For people or for programs
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// Where the examples before each question come from.
#[derive(Debug, Args)]
struct FewShotArguments {
    /// Draw the examples from this exam (default: the exam itself, without the question that is being asked)
    #[arg(long, value_name = "PATH")]
    fewshot_dataset: Option<PathBuf>,
    /// Draw other examples (default: 0, LightEval's)
    #[arg(long, value_name = "N")]
    fewshot_seed: Option<u64>,
    /// Let questions be among their own examples, as LightEval does by mistake: only to compare with its numbers
    #[arg(long)]
    fewshot_leak: bool,
}

const EXAMPLES: &str = "\
Examples:
  examen evaluate --model smollm2-135m --dataset published
  examen evaluate --model smollm2-135m --dataset published --tasks \"exam_questions|5\" --fewshot-dataset dev.jsonl
  examen evaluate --model hf:Qwen/Qwen2.5-1.5B-Instruct --dataset exam.parquet --output-dir evals
  examen evaluate --model_args \"pretrained=MODEL\" --tasks \"community|exam_questions|0|0\" \\
      --custom_tasks evaluation_task.py --output_dir ./evals
  examen evaluate --model smollm2-135m --dataset published --format json | jq .metrics";

/// What is graded, with what, and where the run goes.
pub(crate) struct Plan {
    pub(crate) model: String,
    pub(crate) hardware: models::Hardware,
    pub(crate) exam: Exam,
    pub(crate) settings: Settings,
}

pub(crate) fn run(arguments: Arguments) -> Result<Ending, Failure> {
    let format = arguments.format;
    let plan = resolve(arguments)?;
    let summary = until_interrupted(RESUME, grade(plan))?;
    show(&summary, format)?;
    Ok(if summary.unscored.is_empty() {
        Ending::Complete
    } else {
        Ending::Partial
    })
}

const RESUME: &str = "run the same command again: scored questions are kept and not asked again";

/// Runs the plan on a thread of its own, so that Ctrl-C is heard.
pub(crate) async fn grade(plan: Plan) -> Result<RunSummary, Failure> {
    let engine = models::engine(&plan.model, plan.hardware).await?;
    let mut settings = plan.settings;
    settings.model_fingerprint = engine.fingerprint;
    tokio::task::spawn_blocking(move || {
        examen_evaluate::run(&settings, &plan.exam, &engine.engine, &Bar::new())
            .map_err(Failure::from)
    })
    .await
    .map_err(|error| Failure::new(format!("the evaluation stopped: {error}")))?
}

fn resolve(arguments: Arguments) -> Result<Plan, Failure> {
    let custom = arguments
        .custom_tasks
        .as_deref()
        .map(recognise)
        .transpose()?;
    let dataset = match (arguments.dataset, &custom) {
        (Some(dataset), _) => dataset,
        (None, Some(custom)) => local_dataset(custom)?,
        (None, None) => unreachable!("clap asks for --dataset or --custom_tasks"),
    };
    let task = custom.map_or(arguments.tasks, |custom| {
        custom.task.with_shots_of(arguments.tasks)
    });
    let mut settings = Settings::new(task, arguments.output_dir, jiff::Timestamp::now);
    settings.few_shot = few_shot(arguments.few_shot, task)?;
    settings.max_samples = arguments.max_samples.map(|n| n as usize);
    if let Some(batch_size) = arguments
        .model_args
        .as_ref()
        .and_then(|args| args.batch_size)
    {
        settings.batch_size = batch_size;
    }
    let model = match (arguments.model, arguments.model_args) {
        (Some(model), _) => model,
        (None, Some(args)) => args.revision.map_or(args.model.clone(), |revision| {
            format!("{}@{revision}", args.model)
        }),
        (None, None) => unreachable!("clap asks for --model or --model_args"),
    };
    Ok(Plan {
        model,
        hardware: arguments.hardware,
        exam: Exam::read(&dataset, None)?,
        settings,
    })
}

fn few_shot(arguments: FewShotArguments, task: TaskSpec) -> Result<FewShot, Failure> {
    let FewShotArguments {
        fewshot_dataset,
        fewshot_seed,
        fewshot_leak,
    } = arguments;
    if task.n_shots() == 0 && (fewshot_dataset.is_some() || fewshot_seed.is_some() || fewshot_leak)
    {
        return Err(Failure::usage(format!(
            "--fewshot-… says how examples are drawn, but `{}` asks for none",
            task.label()
        ))
        .hint("ask for five with --tasks \"exam_questions|5\""));
    }
    let dataset = fewshot_dataset
        .map(|path| Exam::read(&path, None))
        .transpose()?;
    Ok(FewShot {
        dataset,
        seed: fewshot_seed.unwrap_or_default(),
        allows_leak: fewshot_leak,
    })
}

fn recognise(file: &Path) -> Result<CustomTask, Failure> {
    CustomTask::recognise(file).map_err(|error| Failure::from(error).into_usage())
}

/// The original task file names a repository on the Hub; here its local folder of the same name is graded.
fn local_dataset(custom: &CustomTask) -> Result<PathBuf, Failure> {
    let Some(repository) = &custom.hf_repo else {
        return Err(Failure::usage("the task file names no dataset")
            .hint("give the exam with --dataset FOLDER"));
    };
    let folder = PathBuf::from(repository);
    if folder.is_dir() {
        return Ok(folder);
    }
    Err(Failure::usage(format!(
        "the task file asks for the dataset `{repository}`, and there is no such folder here"
    ))
    .hint(
        "give the exam with --dataset FOLDER; reading a dataset from the Hub is not possible yet",
    ))
}

/// Prints a run for people or programs.
pub(crate) fn show(summary: &RunSummary, format: Format) -> Result<(), Failure> {
    for warning in &summary.warnings {
        console::say(&format!("warning: {warning}"));
    }
    if format == Format::Json {
        return console::print_json(summary);
    }
    let table = summary.table();
    let facts: Vec<_> = table
        .facts
        .iter()
        .map(|(name, value)| format!("{name:<10} {value}"))
        .collect();
    let files: Vec<_> = summary
        .files
        .iter()
        .map(|file| format!("wrote      {}", file.display()))
        .collect();
    console::print(&format!(
        "{}\n\n{}\n{}",
        console::table(&table.columns, table.rows),
        facts.join("\n"),
        files.join("\n")
    ))
}
