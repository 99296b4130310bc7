//! What the journal tells of earlier runs with the same output: what they took, and the settings of the last. Where those
//! differ from this run's, the replies that are kept do not fit, and the user is told before everything is asked anew.

use super::{plan::checked, turns::Shares};
use crate::{
    asking::prompts::Prompts,
    calls::{Remembered, SETTINGS_KEY, Spent},
    error::GenerateError,
    reading::documents::Listing,
    settings::Settings,
    text::languages,
};
use examen_files::journal;
use serde::Serialize;
use serde_json::{Map, Value};

/// Settings that change no request: those of the run itself, and of its checks.
const WITHOUT_EFFECT: [&str; 9] = [
    "input",
    "questions_per_chunk",
    "max_questions",
    "max_per_document",
    "max_per_section",
    "max_re_asks",
    "multi_hop",
    "require_quote",
    "model_checks",
];

/// Earlier runs with the same output.
#[derive(Debug, Default)]
pub struct Earlier {
    /// Tokens of their replies: a limit holds for all runs with one output together. Calls without a reply left no trace.
    pub spent: Spent,
    n_kept: usize,
    /// Of the last one, where it says.
    settings: Option<Map<String, Value>>,
}

/// Settings that differ from those of the run before, so that its replies do not fit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Anew {
    /// Replies that the journal keeps.
    pub n_kept: usize,
    /// What has changed.
    pub changes: Vec<Change>,
}

/// A setting that has changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Its name, such as `temperature`.
    pub name: String,
    /// Its value in the run before, as JSON.
    pub was: String,
    /// Its value now.
    pub is: String,
}

impl Earlier {
    /// Reads the journal, once.
    ///
    /// # Errors
    /// A journal that cannot be read.
    pub fn read(settings: &Settings) -> Result<Self, GenerateError> {
        let mut earlier = Self::default();
        for entry in journal::entries::<Remembered>(&settings.journal())? {
            let (key, remembered) = entry?;
            if key == SETTINGS_KEY {
                earlier.settings = serde_json::from_str(&remembered.reply.text).ok();
                continue;
            }
            earlier.n_kept += 1;
            earlier.spent.add(&remembered);
        }
        Ok(earlier)
    }

    /// Changes since the last run that make its replies useless to this one with the model `model`; `None` where there are
    /// none, or nothing is kept.
    ///
    /// # Errors
    /// As of [`check`](crate::check).
    pub fn asked_anew(
        &self,
        settings: &Settings,
        model: &str,
    ) -> Result<Option<Anew>, GenerateError> {
        let Some(before) = self.settings.as_ref().filter(|_| self.n_kept > 0) else {
            return Ok(None);
        };
        let prompts = checked(settings)?;
        let n_documents = Listing::of(settings)?.len();
        let changes = changes(before, &record(settings, &prompts, model, n_documents));
        let n_kept = self.n_kept;
        Ok((!changes.is_empty()).then_some(Anew { n_kept, changes }))
    }
}

/// The record of a run in its journal.
pub(super) fn to_text(
    settings: &Settings,
    prompts: &Prompts,
    model: &str,
    n_documents: usize,
) -> String {
    Value::Object(record(settings, prompts, model, n_documents)).to_string()
}

/// Everything but the documents that the requests depend on.
fn record(
    settings: &Settings,
    prompts: &Prompts,
    model: &str,
    n_documents: usize,
) -> Map<String, Value> {
    let mut record = settings.published();
    record.retain(|name, _| !WITHOUT_EFFECT.contains(&name.as_str()));
    let hashes = languages::all()
        .iter()
        .map(|spoken| prompts.hash(spoken.language));
    let questions = Shares::new(settings, n_documents).range();
    for (name, value) in [
        ("model", model.to_owned()),
        ("model_files", settings.model_fingerprint.clone()),
        ("prompts", hashes.collect::<Vec<_>>().join(" ")),
        ("questions_per_passage", questions),
    ] {
        record.insert(name.to_owned(), value.into());
    }
    record
}

/// Settings of both runs that differ. One that either does not know, such as the files of a model that is not loaded, says
/// nothing.
fn changes(before: &Map<String, Value>, now: &Map<String, Value>) -> Vec<Change> {
    let is_known = |value: &Value| value.as_str() != Some("");
    let changed = now.iter().filter_map(|(name, is)| {
        let was = before.get(name)?;
        let differs = was != is && is_known(was) && is_known(is);
        differs.then(|| Change {
            name: name.clone(),
            was: was.to_string(),
            is: is.to_string(),
        })
    });
    changed.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn changes_are_those_of_settings_that_both_runs_know() {
        let map = |value: Value| value.as_object().cloned().unwrap();
        let before = map(json!({"seed": 0, "temperature": 0.7, "model_files": "a", "old": 1}));
        let now = map(json!({"seed": 0, "temperature": 0.8, "model_files": "", "new": 1}));
        let expected = Change {
            name: "temperature".to_owned(),
            was: "0.7".to_owned(),
            is: "0.8".to_owned(),
        };
        assert_eq!(changes(&before, &now), [expected]);
    }
}
