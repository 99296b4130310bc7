//! Finding records: by words, by filters, by the likeness of vectors, in an order.

mod filters;
mod request;
mod text;

pub use request::{
    Bound, Direction, Filter, RecordProperty, Scope, Search, Sort, SuggestionPart, TextQuery,
    VectorQuery, VectorReference,
};

use crate::{
    AnnotateError, Refusal,
    store::{
        Store,
        counts::progress,
        database::{Dialect, Query, Transaction, failed, query, time_limit, words_index},
        datasets::Schema,
        queues::order::{self, Order},
        records, values,
    },
};
use std::time::Duration;
use text::Expression;
use uuid::Uuid;

/// Most records that are found by their vectors.
const MAX_SIMILAR: usize = 1_000;

/// The person who searches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asker {
    /// Somebody who sees all responses; the usual order is that of insertion.
    Manager,
    /// Somebody who sees their own responses only; the usual order is their own.
    Annotator(Uuid),
}

impl Asker {
    fn only_user(self) -> Option<Uuid> {
        match self {
            Self::Manager => None,
            Self::Annotator(user) => Some(user),
        }
    }
}

/// A record that was found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit {
    /// The record.
    pub id: Uuid,
    /// Score of the match; none where records are sorted otherwise.
    pub score: Option<f64>,
}

/// Records that were found.
#[derive(Debug, Clone, PartialEq)]
pub struct Hits {
    /// Those asked for.
    pub hits: Vec<Hit>,
    /// Their number in all.
    pub total: u64,
}

impl Store {
    /// The records of a dataset that `search` looks for: `limit` of them, from `offset` on. A search that takes longer than
    /// `longest` is an error; see that this future is not dropped before it is ready.
    pub async fn search(
        &self,
        schema: &Schema,
        search: &Search,
        asker: Asker,
        offset: u64,
        limit: u32,
        longest: Duration,
    ) -> Result<Hits, AnnotateError> {
        const DOING: &str = "searching records";
        let found = Found::new(self.database.dialect(), schema, search, asker)?;
        let mut transaction = self.read(DOING).await?;
        time_limit::start(&mut transaction, longest)
            .await
            .map_err(failed(DOING))?;
        let hits = found.hits(&mut transaction, offset, limit).await;
        time_limit::stop(&mut transaction)
            .await
            .map_err(failed(DOING))?;
        hits.map_err(|error| match error {
            AnnotateError::Store { source, .. } if time_limit::is_up(&source) => {
                AnnotateError::SearchTime { longest }
            }
            error => error,
        })
    }
}

/// A search whose names were found in the schema.
struct Found<'a> {
    dialect: Dialect,
    schema: &'a Schema,
    search: &'a Search,
    asker: Asker,
    /// The words, where any are looked for, and the position of the only field they may be in.
    text: Option<(Option<Expression>, Option<i64>)>,
}

impl<'a> Found<'a> {
    fn new(
        dialect: Dialect,
        schema: &'a Schema,
        search: &'a Search,
        asker: Asker,
    ) -> Result<Self, Refusal> {
        let text = search.text.as_ref().map(|text| {
            let field = text
                .field
                .as_ref()
                .map(|name| field_position(schema, name))
                .transpose()?;
            Ok::<_, Refusal>((text::parse(&text.words), field))
        });
        Ok(Self {
            dialect,
            schema,
            search,
            asker,
            text: text.transpose()?,
        })
    }

    async fn hits(
        &self,
        connection: &mut Transaction,
        offset: u64,
        limit: u32,
    ) -> Result<Hits, AnnotateError> {
        if self.asker == Asker::Manager && *self.search == Search::default() {
            return everything(connection, self.schema.dataset.id, offset, limit).await;
        }
        if let Some(user) = waiting_for(self.search, self.asker) {
            return waiting(connection, self.schema.dataset.id, user, offset, limit).await;
        }
        match &self.search.vector {
            Some(vector) => similar(connection, self, vector, offset, limit).await,
            None => matching(connection, self, offset, limit).await,
        }
    }

