//! A dataset with everything that decides which records and responses it takes.

use super::{
    head::{self, DatasetHead},
    parts::{self, Part, VectorSettings},
};
use crate::{AnnotateError, store::database::Transaction};
use examen_core::annotation::{Field, MetadataProperty, Question};
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

/// The dataset as this transaction sees it.
pub(in crate::store) async fn read(
    connection: &mut Transaction,
    id: Uuid,
) -> Result<Option<Schema>, AnnotateError> {
    let Some(dataset) = head::find(connection, id).await? else {
        return Ok(None);
    };
    Ok(Some(Schema {
        dataset,
        fields: parts::list(connection, id).await?,
        questions: parts::list(connection, id).await?,
        metadata_properties: parts::list(connection, id).await?,
        vectors_settings: parts::list(connection, id).await?,
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

    /// The kind of vectors with this name.
    pub fn vectors_named(&self, name: &str) -> Option<&Part<VectorSettings>> {
        self.vectors_settings
            .iter()
            .find(|vectors| vectors.value.name == name)
    }
}
