//! `examen doctor`: what a model, or the server that it is behind, can do.

mod local;
mod probes;
mod remote;

use crate::{
    console::{self, Format},
    failure::{Ending, Failure},
    interrupt::until_interrupted,
    models::{self, Address},
    next::Next,
};
use clap::Args;
use serde::Serialize;

/// Check what a model or its server can do
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Model to check, named as for `examen generate`
    #[arg(long, alias = "model-id", value_name = "MODEL", help_heading = models::HEADING)]
    model: String,
    #[command(flatten)]
    hardware: models::Hardware,
    /// Format of the result
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Format::Text, help_heading = "Result")]
    format: Format,
    #[command(flatten)]
    address: models::Address,
}

const EXAMPLES: &str = "\
Examples:
  A local model:
    examen doctor --model smollm2-135m
  Your own server:
    examen doctor --model NAME --base-url http://localhost:8000/v1
  A vendor (the key is in OPENAI_API_KEY):
    examen doctor --model gpt-4o-mini --provider openai
  For a program:
    examen doctor --model NAME --provider ollama --format json | jq .checks

Makes about eighteen short calls to the named server, or loads the model into this process. Exit code 0:
`examen generate` can use it; 1: it cannot. The last line names the ways in which `examen evaluate` can
grade it (--answer).";

/// Outcome of one check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    Passed,
    Failed,
    /// It could not be found out, or there is nothing to judge.
    Unknown,
}

/// One thing that was looked at.
#[derive(Debug, Clone, Serialize)]
struct Check {
    check: &'static str,
    outcome: Outcome,
    /// Finding of the check.
    found: String,
    /// Meaning of the finding, and what to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<String>,
    /// True if generate cannot do without it.
    needed: bool,
}

impl Check {
    fn passed(check: &'static str, found: impl Into<String>) -> Self {
        Self {
            check,
            outcome: Outcome::Passed,
            found: found.into(),
            advice: None,
            needed: false,
        }
    }

    fn failed(check: &'static str, found: impl Into<String>) -> Self {
        Self {
            outcome: Outcome::Failed,
            ..Self::passed(check, found)
        }
    }

    fn unknown(check: &'static str, found: impl Into<String>) -> Self {
        Self {
            outcome: Outcome::Unknown,
            ..Self::passed(check, found)
        }
    }

    fn advice(self, advice: impl Into<String>) -> Self {
        Self {
            advice: Some(advice.into()),
            ..self
        }
    }

    /// Generate cannot do without it.
    fn needed(self) -> Self {
        Self {
            needed: true,
            ..self
        }
    }
}

/// Everything that was looked at.
#[derive(Debug, Serialize)]
struct Report {
    model: String,
    /// The server's address; nothing for a model in this process.
    #[serde(skip_serializing_if = "Option::is_none")]
    server: Option<String>,
    can_generate: bool,
    /// Ways in which evaluate can grade it: values of `--answer`.
    can_answer: Vec<&'static str>,
    checks: Vec<Check>,
}

/// Ways of `evaluate --answer`, and the checks that they need.
const WAYS: [(&str, &str); 4] = [
    ("likelihood", "likelihood"),
    ("letters", "letters"),
    ("hybrid", "likelihood"),
    ("generate", "reply"),
];

fn can_answer(checks: &[Check]) -> Vec<&'static str> {
    let passed = |name: &str| {
        let mut named = checks.iter().filter(|check| check.check == name);
        named.any(|check| check.outcome == Outcome::Passed)
    };
    let ways = WAYS.into_iter().filter(|(_, check)| passed(check));
    ways.map(|(way, _)| way).collect()
}

pub(crate) fn run(arguments: Arguments) -> Result<Ending, Failure> {
    let server = arguments.address.server(&arguments.model)?;
    let looking = look(&arguments, server);
    let report = until_interrupted("nothing was changed", looking)?;
    show(&report, arguments.format)?;
    if report.can_generate {
        return Ok(Ending::complete(next(&arguments)));
    }
    let failed = report
        .checks
        .iter()
        .find(|check| check.needed && check.outcome == Outcome::Failed);
    let failure = Failure::new(format!("generate cannot use `{}`", report.model));
    Err(match failed.and_then(|check| check.advice.as_ref()) {
        Some(advice) => failure.hint(advice),
        None => failure,
    })
}

/// Writing questions with the model.
fn next(arguments: &Arguments) -> Next {
    let next = Next::command("generate").option("--model", &arguments.model);
    let Address {
        provider, base_url, ..
    } = &arguments.address;
    let next = provider
        .iter()
        .fold(next, |next, provider| next.option("--provider", provider));
    base_url
        .iter()
        .fold(next, |next, url| next.option("--base-url", url))
}

/// Findings so far. Each is shown as soon as it is there: some checks take a minute on a slow machine.
struct Findings {
    checks: Vec<Check>,
    format: Format,
}

impl Findings {
    fn add(&mut self, check: Check) -> Result<(), Failure> {
        if self.format == Format::Text {
            console::print(&line(&check))?;
        }
        self.checks.push(check);
        Ok(())
    }
}

async fn look(arguments: &Arguments, server: Option<models::Remote>) -> Result<Report, Failure> {
    let (model, format) = (arguments.model.clone(), arguments.format);
    // Some put keys into the query.
    let address = server
        .as_ref()
        .and_then(|remote| remote.base_url.split('?').next().map(str::to_owned));
    if format == Format::Text {
        let place = address.as_deref().unwrap_or("this process");
        console::print(&format!("{model} at {place}\n"))?;
    }
    let mut findings = Findings {
        checks: Vec::new(),
        format,
    };
    match server {
        Some(remote) => remote::look(&model, &remote, &mut findings).await?,
        None => local::look(&model, arguments.hardware, &mut findings).await?,
    }
    let checks = findings.checks;
    let can_generate = !checks
        .iter()
        .any(|check| check.needed && check.outcome != Outcome::Passed);
    Ok(Report {
        model,
        server: address,
        can_generate,
        can_answer: can_answer(&checks),
        checks,
    })
}

/// Shows what follows from the checks, which are shown by then; as JSON, all of it.
fn show(report: &Report, format: Format) -> Result<(), Failure> {
    if format == Format::Json {
        return console::print_json(report);
    }
    console::print(&match report.can_answer.as_slice() {
        [] => "\nevaluate cannot grade it".to_owned(),
        ways => format!("\nevaluate can grade it by --answer {}", ways.join(", ")),
    })
}

fn line(check: &Check) -> String {
    let mark = match check.outcome {
        Outcome::Passed => '✓',
        Outcome::Failed => '✗',
        Outcome::Unknown => '?',
    };
    let advice = check
        .advice
        .as_ref()
        .map(|advice| format!("\n{:17}→ {advice}", ""))
        .unwrap_or_default();
    format!("{mark} {:<14} {}{advice}", check.check, check.found)
}
