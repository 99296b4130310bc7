//! Sizes of records as they are stored, so that nobody reads more of them at once than there is room for.

use super::full::{Include, Vectors};
use crate::{
    AnnotateError,
    store::{
        Store,
        database::{On, failed, query},
        values,
    },
};
use std::collections::HashMap;
use uuid::Uuid;

impl Store {
    /// These records, in this order, with the bytes of what is to be read of each; with everybody's responses, or only
    /// those of one user. Ids that name nothing are skipped.
    pub async fn record_sizes(
        &self,
        ids: &[Uuid],
        include: &Include,
        only_user: Option<Uuid>,
    ) -> Result<Vec<(Uuid, u64)>, AnnotateError> {
        sizes((&self.database).into(), ids, include, only_user).await
    }
}

/// The first of these records, at least one, that have at most so many bytes together.
pub(in crate::store) async fn fitting(
    on: impl Into<On<'_>>,
    ids: Vec<Uuid>,
    only_user: Uuid,
    bytes: u64,
) -> Result<Vec<Uuid>, AnnotateError> {
    if ids.len() <= 1 {
        return Ok(ids);
    }
    let include = Include {
        responses: true,
        suggestions: true,
        vectors: Vectors::None,
    };
    let sizes = sizes(on.into(), &ids, &include, Some(only_user)).await?;
    let mut total = 0;
    let fits = sizes.iter().take_while(|(_, size)| {
        total += size;
        total <= bytes
    });
    let n = fits.count().max(1);
    Ok(ids.into_iter().take(n).collect())
}

async fn sizes(
    on: On<'_>,
    ids: &[Uuid],
    include: &Include,
    only_user: Option<Uuid>,
) -> Result<Vec<(Uuid, u64)>, AnnotateError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut query =
        query("SELECT r.id, CAST(octet_length(r.fields) + COALESCE(octet_length(r.metadata), 0)");
    if include.responses {
        query.push(
            " + COALESCE((SELECT SUM(octet_length(p.answers)) FROM responses p WHERE p.record_id = r.id",
        );
        if let Some(user) = only_user {
            query.push(" AND p.user_id = ").push_bind(user);
        }
        query.push("), 0)");
    }
    if include.suggestions {
        query.push(
            " + COALESCE((SELECT SUM(octet_length(s.value)) FROM suggestions s WHERE s.record_id = r.id), 0)",
        );
    }
    if include.vectors != Vectors::None {
        // A number of eight bytes has about twenty characters.
        query.push(
            " + 3 * COALESCE((SELECT SUM(octet_length(v.value)) FROM vectors v WHERE v.record_id = r.id), 0)",
        );
    }
    query.push(" AS BIGINT) FROM records r WHERE r.id IN ");
    query.push_list(ids.iter().copied());
    let rows: Vec<(Uuid, i64)> = query
        .fetch_all(on)
        .await
        .map_err(failed("measuring records"))?;
    let sizes: HashMap<Uuid, i64> = rows.into_iter().collect();
    let found = ids
        .iter()
        .filter_map(|id| Some((*id, values::count(*sizes.get(id)?))));
    Ok(found.collect())
}
