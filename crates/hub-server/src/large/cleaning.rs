//! Cleaning: large files that no commit has, and that nobody sent lately, go.

use crate::{
    large::{CHUNKS, FILES, LargeFiles, PLAIN, SHA256, XORBS},
    names::Kind,
    refusal::Answer,
    storage::Storage,
};
use std::{
    collections::HashSet,
    fs, io,
    path::Path,
    time::{Duration, SystemTime},
};

/// What cleaning removed.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Cleaned {
    /// Files.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// What is needed, by group.
#[derive(Default)]
struct Needed {
    plain: HashSet<String>,
    xet: HashSet<String>,
    xorbs: HashSet<String>,
}

impl Storage {
    /// Removes large files that no commit of any repository has, unless they are younger than `grace`: they may belong to a
    /// push that is not at its end. Nobody else has the folder while this runs.
    ///
    /// # Errors
    /// If something cannot be read: then nothing is removed.
    pub fn clean(&self, grace: Duration) -> Result<Cleaned, String> {
        let cleaned = self
            .needed()
            .and_then(|needed| Ok(self.large.clean(&needed, grace)?));
        cleaned.map_err(|refusal| refusal.to_string())
    }

    fn needed(&self) -> Answer<Needed> {
        let mut needed = Needed::default();
        for kind in Kind::ALL {
            for repository in self.repositories(kind)? {
                for large in self.large_files(&repository)? {
                    needed.xet.extend(self.large.xet_hash(&large.sha256)?);
                    needed.xet.extend(large.xet);
                    needed.plain.insert(large.sha256);
                }
            }
        }
        for hash in &needed.xet {
            let record = self.large.file(hash)?;
            let segments = record.into_iter().flat_map(|record| record.segments);
            needed.xorbs.extend(segments.map(|segment| segment.xorb));
        }
        Ok(needed)
    }
}

impl LargeFiles {
    fn clean(&self, needed: &Needed, grace: Duration) -> io::Result<Cleaned> {
        let newest = SystemTime::now()
            .checked_sub(grace)
            .unwrap_or(SystemTime::UNIX_EPOCH);
        let mut cleaned = Cleaned::default();
        // Young files keep the xorbs that they are made of.
        let mut xorbs = needed.xorbs.clone();
        each(&self.root.join(FILES), &mut |hash, path| {
            if !needed.xet.contains(hash) && path.metadata()?.modified()? > newest {
                let record = self.file(hash).map_err(io::Error::other)?;
                xorbs.extend(
                    record
                        .into_iter()
                        .flat_map(|record| record.segments)
                        .map(|segment| segment.xorb),
                );
            }
            Ok(())
        })?;
        self.sweep(
            FILES,
            newest,
            &|hash| needed.xet.contains(hash),
            &mut cleaned,
        )?;
        self.sweep(
            PLAIN,
            newest,
            &|hash| needed.plain.contains(hash),
            &mut cleaned,
        )?;
        self.sweep(XORBS, newest, &|hash| xorbs.contains(hash), &mut cleaned)?;
        let names_nothing = |path: &Path, group| -> io::Result<bool> {
            Ok(!self.path(group, &fs::read_to_string(path)?).exists())
        };
        for (group, named) in [(SHA256, FILES), (CHUNKS, XORBS)] {
            each(
                &self.root.join(group),
                &mut |_, path| match names_nothing(path, named)? {
                    true => remove(path, &mut cleaned),
                    false => Ok(()),
                },
            )?;
        }
        Ok(cleaned)
    }

    fn sweep(
        &self,
        group: &str,
        newest: SystemTime,
        is_needed: &dyn Fn(&str) -> bool,
        cleaned: &mut Cleaned,
    ) -> io::Result<()> {
        each(
            &self.root.join(group),
            &mut |hash, path| match is_needed(hash) || path.metadata()?.modified()? > newest {
                true => Ok(()),
                false => remove(path, cleaned),
            },
        )
    }
}

fn remove(path: &Path, cleaned: &mut Cleaned) -> io::Result<()> {
    cleaned.bytes += path.metadata()?.len();
    cleaned.files += 1;
    fs::remove_file(path)
}

/// Each file of a group, by its hash.
fn each(group: &Path, look: &mut dyn FnMut(&str, &Path) -> io::Result<()>) -> io::Result<()> {
    for folder in fs::read_dir(group)? {
        for file in fs::read_dir(folder?.path())? {
            let path = file?.path();
            if let Some(hash) = path.file_name().and_then(|name| name.to_str()) {
                look(hash, &path)?;
            }
        }
    }
    Ok(())
}
