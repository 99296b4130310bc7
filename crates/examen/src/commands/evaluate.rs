//! `examen evaluate`: a published exam and a model → a graded run.

mod judge;
mod open_book;
mod push;

use crate::{
    console::{self, Format},
    defaults, exams,
    failure::{Ending, Failure},
    interrupt::until_interrupted,
    models::{self, Grader, Use},
    next::Next,
    task_files::{FileTask, TaskFileArguments, Wanted},
};
use clap::Args;
use examen_engine::Engine;
use examen_evaluate::{
    ALSO, Also, ChatTemplate, Columns, Exam, HubDataset, Kind, Model, ModelArgs, Reading,
    Reasoning, RunSummary, Selection, Settings, SummaryTable, Task, TaskName, TaskSpec, Way,
    Wording, comparison,
    metrics::{self, Metric, Reads},
};
use examen_hub::ModelSource;
use judge::Connected;
pub(crate) use judge::JudgeArguments;
use open_book::OpenBook;
use push::{PushArguments, Target};
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Grade a model with a published exam
#[derive(Debug, Args)]
#[command(after_help = after_help())]
pub(crate) struct Arguments {
    #[command(flatten)]
    model: ModelArguments,
    #[command(flatten)]
    hardware: models::Hardware,
    #[command(flatten)]
    servers: models::Servers,
    #[command(flatten)]
    exam: ExamArguments,
    #[command(flatten)]
    task_files: TaskFileArguments,
    #[command(flatten)]
    few_shot: FewShotArguments,
    #[command(flatten)]
    judge: JudgeArguments,
    #[command(flatten)]
    result: ResultArguments,
    #[command(flatten)]
    push: PushArguments,
}

/// What is graded.
#[derive(Debug, Args)]
#[command(next_help_heading = models::HEADING)]
struct ModelArguments {
    /// Model to grade: a name from `examen models`, a file, a folder, hf:ORG/REPO, or a server's name for it. Several are
    /// graded one after the other
    #[arg(
        long,
        alias = "model-id",
        value_name = "MODEL",
        required_unless_present = "model_args"
    )]
    model: Vec<String>,
    /// The model as LightEval names it: pretrained=MODEL
    #[arg(long, value_name = "KEY=VALUE,…", conflicts_with = "model")]
    model_args: Option<ModelArgs>,
}

/// Tasks where none are named.
const TASKS: &str = "community|exam_questions|0|0";

