//! The same run in the formats of other programs, where `--also` names them: one file a format, and one line in [`ALL`].

mod hub_results;
mod inspect;
mod lm_eval;

use super::Finished;
use crate::{error::EvaluateError, summary::RunSummary};
use std::path::PathBuf;

/// A format of another program.
#[derive(Debug)]
pub struct Also {
    /// Name on the command line.
    pub name: &'static str,
    /// One line on what is written.
    pub about: &'static str,
    write: fn(&Finished<'_>, &RunSummary) -> Result<Vec<PathBuf>, EvaluateError>,
}

/// Every format.
pub const ALL: &[&Also] = &[&lm_eval::ALSO, &inspect::ALSO, &hub_results::ALSO];

impl Also {
    /// The format of this name.
    pub fn find(name: &str) -> Option<&'static Self> {
        ALL.iter().copied().find(|also| also.name == name)
    }

    /// Writes the run and names the files.
    pub(super) fn write(
        &self,
        run: &Finished<'_>,
        summary: &RunSummary,
    ) -> Result<Vec<PathBuf>, EvaluateError> {
        (self.write)(run, summary)
    }
}
