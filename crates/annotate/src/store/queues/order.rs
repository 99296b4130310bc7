//! The order in which each reviewer meets the records of a dataset: their own, and quick to begin at any length.

use crate::{
    AnnotateError,
    store::{
        counts::progress,
        database::{Dialect, Query, Transaction, failed, query, row},
        values,
    },
};
use std::{collections::HashMap, ops::Range};
use uuid::Uuid;

/// Shuffle keys lie below.
const PRIME: i64 = (1 << 31) - 1;
/// Records of a part, at least; of twice as many records two parts are made.
const PART: i64 = 64;
/// From so many records on that are skipped, the parts are counted instead of walked through.
const DEEP: usize = 512;
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
        let width = width(n as usize);
        let mut parts: Vec<Range<i64>> = (0..n)
            .map(|part| part * width..(part + 1) * width)
            .collect();
        parts.sort_by_key(|part| (self.factor * (part.start / width + 1) + self.summand) % PRIME);
        parts
    }
}

/// Number of keys in each of so many parts.
fn width(n_parts: usize) -> i64 {
    PRIME / n_parts.max(1) as i64 + 1
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
    let mut parts = order.parts(n_records);
    let mut skipped = usize::try_from(offset).unwrap_or(usize::MAX);
    if skipped >= DEEP {
        let counts = counts_of_parts(connection, dataset, user, wait, &parts).await?;
        parts = parts_from(parts, &counts, &mut skipped, limit as usize);
    }
    let wanted = skipped.saturating_add(limit as usize);
    let (mut rest, mut n_parts, mut found) = (parts.as_slice(), 1, Vec::new());
    while found.len() < wanted && !rest.is_empty() {
        let (now, later) = rest.split_at(n_parts.min(rest.len()));
        let limit = wanted - found.len();
        let query = waiting_in(
            now,
            &order,
            dataset,
            user,
            wait,
            limit,
            connection.dialect(),
        );
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

/// Records that wait in each part, by the number of its range of keys.
async fn counts_of_parts(
    connection: &mut Transaction,
    dataset: Uuid,
    user: Uuid,
    wait: For,
    parts: &[Range<i64>],
) -> Result<HashMap<i64, i64>, AnnotateError> {
    let width = width(parts.len());
    let status = match wait {
        For::Completion => " AND r.status = 'pending'",
        For::Decision => "",
    };
    // All that are open, less those that the user has answered.
    let sql = format!(
        "SELECT r.shuffle_key / $3 AS part, COUNT(*) FROM records r
         WHERE r.dataset_id = $1 AND r.is_open = TRUE{status} GROUP BY r.shuffle_key / $3
         UNION ALL
         SELECT r.shuffle_key / $3, -COUNT(*) FROM responses p CROSS JOIN records r
         WHERE p.user_id = $2 AND r.id = p.record_id AND r.dataset_id = $1 AND r.is_open = TRUE{status}
         GROUP BY r.shuffle_key / $3"
    );
    let rows: Result<Vec<(i64, i64)>, _> = query(sql)
        .bind(dataset)
        .bind(user)
        .bind(width)
        .fetch_all(connection)
        .await;
    let mut counts = HashMap::new();
    for (part, count) in rows.map_err(failed("counting the pending queue"))? {
        *counts.entry(part).or_default() += count;
    }
    Ok(counts)
}

/// Those parts that hold the records after the first `skipped`, `limit` of them; `skipped` then counts from the first part.
fn parts_from(
    parts: Vec<Range<i64>>,
    counts: &HashMap<i64, i64>,
    skipped: &mut usize,
    limit: usize,
) -> Vec<Range<i64>> {
    let width = width(parts.len());
    let mut found = Vec::new();
    let mut n_found = 0;
    for part in parts {
        let count = counts.get(&(part.start / width)).copied().unwrap_or(0);
        let count = usize::try_from(count).unwrap_or(0);
        if found.is_empty() && count <= *skipped {
            *skipped -= count;
        } else if n_found < skipped.saturating_add(limit) {
            n_found += count;
            found.push(part);
        }
    }
    found
}

fn waiting_in(
    parts: &[Range<i64>],
    order: &Order,
    dataset: Uuid,
    user: Uuid,
    wait: For,
    limit: usize,
    dialect: Dialect,
) -> Query {
    let mut query = query("WITH parts (position, first, behind) AS (");
    query.push_rows(
        parts
            .iter()
            .zip(0_i64..)
            .map(|(part, position)| row![position, part.start, part.end]),
    );
    // Both walk the parts, and the index within each: SQLite because of CROSS JOIN; PostgreSQL, which would compare each
    // record with all parts, because of LATERAL and of OFFSET 0, which keeps it from seeing one join.
    query.push(match dialect {
        Dialect::Sqlite => ") SELECT r.id FROM parts CROSS JOIN records r WHERE r.dataset_id = ",
        Dialect::Postgres => ") SELECT r.id FROM parts CROSS JOIN LATERAL (SELECT r.id, r.shuffle_key FROM records r WHERE r.dataset_id = ",
    });
    query.push_bind(dataset).push(
        " AND r.is_open = TRUE AND r.shuffle_key >= parts.first AND r.shuffle_key < parts.behind",
    );
    if wait == For::Completion {
        query.push(" AND r.status = 'pending'");
    }
    query.push(match dialect {
        Dialect::Sqlite => " AND ",
        Dialect::Postgres => " OFFSET 0) r WHERE ",
    });
    query.push("NOT EXISTS (SELECT 1 FROM responses p WHERE p.record_id = r.id AND p.user_id = ");
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
    fn what_is_skipped_is_counted_by_parts() {
        let parts = Order::of(Uuid::from_u128(7)).parts(256);
        let width = width(parts.len());
        let keys: Vec<i64> = parts.iter().map(|part| part.start / width).collect();
        let counts: HashMap<i64, i64> = keys.iter().copied().zip([10, 0, 20, 5]).collect();
        for (skipped, limit, expected, rest) in [
            (0, 5, &parts[0..1], 0),
            (9, 5, &parts[0..3], 9),
            (10, 5, &parts[2..3], 0),
            (29, 2, &parts[2..4], 19),
            (34, 1, &parts[3..4], 4),
            (35, 1, &parts[4..], 0),
        ] {
            let mut left = skipped;
            let found = parts_from(parts.clone(), &counts, &mut left, limit);
            assert_eq!((found.as_slice(), left), (expected, rest), "{skipped}");
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
