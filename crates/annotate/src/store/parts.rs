//! What a dataset is made of: fields, questions, metadata properties and kinds of vectors. All four are kept alike.

use super::{Refusal, Store, failed, is_duplicate, values};
use crate::AnnotateError;
use examen_core::annotation::{Field, MetadataProperty, Question};
use jiff::Timestamp;
use sqlx::{AssertSqlSafe, Row, Sqlite, SqliteConnection, query::Query, sqlite::SqliteArguments, sqlite::SqliteRow};
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
    /// Its place among its kind; places are never given twice while later ones are there.
    pub position: i64,
    /// When it was made.
    pub inserted_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// The part.
    pub value: T,
}

/// A kind of vectors that records may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VectorSettings {
    /// Key in a record's `vectors`.
    pub name: String,
    /// What the page calls it.
    pub title: String,
    /// How many numbers each has.
    pub dimensions: u32,
}

/// A query whose values are being bound.
pub(super) type Bound = Query<'static, Sqlite, SqliteArguments>;

/// How a kind of part lies in its table.
pub trait DatasetPart: Sized + Send + Sync + 'static {
    /// What Argilla calls it.
    const NOUN: &'static str;
    /// Its table.
    const TABLE: &'static str;
    /// Its own columns.
    const COLUMNS: &'static [&'static str];

    /// Its name, unique in its dataset.
    fn name(&self) -> &str;
    /// Binds the values of its own columns.
    fn bind(&self, query: Bound) -> Bound;
    /// Reads them back.
    fn read(row: &SqliteRow) -> Result<Self, sqlx::Error>;
}

impl DatasetPart for Field {
    const NOUN: &'static str = "Field";
    const TABLE: &'static str = "fields";
    const COLUMNS: &'static [&'static str] = &["name", "title", "required", "settings"];

    fn name(&self) -> &str {
        &self.name
    }

    fn bind(&self, query: Bound) -> Bound {
        query.bind(self.name.clone()).bind(self.title.clone()).bind(self.required).bind(values::json(&self.settings))
    }

    fn read(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        let settings = values::column(row, "settings")?;
        Ok(Self {
            name: row.try_get("name")?,
            title: row.try_get("title")?,
            required: row.try_get("required")?,
            settings,
        })
    }
}

impl DatasetPart for Question {
    const NOUN: &'static str = "Question";
    const TABLE: &'static str = "questions";
    const COLUMNS: &'static [&'static str] = &["name", "title", "description", "required", "settings"];

    fn name(&self) -> &str {
        &self.name
    }

    fn bind(&self, query: Bound) -> Bound {
        let query = query.bind(self.name.clone()).bind(self.title.clone()).bind(self.description.clone());
        query.bind(self.required).bind(values::json(&self.settings))
    }

    fn read(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            name: row.try_get("name")?,
            title: row.try_get("title")?,
            description: row.try_get("description")?,
            required: row.try_get("required")?,
            settings: values::column(row, "settings")?,
        })
    }
}

impl DatasetPart for MetadataProperty {
    const NOUN: &'static str = "Metadata property";
    const TABLE: &'static str = "metadata_properties";
    const COLUMNS: &'static [&'static str] = &["name", "title", "settings", "visible_for_annotators"];

    fn name(&self) -> &str {
        &self.name
    }

    fn bind(&self, query: Bound) -> Bound {
        let query = query.bind(self.name.clone()).bind(self.title.clone()).bind(values::json(&self.settings));
        query.bind(self.visible_for_annotators)
    }

    fn read(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            name: row.try_get("name")?,
            title: row.try_get("title")?,
            settings: values::column(row, "settings")?,
            visible_for_annotators: row.try_get("visible_for_annotators")?,
        })
    }
}

impl DatasetPart for VectorSettings {
    const NOUN: &'static str = "Vector settings";
    const TABLE: &'static str = "vectors_settings";
    const COLUMNS: &'static [&'static str] = &["name", "title", "dimensions"];

    fn name(&self) -> &str {
        &self.name
    }

    fn bind(&self, query: Bound) -> Bound {
        query.bind(self.name.clone()).bind(self.title.clone()).bind(self.dimensions)
    }

    fn read(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self { name: row.try_get("name")?, title: row.try_get("title")?, dimensions: row.try_get("dimensions")? })
    }
}

impl Store {
    /// The parts of a dataset, in order.
    pub async fn parts<T: DatasetPart>(&self, dataset: Uuid) -> Result<Vec<Part<T>>, AnnotateError> {
        let mut transaction = self.read("reading a dataset's settings").await?;
        list(&mut transaction, dataset).await
    }

    /// The part with this id.
    pub async fn part<T: DatasetPart>(&self, id: Uuid) -> Result<Part<T>, AnnotateError> {
        let sql = format!("SELECT * FROM {} WHERE id = ?1", T::TABLE);
        let row = sqlx::query(AssertSqlSafe(sql)).bind(id).fetch_optional(&self.readers).await;
        match row.map_err(failed("reading a part of a dataset"))? {
            Some(row) => part(&row),
            None => Err(Refusal::NotFound { what: T::NOUN, id }.into()),
        }
    }