/// What it is asked.
#[derive(Debug, Args)]
#[command(next_help_heading = "Exam")]
struct ExamArguments {
    /// The exam: a folder from `examen publish` or of another dataset, a file (Parquet, JSON Lines, JSON, CSV, Arrow), or
    /// `hf:ORG/NAME[/FOLDER][@REVISION]` (default: published)
    #[arg(long, visible_alias = "dataset", value_name = "PATH")]
    input: Option<PathBuf>,
    /// Split of the exam (default: test, else validation, dev or train)
    #[arg(long, value_name = "NAME")]
    split: Option<String>,
    /// Columns of the exam, where they are not recognised: question=stem,choices=options,answer=key. Options in columns of
    /// their own are choices=a+b+c; answer=key:index1 counts options from 1 (also :index0, :label, :text)
    #[arg(long, value_name = "PART=COLUMN,…")]
    columns: Option<Columns>,
    /// Only N questions
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    max_samples: Option<u32>,
    /// Which N: the first, or drawn at random as LightEval draws them
    #[arg(
        long,
        value_enum,
        value_name = "CHOICE",
        default_value_t,
        requires = "max_samples"
    )]
    sample: Sample,
    /// Seed of --sample random (default: 42, as LightEval)
    #[arg(long, value_name = "N", requires = "max_samples")]
    sample_seed: Option<u64>,
    /// How questions are answered: by the likelihood of their options as the task says; by the letters of options that are
    /// shown; hybrid, by the texts of options that are shown; or by a reply that is read for its letter
    #[arg(long, value_enum, value_name = "WAY", default_value_t)]
    answer: AnswerWay,
    /// Most tokens of a reply, thinking included (default: as the task says, else 1024)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    max_new_tokens: Option<u32>,
    /// Thinking before the answer, which is never read for it (--answer generate): auto; off, where a reply that begins with
    /// thoughts is unscored; or a number of tokens on top of --max-new-tokens, where one that thinks for longer is
    #[arg(long, value_name = "TOKENS|off|auto", default_value_t)]
    reasoning: Reasoning,
    /// Keep every reply whole, with its thinking, in replies_….jsonl beside the details, readable for you alone (--answer
    /// generate)
    #[arg(long)]
    record: bool,
    /// Let the model write freely and read its reply, instead of having it write one letter (--answer generate)
    #[arg(long)]
    free_reply: bool,
    /// Put the source before each question: its passage, or all passages of its document (default: closed book)
    #[arg(long, value_enum, value_name = "SOURCE")]
    open_book: Option<OpenBook>,
    /// Folder that `examen generate` wrote the questions to, for --open-book (default: exam_questions)
    #[arg(long, value_name = "DIR", requires = "open_book")]
    sources: Option<PathBuf>,
    /// Words around options that are shown: en, es or a YAML file like theirs (default: the exam's language, else en)
    #[arg(long, value_name = "LANGUAGE|FILE")]
    wording: Option<String>,
    /// Ask through the model's chat template: auto does where it has one, as LightEval does
    #[arg(long, value_enum, value_name = "USE", default_value_t)]
    chat_template: ChatTemplateUse,
    /// System prompt: a message of its own, or the first text where there is no chat template
    #[arg(long, value_name = "TEXT")]
    system_prompt: Option<String>,
    /// Tasks in LightEval's form suite|task|shots|truncate, or a file with one a line; options of a YAML task stand after its name:
    /// my_task.yaml@num_fewshot=5. Shots are solved questions before each question; truncate 1
    /// drops the last ones where the model's context is too short
    #[arg(
        long,
        value_name = "TASK,…|FILE",
        value_delimiter = ',',
        default_value = TASKS
    )]
    tasks: Vec<String>,
}

/// Way in which questions are answered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
enum AnswerWay {
    /// The likeliest of the task's own choices
    #[default]
    Likelihood,
    /// The likeliest letter of options that are shown
    Letters,
    /// The likeliest text of options that are shown
    Hybrid,
    /// The option that a reply names
    Generate,
}

impl From<AnswerWay> for Way {
    fn from(way: AnswerWay) -> Self {
        match way {
            AnswerWay::Likelihood => Self::Likelihood,
            AnswerWay::Letters => Self::Letters,
            AnswerWay::Hybrid => Self::Hybrid,
            AnswerWay::Generate => Self::Generate,
        }
    }
}

/// Use of the model's chat template.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
enum ChatTemplateUse {
    /// Where the model has one
    #[default]
    Auto,
    /// Always; a model without one is an error
    On,
    /// Never
    Off,
}

impl From<ChatTemplateUse> for ChatTemplate {
    fn from(used: ChatTemplateUse) -> Self {
        match used {
            ChatTemplateUse::Auto => Self::Auto,
            ChatTemplateUse::On => Self::On,
            ChatTemplateUse::Off => Self::Off,
        }
    }
}

/// Choice of some of the questions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
enum Sample {
    /// The first ones
    #[default]
    First,
    /// Drawn at random
    Random,
}