    /// Appends `FROM … WHERE …`.
    fn push_from(
        &self,
        query: &mut Query,
        with_vectors: Option<Uuid>,
        with_scores: bool,
    ) -> Result<(), Refusal> {
        query.push(" FROM ");
        if let (true, Some((Some(expression), field))) = (with_scores, &self.text) {
            push_scores(query, self.dialect, expression, *field);
            // CROSS JOIN keeps SQLite from looking each record up among the scores, which have no index.
            query.push(" scores CROSS JOIN records r");
        } else {
            query.push("records r");
        }
        if let Some(settings) = with_vectors {
            query
                .push(" JOIN vectors v ON v.record_id = r.id AND v.vector_settings_id = ")
                .push_bind(settings);
        }
        query
            .push(" WHERE r.dataset_id = ")
            .push_bind(self.schema.dataset.id);
        if with_scores {
            query.push(" AND r.row = scores.row");
        }
        match &self.text {
            // Who has a score has the only word.
            Some((Some(Expression::Leaf(_)), _)) if with_scores => {}
            Some((Some(expression), field)) => {
                query.push(" AND ");
                push_expression(query, self.dialect, expression, *field);
            }
            Some((None, _)) => {
                query.push(" AND FALSE");
            }
            None => {}
        }
        for filter in &self.search.filters {
            query.push(" AND ");
            filters::push_filter(
                query,
                self.dialect,
                self.schema,
                filter,
                self.asker.only_user(),
            )?;
        }
        Ok(())
    }

    fn push_order(&self, query: &mut Query, has_scores: bool) -> Result<(), Refusal> {
        query.push(" ORDER BY ");
        for sort in &self.search.sort {
            filters::push_sort(
                query,
                self.dialect,
                self.schema,
                sort,
                self.asker.only_user(),
            )?;
            query.push(", ");
        }
        if has_scores && self.search.sort.is_empty() {
            query.push("scores.score DESC, ");
        }
        if let (Asker::Annotator(user), true) = (self.asker, self.search.sort.is_empty()) {
            Order::of(user).push(query);
            query.push(", ");
        }
        query.push("r.position");
        Ok(())
    }
}

fn field_position(schema: &Schema, name: &str) -> Result<i64, Refusal> {
    let field = schema.fields.iter().find(|field| field.value.name == name);
    let missing = || Refusal::NotInDataset {
        what: "Field",
        name: name.to_owned(),
        dataset: schema.dataset.id,
    };
    field.map(|field| field.position).ok_or_else(missing)
}

fn push_expression(
    query: &mut Query,
    dialect: Dialect,
    expression: &Expression,
    field: Option<i64>,
) {
    match expression {
        Expression::Leaf(words) => {
            query.push("r.row IN (SELECT row FROM (");
            words_index::push_matches(query, dialect, words, field);
            query.push(") matches)");
        }
        Expression::Not(inner) => {
            query.push("NOT ");
            push_expression(query, dialect, inner, field);
        }
        Expression::And(all) => push_joined(query, dialect, all, " AND ", field),
        Expression::Or(any) => push_joined(query, dialect, any, " OR ", field),
    }
}

fn push_joined(
    query: &mut Query,
    dialect: Dialect,
    parts: &[Expression],
    between: &str,
    field: Option<i64>,
) {
    for (index, part) in parts.iter().enumerate() {
        query.push(if index == 0 { "(" } else { between });
        push_expression(query, dialect, part, field);
    }
    query.push(")");
}

/// Appends the sums of the scores of the words that records are found by.
fn push_scores(query: &mut Query, dialect: Dialect, expression: &Expression, field: Option<i64>) {
    query.push("(SELECT row, SUM(score) AS score FROM (");
    for (index, words) in expression.positive().into_iter().enumerate() {
        query.push(if index == 0 { "" } else { " UNION ALL " });
        words_index::push_matches(query, dialect, words, field);
    }
    query.push(") matches GROUP BY row)");
}

/// The user who asks for what waits for them and nothing else, as Argilla's page does for its queue. The order is that of
/// the review page.
fn waiting_for(search: &Search, asker: Asker) -> Option<Uuid> {
    let is_pending = |filter: &Filter, wanted: &Scope| match filter {
        Filter::Terms { scope, terms } => scope == wanted && terms.as_slice() == ["pending"],
        Filter::Range { .. } => false,
    };
    let [one, other] = search.filters.as_slice() else {
        return None;
    };
    let (record, response) = (Scope::Record(RecordProperty::Status), Scope::ResponseStatus);
    let is_queue = is_pending(one, &record) && is_pending(other, &response)
        || is_pending(one, &response) && is_pending(other, &record);
    let is_all = search.text.is_none() && search.vector.is_none() && search.sort.is_empty();
    asker.only_user().filter(|_| is_queue && is_all)
}