    /// Adds a part at the end, if `check` allows it, which sees the dataset as it is.
    pub async fn insert_part<T: DatasetPart>(
        &self,
        dataset: Uuid,
        value: T,
        now: Timestamp,
        check: impl FnOnce(&super::Schema) -> Result<(), Refusal> + Send,
    ) -> Result<Part<T>, AnnotateError> {
        const DOING: &str = "adding a part of a dataset";
        let mut transaction = self.write(DOING).await?;
        let schema = super::schema::read(&mut transaction, dataset).await?;
        check(&schema.ok_or(Refusal::NotFound { what: "Dataset", id: dataset })?)?;
        let part = insert(&mut transaction, dataset, value, now).await?;
        transaction.commit().await.map_err(failed(DOING))?;
        Ok(part)
    }

    /// Replaces a part's value; its name stays.
    pub async fn update_part<T: DatasetPart>(&self, part: &Part<T>, now: Timestamp) -> Result<(), AnnotateError> {
        const DOING: &str = "changing a part of a dataset";
        let assignments: Vec<String> =
            T::COLUMNS.iter().zip(3..).map(|(column, place)| format!("{column} = ?{place}")).collect();
        let sql = format!("UPDATE {} SET updated_at = ?2, {} WHERE id = ?1", T::TABLE, assignments.join(", "));
        let mut transaction = self.write(DOING).await?;
        let query = sqlx::query(AssertSqlSafe(sql)).bind(part.id).bind(now.as_microsecond());
        part.value.bind(query).execute(&mut *transaction).await.map_err(failed(DOING))?;
        transaction.commit().await.map_err(failed(DOING))
    }

    /// Deletes a part, and what records hold for it, if `check` allows it.
    pub async fn delete_part<T: DatasetPart>(
        &self,
        part: &Part<T>,
        check: impl FnOnce(&super::Schema) -> Result<(), Refusal> + Send,
    ) -> Result<(), AnnotateError> {
        const DOING: &str = "deleting a part of a dataset";
        let mut transaction = self.write(DOING).await?;
        let schema = super::schema::read(&mut transaction, part.dataset_id).await?;
        check(&schema.ok_or(Refusal::NotFound { what: T::NOUN, id: part.id })?)?;
        let sql = format!("DELETE FROM {} WHERE id = ?1", T::TABLE);
        let deleted = sqlx::query(AssertSqlSafe(sql)).bind(part.id).execute(&mut *transaction).await;
        deleted.map_err(failed(DOING))?;
        transaction.commit().await.map_err(failed(DOING))
    }
}

/// The parts of a dataset, in order, as this transaction sees them.
pub(super) async fn list<T: DatasetPart>(
    connection: &mut SqliteConnection,
    dataset: Uuid,
) -> Result<Vec<Part<T>>, AnnotateError> {
    let sql = format!("SELECT * FROM {} WHERE dataset_id = ?1 ORDER BY position", T::TABLE);
    let rows = sqlx::query(AssertSqlSafe(sql)).bind(dataset).fetch_all(connection).await;
    rows.map_err(failed("reading a dataset's settings"))?.iter().map(part).collect()
}

/// Adds a part at the end.
pub(super) async fn insert<T: DatasetPart>(
    connection: &mut SqliteConnection,
    dataset: Uuid,
    value: T,
    now: Timestamp,
) -> Result<Part<T>, AnnotateError> {
    const DOING: &str = "adding a part of a dataset";
    let sql = format!("SELECT COALESCE(MAX(position) + 1, 0), COUNT(*) FROM {} WHERE dataset_id = ?1", T::TABLE);
    let next = sqlx::query_as(AssertSqlSafe(sql)).bind(dataset).fetch_one(&mut *connection).await;
    let (position, count): (i64, i64) = next.map_err(failed(DOING))?;
    if count.max(position) >= MAX_PARTS {
        return Err(Refusal::TooManyParts { dataset }.into());
    }
    let id = values::derived_id(dataset, T::TABLE, value.name());
    let places: Vec<String> = T::COLUMNS.iter().zip(5..).map(|(_, place)| format!("?{place}")).collect();
    let sql = format!(
        "INSERT INTO {} (id, dataset_id, position, inserted_at, updated_at, {}) VALUES (?1, ?2, ?3, ?4, ?4, {})",
        T::TABLE,
        T::COLUMNS.join(", "),
        places.join(", ")
    );
    let query = sqlx::query(AssertSqlSafe(sql)).bind(id).bind(dataset).bind(position).bind(now.as_microsecond());
    match value.bind(query).execute(connection).await {
        Ok(_) => Ok(Part { id, dataset_id: dataset, position, inserted_at: now, updated_at: now, value }),
        // The id is drawn from the name, so either of them is taken where the name is.
        Err(source) if is_duplicate(&source, T::TABLE) => {
            Err(Refusal::PartExists { what: T::NOUN, name: value.name().to_owned(), dataset }.into())
        }
        Err(source) => Err(failed(DOING)(source)),
    }
}

fn part<T: DatasetPart>(row: &SqliteRow) -> Result<Part<T>, AnnotateError> {
    let read = || -> Result<_, sqlx::Error> {
        let times: (i64, i64) = (row.try_get("inserted_at")?, row.try_get("updated_at")?);
        Ok((row.try_get("id")?, row.try_get("dataset_id")?, row.try_get("position")?, times, T::read(row)?))
    };
    let (id, dataset_id, position, (inserted_at, updated_at), value) = read().map_err(failed("reading a part"))?;
    let (inserted_at, updated_at) = (values::time(inserted_at)?, values::time(updated_at)?);
    Ok(Part { id, dataset_id, position, inserted_at, updated_at, value })
}
