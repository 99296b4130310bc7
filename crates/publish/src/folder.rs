//! A plan as a dataset folder: Parquet, card, and the list of what was left out. All or nothing: an earlier publication is
//! replaced in one step, and what others put beside it stays.

use crate::{
    card::{self, CardOptions, MARK},
    error::PublishError,
    harnesses,
    plan::Plan,
};
use examen_files::{
    FilesError,
    atomic::{self, NewFolder, Owner},
    table,
};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

const CARD: &str = "README.md";
const LEFT_OUT: &str = "left_out.jsonl";
/// Path of the rows in a publication.
pub const DATA: &str = "data/train-00000-of-00001.parquet";

const OWNER: Owner = Owner {
    has_mark: |folder| fs::read_to_string(folder.join(CARD)).is_ok_and(|card| card.contains(MARK)),
    is_ours: |path| files().any(|file| path == Path::new(file)),
    is_public: true,
};

/// Every file of a publication.
fn files() -> impl Iterator<Item = &'static str> {
    let harnesses = harnesses::ALL.iter().map(|harness| harness.path);
    [CARD, LEFT_OUT, DATA].into_iter().chain(harnesses)
}

/// Writes `README.md`, `left_out.jsonl` and `data/train-00000-of-00001.parquet` below `folder`, which `load_dataset`
/// opens, with the files from which other tools take the exam; returns the files. The same plan and options give the same
/// bytes.
///
/// An earlier publication is replaced as a whole: killed at any point, `folder` is the old one or the new one. What others
/// put into it (notes, `.git`) is in the new one; after a kill, once the same folder is published again.
///
/// # Errors
/// [`PublishError::NoRows`] for a plan without rows; [`PublishError::NotOurs`] if the folder is neither empty nor an
/// earlier publication, which is replaced, or if there are other files in its `data`, which `load_dataset` could take for
/// rows.
pub fn write_folder(
    plan: &Plan,
    options: &CardOptions,
    folder: &Path,
) -> Result<Vec<PathBuf>, PublishError> {
    write_with(plan, options, folder, &mut || ())
}

/// The same; `before` is called before each step: where a test is killed.
fn write_with(
    plan: &Plan,
    options: &CardOptions,
    folder: &Path,
    before: &mut dyn FnMut(),
) -> Result<Vec<PathBuf>, PublishError> {
    if plan.rows.is_empty() {
        return Err(PublishError::NoRows {
            counts: Box::new(plan.counts.clone()),
        });
    }
    let new = NewFolder::stage(folder, &OWNER).map_err(|error| refused(error, folder))?;
    check_data(folder)?;
    let data = table::encode_parquet(&plan.rows)?;
    before();
    atomic::write_bytes(&new.path().join(DATA), &data.bytes)?;
    before();
    table::write_jsonl(&new.path().join(LEFT_OUT), &plan.left_out)?;
    for harness in &harnesses::ALL {
        before();
        let text = harness.file(&options.title);
        atomic::write_bytes(&new.path().join(harness.path), text.as_bytes())?;
    }
    before();
    let card = card::render(plan, options, &data);
    atomic::write_bytes(&new.path().join(CARD), card.as_bytes())?;
    new.commit_with(&mut |_| before())?;
    Ok(files().map(|file| folder.join(file)).collect())
}

/// The error of a folder that cannot be published to.
fn refused(error: FilesError, folder: &Path) -> PublishError {
    match error {
        FilesError::Taken { path } => PublishError::NotOurs { folder: path },
        FilesError::Io { source, .. } if source.kind() == io::ErrorKind::NotADirectory => {
            PublishError::Look {
                folder: folder.to_owned(),
                source,
            }
        }
        error => PublishError::Files(error),
    }
}

