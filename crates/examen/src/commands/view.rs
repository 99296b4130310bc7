//! `examen view`: runs as one page on which every question can be looked at.

use crate::{
    console,
    failure::{Ending, Failure},
    holdings::{self, Holding},
};
use clap::Args;
use examen_core::Question;
use examen_evaluate::{StoredQuestion, StoredRun, find_runs};
use examen_files::{atomic, distiset};
use examen_page::{ViewedAnswer, ViewedOutcome, ViewedQuestion, ViewedRun, Viewer};
use std::{
    collections::{BTreeMap, HashMap},
    path::{Path, PathBuf},
};

/// Look at the questions and answers of runs, on a page
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Results of `examen evaluate`: its folder (the latest run of each model and task), a run.json or the folder of one
    #[arg(value_name = "RUN", default_value = crate::defaults::RUNS)]
    runs: Vec<PathBuf>,
    /// The page
    #[arg(long, short, value_name = "FILE", default_value = "view.html")]
    output: PathBuf,
    /// Folder that `examen generate` wrote the questions to, for passages and quotes that the exam does not have (default:
    /// exam_questions, where it is there)
    #[arg(long, value_name = "DIR")]
    sources: Option<PathBuf>,
    /// Do not open the page in the browser
    #[arg(long)]
    no_open: bool,
}

const EXAMPLES: &str = "\
Examples:
  The latest runs in evals/:
    examen view
  Two runs side by side, into a file for someone else:
    examen view evals/details/A/2026-11-24T12-00-00.000000 evals/details/B/2026-11-24T13-00-00.000000 \\
        --output compared.html --no-open";

pub(crate) fn run(arguments: Arguments) -> Result<Ending, Failure> {
    let mut runs = Vec::new();
    for path in &arguments.runs {
        runs.extend(found(path)?);
    }
    let runs = runs.iter().map(|path| StoredRun::read(path));
    let runs: Vec<StoredRun> = runs.collect::<Result<_, _>>()?;
    let sources = sources(arguments.sources.as_deref())?;
    let viewer = viewer(&runs, &sources);
    let html = viewer.to_html();
    let html = html.map_err(|error| Failure::new(format!("could not make the page: {error}")))?;
    atomic::write_bytes(&arguments.output, html.as_bytes())?;
    let (n, n_runs) = (viewer.questions.len(), runs.len());
    console::print(&format!(
        "{n} questions of {n_runs} runs\nwrote      {}",
        arguments.output.display()
    ))?;
    if !arguments.no_open && console::is_interactive() {
        show(&arguments.output);
    }
    Ok(Ending::silent())
}

fn show(page: &Path) {
    if let Err(error) = open::that_detached(page) {
        console::say(&format!("note: no browser was opened: {error}"));
    }
}

/// The runs in a folder. Other folders that commands write are named; they have no page of this kind.
fn found(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    let other = Holding::of(path).filter(|holding| *holding != Holding::Runs);
    if !path.exists() || other.is_some() {
        return Err(holdings::missing(Holding::Runs, path, "RUN").into_usage());
    }
    let runs = find_runs(path)?;
    if runs.is_empty() {
        return Err(holdings::missing(Holding::Runs, path, "RUN").into_usage());
    }
    Ok(runs)
}

/// Passages and quotes by the question's id.
fn sources(folder: Option<&Path>) -> Result<HashMap<String, Question>, Failure> {
    let usual = Path::new(crate::defaults::QUESTIONS);
    let folder = match folder {
        Some(folder) => folder,
        None if Holding::of(usual) == Some(Holding::Questions) => usual,
        None => return Ok(HashMap::new()),
    };
    let rows: Vec<Question> = distiset::read_rows(folder, "questions", "train")?;
    let by_id = |question: Question| (question.question_id.to_string(), question);
    Ok(rows.into_iter().map(by_id).collect())
}

