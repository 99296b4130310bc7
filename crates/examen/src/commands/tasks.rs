//! `examen tasks`: which tasks there are, what a model sees of one, and what a task file needs.

use crate::{
    console::{self, Format},
    defaults, exams,
    failure::{Ending, Failure},
    interrupt::until_interrupted,
    models::{self, Use},
    python::PythonArguments,
    task_files,
};
use clap::{Args, Subcommand};
use examen_engine::Engine;
use examen_evaluate::{
    EvaluateError, Kind, Question, Reading, Task, TaskName, TaskSpec,
    bridge::HookRunner,
    tasks::{
        ALL,
        yaml::{Config, Entry, Found, Index, PythonRunner, files, read_file},
    },
};
use examen_llm::Message;
use serde::Serialize;
use std::{
    borrow::Cow,
    path::{Path, PathBuf},
};

/// List, show and check tasks: built-in ones and task files of lm-evaluation-harness
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// List the built-in tasks, and those of task files
    List(ListArguments),
    /// Show the first prompts of a task exactly as a model sees them
    Show(Box<ShowArguments>),
    /// Check task files: what loads, and what would need Python
    Check(CheckArguments),
}

#[derive(Debug, Args)]
struct ListArguments {
    /// File or folder of task files; may be given several times
    #[arg(long, value_name = "PATH")]
    include_path: Vec<PathBuf>,
    /// Format of the list
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Args)]
struct ShowArguments {
    /// Task file (YAML of lm-evaluation-harness, Python of LightEval), a task's name among those of --include-path, or a
    /// built-in task
    #[arg(value_name = "TASK")]
    task: String,
    /// Name of the task, where a Python file has several
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// File or folder of task files; may be given several times
    #[arg(long, value_name = "PATH")]
    include_path: Vec<PathBuf>,
    /// Rows in place of those that the task names: a file, or a folder with splits (default of a built-in task: published)
    #[arg(long, alias = "input", value_name = "PATH")]
    dataset: Option<PathBuf>,
    /// Show the prompts as this model of this machine reads them: through its chat template where it has one, with their tokens
    #[arg(long, value_name = "MODEL")]
    model: Option<String>,
    /// Number of solved questions before each question (default: the task's)
    #[arg(long, value_name = "N")]
    shots: Option<usize>,
    /// Number of prompts to show
    #[arg(long, value_name = "N", default_value_t = 3)]
    limit: usize,
    /// Run functions of the task file that are not evaluated here with Python, without network
    #[arg(long)]
    run_hooks: bool,
    #[command(flatten)]
    python: PythonArguments,
    /// Format of the prompts
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Args)]
struct CheckArguments {
    /// Task files, or folders of them
    #[arg(value_name = "PATH", required = true)]
    files: Vec<PathBuf>,
    /// Format: a table, or one line of JSON a task
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Format::Text)]
    format: Format,
}

const EXAMPLES: &str = "\
Examples:
  What a published exam asks, through a model's chat template:
    examen tasks show exam_questions --dataset published --model smollm2-135m
  What a task of lm-evaluation-harness asks, on rows of your own:
    examen tasks show my_task.yaml --dataset rows.jsonl
  Which tasks of a folder load without Python:
    examen tasks check lm_eval/tasks --format json | jq -r 'select(.needs_python) | .task'";

pub(crate) fn run(arguments: Arguments) -> Result<Ending, Failure> {
    match arguments.what {
        What::List(arguments) => list(&arguments),
        What::Show(arguments) => show(&arguments),
        What::Check(arguments) => check(&arguments),
    }
}

#[derive(Debug, Serialize)]
struct Listed {
    name: String,
    kind: &'static str,
    source: String,
}

fn list(arguments: &ListArguments) -> Result<Ending, Failure> {
    let mut all: Vec<Listed> = ALL
        .iter()
        .map(|task| Listed {
            name: task.name.to_owned(),
            kind: "task",
            source: "built in".to_owned(),
        })
        .collect();
    let index = Index::read(&arguments.include_path)?;
    all.extend(index.names().into_iter().map(|(name, kind)| {
        Listed {
            name: name.to_owned(),
            kind,
            source: index
                .path_of(name)
                .map_or_else(String::new, |path| path.display().to_string()),
        }
    }));
    for (path, _, error) in &index.failures {
        console::warn(&format!("{}: not listed: {error}", path.display()));
    }
    match arguments.format {
        Format::Json => console::print_json(&all)?,
        Format::Text => {
            let rows = all
                .into_iter()
                .map(|one| vec![one.name, one.kind.to_owned(), one.source]);
            console::print(&console::table(&["task", "kind", "source"], rows.collect()))?;
        }
    }
    Ok(match index.failures.is_empty() {
        true => Ending::silent(),
        false => Ending::silent().into_partial(),
    })
}