async fn waiting(
    connection: &mut Transaction,
    dataset: Uuid,
    user: Uuid,
    offset: u64,
    limit: u32,
) -> Result<Hits, AnnotateError> {
    let ids = order::waiting(
        connection,
        dataset,
        user,
        order::For::Completion,
        offset,
        limit,
    )
    .await?;
    let total = progress::pending_for(connection, dataset, user).await?;
    Ok(Hits {
        hits: ids
            .into_iter()
            .map(|id| Hit {
                id,
                score: Some(1.0),
            })
            .collect(),
        total,
    })
}

/// All records, in the order of insertion.
async fn everything(
    connection: &mut Transaction,
    dataset: Uuid,
    offset: u64,
    limit: u32,
) -> Result<Hits, AnnotateError> {
    let (ids, total) = records::in_order(connection, dataset, offset, limit).await?;
    let hit = |id| Hit {
        id,
        score: Some(1.0),
    };
    Ok(Hits {
        hits: ids.into_iter().map(hit).collect(),
        total,
    })
}

async fn matching(
    connection: &mut Transaction,
    found: &Found<'_>,
    offset: u64,
    limit: u32,
) -> Result<Hits, AnnotateError> {
    const DOING: &str = "searching records";
    let has_scores = matches!(&found.text, Some((Some(expression), _)) if expression.is_scored());
    // PostgreSQL has found all when it sorts by scores; SQLite counts faster by itself.
    let counts_along = has_scores && found.dialect == Dialect::Postgres;
    let counted = match counts_along {
        true => None,
        false => Some(count(connection, found).await?),
    };
    let mut page = query("SELECT r.id, ");
    page.push(if has_scores {
        "scores.score"
    } else {
        "CAST(1 AS DOUBLE PRECISION)"
    });
    page.push(if counts_along {
        ", COUNT(*) OVER ()"
    } else {
        ", CAST(0 AS BIGINT)"
    });
    found.push_from(&mut page, None, has_scores)?;
    found.push_order(&mut page, has_scores)?;
    page.push(" LIMIT ")
        .push_bind(limit)
        .push(" OFFSET ")
        .push_bind(i64::try_from(offset).unwrap_or(i64::MAX));
    let rows: Vec<(Uuid, f64, i64)> = page
        .fetch_all(&mut *connection)
        .await
        .map_err(failed(DOING))?;
    let total = match (counted, rows.first()) {
        (Some(total), _) => total,
        (None, Some((_, _, total))) => values::count(*total),
        (None, None) => count(connection, found).await?,
    };
    let is_sorted = !found.search.sort.is_empty();
    let hit = |(id, score, _)| Hit {
        id,
        score: (!is_sorted).then_some(score),
    };
    Ok(Hits {
        hits: rows.into_iter().map(hit).collect(),
        total,
    })
}

/// Number of records that are found.
async fn count(connection: &mut Transaction, found: &Found<'_>) -> Result<u64, AnnotateError> {
    let mut count = query("SELECT COUNT(*)");
    found.push_from(&mut count, None, false)?;
    count
        .scalar(connection)
        .await
        .map(values::count)
        .map_err(failed("searching records"))
}

