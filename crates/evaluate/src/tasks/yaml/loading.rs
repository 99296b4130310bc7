//! A task file with everything that it includes.

use super::{
    error::YamlError,
    node::{self, Node},
};
use std::path::{Path, PathBuf};

/// Files that one task includes, directly or not.
const MAX_INCLUDES: usize = 64;

/// The pairs of a task file; what it includes first, its own over that.
pub(super) fn load(path: &Path) -> Result<Vec<(String, Node)>, YamlError> {
    load_within(path, &mut Vec::new())
}

fn load_within(path: &Path, seen: &mut Vec<PathBuf>) -> Result<Vec<(String, Node)>, YamlError> {
    let real = std::fs::canonicalize(path).map_err(|source| YamlError::Read {
        path: path.to_owned(),
        source,
    })?;
    seen.push(real);
    let Node::Map(pairs) = node::read(path)? else {
        return Err(YamlError::Syntax {
            path: path.to_owned(),
            reason: "not a mapping".to_owned(),
        });
    };
    let mut own: Vec<(String, Node)> = pairs
        .into_iter()
        .map(|(key, value)| (key.scalar().unwrap_or_default(), value))
        .collect();
    let Some(at) = own.iter().position(|(key, _)| key == "include") else {
        return Ok(own);
    };
    let (_, includes) = own.remove(at);
    let mut merged = Vec::new();
    for included in includes.texts() {
        let included = path.parent().unwrap_or(Path::new("")).join(included);
        check(path, &included, seen)?;
        for (key, value) in load_within(&included, seen)? {
            // A list of tasks is that of its own file.
            if key != "task_list" {
                put(&mut merged, key, value);
            }
        }
    }
    for (key, value) in own {
        put(&mut merged, key, value);
    }
    Ok(merged)
}

fn check(path: &Path, included: &Path, seen: &[PathBuf]) -> Result<(), YamlError> {
    let refused = |reason| {
        Err(YamlError::Include {
            path: path.to_owned(),
            included: included.to_owned(),
            reason,
        })
    };
    if seen.len() >= MAX_INCLUDES {
        return refused("is the 64th file of this task");
    }
    match std::fs::canonicalize(included) {
        Ok(real) if seen.contains(&real) => refused("was included before"),
        Ok(_) => Ok(()),
        Err(_) => refused("is not there"),
    }
}

/// Sets a key where it stands, or adds it.
pub(super) fn put(pairs: &mut Vec<(String, Node)>, key: String, value: Node) {
    match pairs.iter_mut().find(|(known, _)| *known == key) {
        Some(pair) => pair.1 = value,
        None => pairs.push((key, value)),
    }
}
