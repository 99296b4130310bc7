//! `examen generate --dry-run`: what a run would ask, what it would cost and how long it would take.

use crate::{
    console::{self, Bar, Format},
    failure::{Ending, Failure},
    interrupt::until_interrupted,
    models::{self, Counter, Estimate},
    next::this_without,
};
use examen_generate::{Earlier, Plan, Settings};
use examen_llm::Usage;
use serde::Serialize;

/// A plan with what its calls would take.
#[derive(Debug, Serialize)]
struct Priced {
    #[serde(flatten)]
    plan: Plan,
    /// US dollars at most, if every question is accepted at once; `None` if the model's price is not known.
    max_cost: Option<f64>,
    /// The time on this machine; `None` for a model behind a server.
    #[serde(skip_serializing_if = "Option::is_none")]
    time: Option<Estimate>,
}

/// More documents than this are counted, not listed.
const MOST_LISTED: usize = 40;

/// Plans the run and prints the plan.
pub(super) fn run(
    settings: &Settings,
    writer: &models::Writer,
    checker: Option<&models::Writer>,
    tokens_per_second: Option<f64>,
    format: Format,
) -> Result<Ending, Failure> {
    let planning = plan(settings, writer, checker, tokens_per_second);
    let plan = until_interrupted("nothing was begun", planning)?;
    show(&plan, format)?;
    Ok(Ending::complete(this_without("--dry-run")))
}

async fn plan(
    settings: &Settings,
    writer: &models::Writer,
    checker: Option<&models::Writer>,
    tokens_per_second: Option<f64>,
) -> Result<Priced, Failure> {
    super::tell_if_asked_anew(&Earlier::read(settings)?, settings, &writer.model)?;
    let counter = Counter::of(writer).await?;
    let plan = examen_generate::plan(settings, &|text| counter.count(text), &Bar::new())?;
    Ok(Priced {
        max_cost: max_cost(&plan, writer, checker)?,
        time: counter.estimate(&plan, writer.hardware, tokens_per_second),
        plan,
    })
}

/// Upper bound on the cost of both models' calls.
fn max_cost(
    plan: &Plan,
    writer: &models::Writer,
    checker: Option<&models::Writer>,
) -> Result<Option<f64>, Failure> {
    let cost = |model: &models::Writer, input: usize, output: usize| {
        let tokens = Usage {
            input_tokens: input as u64,
            output_tokens: output as u64,
        };
        Ok::<_, Failure>(models::price(model)?.map(|price| price.dollars(tokens)))
    };
    let of_writing = cost(writer, plan.input_tokens, plan.max_output_tokens)?;
    let of_checks = match (checker, &plan.checks) {
        (Some(checker), Some(checks)) => {
            cost(checker, checks.input_tokens, checks.max_output_tokens)?
        }
        _ => Some(0.0),
    };
    Ok(of_writing
        .zip(of_checks)
        .map(|(writing, checks)| writing + checks))
}

fn show(priced: &Priced, format: Format) -> Result<(), Failure> {
    if format == Format::Json {
        return console::print_json(priced);
    }
    let plan = &priced.plan;
    for unreadable in plan.unreadable.iter().take(MOST_LISTED) {
        console::warn(&format!("{} {}", unreadable.path, unreadable.reason));
    }
    if plan.other_files > 0 {
        console::say(&format!(
            "note: {} files are skipped: their format is not read",
            plan.other_files
        ));
    }
    console::print(&format!(
        "{}\n{}\n{} calls (at most {}), about {} tokens of prompts, at most {} of replies\n{}{}{}Nothing was asked.",
        documents(plan),
        passages(plan),
        plan.calls,
        plan.max_calls,
        plan.input_tokens,
        plan.max_output_tokens,
        checks(plan),
        cost(priced.max_cost),
        priced
            .time
            .as_ref()
            .map(|time| format!("{time}\n"))
            .unwrap_or_default(),
    ))
}

fn passages(plan: &Plan) -> String {
    let pairs = match plan.pairs {
        0 => String::new(),
        pairs => format!(" and {pairs} pairs of them"),
    };
    let skipped = super::report::listed(" besides those skipped: ", &plan.left_chunks);
    format!(
        "{} passages{pairs}{skipped}, {} questions asked for",
        plan.chunks, plan.questions
    )
}

fn cost(max_cost: Option<f64>) -> String {
    match max_cost {
        Some(0.0) => String::new(),
        Some(cost) => format!(
            "at most ${cost:.2} (if every reply is --max-new-tokens long; usually much less)\n"
        ),
        None => "price unknown: give it with --price IN,OUT, a check model's with --check-price\n"
            .to_owned(),
    }
}

fn checks(plan: &Plan) -> String {
    let Some(checks) = &plan.checks else {
        return String::new();
    };
    format!(
        "checks: {} calls, about {} tokens of prompts, at most {} of replies (more if the check model thinks first)\n",
        checks.calls, checks.input_tokens, checks.max_output_tokens
    )
}

fn documents(plan: &Plan) -> String {
    let rows = plan.documents.iter().take(MOST_LISTED).map(|document| {
        let language = match document.prompts == document.language.base() {
            true => document.language.to_string(),
            false => format!("{} (prompts in {})", document.language, document.prompts),
        };
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
