//! The commands, one file each: arguments → settings → the stage → what the user reads.
//!
//! A new command is a file with `Arguments` and `run`, its `mod` line, and its line in the list: help, parser and dispatch
//! are made from that.

mod annotate;
mod audit;
mod backup;
mod completions;
mod demo;
mod doctor;
mod evaluate;
mod extract_document;
mod generate;
mod hub;
mod login;
mod logout;
mod man_pages;
mod models;
mod prompts;
mod publish;
mod restore;
mod run_python;
mod run_template;
mod score;
mod serve;
mod tasks;
mod view;
mod whoami;

use crate::{
    console::{LogFormat, LogLevel},
    failure::{Ending, Failure},
};

/// Makes the enum of commands, in the order of the help, and what runs them.
macro_rules! commands {
    ($($variant:ident($module:ident)),* $(,)?) => {
        /// A command with its arguments. Its words in the help are the doc comment of the arguments.
        #[derive(Debug, clap::Subcommand)]
        pub(crate) enum Command {
            $($variant(Box<$module::Arguments>),)*
        }

        /// Runs one command to its end.
        pub(crate) fn run(command: Command) -> Result<Ending, Failure> {
            match command {
                $(Command::$variant(arguments) => $module::run(*arguments),)*
            }
        }
    };
}

commands! {
    Generate(generate),
    Annotate(annotate),
    Serve(serve),
    Publish(publish),
    Evaluate(evaluate),
    View(view),
    Hub(hub),
    Tasks(tasks),
    Demo(demo),
    Models(models),
    Doctor(doctor),
    Prompts(prompts),
    Score(score),
    Login(login),
    Logout(logout),
    Whoami(whoami),
    Backup(backup),
    Restore(restore),
    Audit(audit),
    Completions(completions),
    ManPages(man_pages),
    ExtractDocument(extract_document),
    RunTemplate(run_template),
    RunPython(run_python),
}

impl Command {
    /// Log level and format that the command wants; only the server has any.
    pub(crate) fn logging(&self) -> (Option<LogLevel>, LogFormat) {
        match self {
            Self::Serve(arguments) => (arguments.logging().level, arguments.logging().format),
            Self::Hub(arguments) => arguments.logging(),
            _ => (None, LogFormat::Text),
        }
    }
}
