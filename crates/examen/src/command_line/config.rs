//! `--config FILE`: options from a file, put before those of the command line.
//!
//! Keys are the names of options. A table that is named like a command holds options of that command alone, so one file
//! can serve all steps. What the command line gives wins, and so does what it gives in place of an option.

use super::run_settings::{self, Options};
use crate::failure::Failure;
use clap::{Arg, ArgAction, Command};
use examen_core::nearest;
use serde_json::Value;
use std::{
    ffi::{OsStr, OsString},
    fs,
    path::{Path, PathBuf},
};

/// The words of the command line with those of the file that `--config` names, if it is there.
pub(super) fn expand(
    mut words: Vec<OsString>,
    program: &mut Command,
) -> Result<Vec<OsString>, Failure> {
    let Some(path) = named(&words) else {
        return Ok(words);
    };
    // Only then do commands have the options of the program.
    program.build();
    let Some((index, command)) = command(&words, program) else {
        return Ok(words);
    };
    let options = options(&path, command, program)?;
    let given: Vec<&Arg> = words[index + 1..]
        .iter()
        .take_while(|word| *word != "--")
        .filter_map(|word| option_of(word, command))
        .collect();
    let mut added = Vec::new();
    for (name, value) in &options {
        let option = find(name, command).ok_or_else(|| unknown(name, &path, command))?;
        let is_given = |option: &Arg| given.iter().any(|given| given.get_id() == option.get_id());
        let is_replaced = command
            .get_arg_conflicts_with(option)
            .into_iter()
            .any(is_given);
        if !is_given(option) && !is_replaced {
            added.extend(written(name, option, value).ok_or_else(|| bad(name, option, &path))?);
        }
    }
    words.splice(index + 1..index + 1, added);
    Ok(words)
}

/// The file that `--config` names.
fn named(words: &[OsString]) -> Option<PathBuf> {
    let mut words = words.iter().skip(1).take_while(|word| *word != "--");
    while let Some(word) = words.next() {
        if word == "--config" {
            return words.next().map(PathBuf::from);
        }
        if let Some(path) = word
            .to_str()
            .and_then(|word| word.strip_prefix("--config="))
        {
            return Some(PathBuf::from(path));
        }
    }
    None
}

/// The command that is run, and where its name stands.
fn command<'a>(words: &[OsString], program: &'a Command) -> Option<(usize, &'a Command)> {
    let is_path = |index: usize| words[index - 1] == "--config";
    let index = (1..words.len())
        .find(|&index| !is_path(index) && !words[index].to_string_lossy().starts_with('-'))?;
    Some((index, program.find_subcommand(&words[index])?))
}

/// The option that a word of the command line gives.
fn option_of<'a>(word: &OsStr, command: &'a Command) -> Option<&'a Arg> {
    let word = word.to_str()?;
    if let Some(name) = word.strip_prefix("--") {
        return find(name.split_once('=').map_or(name, |(name, _)| name), command);
    }
    let short = word.strip_prefix('-')?.chars().next()?;
    command
        .get_arguments()
        .find(|option| option.get_short() == Some(short))
}

/// The option of this name, or of this other name for it.
fn find<'a>(name: &str, command: &'a Command) -> Option<&'a Arg> {
    let name = name.replace('_', "-");
    let has_name = |option: &&Arg| {
        let others = option.get_all_aliases().unwrap_or_default();
        option.get_long() == Some(name.as_str()) || others.contains(&name.as_str())
    };
    options_of(command).find(has_name)
}

/// The options that a file may give.
fn options_of(command: &Command) -> impl Iterator<Item = &Arg> {
    command.get_arguments().filter(|option| {
        let action = option.get_action();
        let does_something =
            action.takes_values() || matches!(action, ArgAction::SetTrue | ArgAction::Count);
        option.get_long().is_some_and(|name| name != "config") && does_something
    })
}

/// The options in the file that are for this command.
fn options(path: &Path, command: &Command, program: &Command) -> Result<Options, Failure> {
    let read = read(path)?;
    if run_settings::is_run(&read) {
        return match command.get_name() {
            "generate" => Ok(run_settings::options(&read)),
            other => Err(Failure::usage(format!(
                "{} has the settings of a run of `generate`, not of `{other}`",
                path.display()
            ))
            .hint("write a file with the names of this command's options as keys")),
        };
    }
    let (mut options, mut own) = (Options::new(), Options::new());
    for (name, value) in read {
        match (value, program.find_subcommand(&name)) {
            (Value::Object(table), Some(named)) if named.get_name() == command.get_name() => {
                own = table;
            }
            (Value::Object(_), Some(_)) => {}
            (value, _) => {
                options.insert(name, value);
            }
        }
    }
    options.extend(own);
    Ok(options)
}

fn read(path: &Path) -> Result<Options, Failure> {
    let refused = |reason: String| {
        Failure::usage(format!(
            "could not read the config file {}: {reason}",
            path.display()
        ))
    };
    let text = fs::read_to_string(path).map_err(|error| refused(error.to_string()))?;
    let extension = path.extension().and_then(|extension| extension.to_str());
    match extension.unwrap_or_default().to_lowercase().as_str() {
        "toml" => toml::from_str(&text).map_err(|error| refused(format!("\n{error}"))),
        "yaml" | "yml" => {
            serde_saphyr::from_str(&text).map_err(|error| refused(format!("\n{error}")))
        }
        _ => Err(refused("it is neither a .toml nor a .yaml file".to_owned())),
    }
}

/// The words that give the option this value; `None` if it takes no such value.
fn written(name: &str, option: &Arg, value: &Value) -> Option<Vec<OsString>> {
    let flag = format!("--{}", name.replace('_', "-"));
    let with = |value: &Value| {
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Number(_) | Value::Bool(_) => value.to_string(),
            _ => return None,
        };
        Some(OsString::from(format!("{flag}={text}")))
    };
    let times = |n: u64| (0..n).map(|_| OsString::from(&flag)).collect::<Vec<_>>();
    match (option.get_action(), value) {
        (_, Value::Null) => Some(Vec::new()),
        (ArgAction::SetTrue, Value::Bool(is_set)) => Some(times((*is_set).into())),
        (ArgAction::Count, Value::Number(n)) => n.as_u64().map(times),
        (ArgAction::SetTrue | ArgAction::Count, _) => None,
        (ArgAction::Append, Value::Array(values)) => values.iter().map(with).collect(),
        (_, value) => Some(vec![with(value)?]),
    }
}

fn unknown(name: &str, path: &Path, command: &Command) -> Failure {
    let known = options_of(command)
        .filter(|option| !option.is_hide_set())
        .filter_map(Arg::get_long);
    let meant = match nearest(&name.replace('_', "-"), known) {
        Some(meant) => format!("did you mean `{meant}`? "),
        None => String::new(),
    };
    let command = command.get_name();
    Failure::usage(format!(
        "{}: `{command}` has no option `{name}`",
        path.display()
    ))
    .hint(format!(
        "{meant}`examen {command} --help` lists the options; those of another command go under [COMMAND]"
    ))
}

fn bad(name: &str, option: &Arg, path: &Path) -> Failure {
    let wanted = match option.get_action() {
        ArgAction::SetTrue => "true or false",
        ArgAction::Count => "a whole number",
        ArgAction::Append => "a text, a number or a list of them",
        _ => "a text or a number",
    };
    Failure::usage(format!("{}: `{name}` takes {wanted}", path.display()))
}
