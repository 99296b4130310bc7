//! Sends the questions of a Distiset to a server that speaks Argilla's API: the dataset that the store would hold.
//!
//! A push that broke off goes on where it stopped: records that are there are not sent again.

use super::{
    LoadOptions, LoadSummary,
    prepare::{Prepared, prepare},
};
use crate::{
    AnnotateError, Difference,
    store::{DEFAULT_WORKSPACE, NewRecord},
};
use examen_argilla::{
    Client,
    answers::{Dataset, Record, Workspace},
    bodies::{BulkItem, NewSuggestion},
    client::{Include, Settings, WholeDataset, batches},
};
use examen_core::{
    Progress,
    annotation::{
        Suggestion,
        names::{REVIEW_MODE, SHUFFLE_SEED},
    },
};
use std::{
    collections::{HashMap, HashSet},
    path::Path,
};

/// Most characters of the name of a suggestion's agent.
const MAX_AGENT_CHARS: usize = 200;

/// Sends the Distiset at `path` to the workspace named `workspace`, by default the first that the caller sees. A dataset of
/// the same name with the same settings, and no records but these, is continued; another one is an error, unless it may be
/// overwritten.
pub async fn push_distiset(
    client: &Client,
    workspace: Option<&str>,
    path: &Path,
    options: &LoadOptions,
    progress: &dyn Progress,
) -> Result<LoadSummary, AnnotateError> {
    let prepared = prepare(path, options, progress).await?;
    let workspace = choose(client, workspace).await?;
    let mut found = client.datasets(Some(workspace.id)).await?;
    found.retain(|dataset| dataset.name == options.dataset_name);
    let settings = settings(&prepared);
    let (mut replaced, mut there) = (None, HashSet::new());
    let whole = match found.first() {
        Some(dataset) if options.overwrite => {
            replaced = Some(client.size(dataset.id).await?);
            client.delete_dataset(dataset.id).await?;
            client
                .create_dataset(workspace.id, &options.dataset_name, &settings)
                .await?
        }
        Some(dataset) => {
            let (whole, known) = go_on(client, dataset, &workspace, &prepared, progress).await?;
            there = known;
            whole
        }
        None => {
            client
                .create_dataset(workspace.id, &options.dataset_name, &settings)
                .await?
        }
    };
    send(client, &whole, &prepared.records, &there, progress).await?;
    Ok(prepared.summary(whole.dataset.id, options, replaced, there.len()))
}

/// The workspace to send to. Where there is none at all, one is made, as in the store.
async fn choose(client: &Client, named: Option<&str>) -> Result<Workspace, AnnotateError> {
    if let Some(name) = named {
        return Ok(client.workspace(name).await?);
    }
    match client.workspaces().await?.into_iter().next() {
        Some(workspace) => Ok(workspace),
        None => Ok(client.create_workspace(DEFAULT_WORKSPACE).await?),
    }
}

fn settings(prepared: &Prepared) -> Settings {
    Settings {
        guidelines: prepared.settings.guidelines.clone(),
        allow_extra_metadata: true,
        min_submitted: prepared.settings.min_submitted,
        metadata: Some(prepared.metadata.clone()),
        fields: prepared.settings.fields.clone(),
        questions: prepared.settings.questions.clone(),
        metadata_properties: Vec::new(),
        vectors_settings: Vec::new(),
    }
}

/// The dataset of an earlier push, completed where that broke off before it was published, and the records it has.
async fn go_on(
    client: &Client,
    dataset: &Dataset,
    workspace: &Workspace,
    prepared: &Prepared,
    progress: &dyn Progress,
) -> Result<(WholeDataset, HashSet<String>), AnnotateError> {
    let (whole, ours) = (client.whole_dataset(dataset.id).await?, settings(prepared));
    let mut difference = differing_settings(&ours, &whole);
    let mut there = HashSet::new();
    if difference.is_none() {
        let records = client
            .all_records(dataset.id, Include::default(), progress)
            .await?;
        match known(&records, &prepared.records) {
            Ok(known) => there = known,
            Err(others) => difference = Some(others),
        }
    }
    if let Some(difference) = difference {
        let (records, responses) = client.size(dataset.id).await?;
        let (name, workspace) = (dataset.name.clone(), workspace.name.clone());
        return Err(AnnotateError::OtherDataset {
            name,
            workspace,
            records,
            responses,
            difference,
        });
    }
    Ok((client.finish_dataset(dataset.id, &ours).await?, there))
}

