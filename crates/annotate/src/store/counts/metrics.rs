//! Counts that Argilla's API tells: responses by user, and the values of metadata.

use crate::{
    AnnotateError,
    store::{
        Store,
        database::{Query, failed, query},
        values,
    },
};
use examen_core::annotation::{RecordStatus, ResponseStatus};
use serde_json::Value;
use uuid::Uuid;

/// Responses by status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ResponseCounts {
    /// Submitted.
    pub submitted: u64,
    /// Discarded: the record is bad.
    pub discarded: u64,
    /// Drafts.
    pub draft: u64,
}

/// A user's responses in a dataset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserProgress {
    /// The user's name.
    pub username: String,
    /// Those to completed records.
    pub completed: ResponseCounts,
    /// Those to the others.
    pub pending: ResponseCounts,
}

/// The values of a metadata property in a dataset.
#[derive(Debug, Clone, PartialEq)]
pub enum PropertyValues {
    /// Terms with the number of records that have them, the most frequent first.
    Terms(Vec<(Value, u64)>),
    /// The smallest and the largest number.
    Range(Option<Value>, Option<Value>),
}

impl Store {
    /// The responses of everybody who ever responded, by username.
    pub async fn users_progress(&self, dataset: Uuid) -> Result<Vec<UserProgress>, AnnotateError> {
        let rows: Vec<(String, String, String, i64)> = query(
            "SELECT u.username, r.status, p.status, COUNT(*)
             FROM records r CROSS JOIN responses p JOIN users u ON u.id = p.user_id
             WHERE p.record_id = r.id AND r.dataset_id = $1 GROUP BY 1, 2, 3 ORDER BY 1",
        )
        .bind(dataset)
        .fetch_all(&self.database)
        .await
        .map_err(failed("counting responses"))?;
        let mut users: Vec<UserProgress> = Vec::new();
        for (username, record, response, count) in rows {
            if users.last().is_none_or(|user| user.username != username) {
                let (completed, pending) = Default::default();
                users.push(UserProgress {
                    username,
                    completed,
                    pending,
                });
            }
            let Some(user) = users.last_mut() else {
                continue;
            };
            let counts = match values::read_record_status(&record)? {
                RecordStatus::Completed => &mut user.completed,
                RecordStatus::Pending => &mut user.pending,
            };
            let count = values::count(count);
            match values::read_response_status(&response)? {
                ResponseStatus::Submitted => counts.submitted = count,
                ResponseStatus::Discarded => counts.discarded = count,
                ResponseStatus::Draft => counts.draft = count,
            }
        }
        Ok(users)
    }

    /// The terms that records have for a metadata property; each of a list counts.
    pub async fn property_terms(
        &self,
        dataset: Uuid,
        name: &str,
    ) -> Result<PropertyValues, AnnotateError> {
        let mut query = query("SELECT quoted, COUNT(DISTINCT row) FROM ");
        self.push_property(&mut query, dataset, name);
        query
            .push(" WHERE e.value IS NOT NULL GROUP BY e.value, e.quoted ORDER BY 2 DESC, e.value");
        let rows: Vec<(String, i64)> = query
            .fetch_all(&self.database)
            .await
            .map_err(failed("counting terms"))?;
        let term = |(text, count): (String, i64)| {
            Ok((values::from_json("term", &text)?, values::count(count)))
        };
        Ok(PropertyValues::Terms(
            rows.into_iter()
                .map(term)
                .collect::<Result<_, AnnotateError>>()?,
        ))
    }

    /// The smallest and the largest number that records have for a metadata property.
    pub async fn property_range(
        &self,
        dataset: Uuid,
        name: &str,
    ) -> Result<PropertyValues, AnnotateError> {
        let mut query =
            query("SELECT CAST(MIN(e.number) AS TEXT), CAST(MAX(e.number) AS TEXT) FROM ");
        self.push_property(&mut query, dataset, name);
        let (min, max): (Option<String>, Option<String>) = query
            .fetch_one(&self.database)
            .await
            .map_err(failed("looking for the smallest and the largest value"))?;
        let number = |text: Option<String>| {
            text.as_deref()
                .map(|text| values::from_json("number", text))
                .transpose()
        };
        Ok(PropertyValues::Range(number(min)?, number(max)?))
    }

    /// Appends, as `e`, what the records of a dataset have for a metadata property.
    fn push_property(&self, query: &mut Query, dataset: Uuid, name: &str) {
        let dialect = self.database.dialect();
        query
            .push("(SELECT r.row, ")
            .push(dialect.element_columns())
            .push(" FROM records r, ");
        dialect.push_elements(query, "r.metadata", Some(name));
        query
            .push(" WHERE r.dataset_id = ")
            .push_bind(dataset)
            .push(") e");
    }
}