/// Refuses what `load_dataset` would take for rows: any other file beside them. Hidden files are none.
fn check_data(folder: &Path) -> Result<(), PublishError> {
    let entries = match fs::read_dir(folder.join("data")) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries,
    };
    let is_known = |name: &std::ffi::OsStr| {
        Path::new("data").join(name) == Path::new(DATA) || name.as_encoded_bytes().starts_with(b".")
    };
    let names = entries.and_then(|entries| {
        entries
            .map(|entry| Ok(entry?.file_name()))
            .collect::<io::Result<Vec<_>>>()
    });
    let names = names.map_err(|source| PublishError::Look {
        folder: folder.to_owned(),
        source,
    })?;
    match names.iter().all(|name| is_known(name)) {
        true => Ok(()),
        false => Err(PublishError::NotOurs {
            folder: folder.to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{changes::tests::row, counts::Counts, merge::Reason, plan::LeftOut};
    use examen_core::{ExamRow, Letter};
    use std::{env, process::Command};

    /// Exit code of a killed child.
    const KILLED: i32 = 86;

    /// A publication of `n` rows, its counts and its list.
    fn publication(n: usize) -> Plan {
        let row = |index: usize| {
            row(
                &format!("q{index}"),
                &format!("What is {index} + {n}?"),
                Letter::A,
            )
        };
        let left_out = LeftOut {
            external_id: format!("q{n}"),
            question: String::new(),
            reason: Reason::Discarded,
            detail: String::new(),
            votes: Vec::new(),
            flaws: Vec::new(),
            comments: Vec::new(),
        };
        Plan {
            counts: Counts {
                records: 2 * n,
                rows: n,
                reviewed: n,
                discarded: n,
                ..Counts::default()
            },
            min_votes: 1,
            rows: (0..n).map(row).collect(),
            left_out: vec![left_out; n],
        }
    }

    fn options() -> CardOptions {
        CardOptions {
            title: "Sums".to_owned(),
            license: None,
            location: "sums".to_owned(),
            version: "0.1.0".to_owned(),
        }
    }

    /// Number of rows by the card, by the data and by the list: the same, or the publication is a mixture.
    fn rows_of(folder: &Path) -> [usize; 3] {
        let card = fs::read_to_string(folder.join(CARD)).unwrap();
        let count = card.split("num_examples: ").nth(1).unwrap();
        let count = count.lines().next().unwrap().parse().unwrap();
        let rows: Vec<ExamRow> = table::read_parquet(&folder.join(DATA)).unwrap();
        let left_out: Vec<LeftOut> = table::read_jsonl(&folder.join(LEFT_OUT)).unwrap();
        [count, rows.len(), left_out.len()]
    }

    /// Publishes 2 rows where 3 are, and ends at step `EXAMEN_KILL_AT`: what the test below runs as a process of its own.
    #[test]
    #[ignore = "run by `a_publication_killed_at_any_step_is_the_old_one_or_the_new_one`"]
    fn the_process_that_is_killed() {
        let kill_at: usize = env::var("EXAMEN_KILL_AT").unwrap().parse().unwrap();
        let folder = PathBuf::from(env::var("EXAMEN_KILL_FOLDER").unwrap());
        let mut step = 0;
        let mut before = || {
            if step == kill_at {
                // Nothing is dropped: no file is removed that a kill would leave.
                std::process::exit(KILLED);
            }
            step += 1;
        };
        write_with(&publication(2), &options(), &folder, &mut before).unwrap();
    }

    #[test]
    fn a_publication_killed_at_any_step_is_the_old_one_or_the_new_one() {
        let mut seen = Vec::new();
        for step in 0.. {
            let parent = tempfile::tempdir().unwrap();
            let folder = parent.path().join("sums");
            write_folder(&publication(3), &options(), &folder).unwrap();
            fs::create_dir(folder.join(".git")).unwrap();
            fs::write(folder.join(".git/HEAD"), "main").unwrap();
            fs::write(folder.join("data/.notes"), "mine").unwrap();

            let child = Command::new(env::current_exe().unwrap())
                .args([
                    "--exact",
                    "folder::tests::the_process_that_is_killed",
                    "--ignored",
                ])
                .env("EXAMEN_KILL_AT", step.to_string())
                .env("EXAMEN_KILL_FOLDER", &folder)
                .output()
                .unwrap();
            let n_rows = rows_of(&folder);
            assert!(
                n_rows == [3; 3] || n_rows == [2; 3],
                "step {step}: {n_rows:?}"
            );
            seen.push(n_rows[0]);

            write_folder(&publication(4), &options(), &folder).unwrap();
            assert_eq!(rows_of(&folder), [4; 3], "step {step}");
            assert_eq!(
                fs::read_to_string(folder.join(".git/HEAD")).unwrap(),
                "main"
            );
            assert_eq!(
                fs::read_to_string(folder.join("data/.notes")).unwrap(),
                "mine"
            );
            assert_eq!(
                fs::read_dir(parent.path()).unwrap().count(),
                1,
                "step {step}"
            );
            if child.status.code() != Some(KILLED) {
                assert!(child.status.success(), "{child:?}");
                break;
            }
        }
        // Seven files, then sync, exchange, carry, remove; the last one is not killed.
        assert_eq!(seen, [3, 3, 3, 3, 3, 3, 3, 3, 3, 2, 2, 2]);
    }

    #[test]
    fn a_publication_that_fails_leaves_the_old_one_and_nothing_beside_it() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("sums");
        write_folder(&publication(3), &options(), &folder).unwrap();
        fs::write(folder.join("data/more.parquet"), "").unwrap();
        let error = write_folder(&publication(2), &options(), &folder).unwrap_err();
        assert!(matches!(error, PublishError::NotOurs { .. }), "{error}");
        assert_eq!(rows_of(&folder), [3; 3]);
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 1);
    }

    #[test]
    fn two_publications_to_one_folder_do_not_mix() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("sums");
        write_folder(&publication(3), &options(), &folder).unwrap();
        let mut is_refused = false;
        let mut before = || {
            let other = write_folder(&publication(2), &options(), &folder);
            is_refused |= matches!(other, Err(PublishError::Files(FilesError::InUse { .. })));
            assert!(other.is_err());
        };
        write_with(&publication(4), &options(), &folder, &mut before).unwrap();
        assert!(is_refused);
        assert_eq!(rows_of(&folder), [4; 3]);
    }
}
