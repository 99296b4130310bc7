//! Files with others in them, `.zip` and `.gz`: what is in them, and its bytes. Read in the child process; nothing is
//! written here.

use super::ReadError;
use flate2::read::MultiGzDecoder;
use serde::{Deserialize, Serialize};
use std::{
    fs::File,
    io::{self, BufReader, Read},
    path::{Component, Path},
};
use zip::{ZipArchive, read::ZipFile, result::ZipError};

/// Most files of an archive.
pub(crate) const MAX_MEMBERS: usize = 10_000;
/// Most bytes of one file of an archive.
pub(crate) const MAX_MEMBER_BYTES: u64 = 128 << 20;
/// Most that a file may be larger than in its archive: texts are 2 to 30 times larger, bombs a thousand times.
const MAX_RATIO: u64 = 200;
/// Size up to which the ratio does not matter.
const SMALL: u64 = 4 << 20;

/// A file in an archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Member {
    /// Its path in the archive, as the archive says; with `/`.
    pub(crate) path: String,
    /// Its place among the archive's entries.
    pub(crate) index: usize,
    /// Why it is not read, if it is not.
    pub(crate) fault: Option<String>,
}

/// The kinds of archives, by their extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Zip,
    Gzip,
}

/// Extensions of archives.
pub(crate) const EXTENSIONS: [&str; 2] = ["zip", "gz"];

impl Kind {
    fn of(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        let index = EXTENSIONS.iter().position(|known| *known == extension)?;
        Some([Self::Zip, Self::Gzip][index])
    }
}

/// True if a file is opened for what is in it, by its name.
pub(crate) fn is_archive(path: &Path) -> bool {
    Kind::of(path).is_some()
}

/// The files in an archive. Folders are none.
pub(super) fn members(path: &Path) -> Result<Vec<Member>, ReadError> {
    match Kind::of(path) {
        Some(Kind::Zip) => zip_members(path),
        Some(Kind::Gzip) => Ok(vec![gzip_member(path)]),
        None => Err(ReadError::NoFormat),
    }
}

/// The bytes of one file in an archive.
pub(super) fn member(path: &Path, index: usize) -> Result<Vec<u8>, ReadError> {
    let file = BufReader::new(File::open(path)?);
    match Kind::of(path) {
        Some(Kind::Zip) => {
            let mut archive = ZipArchive::new(file).map_err(ReadError::broken)?;
            let member = archive.by_index(index).map_err(ReadError::broken)?;
            let packed = member.compressed_size();
            bounded(member, packed)
        }
        Some(Kind::Gzip) => {
            let packed = file.get_ref().metadata()?.len();
            bounded(MultiGzDecoder::new(file), packed)
        }
        None => Err(ReadError::NoFormat),
    }
}

/// Reads to the end, whatever sizes were announced.
fn bounded(unpacked: impl Read, packed: u64) -> Result<Vec<u8>, ReadError> {
    let most = most_bytes(packed);
    let mut bytes = Vec::new();
    unpacked
        .take(most + 1)
        .read_to_end(&mut bytes)
        .map_err(damaged)?;
    match bytes.len() as u64 > most {
        true => Err(ReadError::Broken(too_large(packed))),
        false => Ok(bytes),
    }
}

fn most_bytes(packed: u64) -> u64 {
    let most = packed.saturating_mul(MAX_RATIO);
    most.clamp(SMALL, MAX_MEMBER_BYTES)
}

fn too_large(packed: u64) -> String {
    match most_bytes(packed) {
        MAX_MEMBER_BYTES => format!("it is larger than {} MB", MAX_MEMBER_BYTES >> 20),
        _ => format!("it is more than {MAX_RATIO} times as large as in its archive"),
    }
}

fn damaged(error: io::Error) -> ReadError {
    ReadError::Broken(format!("the archive is damaged: {error}"))
}

fn zip_members(path: &Path) -> Result<Vec<Member>, ReadError> {
    let file = BufReader::new(File::open(path)?);
    let mut archive = ZipArchive::new(file).map_err(|error| match error {
        ZipError::Io(error) => damaged(error),
        error => ReadError::broken(error),
    })?;
    if archive.len() > MAX_MEMBERS {
        let n = archive.len();
        return Err(ReadError::Broken(format!(
            "it holds {n} files, and {MAX_MEMBERS} are read of an archive"
        )));
    }
    let mut members = Vec::new();
    for index in 0..archive.len() {
        let file = archive.by_index_raw(index).map_err(ReadError::broken)?;
        if file.is_dir() {
            continue;
        }
        let path = match file.name() {
            Ok(name) => name.into_owned(),
            Err(_) => String::from_utf8_lossy(file.name_raw()).into_owned(),
        };
        members.push(Member {
            fault: zip_fault(&file, &path),
            path,
            index,
        });
    }
    Ok(members)
}

/// Why a file in a zip is not read, as far as its entry tells.
fn zip_fault<R: Read>(file: &ZipFile<'_, R>, name: &str) -> Option<String> {
    if file.is_symlink() {
        return Some("is a link in an archive".to_owned());
    }
    if file.encrypted() {
        return Some("is encrypted: unpack the archive with its password".to_owned());
    }
    name_fault(name).or_else(|| {
        let packed = file.compressed_size();
        let is_too_large = file.size() > most_bytes(packed);
        is_too_large.then(|| format!("cannot be read: {}", too_large(packed)))
    })
}

/// Why a name cannot be a document's.
fn name_fault(name: &str) -> Option<String> {
    let is_normal = |part: Component<'_>| matches!(part, Component::Normal(_));
    if name.is_empty() || name.contains('\\') || !Path::new(name).components().all(is_normal) {
        return Some("has a name that leads out of its archive".to_owned());
    }
    let is_odd = name.chars().any(char::is_control);
    is_odd.then(|| "has control characters in its name".to_owned())
}

/// What is in a `.gz` is named as that, without the extension: what names the archive tells of itself is not believed.
fn gzip_member(path: &Path) -> Member {
    let name = path.file_stem().unwrap_or_default();
    Member {
        path: name.to_string_lossy().into_owned(),
        index: 0,
        fault: None,
    }
}
