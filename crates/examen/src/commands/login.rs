//! `examen login`: a token of the Hub, kept where `hf auth login` keeps it.

use crate::{
    console,
    failure::{Ending, Failure},
    interrupt::until_interrupted,
    models,
    next::Next,
    paths,
};
use clap::Args;
use examen_hub::{Account, HubAccess};
use std::io::{self, BufRead, Read};

/// Most bytes of a token.
const MAX_TOKEN: u64 = 4096;

/// Keep a token of the Hugging Face Hub, for pushing and for private repositories
///
/// Asks for the token, or reads it from standard input; asks the Hub whose it is; and keeps it in the file where the official
/// `hf auth login` does (HF_TOKEN_PATH, else HF_HOME/token), readable by nobody else. HF_TOKEN goes before it.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {}

const EXAMPLES: &str = "\
Examples:
  examen login
  examen login < token.txt
  HF_ENDPOINT=http://hub.example.org:8088 examen login";

pub(crate) fn run(_: Arguments) -> Result<Ending, Failure> {
    let file = paths::hub_token().ok_or_else(|| {
        Failure::new("no home folder to keep a token in").hint("set HF_TOKEN_PATH to a file")
    })?;
    let access = HubAccess {
        token: Some(asked()?),
        ..models::hub_access()
    };
    let account = until_interrupted("nothing was kept", async {
        Ok(examen_hub::account(&access).await?)
    })?;
    let token = access.token.unwrap_or_default();
    examen_files::atomic::write_bytes(&file, token.as_bytes())?;
    console::say(&format!("logged in as {}", told(&account)));
    console::say(&format!("the token is in {}", file.display()));
    if paths::variable("HF_TOKEN").is_some() {
        console::warn("HF_TOKEN is set, and goes before the token that was kept");
    }
    Ok(Ending::complete(
        Next::command("publish").option("--repo-id", format!("{}/exam", account.name)),
    ))
}

/// The account in words.
pub(super) fn told(account: &Account) -> String {
    let Account {
        name,
        organizations,
        endpoint,
    } = account;
    match organizations.is_empty() {
        true => format!("{name} at {endpoint}"),
        false => format!("{name} at {endpoint}, of {}", organizations.join(", ")),
    }
}

/// The token that is typed, or piped in.
fn asked() -> Result<String, Failure> {
    if console::is_interactive() {
        console::say(
            "token (it is not shown; make one in the settings of your account on the Hub):",
        );
    }
    let mut line = String::new();
    let _hidden = console::Hidden::begin();
    let read = io::stdin().lock().take(MAX_TOKEN).read_line(&mut line);
    read.map_err(|error| Failure::new(format!("could not read the token: {error}")))?;
    let token = line.trim();
    let is_token = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
    match is_token {
        true => Ok(token.to_owned()),
        false => Err(Failure::usage("that is no token")
            .hint("a token is one word; on a terminal paste it, else `examen login < FILE`")),
    }
}
