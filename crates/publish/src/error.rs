//! Errors of a publication.

use crate::counts::Counts;
use examen_files::FilesError;
use std::path::PathBuf;

/// The reason why nothing was published.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The dataset does not show or ask what an exam needs.
    #[error("this dataset is not an exam: it has no {what} `{name}`")]
    NotAnExam {
        /// `field` or `question`.
        what: &'static str,
        /// The name that is missing.
        name: &'static str,
    },
    /// No record made a row.
    #[error("none of the {} records can be published", counts.records)]
    NoRows {
        /// The reasons, in numbers.
        counts: Box<Counts>,
    },
    /// The target holds something that this command did not write.
    #[error("{} holds something that Examen did not publish", folder.display())]
    NotOurs {
        /// The target.
        folder: PathBuf,
    },
    /// The target cannot be looked at.
    #[error("cannot look into {}: {source}", folder.display())]
    Look {
        /// The target.
        folder: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A file cannot be written.
    #[error(transparent)]
    Files(#[from] FilesError),
}

impl PublishError {
    /// The next step for the user, where there is one.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoRows { counts } => Some(next_step(counts).to_owned()),
            Self::NotOurs { .. } => Some(
                "choose another folder, or take what is not Examen's out of this one".to_owned(),
            ),
            Self::NotAnExam { .. } => {
                Some("load questions with `examen annotate` to get one".to_owned())
            }
            Self::Files(error) => error.hint(),
            Self::Look { .. } => None,
        }
    }
}

/// The way out of an empty plan.
fn next_step(counts: &Counts) -> &'static str {
    match counts {
        Counts { records: 0, .. } => {
            "the dataset is empty; load questions into it with `examen annotate`"
        }
        Counts {
            unreviewed: 1.., ..
        } => {
            "review some in `examen serve`, or take the model's own keys, marked as such, with --include-unreviewed"
        }
        Counts { undecided: 1.., .. } => {
            "let one more reviewer answer in `examen serve`, which offers the questions on which they disagree"
        }
        _ => "`examen publish --dry-run --format json` gives the reason for each record",
    }
}