/// What is written and printed.
#[derive(Debug, Args)]
#[command(next_help_heading = "Result")]
struct ResultArguments {
    /// Metrics, the headline first (default: those of the way of answering); the list is below
    #[arg(long, value_name = "NAME,…", value_delimiter = ',', value_parser = metric)]
    metrics: Vec<&'static dyn Metric>,
    /// Folder for results and details
    #[arg(
        long,
        alias = "output-dir",
        value_name = "DIR",
        default_value = defaults::RUNS
    )]
    output: PathBuf,
    /// Write the run in formats of other programs too: lm-eval, inspect, hub-results (the list is below)
    #[arg(long, value_name = "FORMAT,…", value_delimiter = ',', value_parser = also)]
    also: Vec<&'static Also>,
    /// The exam's dataset on the Hub, which --also hub-results names (default: that of --input hf:ORG/NAME)
    #[arg(long, value_name = "ORG/NAME[@REVISION]", value_parser = hub_dataset)]
    hub_dataset: Option<HubDataset>,
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
    /// Split of --fewshot-dataset (default: dev, else validation or train)
    #[arg(long, value_name = "NAME", requires = "fewshot_dataset")]
    fewshot_split: Option<String>,
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
  A model behind a server, by its replies:
    examen evaluate --model NAME --base-url http://localhost:8000/v1 --answer generate
  With the result in a pull request to the model's repository on the Hub:
    examen evaluate --model hf:my-org/model --input hf:my-org/exam --push
  For a program:
    examen evaluate --model smollm2-1.7b --format json | jq .metrics";

/// Models, tasks and output of an evaluation.
pub(crate) struct Plan {
    pub(crate) models: Vec<String>,
    pub(crate) hardware: models::Hardware,
    pub(crate) servers: models::Servers,
    pub(crate) tasks: Vec<Planned>,
    pub(crate) judge: JudgeArguments,
    /// The repository that gets the results.
    pub(crate) push: Option<Target>,
}

/// A task and the settings of its runs.
pub(crate) struct Planned {
    pub(crate) task: Arc<Task>,
    pub(crate) settings: Settings,
}

impl Arguments {
    /// The same questions to another model: numbers are read beside each other.
    fn with_another_model(&self) -> Next {
        let next = Next::command("evaluate").option("--model", "smollm2-1.7b");
        let next = match self.exam.tasks.join(",") {
            tasks if tasks == TASKS => next,
            tasks => next.option("--tasks", tasks),
        };
        let next = self.task_files.again(next);
        let input = self.exam.input.iter();
        let next = input.fold(next, |next, path| {
            next.unless(defaults::DATASET, "--input", path)
        });
        next.unless(
            &Way::default().to_string(),
            "--answer",
            Way::from(self.exam.answer).to_string(),
        )
    }
}

pub(crate) fn run(arguments: Arguments) -> Result<Ending, Failure> {
    let format = arguments.result.format;
    let another = arguments.with_another_model();
    let plan = resolve(arguments)?;
    let target = plan.push.clone();
    if let Some(target) = &target {
        until_interrupted(RESUME, target.check())?;
    }
    let mut runs = Vec::new();
    let ended = until_interrupted(RESUME, grade(plan, &mut runs));
    // What was finished before a failure is shown all the same.
    if !runs.is_empty() {
        show(&runs, format)?;
    }
    ended?;
    if let Some(target) = &target {
        until_interrupted(RESUME, target.push(&runs))?;
    }
    Ok(Ending::of(
        runs.iter().all(|run| run.unscored.is_empty()),
        another,
    ))
}

const RESUME: &str = "run the same command again: scored questions are kept and not asked again";

