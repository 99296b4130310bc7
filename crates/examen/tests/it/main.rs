//! The binary as a user runs it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![expect(
    clippy::too_many_lines,
    reason = "a story of several commands reads best in one piece"
)]

mod also;
mod argilla;
mod cli;
mod completions;
mod config;
mod datasets;
mod defaults;
mod docs;
mod doctor;
mod documents;
mod door;
mod dry_run;
mod evaluate;
mod faults;
mod few_shot;
mod graded_servers;
mod harness_parity;
mod hostile;
mod hub;
mod interrupted;
mod model_checks;
mod models;
mod original_flags;
mod pushed;
mod report;
mod score;
mod serve;
mod served_models;
mod support;
mod tasks;
mod view;
mod vocabulary;
