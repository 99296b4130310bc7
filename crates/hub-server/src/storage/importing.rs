//! A folder of the disk becomes the files of a repository.

use crate::{
    large::Receiving,
    names::{self, RepositoryName},
    refusal::Answer,
    storage::{
        Change, Storage,
        git::{Objects, hex},
        manifest::Entry,
        pushing::{ATTRIBUTES, large, large_patterns, small},
        references::MAIN,
        repository::LARGEST_BLOB,
    },
};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};

/// Bytes that are read at a time.
const PIECE: usize = 1024 * 1024;

/// What was imported.
#[derive(Debug)]
pub struct Imported {
    /// The commit that has the files.
    pub commit: String,
    /// Files.
    pub files: usize,
    /// Their bytes.
    pub bytes: u64,
    /// What is no file that a repository can have, and why.
    pub left_out: Vec<(PathBuf, String)>,
}

impl Storage {
    /// Puts the files of a folder into a repository, which is made where it is not there; other files of it stay.
    ///
    /// # Errors
    /// If the folder cannot be read, or the hub's cannot be written.
    pub fn import(
        &self,
        name: &RepositoryName,
        folder: &Path,
        is_private: bool,
        now: Timestamp,
    ) -> Result<Imported, String> {
        let imported = self.import_files(name, folder, is_private, now);
        imported.map_err(|refusal| refusal.to_string())
    }

    fn import_files(
        &self,
        name: &RepositoryName,
        folder: &Path,
        is_private: bool,
        now: Timestamp,
    ) -> Answer<Imported> {
        let (mut files, mut left_out) = (Vec::new(), Vec::new());
        list(folder, "", &mut files, &mut left_out)?;
        let author = &name.namespace;
        let repository = match self.repository(name)? {
            Some(repository) => repository,
            None => self.create(name, is_private, author, now)?,
        };
        let large = large_patterns(ATTRIBUTES)?;
        let mut objects = repository.objects();
        let title = format!("Import {} files", files.len());
        let mut change = Change {
            title,
            ..Change::default()
        };
        for (path, file) in &files {
            let entry = self.import_file(file, large.is_match(path), &mut objects)?;
            change.files.push((path.clone(), entry));
        }
        let bytes = change.files.iter().map(|(_, entry)| entry.size).sum();
        let pushed = self.push(&repository, MAIN, false, &change, (author, now), objects)?;
        Ok(Imported {
            commit: pushed.commit,
            files: files.len(),
            bytes,
            left_out,
        })
    }

    fn import_file(&self, path: &Path, is_large: bool, objects: &mut Objects) -> Answer<Entry> {
        let mut file = File::open(path)?;
        if file.metadata()?.len() <= LARGEST_BLOB && !is_large {
            let mut content = Vec::new();
            file.read_to_end(&mut content)?;
            return small(objects, &content);
        }
        let (mut receiving, mut hash, mut size) =
            (Receiving::begin(&self.incoming())?, Sha256::new(), 0);
        let mut piece = vec![0; PIECE];
        loop {
            let read = file.read(&mut piece)?;
            if read == 0 {
                break;
            }
            hash.update(&piece[..read]);
            size += read as u64;
            receiving = receiving.take(&piece[..read])?;
        }
        let sha256 = hex(&hash.finalize());
        if self.large.content(&sha256)?.is_none() {
            self.large.keep(receiving, &sha256, size)?;
        }
        large(objects, &sha256, size, self.large.xet_hash(&sha256)?)
    }
}

/// The files below a folder: path in the repository, path on the disk. Hidden folders, links and what is no file are left out.
fn list(
    folder: &Path,
    prefix: &str,
    files: &mut Vec<(String, PathBuf)>,
    left_out: &mut Vec<(PathBuf, String)>,
) -> io::Result<()> {
    let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let (path, kind) = (entry.path(), entry.file_type()?);
        let Ok(name) = entry.file_name().into_string() else {
            left_out.push((path, "its name is no UTF-8".to_owned()));
            continue;
        };
        let below = format!("{prefix}{name}");
        match names::check_path(&below) {
            Err(refusal) => left_out.push((path, refusal.to_string())),
            Ok(()) if kind.is_dir() && name.starts_with('.') => {
                left_out.push((path, "a hidden folder".to_owned()))
            }
            Ok(()) if kind.is_dir() => list(&path, &format!("{below}/"), files, left_out)?,
            Ok(()) if kind.is_file() => files.push((below, path)),
            Ok(()) => left_out.push((path, "neither a file nor a folder".to_owned())),
        }
    }
    Ok(())
}