/// The first part of a dataset that differs. A draft may lack parts that come last.
fn differing_settings(ours: &Settings, whole: &WholeDataset) -> Option<Difference> {
    let theirs = whole.settings();
    // A server may drop a dataset's metadata; then the fields of the records show the seed.
    let is_same = |name| {
        let known = |settings: &Settings| settings.metadata.as_ref()?.get(name).cloned();
        known(&theirs).is_none_or(|theirs| Some(theirs) == known(ours))
    };
    let is_draft = !whole.is_ready();
    let fits = [
        (Difference::Guidelines, ours.guidelines == theirs.guidelines),
        (
            Difference::MinSubmitted,
            ours.min_submitted == theirs.min_submitted,
        ),
        (
            Difference::Fields,
            is_begun(&ours.fields, &theirs.fields, is_draft),
        ),
        (
            Difference::Questions,
            is_begun(&ours.questions, &theirs.questions, is_draft),
        ),
        (
            Difference::ExtraMetadata,
            ours.allow_extra_metadata == theirs.allow_extra_metadata,
        ),
        (
            Difference::MetadataProperties,
            ours.metadata_properties == theirs.metadata_properties,
        ),
        (Difference::Seed, is_same(SHUFFLE_SEED)),
        (Difference::Mode, is_same(REVIEW_MODE)),
    ];
    fits.into_iter()
        .find(|(_, fits)| !fits)
        .map(|(difference, _)| difference)
}

/// True where the parts are ours, or, if some may lack, the first of ours.
fn is_begun<T: PartialEq>(ours: &[T], theirs: &[T], may_lack: bool) -> bool {
    if may_lack {
        ours.starts_with(theirs)
    } else {
        ours == theirs
    }
}

/// The external ids of the records that are there, if all of them are ours.
fn known(there: &[Record], ours: &[NewRecord]) -> Result<HashSet<String>, Difference> {
    let fields: HashMap<&str, _> = ours
        .iter()
        .map(|record| (record.external_id.as_str(), &record.fields))
        .collect();
    let is_ours = |record: &&Record| {
        record.external_id.as_deref().is_some_and(|id| {
            fields
                .get(id)
                .is_some_and(|fields| **fields == record.fields)
        })
    };
    match there.iter().filter(|record| !is_ours(record)).count() {
        0 => Ok(there
            .iter()
            .filter_map(|record| record.external_id.clone())
            .collect()),
        others => Err(Difference::Records(others)),
    }
}

async fn send(
    client: &Client,
    dataset: &WholeDataset,
    records: &[NewRecord],
    there: &HashSet<String>,
    progress: &dyn Progress,
) -> Result<(), AnnotateError> {
    let missing = records
        .iter()
        .filter(|record| !there.contains(&record.external_id));
    let items: Vec<BulkItem> = missing.map(|record| item(dataset, record)).collect();
    progress.begin("sending questions", records.len() as u64);
    progress.advance(there.len() as u64);
    for batch in batches(&items) {
        if let Err(error) = client.upsert_records(dataset.dataset.id, batch).await {
            progress.end();
            return Err(error.into());
        }
        progress.advance(batch.len() as u64);
    }
    progress.note(&format!("{} sent, {} were there", items.len(), there.len()));
    progress.end();
    Ok(())
}

fn item(dataset: &WholeDataset, record: &NewRecord) -> BulkItem {
    let suggestion = |suggestion: &Suggestion| {
        Some(NewSuggestion {
            question_id: dataset.question_id(&suggestion.question)?,
            value: suggestion.value.clone(),
            agent: suggestion.agent.as_deref().and_then(agent),
            score: None,
            kind: None,
        })
    };
    BulkItem {
        id: None,
        external_id: Some(record.external_id.clone()),
        fields: Some(record.fields.clone()),
        metadata: Some(Some(record.metadata.clone())),
        suggestions: record.suggestions.iter().filter_map(suggestion).collect(),
        responses: Vec::new(),
        vectors: Vec::new(),
    }
}

/// A model's name in the characters that Argilla takes; the record's metadata have it as it is.
fn agent(name: &str) -> Option<String> {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "-_:./ ".contains(c);
    let name: String = name
        .chars()
        .take(MAX_AGENT_CHARS)
        .map(|c| if is_allowed(c) { c } else { '_' })
        .collect();
    name.contains(|c: char| c.is_ascii_alphanumeric())
        .then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agents_have_names_that_argilla_takes() {
        assert_eq!(
            agent("Qwen/Qwen2.5-7B@main").as_deref(),
            Some("Qwen/Qwen2.5-7B_main")
        );
        assert_eq!(agent("…"), None);
        assert_eq!(agent(&"m".repeat(300)).map(|name| name.len()), Some(200));
    }
}
