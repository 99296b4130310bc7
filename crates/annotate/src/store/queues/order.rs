//! The order in which each reviewer meets the records of a dataset: their own, and quick to begin at any length.

use crate::{
    AnnotateError,
    store::{
        counts::progress,
        database::{Query, Transaction, failed, query, row},
        values,
    },
};
use std::ops::Range;
use uuid::Uuid;

/// Shuffle keys lie below.
const PRIME: i64 = (1 << 31) - 1;
/// Records of a part, at least; of twice as many records two parts are made.
const PART: i64 = 64;
/// Most parts of an order.
const MAX_PARTS: i64 = 4_096;

/// Records come by `(a · shuffle_key + b) mod 2³¹ − 1` with a and b of the user. Such maps are pairwise independent (Carter
/// and Wegman 1979), so two reviewers seldom come upon a record at the same time, and SQL can compute them.
///
/// Sorting a hundred thousand records to show five would be slow: [`waiting`] records come part by part, each a range of
/// keys, and the parts in such an order too. A part has 64 to 127 records, so an order stays until their number passes a power
/// of two.
pub(in crate::store) struct Order {
    factor: i64,
    summand: i64,
}

impl Order {
    pub(in crate::store) fn of(user: Uuid) -> Self {
        let [factor, summand] = values::draws("examen annotate: order of a user", user);
        Self { factor, summand }
    }

    /// Appends what records are sorted by within a part.
    pub(in crate::store) fn push(&self, query: &mut Query) {
        query
            .push("(")
            .push_bind(self.factor)
            .push(" * r.shuffle_key + ")
            .push_bind(self.summand);
        query.push(") % 2147483647");
    }

    /// The ranges of keys in this order, for so many records.
    fn parts(&self, n_records: i64) -> Vec<Range<i64>> {
        let n = (n_records / PART).clamp(1, MAX_PARTS);
        let n = 1_i64 << n.ilog2();
        let width = PRIME / n + 1;
        let mut parts: Vec<Range<i64>> = (0..n)
            .map(|part| part * width..(part + 1) * width)
            .collect();
        parts.sort_by_key(|part| (self.factor * (part.start / width + 1) + self.summand) % PRIME);
        parts
    }
}

/// The event that a record waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) enum For {
    /// Enough responses, or votes that decide it.
    Decision,
    /// Enough responses.
    Completion,
}

/// Records that wait and that a user has not answered, in the user's order.
pub(in crate::store) async fn waiting(
    connection: &mut Transaction,
    dataset: Uuid,
    user: Uuid,
    wait: For,
    offset: u64,
    limit: u32,
) -> Result<Vec<Uuid>, AnnotateError> {
    let order = Order::of(user);
    let (n_records, ..) = progress::counts(connection, dataset).await?;
    let parts = order.parts(n_records);
    let skipped = usize::try_from(offset).unwrap_or(usize::MAX);
    let wanted = skipped.saturating_add(limit as usize);
    let (mut rest, mut n_parts, mut found) = (parts.as_slice(), 1, Vec::new());
    while found.len() < wanted && !rest.is_empty() {
        let (now, later) = rest.split_at(n_parts.min(rest.len()));
        let query = waiting_in(now, &order, dataset, user, wait, wanted - found.len());
        let ids: Vec<Uuid> = query
            .scalars(&mut *connection)
            .await
            .map_err(failed("reading the pending queue"))?;
        found.extend(ids);
        // Towards the end of the work most parts are empty.
        (rest, n_parts) = (later, (4 * n_parts).min(256));
    }
    Ok(found.split_off(skipped.min(found.len())))
}

fn waiting_in(
    parts: &[Range<i64>],
    order: &Order,
    dataset: Uuid,
    user: Uuid,
    wait: For,
    limit: usize,
) -> Query {
    let mut query = query("WITH parts (position, first, behind) AS (");
    query.push_rows(
        parts
            .iter()
            .zip(0_i64..)
            .map(|(part, position)| row![position, part.start, part.end]),
    );
    // CROSS JOIN makes SQLite walk the parts, and the index within each.
    query
        .push(") SELECT r.id FROM parts CROSS JOIN records r WHERE r.dataset_id = ")
        .push_bind(dataset);
    query.push(
        " AND r.is_open = TRUE AND r.shuffle_key >= parts.first AND r.shuffle_key < parts.behind",
    );
    if wait == For::Completion {
        query.push(" AND r.status = 'pending'");
    }
    query.push(
        " AND NOT EXISTS (SELECT 1 FROM responses p WHERE p.record_id = r.id AND p.user_id = ",
    );
    query.push_bind(user).push(") ORDER BY parts.position, ");
    order.push(&mut query);
    query
        .push(", r.id LIMIT ")
        .push_bind(i64::try_from(limit).unwrap_or(i64::MAX));
    query
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cover_all_keys_once() {
        let order = Order::of(Uuid::from_u128(7));
        for (n_records, n_parts) in [
            (0, 1),
            (63, 1),
            (127, 1),
            (128, 2),
            (100_000, 1_024),
            (i64::MAX, 4_096),
        ] {
            let mut parts = order.parts(n_records);
            assert_eq!(parts.len(), n_parts, "{n_records}");
            parts.sort_by_key(|part| part.start);
            assert_eq!(parts[0].start, 0);
            assert!(parts.windows(2).all(|pair| pair[0].end == pair[1].start));
            assert!(parts[n_parts - 1].end >= PRIME);
        }
    }

    #[test]
    fn parts_come_in_an_order_of_the_user() {
        let starts = |user| {
            Order::of(Uuid::from_u128(user))
                .parts(10_000)
                .into_iter()
                .map(|part| part.start)
        };
        assert!(!starts(1).is_sorted() && !starts(2).is_sorted());
        assert!(starts(1).ne(starts(2)));
    }
}
