//! Parts of a dataset: fields, questions, metadata properties and kinds of vectors. All four lie alike in their tables.

use crate::store::database::from_row;
use crate::{
    AnnotateError, Refusal,
    store::{
        database::{AnyRow, Query, Results, Transaction, Value, failed, is_duplicate, query},
        values,
    },
};
use examen_core::annotation::{Field, MetadataProperty, Question};
use jiff::Timestamp;
use uuid::Uuid;

/// Most parts of one kind in a dataset; the text index counts fields up to it.
const MAX_PARTS: i64 = 1_000;

/// A part with what the store knows about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Part<T> {
    /// Its id.
    pub id: Uuid,
    /// The dataset it belongs to.
    pub dataset_id: Uuid,
    /// Its position among its kind; positions are never given twice while later ones are there.
    pub position: i64,
    /// Time of creation.
    pub inserted_at: Timestamp,
    /// Time of the last change.
    pub updated_at: Timestamp,
    /// The part.
    pub value: T,
}

/// A kind of vectors that records may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VectorSettings {
    /// Key in a record's `vectors`.
    pub name: String,
    /// Title on the page.
    pub title: String,
    /// Length of each vector.
    pub dimensions: u32,
}

/// A kind of part and its table.
pub trait DatasetPart: Sized + Send + Sync + 'static {
    /// Argilla's name for it.
    const NOUN: &'static str;
    /// Its table.
    const TABLE: &'static str;
    /// Its own columns.
    const COLUMNS: &'static [&'static str];

    /// Its name, unique in its dataset.
    fn name(&self) -> &str;
    /// Its own columns, read.
    type Row: AnyRow;
    /// The values of its own columns.
    fn values(&self) -> Vec<Value>;
    /// The part that such values make.
    fn of(row: Self::Row) -> Result<Self, AnnotateError>;
}

/// The columns of a field.
pub struct FieldRow {
    name: String,
    title: String,
    required: bool,
    settings: String,
}

from_row!(FieldRow {
    name,
    title,
    required,
    settings
});

impl DatasetPart for Field {
    const NOUN: &'static str = "Field";
    const TABLE: &'static str = "fields";
    const COLUMNS: &'static [&'static str] = &["name", "title", "required", "settings"];
    type Row = FieldRow;

    fn name(&self) -> &str {
        &self.name
    }

    fn values(&self) -> Vec<Value> {
        vec![
            (&self.name).into(),
            (&self.title).into(),
            self.required.into(),
            values::json(&self.settings).into(),
        ]
    }

    fn of(
        FieldRow {
            name,
            title,
            required,
            settings,
        }: FieldRow,
    ) -> Result<Self, AnnotateError> {
        Ok(Self {
            name,
            title,
            required,
            settings: values::from_json("field settings", &settings)?,
        })
    }
}

/// The columns of a question.
pub struct QuestionRow {
    name: String,
    title: String,
    description: Option<String>,
    required: bool,
    settings: String,
}

from_row!(QuestionRow {
    name,
    title,
    description,
    required,
    settings
});

impl DatasetPart for Question {
    const NOUN: &'static str = "Question";
    const TABLE: &'static str = "questions";
    const COLUMNS: &'static [&'static str] =
        &["name", "title", "description", "required", "settings"];
    type Row = QuestionRow;

    fn name(&self) -> &str {
        &self.name
    }

    fn values(&self) -> Vec<Value> {
        let settings = values::json(&self.settings);
        vec![
            (&self.name).into(),
            (&self.title).into(),
            (&self.description).into(),
            self.required.into(),
            settings.into(),
        ]
    }

    fn of(
        QuestionRow {
            name,
            title,
            description,
            required,
            settings,
        }: QuestionRow,
    ) -> Result<Self, AnnotateError> {
        let settings = values::from_json("question settings", &settings)?;
        Ok(Self {
            name,
            title,
            description,
            required,
            settings,
        })
    }
}

/// The columns of a metadata property.
pub struct MetadataPropertyRow {
    name: String,
    title: String,
    settings: String,
    visible_for_annotators: bool,
}

from_row!(MetadataPropertyRow {
    name,
    title,
    settings,
    visible_for_annotators
});

impl DatasetPart for MetadataProperty {
    const NOUN: &'static str = "Metadata property";
    const TABLE: &'static str = "metadata_properties";
    const COLUMNS: &'static [&'static str] =
        &["name", "title", "settings", "visible_for_annotators"];
    type Row = MetadataPropertyRow;

    fn name(&self) -> &str {
        &self.name
    }

    fn values(&self) -> Vec<Value> {
        let settings = values::json(&self.settings);
        vec![
            (&self.name).into(),
            (&self.title).into(),
            settings.into(),
            self.visible_for_annotators.into(),
        ]
    }

    fn of(row: MetadataPropertyRow) -> Result<Self, AnnotateError> {
        let MetadataPropertyRow {
            name,
            title,
            settings,
            visible_for_annotators,
        } = row;
        let settings = values::from_json("metadata settings", &settings)?;
        Ok(Self {
            name,
            title,
            settings,
            visible_for_annotators,
        })
    }
}