/// Grades the models one after the other, each by all tasks, on a thread of its own, so that Ctrl-C is heard.
pub(crate) async fn grade(plan: Plan, runs: &mut Vec<RunSummary>) -> Result<(), Failure> {
    let pool = plan.servers.pool();
    let judge = plan.judge.connect(&plan, &pool).await?;
    for model in &plan.models {
        let engine = |judge: &Connected| judge.engine_of(model);
        let mut loaded = judge.as_ref().and_then(engine);
        for planned in &plan.tasks {
            let (mut settings, grader) = connect(model, &plan, planned, &pool, &mut loaded).await?;
            let judges = judge.as_ref();
            let judges = judges.map(|judge| plan.judge.judge(&planned.task, judge));
            settings.judge = judges.transpose()?;
            let (task, bar) = (Arc::clone(&planned.task), pool.bar());
            let graded = tokio::task::spawn_blocking(move || {
                let model = match &grader {
                    Grader::Chat(chat) => Model::Chat(&**chat),
                    Grader::Scorer(scorer) => Model::Scorer(&**scorer),
                };
                examen_evaluate::run(&settings, &task, model, &bar)
            });
            let graded = graded
                .await
                .map_err(|error| Failure::new(format!("the evaluation stopped: {error}")))?;
            runs.push(graded?);
        }
    }
    Ok(())
}

/// A model of this process that is loaded once for all tasks.
#[derive(Clone)]
struct Loaded {
    engine: Arc<Engine>,
    fingerprint: String,
}

/// A model of this process or of a server, and the settings of its run.
async fn connect(
    model: &str,
    plan: &Plan,
    planned: &Planned,
    pool: &models::Pool,
    loaded: &mut Option<Loaded>,
) -> Result<(Settings, Grader), Failure> {
    let (way, mut settings) = (planned.task.way, planned.settings.clone());
    let Some(remote) = plan.servers.of(model)? else {
        if loaded.is_none() {
            let new = models::engine(model, plan.hardware, Use::Scoring).await?;
            *loaded = Some(Loaded {
                engine: Arc::new(new.engine),
                fingerprint: new.fingerprint,
            });
        }
        let loaded = loaded.as_ref().expect("it was loaded");
        settings.model_fingerprint.clone_from(&loaded.fingerprint);
        settings.model_origin = origin(model)?;
        let engine = Arc::clone(&loaded.engine);
        let grader = match way {
            Way::Generate => Grader::Chat(engine),
            _ => Grader::Scorer(engine),
        };
        return Ok((settings, grader));
    };
    let served = models::served(model, &remote, &plan.servers, pool)?;
    let address = served.remote().endpoint().to_string();
    settings.model_fingerprint = format!("{address}{}", remote.extras.fingerprint());
    settings.model_origin = Some(address);
    // The scheduler decides how many are asked at once.
    settings.batch_size = usize::MAX;
    let grader = match way {
        Way::Generate => {
            let has_letters = planned.task.kind == Kind::Choice;
            let may_hold = settings.writing.is_constrained && has_letters;
            settings.writing.is_constrained = may_hold && models::can_choose(&served).await?;
            Grader::Chat(served)
        }
        _ => Grader::Scorer(models::scorer(&served, way == Way::Letters).await?.into()),
    };
    Ok((settings, grader))
}

/// The path of a local model; others are told apart by their names.
fn origin(model: &str) -> Result<Option<String>, Failure> {
    let ModelSource::Local(path) = models::locate(model, Use::Scoring)? else {
        return Ok(None);
    };
    let path = path.canonicalize().unwrap_or(path);
    Ok(Some(path.display().to_string()))
}

fn resolve(arguments: Arguments) -> Result<Plan, Failure> {
    let Arguments {
        model,
        hardware,
        servers,
        exam,
        task_files,
        few_shot,
        judge,
        mut result,
        push,
    } = arguments;
    let (models, batch_size) = named(model);
    let target = push.target(&models)?;
    let hub_results = Also::find("hub-results").expect("it is one of the formats");
    let is_written = |also: &&Also| also.name == hub_results.name;
    if push.is_asked() && !result.also.iter().any(is_written) {
        result.also.push(hub_results);
    }
    let asked = Wishes {
        exam,
        task_files,
        few_shot,
        judge,
        result,
        batch_size,
    };
    asked.judge.check(&servers, &models)?;
    let names = asked.exam.tasks.iter().map(|word| TaskName::all(word));
    let names: Vec<TaskName> = names.collect::<Result<Vec<_>, _>>()?.concat();
    let mut tasks = Vec::with_capacity(names.len());
    for name in &names {
        let planned = asked.task(name, || locate(&models, &servers))?;
        check_servers(&planned.task, &models, &servers)?;
        check_replies(&planned.task, &planned.settings)?;
        tasks.push(planned);
    }
    let labels: BTreeSet<String> = tasks.iter().map(|planned| planned.task.label()).collect();
    if labels.len() < tasks.len() {
        return Err(Failure::usage("--tasks names a task twice"));
    }
    Ok(Plan {
        models,
        hardware,
        servers,
        tasks,
        judge: asked.judge,
        push: target,
    })
}