/// The tasks that a name or file stands for.
fn find(name: &str, include_path: &[PathBuf]) -> Result<Vec<Config>, Failure> {
    let path = Path::new(name);
    let index = match path.exists() {
        true => Index::read(&[path.to_owned()])?,
        false => Index::read(include_path)?,
    };
    let found: Vec<Config> = match path.exists() {
        true => index.tasks().cloned().collect(),
        false => index.find(name).into_iter().cloned().collect(),
    };
    if !found.is_empty() {
        return Ok(found);
    }
    let is_meant = |(path, task, _): &&(PathBuf, Option<String>, _)| {
        path == Path::new(name) || task.as_deref() == Some(name)
    };
    match index.failures.iter().find(is_meant) {
        Some((.., error)) => Err(Failure::usage(error.to_string())),
        None => Err(Failure::usage(format!("there is no task `{name}` here"))
            .hint("`examen tasks list --include-path FOLDER` lists the tasks of a folder")),
    }
}

#[derive(Debug, Serialize)]
struct Shown {
    task: String,
    file: String,
    output_type: &'static str,
    n_shots: usize,
    questions: Vec<Question>,
    /// What `--model` reads, a list a question.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    prompts: Vec<Vec<Prompt>>,
    unaskable: Vec<Unaskable>,
}

/// A prompt as a model reads it.
#[derive(Debug, Serialize)]
struct Prompt {
    chat_template: bool,
    text: String,
    tokens: Vec<u32>,
}

#[derive(Debug, Serialize)]
struct Unaskable {
    id: String,
    reason: String,
}

fn show(arguments: &ShowArguments) -> Result<Ending, Failure> {
    let engine = arguments.model.as_deref().map(loaded).transpose()?;
    let engine = engine.as_ref();
    let all = match Path::new(&arguments.task).extension() {
        Some(extension) if extension == "py" => vec![of_python(arguments, engine)?],
        _ => {
            let name = named(arguments)?;
            match of_built_in(&name, arguments, engine)? {
                Some(shown) => vec![shown],
                None => of_yaml(&name, arguments, engine)?,
            }
        }
    };
    let is_complete = all.iter().all(|one| one.unaskable.is_empty());
    match arguments.format {
        Format::Json => console::print_json(&all)?,
        Format::Text => console::print(&all.iter().map(words).collect::<Vec<_>>().join("\n"))?,
    }
    Ok(match is_complete {
        true => Ending::silent(),
        false => Ending::silent().into_partial(),
    })
}

/// A task of LightEval's file: its only one, or the first.
fn of_python(arguments: &ShowArguments, engine: Option<&Engine>) -> Result<Shown, Failure> {
    let name = TaskName {
        shots: arguments.shots,
        ..arguments.name.as_deref().unwrap_or("*").parse()?
    };
    let file = Path::new(&arguments.task);
    let made = task_files::of_python(
        &arguments.python,
        file,
        &name,
        arguments.dataset.as_deref(),
        None,
    )?;
    shown(
        &made.task,
        &arguments.task,
        "multiple_choice",
        (arguments.limit, engine),
    )
}

/// The task as it is named, with the shots of the flag before those of the name.
fn named(arguments: &ShowArguments) -> Result<TaskName, Failure> {
    let name: TaskName = arguments.task.parse()?;
    Ok(TaskName {
        shots: arguments.shots.or(name.shots),
        ..name
    })
}

