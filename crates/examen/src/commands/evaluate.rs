//! `examen evaluate`: a published exam and a model → a graded run.

use crate::{
    console::{self, Bar, Format},
    defaults,
    failure::{Ending, Failure},
    holdings::{self, Holding},
    interrupt::{self, until_interrupted},
    models::{self, Use},
    next::Next,
    review_store::ReviewStore,
};
use clap::Args;
use examen_evaluate::{CustomTask, Exam, ModelArgs, RunSummary, Settings, Task, TaskSpec};
use std::path::{Path, PathBuf};

/// Grade a model with a published exam
#[derive(Debug, Args)]
#[command(after_help = after_help())]
pub(crate) struct Arguments {
    #[command(flatten)]
    model: ModelArguments,
    #[command(flatten)]
    hardware: models::Hardware,
    #[command(flatten)]
    exam: ExamArguments,
    #[command(flatten)]
    few_shot: FewShotArguments,
    #[command(flatten)]
    result: ResultArguments,
}

/// What is graded.
#[derive(Debug, Args)]
#[command(next_help_heading = models::HEADING)]
struct ModelArguments {
    /// Model to grade: a name from `examen models`, a file, a folder or hf:ORG/REPO
    #[arg(
        long,
        alias = "model-id",
        value_name = "MODEL",
        required_unless_present = "model_args"
    )]
    model: Option<String>,
    /// The model as LightEval names it: pretrained=MODEL
    #[arg(long, value_name = "KEY=VALUE,…", conflicts_with = "model")]
    model_args: Option<ModelArgs>,
}

/// What it is asked.
#[derive(Debug, Args)]
#[command(next_help_heading = "Exam")]
struct ExamArguments {
    /// The exam: a folder from `examen publish`, a .parquet or a .jsonl file (default: published)
    #[arg(long, visible_alias = "dataset", value_name = "PATH")]
    input: Option<PathBuf>,
    /// Only the first N questions
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    max_samples: Option<u32>,
    /// Task in LightEval's form suite|task|shots|truncate. Shots are solved questions before each question; truncate 1
    /// drops the last ones where the model's context is too short
    #[arg(
        long,
        value_name = "TASK",
        default_value = "community|exam_questions|0|0"
    )]
    tasks: TaskSpec,
    /// Task file of the original workflow: runs the built-in task on the local folder that its hf_repo names
    #[arg(long, value_name = "FILE")]
    custom_tasks: Option<PathBuf>,
}

/// What is written and printed.
#[derive(Debug, Args)]
#[command(next_help_heading = "Result")]
struct ResultArguments {
    /// Folder for results and details
    #[arg(
        long,
        alias = "output-dir",
        value_name = "DIR",
        default_value = defaults::RUNS
    )]
    output: PathBuf,
    /// Format of the result
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Format::Text)]
    format: Format,
}

/// Where the examples before each question come from.
#[derive(Debug, Args)]
#[command(next_help_heading = "Examples before each question")]
struct FewShotArguments {
    /// Exam to draw the examples from (default: the exam itself, without the question that is asked)
    #[arg(long, value_name = "PATH")]
    fewshot_dataset: Option<PathBuf>,
    /// Seed for drawing the examples (default: 0, as LightEval)
    #[arg(long, value_name = "N")]
    fewshot_seed: Option<u64>,
    /// Allow a question among its own examples, as LightEval does by mistake; only to compare with its numbers
    #[arg(long)]
    fewshot_leak: bool,
}

const EXAMPLES: &str = "\
Examples:
  With the exam that was published last, in published/:
    examen evaluate --model smollm2-1.7b
  With five solved questions before each question:
    examen evaluate --model smollm2-1.7b --tasks 'exam_questions|5' --fewshot-dataset dev.jsonl
  Another exam and another folder for the results:
    examen evaluate --model hf:Qwen/Qwen2.5-1.5B-Instruct --input exam.parquet --output results
  As the original workflow calls it:
    examen evaluate --model_args \"pretrained=MODEL\" --tasks \"community|exam_questions|0|0\" \\
        --custom_tasks evaluation_task.py --output_dir ./evals
  For a program:
    examen evaluate --model smollm2-1.7b --format json | jq .metrics";

/// Model, task and output of an evaluation.
pub(crate) struct Plan {
    pub(crate) model: String,
    pub(crate) hardware: models::Hardware,
    pub(crate) task: Task,
    pub(crate) settings: Settings,
}

pub(crate) fn run(arguments: Arguments) -> Result<Ending, Failure> {
    let format = arguments.result.format;
    let plan = resolve(arguments)?;
    let exam = plan.task.dataset.path.clone();
    let summary = until_interrupted(RESUME, grade(plan))?;
    show(&summary, format)?;
    // The same exam with another model: numbers are read beside each other.
    let another = Next::command("evaluate").option("--model", "smollm2-1.7b");
    Ok(Ending::of(
        summary.unscored.is_empty(),
        another.unless(defaults::DATASET, "--input", exam),
    ))
}

const RESUME: &str = "run the same command again: scored questions are kept and not asked again";

/// Runs the plan on a thread of its own, so that Ctrl-C is heard.
pub(crate) async fn grade(plan: Plan) -> Result<RunSummary, Failure> {
    let engine = models::engine(&plan.model, plan.hardware, Use::Scoring).await?;
    let mut settings = plan.settings;
    settings.model_fingerprint = engine.fingerprint;
    tokio::task::spawn_blocking(move || {
        examen_evaluate::run(&settings, &plan.task, &engine.engine, &Bar::new())
            .map_err(Failure::from)
    })
    .await
    .map_err(|error| Failure::new(format!("the evaluation stopped: {error}")))?
}

