//! Rows of a task from local files: those that its file names, or others that a user names in their place.

use super::{config::Config, error::YamlError, questions::Splits};
use examen_files::exam::{Reading, plain_rows};
use serde_json::Value as Json;
use std::path::{Path, PathBuf};

/// Kinds of files that `dataset_path` may name in place of a dataset.
const KINDS: [&str; 5] = ["json", "csv", "parquet", "arrow", "text"];

impl Config {
    /// Reads the splits that this task asks for. `dataset` is a file or folder in place of the one that its file names; one
    /// file serves for every split.
    ///
    /// # Errors
    /// Data that is not here or cannot be read.
    pub fn splits(&self, dataset: Option<&Path>) -> Result<Splits, YamlError> {
        let mut splits = Splits::new();
        for split in self.needed_splits() {
            let (path, within) = match dataset {
                Some(path) => (vec![path.to_owned()], Some(split.as_str())),
                None => self.own_files(&split)?,
            };
            let mut rows = Vec::new();
            for path in path {
                let reading = Reading {
                    split: within.filter(|_| path.is_dir()).map(str::to_owned),
                    ..Reading::default()
                };
                let read = plain_rows(&path, &reading).map_err(YamlError::Data)?;
                rows.extend(read.rows.into_iter().map(Json::Object));
            }
            splits.insert(split, rows);
        }
        Ok(splits)
    }

    /// Names of the splits that are asked and that examples are drawn from.
    pub fn needed_splits(&self) -> Vec<String> {
        let source = &self.source;
        let mut needed: Vec<String> = source.asked().map(str::to_owned).into_iter().collect();
        if self.num_fewshot > 0 && self.fewshot.samples.is_none() {
            let default = source.training.as_ref().or(source.validation.as_ref());
            needed.extend(self.fewshot.split.as_ref().or(default).cloned());
        }
        needed.sort();
        needed.dedup();
        needed
    }

    /// Files of a split, or the folder that holds it.
    fn own_files<'a>(&self, split: &'a str) -> Result<(Vec<PathBuf>, Option<&'a str>), YamlError> {
        let missing = |reason: String| YamlError::NoData {
            task: self.task.clone(),
            reason,
        };
        if let Some(function) = &self.source.custom {
            return Err(missing(format!(
                "its rows come from the Python function {function}"
            )));
        }
        let Some(name) = &self.source.path else {
            return Err(missing("it names no `dataset_path`".to_owned()));
        };
        let folder = self.path.parent().unwrap_or(Path::new(""));
        if KINDS.contains(&name.as_str()) {
            let files = files_of(&self.source.settings, split);
            return match files.is_empty() {
                true => Err(missing(format!(
                    "`dataset_kwargs` names no files for the split `{split}`"
                ))),
                false => Ok((
                    files.iter().map(|file| nearest(folder, file)).collect(),
                    None,
                )),
            };
        }
        let local = nearest(folder, name);
        if !local.exists() {
            return Err(missing(format!(
                "it asks for the dataset `{name}` of the Hub, which is not fetched unless that is asked for"
            )));
        }
        Ok((vec![local], Some(split)))
    }
}

/// A path from the task's folder on, where there is one, or else from here.
fn nearest(folder: &Path, name: &str) -> PathBuf {
    let beside = folder.join(name);
    if beside.exists() {
        beside
    } else {
        PathBuf::from(name)
    }
}

/// `data_files` for a split: one for all, several, or some for each split.
fn files_of(settings: &Json, split: &str) -> Vec<String> {
    let files = settings.get("data_files").unwrap_or(&Json::Null);
    let of_split = files
        .as_object()
        .map_or(files, |by_split| by_split.get(split).unwrap_or(&Json::Null));
    match of_split {
        Json::String(file) => vec![file.clone()],
        Json::Array(all) => all
            .iter()
            .filter_map(Json::as_str)
            .map(str::to_owned)
            .collect(),
        _ => Vec::new(),
    }
}