/// Tells a wrong name before an exam is read.
fn locate(models: &[String], servers: &models::Servers) -> Result<(), Failure> {
    for model in models {
        if servers.of(model)?.is_none() {
            models::locate(model, Use::Scoring)?;
        }
    }
    Ok(())
}

/// What is asked of every task.
struct Wishes {
    exam: ExamArguments,
    task_files: TaskFileArguments,
    few_shot: FewShotArguments,
    judge: JudgeArguments,
    result: ResultArguments,
    batch_size: Option<usize>,
}

impl Wishes {
    /// The task of this name with its settings. `locate` is called before rows are read.
    fn task(
        &self,
        name: &TaskName,
        locate: impl Fn() -> Result<(), Failure>,
    ) -> Result<Planned, Failure> {
        let (exam, chosen) = (&self.exam, &self.result.metrics);
        let mut settings = settings_of(exam, &self.result)?;
        settings.batch_size = self.batch_size.unwrap_or(settings.batch_size);
        let way = Way::from(exam.answer);
        let of_file = self.task_files.task(Wanted {
            name,
            dataset: exam.input.as_deref(),
            split: exam.split.as_deref(),
            metrics: chosen,
        })?;
        if of_file.is_none() {
            check_metrics(chosen, way, |reads| reads.is_given_by(way))?;
            let spec = TaskSpec::try_from(name).map_err(|error| Failure::from(error).into_usage());
            check_few_shot(&self.few_shot, spec?)?;
        }
        locate()?;
        let (task, metrics) = match of_file {
            Some(FileTask {
                task,
                own_metrics,
                metrics,
            }) => {
                let has_replies = matches!(task.kind, Kind::Reply(_));
                if own_metrics.is_some() && way == Way::Generate && !has_replies {
                    return Err(Failure::usage(
                        "a metric of the task file reads log-probabilities, and --answer generate gives none",
                    ));
                }
                settings.own_metrics = own_metrics;
                (drawn(task, &self.few_shot)?, metrics)
            }
            None => (self.built_in(name)?, chosen.clone()),
        };
        let task = answered(way, exam.wording.as_deref(), task)?;
        let sources = exam.sources.clone();
        let sources = sources.unwrap_or_else(|| PathBuf::from(defaults::QUESTIONS));
        let task = match exam.open_book {
            Some(book) => open_book::open(task, book, &sources)?,
            None => task,
        };
        let metrics = metrics_of(&task, metrics, !chosen.is_empty())?;
        settings.metrics = self.judge.metrics(&task, metrics)?;
        check_hub_dataset(&mut settings, &task)?;
        Ok(Planned {
            task: Arc::new(with_length(task, exam.max_new_tokens)),
            settings,
        })
    }

    /// A built-in task on an exam.
    fn built_in(&self, name: &TaskName) -> Result<Task, Failure> {
        let spec = TaskSpec::try_from(name)?;
        let exam = &self.exam;
        let reading = Reading {
            split: exam.split.clone(),
            columns: exam.columns.clone().unwrap_or_default(),
            ..Reading::default()
        };
        let dataset = exam.input.clone();
        let dataset = dataset.unwrap_or_else(|| PathBuf::from(defaults::DATASET));
        let rows = exams::read(&dataset, &reading, "--input")?;
        with_examples(spec, &rows, &self.few_shot, reading.columns)
    }
}