/// Exact: every vector is compared.
async fn similar(
    connection: &mut Transaction,
    found: &Found<'_>,
    vector: &VectorQuery,
    offset: u64,
    limit: u32,
) -> Result<Hits, AnnotateError> {
    const DOING: &str = "comparing vectors";
    let dataset = found.schema.dataset.id;
    let settings = found.schema.vectors_named(&vector.name);
    let settings = settings.ok_or_else(|| Refusal::NotInDataset {
        what: "Vector",
        name: vector.name.clone(),
        dataset,
    })?;
    let (reference, left_out) = reference(connection, dataset, settings.id, vector).await?;
    if reference.len() != settings.value.dimensions as usize {
        let (wanted, found) = (settings.value.dimensions, reference.len());
        let reason = format!(
            "vector `{}` must have {wanted} elements, got {found} elements",
            vector.name
        );
        return Err(Refusal::Value { reason }.into());
    }
    let mut query = query("SELECT r.id, r.position, v.value");
    found.push_from(&mut query, Some(settings.id), false)?;
    let mut scored: Vec<(f64, i64, Uuid)> = Vec::new();
    let compare = |(id, position, bytes): (Uuid, i64, Vec<u8>)| {
        if Some(id) != left_out {
            scored.push((likeness(&reference, &values::numbers(&bytes)), position, id));
        }
    };
    query
        .for_each(connection, compare)
        .await
        .map_err(failed(DOING))?;
    scored.sort_by(|one, other| {
        let by_score = if vector.most_similar {
            other.0.total_cmp(&one.0)
        } else {
            one.0.total_cmp(&other.0)
        };
        by_score.then(one.1.cmp(&other.1))
    });
    scored.truncate(MAX_SIMILAR);
    let total = scored.len() as u64;
    let page = scored
        .into_iter()
        .skip(usize::try_from(offset).unwrap_or(usize::MAX))
        .take(limit as usize);
    Ok(Hits {
        hits: page
            .map(|(score, _, id)| Hit {
                id,
                score: Some(score),
            })
            .collect(),
        total,
    })
}

/// The vector to compare with, and the record that is skipped.
async fn reference(
    connection: &mut Transaction,
    dataset: Uuid,
    settings: Uuid,
    vector: &VectorQuery,
) -> Result<(Vec<f64>, Option<Uuid>), AnnotateError> {
    let record = match &vector.reference {
        VectorReference::Numbers(numbers) => return Ok((numbers.clone(), None)),
        VectorReference::Record(record) => *record,
    };
    let row: Option<(Option<Vec<u8>>,)> = query(
        "SELECT v.value FROM records r LEFT JOIN vectors v ON v.record_id = r.id AND v.vector_settings_id = $3
         WHERE r.id = $1 AND r.dataset_id = $2",
    )
    .bind(record)
    .bind(dataset)
    .bind(settings)
    .fetch_optional(connection)
    .await
    .map_err(failed("looking a vector up"))?;
    match row {
        None => Err(Refusal::RecordNotInDataset { record, dataset }.into()),
        Some((None,)) => Err(Refusal::MissingVector {
            record,
            name: vector.name.clone(),
        }
        .into()),
        Some((Some(bytes),)) => Ok((values::numbers(&bytes), Some(record))),
    }
}

/// (1 + cosine) / 2: 1 for the same direction, 0 for the opposite one, ½ where a vector has no direction.
fn likeness(one: &[f64], other: &[f64]) -> f64 {
    let dot =
        |one: &[f64], other: &[f64]| -> f64 { one.iter().zip(other).map(|(a, b)| a * b).sum() };
    let cosine =
        |one: &[f64], other: &[f64]| dot(one, other) / (dot(one, one) * dot(other, other)).sqrt();
    let mut found = cosine(one, other);
    if !found.is_finite() {
        // The squares overflowed or underflowed. A vector without a direction still has none.
        found = cosine(&scaled(one), &scaled(other));
    }
    if found.is_finite() {
        f64::midpoint(1.0, found.clamp(-1.0, 1.0))
    } else {
        0.5
    }
}

/// The same direction, with 1 as the largest number.
fn scaled(numbers: &[f64]) -> Vec<f64> {
    let largest = numbers
        .iter()
        .fold(0.0, |largest: f64, number| largest.max(number.abs()));
    numbers.iter().map(|number| number / largest).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn likeness_has_no_gaps() {
        for (one, other, expected) in [
            ([1.0, 0.0], [2.0, 0.0], 1.0),
            ([1.0, 0.0], [0.0, 1.0], 0.5),
            ([1e200, 0.0], [-1e300, 0.0], 0.0),
            ([1e-200, 0.0], [1e-200, 0.0], 1.0),
            ([0.0, 0.0], [1.0, 0.0], 0.5),
        ] {
            assert!(
                (likeness(&one, &other) - expected).abs() < 1e-12,
                "{one:?} {other:?}"
            );
        }
    }
}
