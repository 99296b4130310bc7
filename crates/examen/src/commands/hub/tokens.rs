//! Tokens of a hub.

use super::DataArguments;
use crate::{
    console,
    failure::{Ending, Failure},
};
use clap::{Args, Subcommand};
use examen_hub_server::{Kind, RepositoryName, Rights, Tokens, new_token};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make a token and show it once; a running hub takes it at its next start
    Add {
        /// Whose it is
        #[arg(value_name = "NAME")]
        name: String,
        /// It may read and not write
        #[arg(long)]
        read: bool,
        #[command(flatten)]
        data: DataArguments,
    },
    /// List whose tokens there are
    List {
        #[command(flatten)]
        data: DataArguments,
    },
    /// Remove all tokens of a name; a running hub takes them until it is started anew
    Remove {
        /// Whose
        #[arg(value_name = "NAME")]
        name: String,
        #[command(flatten)]
        data: DataArguments,
    },
}

pub(super) fn run(arguments: Arguments) -> Result<Ending, Failure> {
    match arguments.action {
        Action::Add { name, read, data } => {
            let (mut tokens, token) = (open(&data)?, new_token());
            let rights = if read { Rights::Read } else { Rights::Write };
            add(&mut tokens, &name, rights, &token)?;
            console::insist(&format!(
                "token of `{name}`, to {}: {token}   (shown only now)",
                rights.name()
            ));
        }
        Action::List { data } => {
            let tokens = open(&data)?;
            let rows = tokens
                .list()
                .iter()
                .map(|token| vec![token.name.clone(), token.rights.name().to_owned()]);
            console::print(&(console::table(&["name", "may"], rows.collect()) + "\n"))?;
        }
        Action::Remove { name, data } => {
            let removed = open(&data)?.remove(&name)?;
            if removed == 0 {
                return Err(Failure::usage(format!("`{name}` has no token here")));
            }
            console::say(&format!("{removed} tokens of `{name}` were removed"));
        }
    }
    Ok(Ending::silent())
}

pub(super) fn open(data: &DataArguments) -> Result<Tokens, Failure> {
    let opened = Tokens::open(&data.data);
    opened.map_err(|error| {
        Failure::new(format!(
            "could not read the tokens in {}: {error}",
            data.data.display()
        ))
    })
}

/// Keeps a token, if the name can be a namespace.
pub(super) fn add(
    tokens: &mut Tokens,
    name: &str,
    rights: Rights,
    token: &str,
) -> Result<(), Failure> {
    RepositoryName::of_id(Kind::Dataset, &format!("{name}/name")).map_err(Failure::usage)?;
    Ok(tokens.add(name, rights, token)?)
}
