//! A dataset with everything that decides which records and responses it takes.

use super::{
    head::{self, DatasetHead, HeadRow},
    parts::{self, Part, VectorSettings},
};
use crate::{
    AnnotateError,
    store::{
        database::{Query, Results, Transaction, failed},
        people::Role,
    },
};
use examen_core::annotation::{Field, MetadataProperty, Question};
use serde_json::{Map, Value};
use std::collections::HashSet;
use uuid::Uuid;

/// A dataset and all its parts, as of one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Schema {
    /// The dataset itself.
    pub dataset: DatasetHead,
    /// Its fields, in order.
    pub fields: Vec<Part<Field>>,
    /// Its questions, in order.
    pub questions: Vec<Part<Question>>,
    /// Its metadata properties.
    pub metadata_properties: Vec<Part<MetadataProperty>>,
    /// The kinds of vectors.
    pub vectors_settings: Vec<Part<VectorSettings>>,
}

/// Names of the metadata that a role may neither read nor look for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hidden(HashSet<String>);

impl Hidden {
    /// Takes what is hidden from a record's metadata.
    pub fn leave_out(&self, metadata: &mut Map<String, Value>) {
        metadata.retain(|name, _| !self.0.contains(name));
    }
}

/// The dataset as this transaction sees it.
pub(in crate::store) async fn read(
    connection: &mut Transaction,
    id: Uuid,
) -> Result<Option<Schema>, AnnotateError> {
    let results = connection.together(queries(id)).await;
    of(results.map_err(failed(DOING))?)
}

const DOING: &str = "reading a dataset";

/// The statements that read a dataset.
pub(in crate::store) fn queries(id: Uuid) -> Vec<Query> {
    vec![
        head::query_of(id),
        parts::query_of::<Field>(id),
        parts::query_of::<Question>(id),
        parts::query_of::<MetadataProperty>(id),
        parts::query_of::<VectorSettings>(id),
    ]
}

/// The dataset that they found.
pub(in crate::store) fn of(mut results: Results) -> Result<Option<Schema>, AnnotateError> {
    let head: Option<HeadRow> = results.optional().map_err(failed(DOING))?;
    let Some(head) = head else {
        return Ok(None);
    };
    Ok(Some(Schema {
        dataset: head.head()?,
        fields: parts::of(&mut results)?,
        questions: parts::of(&mut results)?,
        metadata_properties: parts::of(&mut results)?,
        vectors_settings: parts::of(&mut results)?,
    }))
}

impl Schema {
    /// The question with this id.
    pub fn question(&self, id: Uuid) -> Option<&Question> {
        self.questions
            .iter()
            .find(|question| question.id == id)
            .map(|question| &question.value)
    }

    /// The question with this name.
    pub fn question_named(&self, name: &str) -> Option<&Part<Question>> {
        self.questions
            .iter()
            .find(|question| question.value.name == name)
    }

    /// The metadata property with this name.
    pub fn property_named(&self, name: &str) -> Option<&Part<MetadataProperty>> {
        self.metadata_properties
            .iter()
            .find(|property| property.value.name == name)
    }

    /// The metadata that is hidden from a role: properties that are not visible for annotators, from annotators.
    pub fn hidden_from(&self, role: Role) -> Hidden {
        let is_hidden = |property: &&Part<MetadataProperty>| {
            role == Role::Annotator && !property.value.visible_for_annotators
        };
        let hidden = self.metadata_properties.iter().filter(is_hidden);
        Hidden(hidden.map(|property| property.value.name.clone()).collect())
    }

    /// The dataset for somebody from whom this is hidden: to them it is as if there were no such properties.
    pub fn without(mut self, hidden: &Hidden) -> Self {
        self.metadata_properties
            .retain(|property| !hidden.0.contains(&property.value.name));
        self
    }

    /// The kind of vectors with this name.
    pub fn vectors_named(&self, name: &str) -> Option<&Part<VectorSettings>> {
        self.vectors_settings
            .iter()
            .find(|vectors| vectors.value.name == name)
    }
}