fn viewer(runs: &[StoredRun], sources: &HashMap<String, Question>) -> Viewer {
    let names = names(runs);
    let mut questions: Vec<ViewedQuestion> = Vec::new();
    // A run of another task or model that asked the same question stands beside it.
    let mut indices = HashMap::<(&str, &str), usize>::new();
    for (at, run) in runs.iter().enumerate() {
        for question in &run.questions {
            let key = (question.id.as_str(), question.question.as_str());
            let index = *indices.entry(key).or_insert_with(|| {
                questions.push(viewed(question, sources, runs.len()));
                questions.len() - 1
            });
            questions[index].answers[at] = Some(answer(question));
        }
    }
    let viewed = runs.iter().zip(names).map(|(run, name)| ViewedRun {
        name,
        result: result(run),
    });
    Viewer {
        title: title(runs),
        runs: viewed.collect(),
        labels: StoredQuestion::LABELS.map(str::to_owned).to_vec(),
        questions,
    }
}

fn title(runs: &[StoredRun]) -> String {
    let mut datasets: Vec<&str> = runs
        .iter()
        .map(|run| run.summary.dataset.as_str())
        .collect();
    datasets.dedup();
    datasets.join(", ")
}

/// Models, with what else tells them apart where that is needed.
fn names(runs: &[StoredRun]) -> Vec<String> {
    let with_task = |run: &StoredRun| format!("{} · {}", run.summary.model, run.summary.task);
    let mut n_of = BTreeMap::<String, usize>::new();
    for run in runs {
        *n_of.entry(run.summary.model.clone()).or_default() += 1;
        *n_of.entry(with_task(run)).or_default() += 1;
    }
    let name =
        |(at, run): (usize, &StoredRun)| match (n_of[&run.summary.model], n_of[&with_task(run)]) {
            (1, _) => run.summary.model.clone(),
            (_, 1) => with_task(run),
            _ => format!("{} · run {}", with_task(run), at + 1),
        };
    runs.iter().enumerate().map(name).collect()
}

/// The headline with its interval.
fn result(run: &StoredRun) -> String {
    let summary = &run.summary;
    let metric = summary.headline();
    let value = metric
        .value
        .map_or("–".to_owned(), |value| format!("{value:.4}"));
    let interval = metric.interval.map(|interval| {
        let percent = interval.confidence.level() * 100.0;
        format!(
            " ({:.4} – {:.4}, {percent:.0} %)",
            interval.low, interval.high
        )
    });
    format!(
        "{} {value}{} · {} · answers by {} · {} of {} questions scored",
        metric.name,
        interval.unwrap_or_default(),
        summary.task,
        summary.answer,
        summary.n_scored,
        summary.n_questions
    )
}

fn viewed(
    question: &StoredQuestion,
    sources: &HashMap<String, Question>,
    n_runs: usize,
) -> ViewedQuestion {
    let source = sources.get(&question.id);
    let passage = question.passage.clone();
    let quote = question.quote.clone();
    let labels = StoredQuestion::LABELS.iter();
    ViewedQuestion {
        id: question.id.clone(),
        question: question.question.clone(),
        labels: labels
            .map(|name| question.labels.get(name).cloned())
            .collect(),
        options: question.options.clone(),
        keys: question.golds.clone(),
        passage: passage.or_else(|| Some(source?.passage.clone())),
        quote: quote.or_else(|| source?.quote.clone()),
        answers: vec![None; n_runs],
    }
}

fn answer(question: &StoredQuestion) -> ViewedAnswer {
    let outcome = match (&question.unscored, question.is_right) {
        (Some(_), _) => ViewedOutcome::Unscored,
        (None, Some(true)) => ViewedOutcome::Right,
        (None, Some(false)) => ViewedOutcome::Wrong,
        (None, None) => ViewedOutcome::Scored,
    };
    let are_options = question
        .choices
        .iter()
        .map(|choice| choice.trim())
        .eq(question.options.iter().map(|option| option.trim()));
    ViewedAnswer {
        outcome,
        choice: question.choice,
        log_probs: question.log_probs.clone(),
        prompt: question.prompt.clone(),
        scored: match are_options || question.log_probs.is_empty() {
            true => Vec::new(),
            false => question.choices.clone(),
        },
        reply: question.reply.clone(),
        reason: question.unscored.clone(),
        metrics: question.metrics.clone(),
    }
}
