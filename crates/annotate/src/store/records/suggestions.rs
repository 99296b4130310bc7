//! Suggestions of single records.

use super::{
    full::{self, StoredSuggestion},
    item::NewSuggestion,
    rows, rules,
};
use crate::{
    AnnotateError, Refusal,
    store::{
        Store,
        database::{failed, query},
        datasets::schema,
        responses::dataset_of,
        values,
    },
};
use jiff::Timestamp;
use uuid::Uuid;

impl Store {
    /// The suggestions for a record, in the order of the questions.
    pub async fn suggestions(&self, record: Uuid) -> Result<Vec<StoredSuggestion>, AnnotateError> {
        let mut transaction = self.read("reading suggestions").await?;
        full::read_suggestions(&mut transaction, &[record]).await
    }

    /// Stores a suggestion in the place of one for the same question; says whether it is new.
    pub async fn put_suggestion(
        &self,
        record: Uuid,
        mut new: NewSuggestion,
        now: Timestamp,
    ) -> Result<(StoredSuggestion, bool), AnnotateError> {
        const DOING: &str = "storing a suggestion";
        let mut transaction = self.write(DOING).await?;
        let found: Option<(Uuid, String)> =
            query("SELECT dataset_id, fields FROM records WHERE id = $1")
                .bind(record)
                .fetch_optional(&mut transaction)
                .await
                .map_err(failed(DOING))?;
        let missing = Refusal::NotFound {
            what: "Record",
            id: record,
        };
        let (dataset, fields) = found.ok_or_else(|| missing.clone())?;
        let schema = schema::read(&mut transaction, dataset)
            .await?
            .ok_or(missing)?;
        let question_id = new.question_id;
        let question = schema.question(question_id).ok_or(Refusal::Unknown {
            what: "Question",
            id: question_id,
        })?;
        let fields = values::from_json("record fields", &fields)?;
        rules::suggestion(question, &fields, &mut new).map_err(Refusal::Invalid)?;
        let is_of_question = |suggestion: &StoredSuggestion| suggestion.question_id == question_id;
        let before = full::read_suggestions(&mut transaction, &[record]).await?;
        rows::put_suggestions(&mut transaction, &[(record, &new)], now).await?;
        let after = full::read_suggestions(&mut transaction, &[record]).await?;
        self.tell_of_records(&mut transaction, dataset, "suggestions.changed", 1)
            .await?;
        transaction.commit().await.map_err(failed(DOING))?;
        let stored = after.into_iter().find(is_of_question);
        let stored = stored.ok_or(Refusal::Unknown {
            what: "Question",
            id: question_id,
        })?;
        Ok((stored, !before.iter().any(is_of_question)))
    }

    /// Deletes suggestions for a record; ids that name none of them are ignored.
    pub async fn delete_suggestions(
        &self,
        record: Uuid,
        ids: &[Uuid],
    ) -> Result<(), AnnotateError> {
        const DOING: &str = "deleting suggestions";
        let mut transaction = self.write(DOING).await?;
        let mut query = query("DELETE FROM suggestions WHERE record_id = ");
        query.push_bind(record).push(" AND id IN ");
        query.push_list(ids.iter().copied());
        let n = query
            .execute(&mut transaction)
            .await
            .map_err(failed(DOING))?;
        let dataset: Option<Uuid> = dataset_of(&mut transaction, record).await?;
        self.tell_of_records(
            &mut transaction,
            dataset.unwrap_or_default(),
            "suggestions.deleted",
            n,
        )
        .await?;
        transaction.commit().await.map_err(failed(DOING))
    }

    /// The record that a suggestion is for.
    pub async fn record_of_suggestion(&self, id: Uuid) -> Result<Option<Uuid>, AnnotateError> {
        query("SELECT record_id FROM suggestions WHERE id = $1")
            .bind(id)
            .optional_scalar(&self.database)
            .await
            .map_err(failed("looking a suggestion up"))
    }

    /// Agents that made suggestions for each question of a dataset, by the question's id.
    pub async fn suggestion_agents(
        &self,
        dataset: Uuid,
    ) -> Result<Vec<(Uuid, String)>, AnnotateError> {
        query(
            "SELECT DISTINCT s.question_id, s.agent FROM suggestions s JOIN questions q ON q.id = s.question_id
             WHERE q.dataset_id = $1 AND s.agent IS NOT NULL ORDER BY s.agent",
        )
        .bind(dataset)
        .fetch_all(&self.database)
        .await
        .map_err(failed("listing agents"))
    }
}
