//! Loads the questions of a Distiset into a dataset, one record a question: of the store, all or nothing, or of a server
//! that speaks Argilla's API.
//!
//! Options are shuffled once, with a seed that is stored beside them. What cannot be reviewed is skipped and reported.

mod prepare;
mod push;
mod rows;

pub use push::push_distiset;

use crate::{
    AnnotateError, Skipped,
    store::{DEFAULT_WORKSPACE, Existing, NewDataset, Store},
};
use examen_core::{Language, Progress, Seed, annotation::ReviewMode};
use jiff::Timestamp;
use prepare::{Prepared, prepare};
use serde::Serialize;
use std::path::Path;
use uuid::Uuid;

/// The config that Examen's own Distisets hold their accepted questions in.
pub const QUESTIONS_CONFIG: &str = "questions";
/// The config that distilabel writes.
pub const DEFAULT_CONFIG: &str = "default";

/// Options of a load.
#[derive(Debug, Clone)]
pub struct LoadOptions {
    /// The dataset to make.
    pub dataset_name: String,
    /// The config to read; by default `questions` if the Distiset has it, else `default`.
    pub config: Option<String>,
    /// The split to read, usually `train`.
    pub split: String,
    /// Seed of the order of the options.
    pub seed: Seed,
    /// Deletes a dataset of the same name, with its responses. Otherwise it is an error.
    pub overwrite: bool,
    /// Words for the reviewers; by default Examen's own, in the language of the questions.
    pub guidelines: Option<String>,
    /// Submitted responses that complete a record; at least 1.
    pub min_submitted: u32,
    /// The usual mode of the dataset's review.
    pub mode: ReviewMode,
}

/// Summary of a load.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LoadSummary {
    /// The dataset.
    pub dataset_id: Uuid,
    /// Its name.
    pub dataset_name: String,
    /// The config that was read.
    pub config: String,
    /// Rows of that config.
    pub rows: usize,
    /// Questions that are records now.
    pub loaded: usize,
    /// Those of them that an interrupted push had sent already.
    pub already_there: usize,
    /// Rows and questions that did not, with the reason.
    pub skipped: Vec<Skipped>,
    /// The language that most questions are in; guidelines and titles are in it.
    pub language: Language,
    /// Records and responses of the dataset of the same name that was deleted, if there was one.
    pub replaced: Option<(u64, u64)>,
}

/// Loads the Distiset at `path`: Examen's own (config `questions`) or one that distilabel wrote (config `default` with
/// the columns `document`, `generation`, `generation_model`).
pub async fn load_distiset(
    store: &Store,
    path: &Path,
    options: &LoadOptions,
    progress: &dyn Progress,
) -> Result<LoadSummary, AnnotateError> {
    let prepared = prepare(path, options, progress).await?;
    let now = Timestamp::now();
    let workspace = store
        .ensure_workspace(DEFAULT_WORKSPACE, Uuid::new_v4(), now)
        .await?;
    let dataset = NewDataset {
        id: Uuid::new_v4(),
        workspace_id: workspace.id,
        name: options.dataset_name.clone(),
        settings: prepared.settings.clone(),
        metadata: prepared.metadata.clone(),
    };
    let existing = if options.overwrite {
        Existing::Replace
    } else {
        Existing::Refuse
    };
    let replaced = store
        .create_dataset(&dataset, &prepared.records, existing, now)
        .await?;
    Ok(prepared.summary(dataset.id, options, replaced, 0))
}

impl Prepared {
    /// The summary of a finished load.
    fn summary(
        self,
        dataset_id: Uuid,
        options: &LoadOptions,
        replaced: Option<(u64, u64)>,
        already_there: usize,
    ) -> LoadSummary {
        LoadSummary {
            dataset_id,
            dataset_name: options.dataset_name.clone(),
            config: self.config,
            rows: self.rows,
            loaded: self.records.len(),
            already_there,
            skipped: self.skipped,
            language: self.language,
            replaced,
        }
    }
}
