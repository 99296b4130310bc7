//! The report of a run: what became of the documents, how the questions cover them, what they give away and cost. One
//! struct, which programs read as JSON and people as a page.

mod cost;
mod funnel;
mod page;
mod words;

pub use crate::writing::{
    Counts, Coverage, DocumentCoverage, Rest, Sample, Samples, SectionCoverage,
};
pub use cost::PerAccepted;
pub use funnel::{Funnel, Step};

use crate::{error::GenerateError, settings::Settings, writing::Summary};
use examen_files::atomic;
use examen_llm::Meter;
use serde::Serialize;
use serde_json::{Map, Value};

/// Results of a run, and its cost.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// The version of Examen.
    pub version: &'static str,
    /// The model that wrote the questions.
    pub model: String,
    /// Counts of the run.
    #[serde(flatten)]
    pub summary: Summary,
    /// From documents to accepted questions, step by step.
    pub funnel: Funnel,
    /// Calls, tokens and cost of this run and earlier ones with the same journal.
    pub spent: Meter,
    /// The same for each accepted question; `None` if there is none.
    pub per_accepted: Option<PerAccepted>,
    /// The settings, without the machine's paths.
    pub settings: Map<String, Value>,
    /// The name of the output folder.
    #[serde(skip)]
    name: String,
    /// Number of questions that were wanted, if that was said.
    #[serde(skip)]
    n_wanted: Option<usize>,
}

impl Report {
    /// The report of a run with `settings`, which asked `model` and has `spent` that.
    pub fn new(settings: &Settings, model: &str, summary: Summary, spent: Meter) -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION"),
            model: model.to_owned(),
            funnel: Funnel::of(&summary),
            per_accepted: PerAccepted::of(&spent, summary.accepted),
            summary,
            spent,
            settings: settings.published(),
            name: settings
                .output
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
            n_wanted: settings.max_questions,
        }
    }

    /// The report as a page: one file of HTML that asks for nothing from elsewhere.
    pub fn to_html(&self) -> String {
        page::of(self).to_html()
    }

    /// Writes the page to [`Settings::report`].
    pub fn save(&self, settings: &Settings) -> Result<(), GenerateError> {
        Ok(atomic::write_bytes(
            &settings.report(),
            self.to_html().as_bytes(),
        )?)
    }
}
