//! `examen generate`: documents → questions.

mod model_checks;
mod plan;
mod report;

pub(crate) use report::show;

use crate::{
    commands::extract_document,
    console::{self, Format},
    defaults,
    failure::{Ending, Failure},
    inputs,
    interrupt::until_interrupted,
    models,
    next::Next,
    number::number_in,
};
use clap::Args;
use examen_core::{Difficulty, Kind, Seed};
use examen_engine::EngineOptions;
use examen_generate::{
    Anew, Change, Earlier, GenerateError, Inputs, LanguageRule, Models, Report, Settings,
};
use examen_llm::ChatError;
use model_checks::CheckArguments;
use std::{fs, io, path::PathBuf, sync::Arc};

/// Write exam questions from a folder of documents
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    sources: inputs::Sources,
    /// Folder for the questions; a report is written beside it. Run again with the same folder to continue
    #[arg(
        long,
        alias = "output-path",
        value_name = "DIR",
        default_value = defaults::QUESTIONS,
        help_heading = inputs::HEADING
    )]
    output: PathBuf,
    #[command(flatten)]
    writing: Writing,
    #[command(flatten)]
    hardware: models::Hardware,
    #[command(flatten)]
    wanted: Wanted,
    #[command(flatten)]
    passages: Passages,
    #[command(flatten)]
    checks: CheckArguments,
    #[command(flatten)]
    address: models::Address,
    #[command(flatten)]
    pace: models::Pace,
    #[command(flatten)]
    spending: models::Spending,
    #[command(flatten)]
    showing: Showing,
}

/// The model, and how it writes.
#[derive(Debug, Args)]
#[command(next_help_heading = models::HEADING)]
struct Writing {
    /// Model that writes the questions: a name from `examen models`, a file, a folder or hf:ORG/REPO. With --provider or
    /// --base-url: the server's name for it. With HF_TOKEN set, a bare ORG/NAME is sent to Hugging Face's Inference
    /// Providers
    #[arg(long, alias = "model-id", value_name = "MODEL")]
    model: String,
    /// Ignored: the model's own tokenizer is used
    #[arg(long, value_name = "TOKENIZER", hide = true)]
    tokenizer_id: Option<String>,
    /// Randomness: 0 always takes the likeliest token
    #[arg(long, value_name = "T", default_value_t = 0.7)]
    temperature: f64,
    /// Sample from the likeliest tokens that together have this probability
    #[arg(long, value_name = "P", default_value_t = 0.95)]
    top_p: f64,
    /// Seed: the same seed, model and documents give the same questions (servers may ignore it)
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Longest reply, in tokens
    #[arg(long, value_name = "N", default_value_t = 2048)]
    max_new_tokens: usize,
    /// Ask again up to N times for questions that are missing from a reply
    #[arg(long, value_name = "N", default_value_t = 2)]
    max_re_asks: usize,
}

/// Which questions are wanted.
#[derive(Debug, Args)]
#[command(next_help_heading = "Questions")]
struct Wanted {
    /// Stop after N accepted questions, spread over the documents (default: ask about every passage)
    #[arg(long, visible_alias = "max-questions", value_name = "N")]
    questions: Option<usize>,
    /// Questions to ask for about each passage
    #[arg(long, value_name = "N", default_value = "3", value_parser = clap::value_parser!(u8).range(1..=20))]
    questions_per_chunk: u8,
    /// Most accepted questions about one document
    #[arg(long, value_name = "N")]
    max_per_document: Option<usize>,
    /// Most accepted questions about one section of a document
    #[arg(long, value_name = "N")]
    max_per_section: Option<usize>,
    /// Purpose of the exam in your own words, such as 'for third-year nursing students'; @FILE reads a file
    #[arg(long, value_name = "TEXT")]
    brief: Option<String>,
    /// Kinds of questions: recall, application, analysis
    #[arg(
        long,
        value_name = "KINDS",
        value_delimiter = ',',
        default_value = "recall,application,analysis"
    )]
    kinds: Vec<Kind>,
    /// Difficulty for somebody who has studied the subject: easy, medium, hard
    #[arg(
        long,
        value_name = "DEGREES",
        value_delimiter = ',',
        default_value = "easy,medium,hard"
    )]
    difficulty: Vec<Difficulty>,
    /// Language of the documents and their questions: any ISO 639 code, or PATTERN=CODE for paths; repeatable, the first
    /// that fits counts (default: each passage's own)
    #[arg(long, value_name = "CODE")]
    language: Vec<LanguageRule>,
    /// Also ask about N pairs of related passages in each document, for questions that need both
    #[arg(long, value_name = "N", default_value_t = 0)]
    multi_hop: usize,
    /// Accept questions without a quote from the passage
    #[arg(long)]
    allow_unquoted: bool,
    /// Folder with your own prompts; `examen prompts DIR` writes the built-in ones to edit
    #[arg(long, value_name = "DIR")]
    prompts: Option<PathBuf>,
    /// Have the model summarise each document first, in a call more each; its passages are asked about with the summary in
    /// place of the document's first words
    #[arg(long)]
    summaries: bool,
    /// File with your own example questions, a line of JSON each; the model is shown them instead of the built-in ones of
    /// their language
    #[arg(long, value_name = "FILE")]
    examples: Option<PathBuf>,
}