fn resolve(arguments: Arguments) -> Result<Plan, Failure> {
    let Arguments {
        model,
        hardware,
        exam,
        few_shot: shots,
        result,
    } = arguments;
    let custom = exam.custom_tasks.as_deref().map(recognise).transpose()?;
    let (name, batch_size) = named(model);
    let dataset = match (exam.input, &custom) {
        (Some(dataset), _) => dataset,
        (None, Some(custom)) => local_dataset(custom)?,
        (None, None) => PathBuf::from(defaults::DATASET),
    };
    let task = custom.map_or(exam.tasks, |custom| custom.task.with_shots_of(exam.tasks));
    check_few_shot(&shots, task)?;
    let mut settings = Settings::new(result.output, jiff::Timestamp::now);
    settings.max_samples = exam.max_samples.map(|n| n as usize);
    if let Some(batch_size) = batch_size {
        settings.batch_size = batch_size;
    }
    // A wrong name is told before the exam is read.
    models::locate(&name, Use::Scoring)?;
    Ok(Plan {
        model: name,
        hardware,
        task: with_examples(task, &read(&dataset, "--input")?, shots)?,
        settings,
    })
}

/// The model's name, and the batch size where LightEval's form has one.
fn named(arguments: ModelArguments) -> (String, Option<usize>) {
    match (arguments.model, arguments.model_args) {
        (Some(model), _) => (model, None),
        (None, Some(args)) => {
            let name = match args.revision {
                Some(revision) => format!("{}@{revision}", args.model),
                None => args.model,
            };
            (name, args.batch_size)
        }
        (None, None) => unreachable!("clap asks for --model or --model-args"),
    }
}

/// Reads an exam. What is there in its place, or was meant, is said.
fn read(path: &Path, option: &str) -> Result<Exam, Failure> {
    if !path.exists() {
        return Err(review_dataset(path)
            .unwrap_or_else(|| holdings::missing(Holding::Dataset, path, option)));
    }
    Exam::read(path, None).map_err(|error| match Holding::of(path) {
        Some(Holding::Dataset) | None => error.into(),
        Some(_) => holdings::missing(Holding::Dataset, path, option),
    })
}

/// The failure of a name that is one of a review dataset in the usual store, which nobody has published.
fn review_dataset(path: &Path) -> Option<Failure> {
    let name = path.to_str()?;
    let store = ReviewStore::usual();
    let names = interrupt::runtime()
        .ok()?
        .block_on(store.dataset_names())
        .ok()?;
    names.iter().any(|known| known == name).then(|| {
        let publish = holdings::publish(name, &store.flags());
        Failure::new(format!(
            "`{name}` is the name of a review dataset in {store}; an exam is a published folder"
        ))
        .hint(format!(
            "`{publish}` publishes it; {}",
            holdings::where_to_find(Holding::Dataset, "--input")
        ))
    })
}

fn check_few_shot(arguments: &FewShotArguments, task: TaskSpec) -> Result<(), Failure> {
    let FewShotArguments {
        fewshot_dataset,
        fewshot_seed,
        fewshot_leak,
    } = arguments;
    let is_given = fewshot_dataset.is_some() || fewshot_seed.is_some() || *fewshot_leak;
    if task.n_shots() == 0 && is_given {
        return Err(Failure::usage(format!(
            "--fewshot-… says how examples are drawn, but `{}` asks for none",
            task.label()
        ))
        .hint("ask for five with --tasks \"exam_questions|5\""));
    }
    Ok(())
}

/// The task on `exam`, with its examples.
fn with_examples(spec: TaskSpec, exam: &Exam, shots: FewShotArguments) -> Result<Task, Failure> {
    let pool = shots
        .fewshot_dataset
        .map(|path| read(&path, "--fewshot-dataset"))
        .transpose()?;
    let mut task = spec.task_on(exam, pool.as_ref());
    task.few_shot.seed = shots.fewshot_seed.unwrap_or_default();
    task.few_shot.allows_leak = shots.fewshot_leak;
    Ok(task)
}

fn recognise(file: &Path) -> Result<CustomTask, Failure> {
    CustomTask::recognise(file).map_err(|error| Failure::from(error).into_usage())
}

/// The original task file names a repository on the Hub; here its local folder of the same name is graded.
fn local_dataset(custom: &CustomTask) -> Result<PathBuf, Failure> {
    let Some(repository) = &custom.hf_repo else {
        return Err(Failure::usage("the task file names no dataset")
            .hint("give the exam with --input FOLDER"));
    };
    let folder = PathBuf::from(repository);
    if folder.is_dir() {
        return Ok(folder);
    }
    Err(Failure::usage(format!(
        "the task file asks for the dataset `{repository}`, and there is no such folder here"
    ))
    .hint("give the exam with --input FOLDER; reading a dataset from the Hub is not possible yet"))
}

/// Prints a run for people or programs.
pub(crate) fn show(summary: &RunSummary, format: Format) -> Result<(), Failure> {
    for warning in &summary.warnings {
        console::warn(warning);
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

/// The metrics that there are, and examples.
fn after_help() -> String {
    use examen_evaluate::metrics;
    format!(
        "Metrics (accuracy of the answer with the largest log-probability):\n{}\n{EXAMPLES}",
        metrics::help(metrics::ALL)
    )
}

#[cfg(test)]
mod tests {
    #[test]
    fn help_lists_every_metric() {
        let help = super::after_help();
        for metric in examen_evaluate::metrics::ALL {
            assert!(help.contains(metric.name()), "{help}");
        }
    }
}
