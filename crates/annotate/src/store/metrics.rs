//! Counts that Argilla's API tells: responses by user, and the values of metadata.

use super::{Store, failed, values};
use crate::AnnotateError;
use serde_json::Value;
use uuid::Uuid;

/// Responses by status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ResponseCounts {
    /// Those that count.
    pub submitted: u64,
    /// Those that say that the record is bad.
    pub discarded: u64,
    /// Those that were begun.
    pub draft: u64,
}

/// A user's responses in a dataset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserProgress {
    /// Who.
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
        let rows: Vec<(String, String, String, i64)> = sqlx::query_as(
            "SELECT u.username, r.status, p.status, COUNT(*)
             FROM records r CROSS JOIN responses p ON p.record_id = r.id JOIN users u ON u.id = p.user_id
             WHERE r.dataset_id = ?1 GROUP BY 1, 2, 3 ORDER BY 1",
        )
        .bind(dataset)
        .fetch_all(&self.readers)
        .await
        .map_err(failed("counting responses"))?;
        let mut users: Vec<UserProgress> = Vec::new();
        for (username, record, response, count) in rows {
            if users.last().is_none_or(|user| user.username != username) {
                let (completed, pending) = Default::default();
                users.push(UserProgress { username, completed, pending });
            }
            let Some(user) = users.last_mut() else { continue };
            let counts = if record == "completed" { &mut user.completed } else { &mut user.pending };
            let count = values::count(count);
            match response.as_str() {
                "submitted" => counts.submitted = count,
                "discarded" => counts.discarded = count,
                _ => counts.draft = count,
            }
        }
        Ok(users)
    }

    /// Records without a response of this user that others have not completed.
    pub async fn pending_for(&self, dataset: Uuid, user: Uuid) -> Result<u64, AnnotateError> {
        let count: i64 = sqlx::query_scalar(
            "SELECT COUNT(*) FROM records r WHERE r.dataset_id = ?1 AND r.status = 'pending'
             AND r.id NOT IN (SELECT p.record_id FROM responses p WHERE p.user_id = ?2)",
        )
        .bind(dataset)
        .bind(user)
        .fetch_one(&self.readers)
        .await
        .map_err(failed("counting records"))?;
        Ok(values::count(count))
    }

    /// The terms that records have for a metadata property; each of a list counts.
    pub async fn property_terms(&self, dataset: Uuid, name: &str) -> Result<PropertyValues, AnnotateError> {
        let rows: Vec<(String, i64)> = sqlx::query_as(
            "SELECT json_quote(e.value), COUNT(DISTINCT r.row) FROM records r, json_each(r.metadata, ?2) e
             WHERE r.dataset_id = ?1 AND e.type <> 'null' GROUP BY e.value ORDER BY 2 DESC, e.value",
        )
        .bind(dataset)
        .bind(values::json_path(name))
        .fetch_all(&self.readers)
        .await
        .map_err(failed("counting terms"))?;
        let term = |(text, count): (String, i64)| Ok((values::from_json("term", &text)?, values::count(count)));
        Ok(PropertyValues::Terms(rows.into_iter().map(term).collect::<Result<_, AnnotateError>>()?))
    }

    /// The smallest and the largest number that records have for a metadata property.
    pub async fn property_range(&self, dataset: Uuid, name: &str) -> Result<PropertyValues, AnnotateError> {
        let (min, max): (Option<String>, Option<String>) = sqlx::query_as(
            "SELECT CAST(MIN(e.value) AS TEXT), CAST(MAX(e.value) AS TEXT) FROM records r, json_each(r.metadata, ?2) e
             WHERE r.dataset_id = ?1 AND e.type IN ('integer', 'real')",
        )
        .bind(dataset)
        .bind(values::json_path(name))
        .fetch_one(&self.readers)
        .await
        .map_err(failed("looking for the smallest and the largest value"))?;
        let number = |text: Option<String>| text.as_deref().map(|text| values::from_json("number", text)).transpose();
        Ok(PropertyValues::Range(number(min)?, number(max)?))
    }
}