/// How documents are cut.
#[derive(Debug, Args)]
#[command(next_help_heading = "Passages")]
struct Passages {
    /// Longest passage, in tokens
    #[arg(long, value_name = "N", default_value_t = 512)]
    chunk_tokens: usize,
    /// Tokens that each passage shares with the one before it
    #[arg(long, value_name = "N", default_value_t = 64)]
    chunk_overlap: usize,
}

/// What is printed.
#[derive(Debug, Args)]
#[command(next_help_heading = "Plan and result")]
struct Showing {
    /// Show documents, passages, calls, cost and time; ask the model nothing
    #[arg(long)]
    dry_run: bool,
    /// Speed of a local model, to estimate the time of a --dry-run (default: estimated from its size and the threads)
    #[arg(long, value_name = "N", value_parser = number_in(0.01..=1e6))]
    tokens_per_second: Option<f64>,
    /// Format of the result
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Format::Text)]
    format: Format,
}

impl Wanted {
    fn brief(&self) -> Result<Option<String>, Failure> {
        let Some(brief) = &self.brief else {
            return Ok(None);
        };
        let text = match brief.strip_prefix('@') {
            Some(path) => fs::read_to_string(path).map_err(|error| {
                Failure::usage(format!("could not read the brief in {path}: {error}"))
                    .hint("@ reads a file; without it the text itself is the brief")
            })?,
            None => brief.clone(),
        };
        Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty()))
    }
}

const EXAMPLES: &str = "\
Examples:
  A model on this machine, for the documents in data/:
    examen generate --model qwen2.5-7b
  What it would ask, and how long it would take:
    examen generate --model qwen2.5-7b --dry-run
  150 questions from another folder:
    examen generate --input docs --output out --model qwen2.5-7b --questions 150
  A vendor, with a limit on the cost (the key is in OPENAI_API_KEY):
    examen generate --input docs --model gpt-4o-mini --provider openai --max-cost 2
  Your own server:
    examen generate --input docs --model NAME --base-url http://localhost:8000/v1 --concurrency 32
  A dataset of the Hugging Face Hub as documents:
    examen generate --input 'hf:ORG/NAME/data/*.parquet' --model qwen2.5-7b
  For a purpose:
    examen generate --model qwen2.5-7b --brief 'for third-year nursing students' --kinds application,analysis
  With the settings of an earlier run:
    examen generate --model qwen2.5-7b --config out/distiset_configs/pipeline.yaml";

pub(crate) fn run(arguments: Arguments) -> Result<Ending, Failure> {
    if arguments.writing.tokenizer_id.is_some() {
        console::say("note: --tokenizer-id is not needed: the model's own tokenizer is used");
    }
    let writer = writer(&arguments);
    let checker = arguments.checks.checker(&writer);
    // A wrong name is told before anything is read.
    for model in [Some(&writer), checker.as_ref()].into_iter().flatten() {
        models::check(model)?;
    }
    // Kept to the end: standard input lies in a file that goes with it.
    let resolved = inputs::resolve(&arguments.sources)?;
    let settings = settings(&arguments, resolved.inputs.clone())?;
    check(&settings)?;
    resolved.fetch()?;
    let Showing {
        dry_run,
        tokens_per_second,
        format,
    } = arguments.showing;
    if dry_run {
        return plan::run(
            &settings,
            &writer,
            checker.as_ref(),
            tokens_per_second,
            format,
        );
    }
    let report = until_interrupted(RESUME, write(&settings, &writer, checker.as_ref()))?;
    show(&report, &settings, format)?;
    let summary = &report.summary;
    let is_complete = summary.failed + summary.unreadable == 0
        && summary.accepted > 0
        && summary.stopped.is_none();
    Ok(Ending::of(is_complete, next(&settings, summary.accepted)))
}

/// Next step after a run: loading the questions, or, where there are none, looking at why.
fn next(settings: &Settings, n_accepted: usize) -> Next {
    match n_accepted {
        0 => Next::command("generate").argument("--help"),
        _ => Next::command("annotate").unless(defaults::QUESTIONS, "--input", &settings.output),
    }
}

const RESUME: &str =
    "run the same command again: finished replies are kept and not asked for again";

