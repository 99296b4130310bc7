//! Events of the stages and libraries as lines on stderr.

use super::shown::LogLines;
use crate::paths;
use clap::ValueEnum;
use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;

/// How much is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogLevel {
    Error,
    Warn,
    Info,
    Debug,
}

/// How a line of the log looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    Text,
    Json,
}

/// Sends events to stderr: our warnings by default, with `-v` more of ours and the libraries' warnings; whatever
/// `EXAMEN_LOG` says where it is set, and the command's own flag above all.
pub(crate) fn start_logging(verbose: u8, chosen: Option<LogLevel>, format: LogFormat) {
    let usual = [LogLevel::Warn, LogLevel::Info, LogLevel::Debug][usize::from(verbose.min(2))];
    let variable = paths::variable("EXAMEN_LOG").filter(|_| chosen.is_none());
    let filter = variable.unwrap_or_else(|| directives(chosen.unwrap_or(usual), verbose > 0));
    let is_json = format == LogFormat::Json;
    let events = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(filter))
        .with_writer(move || LogLines { is_json })
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false);
    match format {
        LogFormat::Text => events.init(),
        LogFormat::Json => events
            .json()
            .flatten_event(true)
            .with_current_span(true)
            .with_span_list(false)
            .init(),
    }
}

/// Our own events of a level, and, if they are wanted, the libraries' warnings.
fn directives(level: LogLevel, with_libraries: bool) -> String {
    let level = match level {
        LogLevel::Error => "error",
        LogLevel::Warn => "warn",
        LogLevel::Info => "info",
        LogLevel::Debug => "debug",
    };
    let others = if with_libraries { "warn" } else { "off" };
    let stages = STAGES
        .map(|stage| format!("examen_{stage}={level}"))
        .join(",");
    format!("{others},examen={level},{stages}")
}

const STAGES: [&str; 8] = [
    "llm", "engine", "generate", "argilla", "annotate", "hub", "publish", "evaluate",
];
