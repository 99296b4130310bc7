//! Tasks that are not built in: task files of lm-evaluation-harness (YAML) and of LightEval (Python).

use crate::{console, exams, failure::Failure, next::Next, python::PythonArguments};
use clap::Args;
use examen_evaluate::{
    EvaluateError, Reading, Task, TaskName,
    bridge::{CustomTasks, HookRunner, OwnMetrics, Rows, TaskFile},
    metrics::{self, Metric},
    tasks::yaml::{Config, Index, OutputType, PythonRunner, Splits},
};
use examen_files::exam::plain_rows;
use examen_hub::HuggingFaceFile;
use std::path::{Path, PathBuf};

/// Task files, and what they may run.
#[derive(Debug, Args)]
#[command(next_help_heading = "Task files")]
pub(crate) struct TaskFileArguments {
    /// LightEval's task file, or a module of that kind: it is run by Python, without network. Its rows come from --input, or
    /// from the local folder that its hf_repo names
    #[arg(long, value_name = "FILE|MODULE")]
    custom_tasks: Option<PathBuf>,
    /// File or folder of lm-evaluation-harness's YAML: --tasks names a task of it. May be given several times
    #[arg(long, value_name = "PATH", conflicts_with = "custom_tasks")]
    include_path: Vec<PathBuf>,
    /// Run functions of YAML tasks that are not evaluated here with Python, without network
    #[arg(long)]
    run_hooks: bool,
    #[command(flatten)]
    python: PythonArguments,
}

/// A task of a file, with the metrics that the file has the code of.
pub(crate) struct FileTask {
    pub(crate) task: Task,
    pub(crate) own_metrics: Option<OwnMetrics>,
    /// Metrics that the file asks for, or those that were asked for in their place; empty where the file asks for none.
    pub(crate) metrics: Vec<&'static dyn Metric>,
}

/// What a command line asks of a task of a file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted<'a> {
    pub(crate) name: &'a TaskName,
    /// Rows in place of those that the file names.
    pub(crate) dataset: Option<&'a Path>,
    pub(crate) split: Option<&'a str>,
    /// Metrics in place of those that the file names.
    pub(crate) metrics: &'a [&'static dyn Metric],
}

impl TaskFileArguments {
    /// The same files for another command.
    pub(crate) fn again(&self, next: Next) -> Next {
        let custom = self.custom_tasks.iter();
        let next = custom.fold(next, |next, file| next.option("--custom-tasks", file));
        let paths = self.include_path.iter();
        let next = paths.fold(next, |next, path| next.option("--include-path", path));
        match self.run_hooks {
            true => next.flags("--run-hooks"),
            false => next,
        }
    }

    /// The task that is asked for, where it is one of a file; `None` where it is a built-in one.
    ///
    /// # Errors
    /// A file that cannot be read or run, rows that are not there, a task that cannot be asked here.
    pub(crate) fn task(&self, wanted: Wanted<'_>) -> Result<Option<FileTask>, Failure> {
        let Wanted {
            name,
            dataset,
            split,
            metrics,
        } = wanted;
        if let Some(file) = &self.custom_tasks {
            if let Some((option, _)) = name.options.first() {
                let (task, option) = (name.name.clone(), option.clone());
                return Err(Failure::from(EvaluateError::TaskOption { task, option }).into_usage());
            }
            let task = of_python(&self.python, file, name, dataset, split)?;
            return Ok(Some(FileTask {
                metrics: metrics.to_vec(),
                ..task
            }));
        }
        let path = Path::new(&name.name);
        let is_file = path
            .extension()
            .is_some_and(|extension| extension == "yaml" || extension == "yml");
        if self.include_path.is_empty() && !is_file {
            return Ok(None);
        }
        let index = match is_file {
            true => Index::read(&[path.to_owned()])?,
            false => Index::read(&self.include_path)?,
        };
        let found: Vec<&Config> = match is_file {
            true => index.tasks().collect(),
            false => index.find(&name.name),
        };
        match found[..] {
            [config] => self.of_yaml(config.clone(), wanted).map(Some),
            [] => match index.failures.first() {
                Some((.., error)) if is_file => Err(Failure::usage(error.to_string())),
                _ => Ok(None),
            },
            _ => {
                let names: Vec<&str> = found.iter().map(|config| config.task.as_str()).collect();
                Err(Failure::usage(format!(
                    "`{}` stands for {} tasks, and one can be asked at a time",
                    name.name,
                    names.len()
                ))
                .hint(format!(
                    "name one of them: {}",
                    names[..names.len().min(10)].join(", ")
                )))
            }
        }
    }

