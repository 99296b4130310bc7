//! GGUF models in several files, `NAME-00001-of-00003.gguf` and so on, as llama.cpp's `gguf-split` writes them. The first
//! has the metadata; each has some of the tensors.

use super::gguf::{Metadata, Value};
use crate::error::EngineError;
use std::path::{Path, PathBuf};

/// A file's index among the parts of a model, from 0, and their number.
struct Part<'a> {
    stem: &'a str,
    index: usize,
    n: usize,
}

impl<'a> Part<'a> {
    /// By the name of the file; `None` if it is not one of several.
    fn of(path: &'a Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?.strip_suffix(".gguf")?;
        let (rest, n) = name.rsplit_once("-of-")?;
        let (stem, number) = rest.rsplit_once('-')?;
        let number_of = |digits: &str| {
            let is_number = digits.len() == 5 && digits.bytes().all(|byte| byte.is_ascii_digit());
            is_number.then(|| digits.parse::<usize>().ok())?
        };
        let (number, n) = (number_of(number)?, number_of(n)?);
        (n > 1 && (1..=n).contains(&number)).then(|| Self {
            stem,
            index: number - 1,
            n,
        })
    }

    fn path(&self, beside: &Path, index: usize) -> PathBuf {
        beside.with_file_name(format!(
            "{}-{:05}-of-{:05}.gguf",
            self.stem,
            index + 1,
            self.n
        ))
    }
}

/// The file itself, or the first part of the model that it is a part of.
pub(super) fn first(path: &Path) -> Result<PathBuf, EngineError> {
    match Part::of(path) {
        Some(part) => there(part.path(path, 0), 0, part.n),
        None => Ok(path.to_owned()),
    }
}

/// The other parts of the model whose first is at `path`.
pub(super) fn others(path: &Path, metadata: &Metadata) -> Result<Vec<PathBuf>, EngineError> {
    let stated = count(metadata);
    match Part::of(path) {
        Some(part) if stated.is_none_or(|n| n == part.n) => (1..part.n)
            .map(|index| there(part.path(path, index), index, part.n))
            .collect(),
        None if stated.is_none_or(|n| n <= 1) => Ok(Vec::new()),
        _ => Err(EngineError::NotAModel {
            path: path.to_owned(),
            reason: format!(
                "it is one of {} parts, and its name is not NAME-00001-of-{:05}.gguf",
                stated.unwrap_or_default(),
                stated.unwrap_or_default()
            ),
        }),
    }
}

/// An error unless the part says that it is the one at `index` of `n`, if it says.
pub(super) fn check(metadata: &Metadata, index: usize, n: usize) -> Result<(), EngineError> {
    let stated = metadata.get("split.no").and_then(Value::unsigned);
    let is_wrong =
        |stated: Option<u64>, expected: usize| stated.is_some_and(|n| n != expected as u64);
    if is_wrong(stated, index) || count(metadata).is_some_and(|stated| stated != n) {
        return Err(metadata
            .file()
            .damaged("it is another part than its name says"));
    }
    Ok(())
}

/// The only model in GGUF of a folder that has no `config.json`.
pub(super) fn only_model(folder: &Path) -> Option<PathBuf> {
    if folder.join("config.json").exists() || folder.join(super::adapter::CONFIG).exists() {
        return None;
    }
    let entries = std::fs::read_dir(folder).ok()?.flatten();
    let mut files = entries.map(|entry| entry.path()).filter(|path| {
        let is_gguf = path
            .extension()
            .is_some_and(|extension| extension == "gguf");
        is_gguf && Part::of(path).is_none_or(|part| part.index == 0)
    });
    files.next().filter(|_| files.next().is_none())
}

fn count(metadata: &Metadata) -> Option<usize> {
    let n = metadata.get("split.count")?.unsigned()?;
    usize::try_from(n).ok()
}

fn there(path: PathBuf, index: usize, n: usize) -> Result<PathBuf, EngineError> {
    match path.is_file() {
        true => Ok(path),
        false => Err(EngineError::MissingPart {
            path,
            number: index + 1,
            n,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_known_by_their_names() {
        let of = |name: &str| Part::of(Path::new(name)).map(|part| (part.index, part.n));
        assert_eq!(of("d/m-00002-of-00003.gguf"), Some((1, 3)));
        for name in [
            "m.gguf",
            "m-00001-of-00001.gguf",
            "m-00004-of-00003.gguf",
            "m-00000-of-00003.gguf",
            "m-2-of-3.gguf",
            "m-00001-of-00002.safetensors",
        ] {
            assert_eq!(of(name), None, "{name}");
        }
    }
}