/// The columns of a kind of vectors.
pub struct VectorSettingsRow {
    name: String,
    title: String,
    dimensions: i64,
}

from_row!(VectorSettingsRow {
    name,
    title,
    dimensions
});

impl DatasetPart for VectorSettings {
    const NOUN: &'static str = "Vector settings";
    const TABLE: &'static str = "vectors_settings";
    const COLUMNS: &'static [&'static str] = &["name", "title", "dimensions"];
    type Row = VectorSettingsRow;

    fn name(&self) -> &str {
        &self.name
    }

    fn values(&self) -> Vec<Value> {
        vec![
            (&self.name).into(),
            (&self.title).into(),
            self.dimensions.into(),
        ]
    }

    fn of(
        VectorSettingsRow {
            name,
            title,
            dimensions,
        }: VectorSettingsRow,
    ) -> Result<Self, AnnotateError> {
        Ok(Self {
            name,
            title,
            dimensions: values::small("dimensions", dimensions)?,
        })
    }
}

pub(in crate::store) struct PartRow<C> {
    id: Uuid,
    dataset_id: Uuid,
    position: i64,
    inserted_at: i64,
    updated_at: i64,
    columns: C,
}

from_row!(PartRow<C> { id, dataset_id, position, inserted_at, updated_at; columns });

impl<C> PartRow<C> {
    pub(in crate::store) fn part<T: DatasetPart<Row = C>>(self) -> Result<Part<T>, AnnotateError> {
        Ok(Part {
            id: self.id,
            dataset_id: self.dataset_id,
            position: self.position,
            inserted_at: values::time(self.inserted_at)?,
            updated_at: values::time(self.updated_at)?,
            value: T::of(self.columns)?,
        })
    }
}

/// The parts of a dataset, in order, as this transaction sees them.
pub(in crate::store) async fn list<T: DatasetPart>(
    connection: &mut Transaction,
    dataset: Uuid,
) -> Result<Vec<Part<T>>, AnnotateError> {
    let results = connection.together(vec![query_of::<T>(dataset)]).await;
    of(&mut results.map_err(failed(DOING))?)
}

const DOING: &str = "reading a dataset's settings";

/// The statement that reads the parts of a dataset, in order.
pub(super) fn query_of<T: DatasetPart>(dataset: Uuid) -> Query {
    let sql = format!(
        "SELECT * FROM {} WHERE dataset_id = $1 ORDER BY position",
        T::TABLE
    );
    query(sql).bind(dataset)
}

/// The parts that it found.
pub(super) fn of<T: DatasetPart>(results: &mut Results) -> Result<Vec<Part<T>>, AnnotateError> {
    let rows: Vec<PartRow<T::Row>> = results.all().map_err(failed(DOING))?;
    rows.into_iter().map(PartRow::part).collect()
}

/// Adds a part at the end.
pub(in crate::store) async fn insert<T: DatasetPart>(
    connection: &mut Transaction,
    dataset: Uuid,
    value: T,
    now: Timestamp,
) -> Result<Part<T>, AnnotateError> {
    const DOING: &str = "adding a part of a dataset";
    let sql = format!(
        "SELECT COALESCE(MAX(position) + 1, 0), COUNT(*) FROM {} WHERE dataset_id = $1",
        T::TABLE
    );
    let next = query(sql).bind(dataset).fetch_one(&mut *connection).await;
    let (position, count): (i64, i64) = next.map_err(failed(DOING))?;
    if count.max(position) >= MAX_PARTS {
        return Err(Refusal::TooManyParts { dataset }.into());
    }
    let id = values::derived_id(dataset, T::TABLE, value.name());
    let numbers: Vec<String> = T::COLUMNS
        .iter()
        .zip(5..)
        .map(|(_, number)| format!("${number}"))
        .collect();
    let sql = format!(
        "INSERT INTO {} (id, dataset_id, position, inserted_at, updated_at, {}) VALUES ($1, $2, $3, $4, $4, {})",
        T::TABLE,
        T::COLUMNS.join(", "),
        numbers.join(", ")
    );
    let query = query(sql)
        .bind(id)
        .bind(dataset)
        .bind(position)
        .bind(now.as_microsecond());
    match query.bind_all(value.values()).execute(connection).await {
        Ok(_) => Ok(Part {
            id,
            dataset_id: dataset,
            position,
            inserted_at: now,
            updated_at: now,
            value,
        }),
        // The id is drawn from the name, so either of them is taken where the name is.
        Err(source) if is_duplicate(&source, T::TABLE) => Err(Refusal::PartExists {
            what: T::NOUN,
            name: value.name().to_owned(),
            dataset,
        }
        .into()),
        Err(source) => Err(failed(DOING)(source)),
    }
}