/// A built-in task on an exam; `None` where a file is meant.
fn of_built_in(
    name: &TaskName,
    arguments: &ShowArguments,
    engine: Option<&Engine>,
) -> Result<Option<Shown>, Failure> {
    if Path::new(&name.name).exists() || !arguments.include_path.is_empty() {
        return Ok(None);
    }
    let spec = match TaskSpec::try_from(name) {
        Ok(spec) => spec,
        Err(EvaluateError::UnknownTask { .. }) => return Ok(None),
        Err(error) => return Err(Failure::from(error).into_usage()),
    };
    let usual = || PathBuf::from(defaults::DATASET);
    let dataset = arguments.dataset.clone().unwrap_or_else(usual);
    let rows = exams::read(&dataset, &Reading::default(), "--dataset")?;
    let task = spec.task_on(&rows, None);
    let limits = (arguments.limit, engine);
    shown(&task, "built in", "multiple_choice", limits).map(Some)
}

fn of_yaml(
    name: &TaskName,
    arguments: &ShowArguments,
    engine: Option<&Engine>,
) -> Result<Vec<Shown>, Failure> {
    let runner = arguments
        .run_hooks
        .then(|| arguments.python.program().map(HookRunner::new))
        .transpose()?;
    let runner = runner.as_ref().map(|runner| runner as &dyn PythonRunner);
    let mut all = Vec::new();
    for config in find(&name.name, &arguments.include_path)? {
        let mut config = config.with_options(&name.options)?;
        config.num_fewshot = name.shots.unwrap_or(config.num_fewshot);
        let splits = task_files::splits(&config, arguments.dataset.as_deref())?;
        let made = config.task(&splits, runner)?;
        for function in &made.ran {
            console::say(&format!(
                "ran {function} of {} with {}",
                config.path.display(),
                arguments.python.name()
            ));
        }
        let file = config.path.display().to_string();
        all.push(shown(
            &made.task,
            &file,
            config.output_type.name(),
            (arguments.limit, engine),
        )?);
    }
    Ok(all)
}

fn shown(
    task: &Task,
    file: &str,
    output_type: &'static str,
    (limit, engine): (usize, Option<&Engine>),
) -> Result<Shown, Failure> {
    // Through a chat template choices are scored without what stands before them in a bare text.
    let asked = match engine.is_some_and(|engine| is_chat(task, engine)) {
        true => task.for_chat(),
        false => Cow::Borrowed(task),
    };
    let docs = &task.dataset.docs;
    let unaskable = docs.iter().filter_map(|doc| {
        Some(Unaskable {
            id: doc.id.clone(),
            reason: doc.unaskable.as_ref()?.to_string(),
        })
    });
    Ok(Shown {
        task: task.name.clone(),
        file: file.to_owned(),
        output_type,
        n_shots: task.few_shot.n_shots,
        questions: asked.questions(limit)?,
        prompts: match engine {
            Some(engine) => prompts(task, limit, engine)?,
            None => Vec::new(),
        },
        unaskable: unaskable.collect(),
    })
}

/// A model of this machine.
fn loaded(model: &str) -> Result<Engine, Failure> {
    let loading = models::engine(model, models::Hardware::default(), Use::Scoring);
    let again = "what has arrived is kept: run the same command again";
    Ok(until_interrupted(again, loading)?.engine)
}

/// True if a run of the task on this model goes through its chat template.
fn is_chat(task: &Task, engine: &Engine) -> bool {
    engine.description().can_chat && task.kind != Kind::Text
}

/// The first prompts as `engine` reads them in a run.
fn prompts(task: &Task, limit: usize, engine: &Engine) -> Result<Vec<Vec<Prompt>>, Failure> {
    let is_chat = is_chat(task, engine);
    let texts: Vec<Vec<String>> = match is_chat {
        false => task
            .questions(limit)?
            .into_iter()
            .map(|question| question.contexts)
            .collect(),
        true => {
            let render = |messages: &Vec<Message>| engine.render_chat(messages, true);
            let conversations = task.conversations(limit)?;
            let all = conversations
                .iter()
                .map(|all| all.iter().map(render).collect());
            all.collect::<Result<_, _>>()?
        }
    };
    let prompt = |text: String| {
        Ok(Prompt {
            chat_template: is_chat,
            tokens: engine.encode_prompt(&text)?,
            text,
        })
    };
    let all = texts
        .into_iter()
        .map(|texts| texts.into_iter().map(prompt).collect());
    all.collect()
}

