//! What the audit log is told of records that were written: how many, and whose answers came with them.

use super::{checking::Checked, writing::WrittenRecords};
use crate::{
    AnnotateError,
    store::{
        Store,
        database::{Transaction, failed, query},
        datasets::head,
        people, values,
    },
};
use std::collections::{BTreeMap, HashMap, HashSet};
use uuid::Uuid;

/// Answers that came with records, by whose they are: so many are new, and so many took the place of another.
#[derive(Debug, Default)]
pub(in crate::store) struct Answers(BTreeMap<Uuid, (u64, u64)>);

impl Answers {
    /// The answers of these items, before they are stored. One that is there as it comes is neither new nor another.
    pub(super) async fn of(
        connection: &mut Transaction,
        items: &[Checked],
    ) -> Result<Self, AnnotateError> {
        let known = items
            .iter()
            .filter(|item| item.known.is_some() && !item.responses.is_empty());
        let stored = stored(connection, known.map(|item| item.id).collect()).await?;
        let mut answers = Self::default();
        for item in items {
            for (user, status, values) in &item.responses {
                let counts = answers.0.entry(*user).or_default();
                let given = (
                    values::response_status(*status).to_owned(),
                    values::json(values),
                );
                match stored.get(&(item.id, *user)) {
                    None => counts.0 += 1,
                    Some(before) if *before != given => counts.1 += 1,
                    Some(_) => {}
                }
            }
        }
        Ok(answers)
    }
}

/// Status and answers of the responses to these records, by record and user.
async fn stored(
    connection: &mut Transaction,
    records: Vec<Uuid>,
) -> Result<HashMap<(Uuid, Uuid), (String, String)>, AnnotateError> {
    if records.is_empty() {
        return Ok(HashMap::new());
    }
    let mut query =
        query("SELECT record_id, user_id, status, answers FROM responses WHERE record_id IN ");
    query.push_list(records);
    let rows: Vec<(Uuid, Uuid, String, String)> = query
        .fetch_all(connection)
        .await
        .map_err(failed("reading responses"))?;
    let key = |(record, user, status, answers)| ((record, user), (status, answers));
    Ok(rows.into_iter().map(key).collect())
}

impl Store {
    /// Notes how many records were created and changed, and the answers of others than who wrote them.
    pub(super) async fn tell_written(
        &self,
        transaction: &mut Transaction,
        dataset: Uuid,
        written: &WrittenRecords,
        Answers(answers): &Answers,
    ) -> Result<(), AnnotateError> {
        let Some(actor) = &self.actor else {
            return Ok(());
        };
        let dataset = head::name(transaction, dataset).await?;
        let n_changed = written.updated.iter().collect::<HashSet<_>>().len();
        let n_created = written.ids.len() - written.updated.len();
        for (act, n) in [
            ("records.created", n_created),
            ("records.changed", n_changed),
        ] {
            if n > 0 {
                self.tell(transaction, act, format!("{n} in {dataset}"))
                    .await?;
            }
        }
        for (user, (n_new, n_rewritten)) in answers {
            if actor.user == Some(*user) {
                continue;
            }
            let name = people::name_of(transaction, *user)
                .await
                .map_err(failed("looking a user up"))?;
            for (act, n) in [
                ("responses.created", *n_new),
                ("responses.rewritten", *n_rewritten),
            ] {
                if n > 0 {
                    let subject = format!("{n} of {name} in {dataset}");
                    self.tell(transaction, act, subject).await?;
                }
            }
        }
        Ok(())
    }

    /// Notes an act on some of a dataset's records.
    pub(super) async fn tell_of_records(
        &self,
        transaction: &mut Transaction,
        dataset: Uuid,
        act: &str,
        n: u64,
    ) -> Result<(), AnnotateError> {
        if n == 0 || self.actor.is_none() {
            return Ok(());
        }
        let dataset = head::name(transaction, dataset).await?;
        self.tell(transaction, act, format!("{n} in {dataset}"))
            .await
    }
}