fn settings_of(exam: &ExamArguments, result: &ResultArguments) -> Result<Settings, Failure> {
    let mut settings = Settings::new(&result.output, jiff::Timestamp::now);
    settings.max_samples = exam.max_samples.map(|n| n as usize);
    settings.chat_template = exam.chat_template.into();
    settings.system_prompt = exam.system_prompt.clone();
    if let Some(n) = exam.max_new_tokens {
        settings.writing.max_tokens = n as usize;
    }
    settings.writing.reasoning = exam.reasoning;
    settings.records_replies = exam.record;
    let has_budget = matches!(settings.writing.reasoning, Reasoning::Budget(_));
    settings.writing.is_constrained = !exam.free_reply && !has_budget;
    settings.selection = selection(exam.sample, exam.sample_seed)?;
    settings.also.clone_from(&result.also);
    settings.hub_dataset.clone_from(&result.hub_dataset);
    Ok(settings)
}

/// The dataset of the Hub that results name, where they are to.
fn check_hub_dataset(settings: &mut Settings, task: &Task) -> Result<(), Failure> {
    let path = &task.dataset.path;
    if settings.hub_dataset.is_none() && path.starts_with("hf:") {
        settings.hub_dataset = HubDataset::parse(path);
    }
    let is_asked = settings.also.iter().any(|also| also.name == "hub-results");
    match &settings.hub_dataset {
        None if is_asked => Err(Failure::usage(format!(
            "--also hub-results names the exam's dataset on the Hub, and {path} is none"
        ))
        .hint("name the dataset that the exam was published as with --hub-dataset ORG/NAME")),
        _ => Ok(()),
    }
}

/// The format of this name.
fn also(name: &str) -> Result<&'static Also, String> {
    Also::find(name.trim()).ok_or_else(|| {
        let names: Vec<_> = ALSO.iter().map(|also| also.name).collect();
        format!("the formats are {}", names.join(", "))
    })
}

fn hub_dataset(text: &str) -> Result<HubDataset, &'static str> {
    HubDataset::parse(text).ok_or("write ORG/NAME or ORG/NAME@REVISION")
}

/// Refuses what is about replies, of a task that has none.
fn check_replies(task: &Task, settings: &Settings) -> Result<(), Failure> {
    let is_asked = [
        ("--reasoning", settings.writing.reasoning != Reasoning::Auto),
        ("--record", settings.records_replies),
    ];
    let has_replies = task.way == Way::Generate || matches!(task.kind, Kind::Reply(_));
    match is_asked
        .into_iter()
        .find(|&(_, is_asked)| is_asked && !has_replies)
    {
        Some((flag, _)) => Err(Failure::usage(format!(
            "{flag} is about replies, and this task has none"
        ))
        .hint("--answer generate asks for replies")),
        None => Ok(()),
    }
}

/// The task with another limit to its replies, where one was asked for.
fn with_length(mut task: Task, max_new_tokens: Option<u32>) -> Task {
    if let (Kind::Reply(generation), Some(n)) = (&mut task.kind, max_new_tokens) {
        generation.sampling.max_tokens = n as usize;
    }
    task
}

/// Refuses what no server tells.
fn check_servers(task: &Task, models: &[String], servers: &models::Servers) -> Result<(), Failure> {
    if task.kind != Kind::Text {
        return Ok(());
    }
    for model in models {
        if servers.of(model)?.is_some() {
            return Err(Failure::usage(format!(
                "{} scores whole texts, and servers tell no log-probability of a text's first token",
                task.name
            ))
            .hint("run the model here: --model FILE, a short name or hf:ORG/REPO"));
        }
    }
    Ok(())
}