fn writer(arguments: &Arguments) -> models::Writer {
    models::Writer {
        model: arguments.writing.model.clone(),
        address: arguments.address.clone(),
        pace: arguments.pace.clone(),
        spending: arguments.spending.clone(),
        hardware: arguments.hardware,
    }
}

/// Writes the questions, has them checked if there is a `checker`, and writes the report beside them.
pub(crate) async fn write(
    settings: &Settings,
    writer: &models::Writer,
    checker: Option<&models::Writer>,
) -> Result<Report, Failure> {
    let (chat, checker) = models::chats(writer, checker).await?;
    let earlier = Earlier::read(settings)?;
    chat.already_spent(earlier.spent.writer);
    // Without a check model its price is not known any more; then the writer's stands for it.
    checker
        .as_ref()
        .unwrap_or(&chat)
        .already_spent(earlier.spent.checker);
    let mut settings = Settings {
        model_fingerprint: chat.fingerprint.clone(),
        ..settings.clone()
    };
    if let (Some(checks), Some(checker)) = (&mut settings.model_checks, &checker) {
        checks.fingerprint.clone_from(&checker.fingerprint);
    }
    tell_if_asked_anew(&earlier, &settings, chat.model.id())?;
    let models = Models {
        writer: Arc::clone(&chat.model),
        checker: checker.map(|checker| checker.model),
    };
    let summary = examen_generate::run(&settings, models, &chat.bar())
        .await
        .map_err(|error| unanswered(error, writer))?;
    let report = Report::new(&settings, chat.model.id(), summary, chat.meter());
    report.save(&settings)?;
    Ok(report)
}

/// Warns that the replies of the run before are of no use, before the model is asked for others.
fn tell_if_asked_anew(earlier: &Earlier, settings: &Settings, model: &str) -> Result<(), Failure> {
    let Some(Anew { n_kept, changes }) = earlier.asked_anew(settings, model)? else {
        return Ok(());
    };
    let changes: Vec<String> = changes
        .iter()
        .map(|Change { name, was, is }| format!("{name} (was {was}, is {is})"))
        .collect();
    console::warn(&format!(
        "other settings than in the run before: {}; its {n_kept} kept replies do not fit, and every passage is asked \
         about anew. Stop now (Ctrl-C) and run with the earlier settings, or another --output, to keep its result",
        changes.join(", ")
    ));
    Ok(())
}

/// A failed run. Where nobody answers at an address that the user did not give, its hint asks for something else.
fn unanswered(error: GenerateError, writer: &models::Writer) -> Failure {
    let is_nobody = matches!(error, GenerateError::Model(ChatError::NobodyThere { .. }));
    let failure = Failure::from(error);
    let server = writer.address.server(&writer.model).ok().flatten();
    match server.and_then(|server| server.if_nobody_answers()) {
        Some(hint) if is_nobody => failure.hint(hint),
        _ => failure,
    }
}

/// Refuses what cannot work before a model is fetched for it.
fn check(settings: &Settings) -> Result<(), Failure> {
    examen_generate::check(settings).map_err(|error| match error {
        GenerateError::Setting { .. } | GenerateError::Prompt { .. } => {
            Failure::from(error).into_usage()
        }
        GenerateError::Input { path, source } if source.kind() == io::ErrorKind::NotFound => {
            Failure::new(format!("there are no documents at {}", path.display()))
                .hint("name your documents with --input: folders, files or patterns such as 'docs/**/*.pdf'")
        }
        error => error.into(),
    })
}

fn settings(arguments: &Arguments, inputs: Inputs) -> Result<Settings, Failure> {
    let Arguments {
        writing,
        wanted,
        passages,
        ..
    } = arguments;
    let asked = Settings {
        questions_per_chunk: usize::from(wanted.questions_per_chunk),
        max_questions: wanted.questions,
        max_per_document: wanted.max_per_document,
        max_per_section: wanted.max_per_section,
        chunk_tokens: passages.chunk_tokens,
        chunk_overlap: passages.chunk_overlap,
        seed: Seed(writing.seed),
        temperature: writing.temperature,
        top_p: writing.top_p,
        max_new_tokens: writing.max_new_tokens,
        max_re_asks: writing.max_re_asks,
        languages: wanted.language.clone(),
        require_quote: !wanted.allow_unquoted,
        multi_hop: wanted.multi_hop,
        kinds: wanted.kinds.clone(),
        difficulties: wanted.difficulty.clone(),
        brief: wanted.brief()?,
        prompts: wanted.prompts.clone(),
        examples: wanted.examples.clone(),
        summaries: wanted.summaries,
        model_checks: arguments.checks.settings(),
        reader: Some(extract_document::program(arguments.sources.encoding())?),
        ..Settings::new(inputs, &arguments.output)
    };
    let is_local = arguments.address.server(&writing.model)?.is_none();
    let suited = match is_local {
        true => for_local_model(asked),
        false => asked,
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