    fn of_yaml(&self, config: Config, wanted: Wanted<'_>) -> Result<FileTask, Failure> {
        let mut config = config.with_options(&wanted.name.options)?;
        config.num_fewshot = wanted.name.shots.unwrap_or(config.num_fewshot);
        if let Some(split) = wanted.split {
            config.source.test = Some(split.to_owned());
        }
        let metrics = metrics_of(&config, wanted.metrics, self.run_hooks)?;
        let runner = self
            .run_hooks
            .then(|| self.python.program().map(HookRunner::new))
            .transpose()?;
        let splits = splits(&config, wanted.dataset)?;
        let made = config.task(
            &splits,
            runner.as_ref().map(|runner| runner as &dyn PythonRunner),
        )?;
        for function in &made.ran {
            console::say(&format!(
                "ran {function} of {} with {}",
                config.path.display(),
                self.python.name()
            ));
        }
        Ok(FileTask {
            task: made.task,
            own_metrics: own_metrics(&config, wanted.metrics, runner)?,
            metrics,
        })
    }
}

/// The metrics of a YAML task that are Python, where that may be run and no others were asked for.
fn own_metrics(
    config: &Config,
    chosen: &[&'static dyn Metric],
    runner: Option<HookRunner>,
) -> Result<Option<OwnMetrics>, Failure> {
    let (Some(runner), []) = (runner, chosen) else {
        return Ok(None);
    };
    let scoring = config.own_scoring()?;
    Ok(scoring.map(|scoring| OwnMetrics::of_functions(scoring, runner)))
}

/// The rows that a YAML task asks for: its own local ones, those of `dataset`, or those of a dataset of the Hub that `dataset` or the
/// file names by `hf:`. A task's `dataset_name` is the folder there, unless a folder is named.
pub(crate) fn splits(config: &Config, dataset: Option<&Path>) -> Result<Splits, Failure> {
    let is_meant = |text: &&str| HuggingFaceFile::is_meant(text);
    let named = match dataset {
        Some(dataset) => dataset.to_str(),
        None => config.source.path.as_deref(),
    };
    let Some(text) = named.filter(is_meant) else {
        return Ok(config.splits(dataset)?);
    };
    let source =
        HuggingFaceFile::dataset(text).map_err(|error| Failure::from(error).into_usage())?;
    let source = HuggingFaceFile {
        file: source.file.or_else(|| config.source.name.clone()),
        ..source
    };
    let text = source.to_string();
    let needed = config.needed_splits().into_iter();
    needed
        .map(|split| {
            let rows = exams::rows_of_the_hub(&text, &split)?;
            Ok((split, rows))
        })
        .collect()
}

/// The metrics of a YAML task. What of them is not computed is said; a task of which nothing can be computed is refused.
fn metrics_of(
    config: &Config,
    chosen: &[&'static dyn Metric],
    runs_hooks: bool,
) -> Result<Vec<&'static dyn Metric>, Failure> {
    let is_choice = config.output_type == OutputType::MultipleChoice;
    if !chosen.is_empty() {
        return Ok(match config.output_type {
            OutputType::GenerateUntil => config.filtered(chosen)?,
            _ => chosen.to_vec(),
        });
    }
    let scoring = config.scoring()?;
    let is_run = runs_hooks && config.own_scoring()?.is_some();
    if scoring.metrics.is_empty() && !is_choice && !is_run {
        return Err(Failure::usage(format!(
            "{}: its metrics are Python of the task: {}",
            config.task,
            config.scoring_hooks.join(", ")
        ))
        .hint(
            "run it with --run-hooks, or choose metrics that are computed here, such as --metrics quasi_exact_match,token_f1",
        ));
    }
    for note in &scoring.notes {
        console::say(&format!("note: {}: {note}", config.task));
    }
    for hook in config.scoring_hooks.iter().filter(|_| !is_run) {
        console::warn(&format!(
            "{}: {hook} is Python of the task and is not run without --run-hooks; the metrics below are computed here",
            config.task
        ));
    }
    match scoring.metrics.is_empty() && is_run {
        true => Ok(beside_own(config)?),
        false => Ok(scoring.metrics),
    }
}

/// Metrics that stand beside those of a task that are all Python; empty where the way of answering has its own.
fn beside_own(config: &Config) -> Result<Vec<&'static dyn Metric>, Failure> {
    let name = match config.output_type {
        OutputType::MultipleChoice => return Ok(Vec::new()),
        OutputType::Loglikelihood => "greedy_match",
        OutputType::LoglikelihoodRolling => "word_perplexity",
        OutputType::GenerateUntil => "quasi_exact_match",
    };
    let beside = [metrics::find(name).expect("the list has it")];
    match config.output_type {
        OutputType::GenerateUntil => Ok(config.filtered(&beside)?),
        _ => Ok(beside.to_vec()),
    }
}

