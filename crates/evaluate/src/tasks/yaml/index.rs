//! Folders of task files: which tasks, groups and tags there are.

use super::{config::Config, error::YamlError, loading, node::Node};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// Files that are looked at in a folder.
const MAX_FILES: usize = 50_000;
/// Groups within groups.
const MAX_DEPTH: usize = 16;

/// A file with one thing that it describes, or the reason why it describes none.
#[derive(Debug)]
pub struct Found {
    /// The file.
    pub path: PathBuf,
    /// Name of the task or group; `None` where the file cannot be read so far.
    pub name: Option<String>,
    /// What it is.
    pub entry: Result<Entry, YamlError>,
}

impl Found {
    /// True for a file that names no task and no group: others include it.
    pub fn is_only_included(&self) -> bool {
        matches!(self.entry, Err(YamlError::NoTask { .. }))
    }
}

/// A task or a group of tasks.
#[derive(Debug)]
pub enum Entry {
    /// A task.
    Task(Box<Config>),
    /// A group: names of tasks, groups and tags.
    Group(Vec<String>),
    /// A task that is a class of Python.
    Class(String),
}

/// Reads what one file describes: one task, the tasks of its `task_list`, or a group. A file that is only included by
/// others describes nothing.
pub fn read_file(path: &Path) -> Vec<Found> {
    let found = |name, entry| Found {
        path: path.to_owned(),
        name,
        entry,
    };
    let pairs = match loading::load(path) {
        Ok(pairs) => pairs,
        Err(error) => return vec![found(None, Err(error))],
    };
    let value = |key: &str| {
        pairs
            .iter()
            .find(|(known, _)| known == key)
            .map(|(_, node)| node)
    };
    let name = |key: &str| value(key).and_then(Node::scalar);
    if let Some(class) = value("class") {
        let class = match class {
            Node::Function(function) => function.name.clone(),
            other => other.scalar().unwrap_or_default(),
        };
        return vec![found(name("task"), Ok(Entry::Class(class)))];
    }
    if value("group").is_some_and(|group| matches!(group, Node::Text(_))) {
        let members = value("task").map(members).unwrap_or_default();
        return vec![found(name("group"), Ok(Entry::Group(members)))];
    }
    if let Some(Node::List(list)) = value("task_list") {
        let base = pairs
            .iter()
            .filter(|(key, _)| key != "task_list")
            .cloned()
            .collect::<Vec<_>>();
        return list.iter().map(|one| of_list(path, &base, one)).collect();
    }
    vec![found(
        name("task"),
        Config::read(path, pairs).map(|config| Entry::Task(Box::new(config))),
    )]
}

/// A task of a `task_list`: its own keys over those of the file.
fn of_list(path: &Path, base: &[(String, Node)], one: &Node) -> Found {
    let mut pairs = base.to_vec();
    if let Node::Map(own) = one {
        for (key, value) in own {
            loading::put(&mut pairs, key.scalar().unwrap_or_default(), value.clone());
        }
    }
    let name = pairs
        .iter()
        .find(|(key, _)| key == "task")
        .and_then(|(_, node)| node.scalar());
    Found {
        path: path.to_owned(),
        name,
        entry: Config::read(path, pairs).map(|config| Entry::Task(Box::new(config))),
    }
}

/// Names in a group's `task`.
fn members(node: &Node) -> Vec<String> {
    match node {
        Node::List(all) => all.iter().flat_map(members).collect(),
        Node::Map(_) => match (node.get("group"), node.get("task")) {
            (Some(_), Some(task @ Node::List(_))) => members(task),
            (Some(group), _) => group.texts(),
            (None, Some(task)) => members(task),
            (None, None) => Vec::new(),
        },
        other => other.texts(),
    }
}

/// Task files of a folder, in the order of their names.
///
/// # Errors
/// A folder that cannot be listed, or one of too many files.
pub fn files(folder: &Path) -> Result<Vec<PathBuf>, YamlError> {
    let mut all = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        let unread = |source| YamlError::Read {
            path: folder.clone(),
            source,
        };
        for entry in std::fs::read_dir(&folder).map_err(unread)? {
            let entry = entry.map_err(unread)?;
            let path = entry.path();
            let kind = entry.file_type().map_err(unread)?;
            // Links are not followed: they may lead round.
            if kind.is_dir() {
                open.push(path);
            } else if kind.is_file()
                && path
                    .extension()
                    .is_some_and(|extension| extension == "yaml" || extension == "yml")
            {
                all.push(path);
            }
            if all.len() + open.len() > MAX_FILES {
                return Err(YamlError::Syntax {
                    path: folder.clone(),
                    reason: format!("more than {MAX_FILES} files"),
                });
            }
        }
    }
    all.sort();
    Ok(all)
}