/// Prompts for people: what is a model's stands between lines.
fn words(shown: &Shown) -> String {
    let mut out = format!(
        "{} ({}, {} shots), {}\n",
        shown.task, shown.output_type, shown.n_shots, shown.file
    );
    for (n, question) in shown.questions.iter().enumerate() {
        out += &format!("\n── {} ──\n", question.id);
        for prompt in shown.prompts.get(n).into_iter().flatten() {
            let way = match prompt.chat_template {
                true => "through the chat template",
                false => "plain text",
            };
            let n_tokens = prompt.tokens.len();
            out += &format!(
                "{}\n── {n_tokens} tokens, {way}: {:?}\n",
                prompt.text, prompt.tokens
            );
        }
        for (index, choice) in question.choices.iter().enumerate() {
            let context = &question.contexts[index.min(question.contexts.len() - 1)];
            if shown.prompts.is_empty() && (index == 0 || question.contexts.len() > 1) {
                out += &format!("{context}\n");
            }
            let mark = if question.golds.contains(&index) {
                "*"
            } else {
                " "
            };
            out += &format!("  {mark} {choice:?}\n");
        }
        if question.choices.is_empty() && shown.prompts.is_empty() {
            out += &format!("{}\n", question.contexts.join("\n"));
        }
        for reference in &question.references {
            out += &format!("  * {reference:?}\n");
        }
    }
    for one in &shown.unaskable {
        out += &format!("\nnot asked: {}: {}\n", one.id, one.reason);
    }
    out
}

#[derive(Debug, Serialize)]
struct Checked {
    file: String,
    task: Option<String>,
    loads: bool,
    needs_python: bool,
    reason: Option<String>,
    #[serde(skip)]
    is_scored: bool,
}

fn check(arguments: &CheckArguments) -> Result<Ending, Failure> {
    let mut all = Vec::new();
    for path in &arguments.files {
        let files = if path.is_dir() {
            files(path)?
        } else {
            vec![path.clone()]
        };
        for found in files.iter().flat_map(|file| read_file(file)) {
            // Files that only others include describe nothing; they are told where they were named.
            if path.is_dir() && found.is_only_included() {
                continue;
            }
            all.push(checked(&found));
        }
    }
    let is_complete = all.iter().all(|one| one.loads && one.is_scored);
    match arguments.format {
        Format::Json => {
            let lines: Result<Vec<String>, _> = all.iter().map(serde_json::to_string).collect();
            console::print(
                &lines
                    .map_err(|error| Failure::new(error.to_string()))?
                    .join("\n"),
            )?;
        }
        Format::Text => {
            let yes = |value: bool| if value { "yes" } else { "no" }.to_owned();
            let rows = all.into_iter().map(|one| {
                vec![
                    one.task.unwrap_or(one.file),
                    yes(one.loads),
                    yes(one.needs_python),
                    one.reason.unwrap_or_default(),
                ]
            });
            console::print(&console::table(
                &["task", "loads", "needs Python", "reason"],
                rows.collect(),
            ))?;
        }
    }
    Ok(match is_complete {
        true => Ending::silent(),
        false => Ending::silent().into_partial(),
    })
}

fn reason(parts: Vec<String>, fault: Option<String>) -> Option<String> {
    let fault = fault.map(|fault| format!("loads, but is not scored as it stands: {fault}"));
    let all: Vec<String> = parts.into_iter().chain(fault).collect();
    (!all.is_empty()).then(|| all.join("; "))
}

fn checked(found: &Found) -> Checked {
    let mut fault = None;
    let (loads, parts) = match &found.entry {
        Ok(Entry::Task(config)) => {
            fault = config.scoring_fault();
            (true, config.python_parts())
        }
        Ok(Entry::Group(_)) => (true, Vec::new()),
        Ok(Entry::Class(class)) => (false, vec![format!("the task is the Python class {class}")]),
        Err(error) => {
            return Checked {
                file: found.path.display().to_string(),
                task: found.name.clone(),
                loads: false,
                needs_python: false,
                reason: Some(error.to_string()),
                is_scored: true,
            };
        }
    };
    Checked {
        file: found.path.display().to_string(),
        task: found.name.clone(),
        loads,
        needs_python: !parts.is_empty(),
        is_scored: fault.is_none(),
        reason: reason(parts, fault.map(|fault| fault.to_string())),
    }
}