/// A task of LightEval's file. It runs.
///
/// # Errors
/// A file that fails, rows that are not there, a task that cannot be asked here.
pub(crate) fn of_python(
    python: &PythonArguments,
    file: &Path,
    name: &TaskName,
    dataset: Option<&Path>,
    split: Option<&str>,
) -> Result<FileTask, Failure> {
    let file = TaskFile::named(file);
    if let TaskFile::File(path) = &file
        && !path.is_file()
    {
        return Err(Failure::usage(format!(
            "there is no task file {}",
            path.display()
        )));
    }
    let program = python.program()?;
    console::say(&format!(
        "running {file} with {} ({})",
        python.name(),
        python.network()
    ));
    let tasks = CustomTasks::load(program, &file, python.parts())
        .map_err(|error| Failure::from(error).into_usage())?;
    let index = tasks.find(&name.name)?;
    let custom = tasks.tasks[index].clone();
    if custom
        .metrics
        .iter()
        .any(|metric| metric.own && metric.needs_text())
    {
        return Err(Failure::usage(format!(
            "a metric of {} reads text that a model writes, and the task is graded by the likelihood of its choices",
            custom.name
        )));
    }
    let unknown = custom
        .metrics
        .iter()
        .filter(|metric| !metric.own)
        .flat_map(|metric| &metric.names);
    for metric in unknown.filter(|metric| !metric.starts_with("loglikelihood_acc")) {
        console::warn(&format!(
            "{}: LightEval's metric {metric} is not computed; the metrics below are",
            custom.name
        ));
    }
    let path = rows_of(&custom.hf_repo, dataset)?;
    let asked = split.map_or_else(
        || custom.evaluation_splits.clone(),
        |split| vec![split.to_owned()],
    );
    let rows = read(&path, &asked)?;
    let shots = name.shots.unwrap_or(0);
    let pool = (shots > 0 && !custom.few_shots_split.is_empty())
        .then(|| read(&path, &custom.few_shots_split))
        .transpose()?;
    let mut task = tasks.task(index, rows, pool, shots)?;
    task.few_shot.drops_shots = name.drops_shots;
    let has_own = custom.metrics.iter().any(|metric| metric.own);
    Ok(FileTask {
        task,
        own_metrics: has_own.then(|| OwnMetrics::new(tasks, index)),
        metrics: Vec::new(),
    })
}

/// Where the rows of a Python task lie.
fn rows_of(hf_repo: &Option<String>, dataset: Option<&Path>) -> Result<PathBuf, Failure> {
    match (dataset, hf_repo) {
        (Some(dataset), _) => Ok(dataset.to_owned()),
        (None, Some(repository)) if Path::new(repository).exists() => Ok(PathBuf::from(repository)),
        (None, Some(repository)) => Err(Failure::usage(format!(
            "the task file asks for the dataset `{repository}`, and there is no such folder here"
        ))
        .hint("give its rows with --input FOLDER or FILE")),
        (None, None) => Err(Failure::usage("the task file names no dataset")
            .hint("give its rows with --input FOLDER or FILE")),
    }
}

/// Rows of splits. A file has no splits: it is taken as a whole, and that is said.
fn read(path: &Path, splits: &[String]) -> Result<Rows, Failure> {
    let mut rows = Vec::new();
    let is_whole = !path.is_dir();
    for split in splits {
        let reading = Reading {
            split: (!is_whole).then(|| split.clone()),
            ..Reading::default()
        };
        let read = plain_rows(path, &reading)?;
        rows.extend(read.rows.into_iter().map(serde_json::Value::Object));
        if is_whole {
            console::say(&format!(
                "note: {} is taken as the split `{}`",
                path.display(),
                splits.join("`, `")
            ));
            break;
        }
    }
    Ok(Rows {
        path: path.display().to_string(),
        split: Some(splits.join("+")),
        rows,
    })
}