/// The tasks, groups and tags of folders and files.
#[derive(Debug, Default)]
pub struct Index {
    entries: BTreeMap<String, Entry>,
    tags: BTreeMap<String, Vec<String>>,
    /// Files that describe nothing that can be asked, with the reasons.
    pub failures: Vec<(PathBuf, Option<String>, YamlError)>,
}

impl Index {
    /// Reads folders and files.
    ///
    /// # Errors
    /// A folder that cannot be listed.
    pub fn read(paths: &[PathBuf]) -> Result<Self, YamlError> {
        let mut index = Self::default();
        for path in paths {
            let files = if path.is_dir() {
                files(path)?
            } else {
                vec![path.clone()]
            };
            for found in files.iter().flat_map(|file| read_file(file)) {
                index.add(found);
            }
        }
        Ok(index)
    }

    fn add(&mut self, found: Found) {
        match (found.name, found.entry) {
            (_, Err(YamlError::NoTask { .. })) => {}
            (name, Err(error)) => self.failures.push((found.path, name, error)),
            (Some(name), Ok(entry)) => {
                if let Entry::Task(config) = &entry {
                    for tag in &config.tags {
                        self.tags.entry(tag.clone()).or_default().push(name.clone());
                    }
                }
                // The first one counts, as in lm-evaluation-harness.
                self.entries.entry(name).or_insert(entry);
            }
            (None, Ok(_)) => self.failures.push((
                found.path.clone(),
                None,
                YamlError::NoTask { path: found.path },
            )),
        }
    }

    /// Names of all tasks, groups and tags.
    pub fn names(&self) -> Vec<(&str, &'static str)> {
        let entries = self.entries.iter().map(|(name, entry)| match entry {
            Entry::Task(_) => (name.as_str(), "task"),
            Entry::Group(_) => (name.as_str(), "group"),
            Entry::Class(_) => (name.as_str(), "class"),
        });
        entries
            .chain(self.tags.keys().map(|name| (name.as_str(), "tag")))
            .collect()
    }

    /// The file of a task.
    pub fn path_of(&self, name: &str) -> Option<&Path> {
        match self.entries.get(name)? {
            Entry::Task(config) => Some(&config.path),
            _ => None,
        }
    }

    /// All tasks, by name.
    pub fn tasks(&self) -> impl Iterator<Item = &Config> {
        self.entries.values().filter_map(|entry| match entry {
            Entry::Task(config) => Some(&**config),
            _ => None,
        })
    }

    /// The tasks that a name stands for: a task, those of a group or tag, or all that a pattern with `*` fits.
    pub fn find(&self, name: &str) -> Vec<&Config> {
        let mut found = Vec::new();
        self.collect(name, 0, &mut found);
        found
    }

    fn collect<'a>(&'a self, name: &str, depth: usize, found: &mut Vec<&'a Config>) {
        if depth > MAX_DEPTH {
            return;
        }
        if name.contains('*') {
            let fits = |known: &str| fits(name, known);
            let names: Vec<&str> = self
                .entries
                .keys()
                .map(String::as_str)
                .filter(|known| fits(known))
                .collect();
            for known in names {
                if let Some(Entry::Task(config)) = self.entries.get(known) {
                    push(found, config);
                }
            }
            return;
        }
        match (self.entries.get(name), self.tags.get(name)) {
            (Some(Entry::Task(config)), _) => push(found, config),
            (Some(Entry::Group(members)), _) => {
                for member in members {
                    self.collect(member, depth + 1, found);
                }
            }
            (Some(Entry::Class(_)), _) | (None, None) => {}
            (None, Some(names)) => {
                for name in names {
                    self.collect(name, depth + 1, found);
                }
            }
        }
    }
}

fn push<'a>(found: &mut Vec<&'a Config>, config: &'a Config) {
    if !found.iter().any(|known| known.task == config.task) {
        found.push(config);
    }
}

/// True if `name` fits a pattern in which `*` stands for anything.
fn fits(pattern: &str, name: &str) -> bool {
    let parts: Vec<&str> = pattern.split('*').collect();
    let (Some(first), Some(last)) = (parts.first(), parts.last()) else {
        return false;
    };
    if !name.starts_with(first) || !name.ends_with(last) || name.len() < first.len() + last.len() {
        return false;
    }
    let mut rest = &name[first.len()..name.len() - last.len()];
    parts[1..parts.len() - 1]
        .iter()
        .all(|part| match rest.find(part) {
            Some(at) => {
                rest = &rest[at + part.len()..];
                true
            }
            None => false,
        })
}
