//! `examen annotate --from-argilla`: datasets of a server → the store.

use super::Arguments;
use crate::{
    console::{self, Bar, Format},
    failure::{Ending, Failure},
    holdings,
    interrupt::until_interrupted,
};
use examen_annotate::{CarriedDataset, CarriedUser, Migration};
use serde::Serialize;
use std::sync::Mutex;

/// Result of a migration. Passwords are told on stderr, once.
#[derive(Serialize)]
struct Carried {
    datasets: Vec<CarriedDataset>,
    new_users: Vec<CarriedUser>,
    left_behind: Vec<String>,
}

pub(super) fn run(arguments: &Arguments, names: &[String]) -> Result<Ending, Failure> {
    if names.is_empty() != arguments.migration.all {
        return Err(Failure::usage(
            "--from-argilla needs names of datasets, or --all",
        ));
    }
    let resume = match arguments.review.overwrite {
        true => "run the same command again without --overwrite: what is here already stays",
        false => "run the same command again: what is here already stays",
    };
    let carried = until_interrupted(resume, carry(arguments, names))?;
    show(&carried, arguments)?;
    let is_whole = carried.left_behind.is_empty()
        && carried
            .datasets
            .iter()
            .all(|one| one.left_behind.is_empty());
    Ok(Ending::of(
        is_whole,
        holdings::review(&arguments.store.flags()),
    ))
}

async fn carry(arguments: &Arguments, names: &[String]) -> Result<Carried, Failure> {
    let client = arguments.argilla.connect().await?;
    let store = arguments.store.location().open().await?.by_command_line();
    let new_users = Mutex::new(Vec::new());
    let announce = |user: &CarriedUser| {
        let CarriedUser {
            username,
            role,
            password,
        } = user;
        console::insist(&format!(
            "new user `{username}` ({role}), password: {password}   (shown only now)"
        ));
        new_users
            .lock()
            .expect("no holder of the list panics")
            .push(user.clone());
    };
    let workspace = arguments.argilla.workspace();
    let choosing = Migration::choose(&client, &store, workspace, names, &announce).await;
    let (mut migration, mut datasets) = (choosing?, Vec::new());
    for dataset in migration.datasets() {
        datasets.push(
            migration
                .carry(&dataset, arguments.review.overwrite, &Bar::new())
                .await?,
        );
    }
    let left_behind = migration.left_behind().await?;
    drop(migration);
    store.close().await;
    let new_users = new_users
        .into_inner()
        .expect("no holder of the list panics");
    Ok(Carried {
        datasets,
        new_users,
        left_behind,
    })
}

fn show(carried: &Carried, arguments: &Arguments) -> Result<(), Failure> {
    let notes = carried.datasets.iter().flat_map(|one| {
        one.left_behind
            .iter()
            .map(move |note| (Some(&one.name), note))
    });
    for (dataset, note) in notes.chain(carried.left_behind.iter().map(|note| (None, note))) {
        let place = dataset
            .map(|name| format!("`{name}`, "))
            .unwrap_or_default();
        console::warn(&format!("not copied: {place}{note}"));
    }
    if arguments.format == Format::Json {
        return console::print_json(carried);
    }
    for one in &carried.datasets {
        let kept = match one.kept {
            0 => String::new(),
            n => format!("; {n} responses were changed here since and stay"),
        };
        let (workspace, name) = (&one.workspace, &one.name);
        console::print(&format!(
            "{workspace}/{name}: {} records, {} responses{kept}",
            one.records, one.responses
        ))?;
    }
    let (count, store) = (carried.datasets.len(), &arguments.store);
    console::print(&format!("{count} datasets are in {store}"))
}