/// The metrics that were asked for, each once; else those of the task's file, where its questions are answered as it says; else those
/// that the way of answering has by default.
fn metrics_of(
    task: &Task,
    metrics: Vec<&'static dyn Metric>,
    is_chosen: bool,
) -> Result<Vec<&'static dyn Metric>, Failure> {
    let mut names = BTreeSet::new();
    let is_new = |metric: &&dyn Metric| names.insert(metric.card().name);
    let metrics: Vec<_> = metrics.into_iter().filter(is_new).collect();
    match check_metrics(&metrics, task.way, |reads| task.gives(reads)) {
        Ok(()) if metrics.is_empty() => Ok(metrics::defaults(task.way)),
        Ok(()) => Ok(metrics),
        Err(_) if !is_chosen => Ok(metrics::defaults(task.way)),
        Err(failure) => Err(failure),
    }
}

/// Refuses a metric that reads what answers do not have.
fn check_metrics(
    metrics: &[&'static dyn Metric],
    way: Way,
    gives: impl Fn(Reads) -> bool,
) -> Result<(), Failure> {
    let cards = metrics.iter().map(|metric| metric.card());
    let unread = cards.into_iter().find(|card| !gives(card.reads));
    let Some(card) = unread else {
        return Ok(());
    };
    let defaults = metrics::ALL.iter().map(|metric| metric.card());
    let defaults = defaults.filter(|card| card.is_default && gives(card.reads));
    let names: Vec<_> = defaults.map(|card| card.name).collect();
    Err(Failure::usage(format!(
        "--metrics {}: it reads what questions answered by `{way}` do not have ({})",
        card.name,
        card.reads.words()
    ))
    .hint(format!("`{way}` has by default {}", names.join(", "))))
}

/// The metric of this name.
fn metric(name: &str) -> Result<&'static dyn Metric, &'static str> {
    metrics::find(name.trim()).ok_or("no metric has this name; `examen evaluate --help` lists them")
}

/// The models' names, and the batch size where LightEval's form has one.
fn named(arguments: ModelArguments) -> (Vec<String>, Option<usize>) {
    match arguments.model_args {
        Some(args) => {
            let name = match args.revision {
                Some(revision) => format!("{}@{revision}", args.model),
                None => args.model,
            };
            (vec![name], args.batch_size)
        }
        None => (arguments.model, None),
    }
}

fn selection(sample: Sample, seed: Option<u64>) -> Result<Selection, Failure> {
    match (sample, seed) {
        (Sample::First, None) => Ok(Selection::First),
        (Sample::Random, seed) => Ok(Selection::Random(seed.unwrap_or(Selection::LIGHTEVAL))),
        (Sample::First, Some(_)) => Err(Failure::usage(
            "--sample-seed says how questions are drawn, but --sample first draws none",
        )
        .hint("draw them with --sample random")),
    }
}

/// A task of a file, with the seed of its examples.
fn drawn(mut task: Task, arguments: &FewShotArguments) -> Result<Task, Failure> {
    if arguments.fewshot_dataset.is_some() {
        return Err(Failure::usage(
            "--fewshot-dataset gives examples of an exam, and the task file names its own",
        ));
    }
    if let Some(seed) = arguments.fewshot_seed {
        task.few_shot.seed = seed;
    }
    task.few_shot.allows_leak |= arguments.fewshot_leak;
    Ok(task)
}

fn check_few_shot(arguments: &FewShotArguments, task: TaskSpec) -> Result<(), Failure> {
    let FewShotArguments {
        fewshot_dataset,
        fewshot_seed,
        fewshot_leak,
        ..
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

/// The task answered in the way that was asked for.
fn answered(way: Way, wording: Option<&str>, task: Task) -> Result<Task, Failure> {
    let is_as_it_says = matches!(task.kind, Kind::Reply(_)) && way == Way::Generate;
    if way == Way::Likelihood || is_as_it_says {
        return match wording {
            None => Ok(task),
            Some(_) => Err(Failure::usage(
                "--wording gives the words around options that are shown, and --answer likelihood shows none",
            )
            .hint("show them with --answer letters or hybrid")),
        };
    }
    Ok(words(wording, &task)?.apply(&task, way)?)
}

/// The wording of this name or file; of the exam's language where none is named, else English.
fn words(wording: Option<&str>, task: &Task) -> Result<Wording, Failure> {
    let Some(name) = wording else {
        let language = task.language().unwrap_or("en");
        let found = Wording::built_in(language).or_else(|| Wording::built_in("en"));
        return Ok(found.expect("there is an English wording"));
    };
    if let Some(built_in) = Wording::built_in(name) {
        return Ok(built_in);
    }
    let file = Path::new(name);
    if file.is_file() {
        return Ok(Wording::read(file)?);
    }
    let known = Wording::languages().join(", ");
    Err(Failure::usage(format!(
        "`{name}` is neither a wording ({known}) nor a file"
    ))
    .hint("a file has the parts of the built-in ones: see the guide, `examen evaluate`"))
}

/// The task on `exam`, with its examples.
fn with_examples(
    spec: TaskSpec,
    exam: &Exam,
    shots: &FewShotArguments,
    columns: Columns,
) -> Result<Task, Failure> {
    let reading = Reading {
        split: shots.fewshot_split.clone(),
        usual_splits: &Reading::EXAMPLES,
        columns,
    };
    let pool = shots
        .fewshot_dataset
        .as_ref()
        .map(|path| exams::read(path, &reading, "--fewshot-dataset"))
        .transpose()?;
    let mut task = spec.task_on(exam, pool.as_ref());
    task.few_shot.seed = shots.fewshot_seed.unwrap_or_default();
    task.few_shot.allows_leak = shots.fewshot_leak;
    Ok(task)
}

/// Prints the runs for people or programs: one by itself, several in one table by the headline metric.
pub(crate) fn show(runs: &[RunSummary], format: Format) -> Result<(), Failure> {
    for run in runs {
        for warning in &run.warnings {
            match runs {
                [_] => console::warn(warning),
                _ => console::warn(&format!("{}: {warning}", run.model)),
            }
        }
    }
    match (format, runs) {
        (Format::Json, [run]) => console::print_json(run),
        (Format::Json, runs) => console::print_json(&runs),
        (_, [run]) => print_table(run.table(), &run.files),
        (_, runs) => {
            let files: Vec<PathBuf> = runs.iter().flat_map(|run| run.files.clone()).collect();
            print_table(comparison(runs), &files)
        }
    }
}

fn print_table(table: SummaryTable, files: &[PathBuf]) -> Result<(), Failure> {
    let facts: Vec<_> = table
        .facts
        .iter()
        .map(|(name, value)| format!("{name:<10} {value}"))
        .collect();
    let files: Vec<_> = files
        .iter()
        .map(|file| format!("wrote      {}", file.display()))
        .collect();
    let rest = match table.rest.is_empty() {
        true => String::new(),
        false => format!(
            "\n\nOther metrics\n{}",
            console::table(&table.columns, table.rest)
        ),
    };
    console::print(&format!(
        "{}\n\n{}{rest}\n\n{}",
        console::table(&table.columns, table.rows),
        facts.join("\n"),
        files.join("\n")
    ))
}

/// The metrics that there are, and examples.
fn after_help() -> String {
    let also: Vec<_> = ALSO
        .iter()
        .map(|also| format!("  {:<12} {}", also.name, also.about))
        .collect();
    format!(
        "Metrics (by default the accuracy of the answer with the largest):\n{}\nFormats of --also:\n{}\n\n{EXAMPLES}",
        metrics::help(metrics::ALL),
        also.join("\n")
    )
}

#[cfg(test)]
mod tests {
    #[test]
    fn help_lists_every_metric() {
        let help = super::after_help();
        for metric in examen_evaluate::metrics::ALL {
            assert!(help.contains(metric.card().name.as_ref()), "{help}");
        }
    }
}
