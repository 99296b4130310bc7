//! Parts of a request, read with Argilla's refusals.

use super::refused::Refused;
use crate::server::answering::nul;
use axum::{
    body::Bytes,
    extract::{
        FromRequest, FromRequestParts, Query, RawPathParams, Request, rejection::BytesRejection,
    },
    http::{StatusCode, request::Parts},
};
use examen_argilla::schema::{self, Problem, Reader};
use serde_json::Value;
use utoipa::IntoParams;
use uuid::Uuid;

/// The id in the path.
pub(in crate::server) struct Id(pub(in crate::server) Uuid);

/// The two ids in the path.
pub(in crate::server) struct Ids(pub(in crate::server) Uuid, pub(in crate::server) Uuid);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refused> {
        ids(parts, state)
            .await?
            .first()
            .copied()
            .map(Self)
            .ok_or(Refused::Address)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Ids {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refused> {
        match ids(parts, state).await?.as_slice() {
            [first, second, ..] => Ok(Self(*first, *second)),
            _ => Err(Refused::Address),
        }
    }
}

async fn ids<S: Send + Sync>(parts: &mut Parts, state: &S) -> Result<Vec<Uuid>, Refused> {
    let params = RawPathParams::from_request_parts(parts, state)
        .await
        .map_err(|_| Refused::Address)?;
    let ids = schema::read("path", |reader| {
        let ids: Vec<Option<Uuid>> = params
            .iter()
            .map(|(name, text)| {
                reader.within(name, |reader| schema::uuid(reader, Value::from(text)))
            })
            .collect();
        ids.into_iter().collect()
    });
    Ok(ids?)
}

/// The query string: keys with their values, as often as they are there.
pub(in crate::server) struct Parameters(Vec<(String, String)>);

impl<S: Send + Sync> FromRequestParts<S> for Parameters {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refused> {
        match Query::<Vec<(String, String)>>::from_request_parts(parts, state).await {
            Ok(Query(pairs)) if pairs.iter().any(|(_, value)| value.contains(nul::NUL)) => {
                Err(refused_value("query", nul::REFUSAL))
            }
            Ok(Query(pairs)) => Ok(Self(pairs)),
            Err(_) => Ok(Self(Vec::new())),
        }
    }
}

/// A part of a list.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::server) struct Paging {
    /// How many come before it.
    #[param(required = false, minimum = 0, default = 0)]
    pub(in crate::server) offset: u64,
    /// How many it has at most.
    #[param(required = false, minimum = 1, maximum = 1000, default = 50)]
    pub(in crate::server) limit: u32,
}

/// The parameter `ids`, for documentation.
#[derive(IntoParams)]
#[into_params(names("ids"), parameter_in = Query)]
#[expect(dead_code, reason = "documentation")]
pub(in crate::server) struct Listed(
    /// 1 to 100 ids, with commas between them.
    #[param(
        pattern = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(,[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}){0,99}$"
    )]
    String,
);

/// The parameter `include`, for documentation.
#[derive(IntoParams)]
#[into_params(names("include"), parameter_in = Query)]
#[expect(dead_code, reason = "documentation")]
pub(in crate::server) struct Included(
    /// What comes with records: `responses`, `suggestions`, `vectors` or `vectors:NAME,NAME`.
    Option<Vec<String>>,
);

/// Which datasets are listed, for documentation.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documentation")]
pub(in crate::server) struct Wanted {
    /// Those of this workspace.
    workspace_id: Option<Uuid>,
    /// The one of this name.
    name: Option<String>,
    /// `draft` or `ready`.
    status: Option<String>,
}

impl Parameters {
    /// The last value of a key.
    pub(in crate::server) fn get(&self, key: &str) -> Option<&str> {
        self.0
            .iter()
            .rfind(|(name, _)| name == key)
            .map(|(_, value)| value.as_str())
    }

    /// All values of a key.
    pub(in crate::server) fn all<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(name, _)| name == key)
            .map(|(_, value)| value.as_str())
    }

    /// Which part of a list is asked for.
    pub(in crate::server) fn page(&self) -> Result<Paging, Vec<Problem>> {
        schema::read("query", |reader| {
            let mut number = |key: &str, usual: i64, range| match self.get(key) {
                None => Some(usual),
                Some(text) => {
                    reader.within(key, |reader| schema::integer_text(range)(reader, text))
                }
            };
            let (offset, limit) = (
                number("offset", 0, 0..=i64::MAX),
                number("limit", 50, 1..=1_000),
            );
            Some(Paging {
                offset: u64::try_from(offset?).ok()?,
                limit: u32::try_from(limit?).ok()?,
            })
        })
    }

    /// The comma-separated ids of the key `ids`: 1 to 100.
    pub(in crate::server) fn ids(&self, what: &str) -> Result<Vec<Uuid>, Refused> {
        const MAX: usize = 100;
        let text = schema::read("query", |reader| match self.get("ids") {
            Some(text) => Some(text),
            None => reader.within("ids", |reader| reader.refuse("missing", "Field required")),
        })?;
        let ids: Result<Vec<Uuid>, _> = text
            .split(',')
            .map(str::trim)
            .filter(|id| !id.is_empty())
            .map(str::parse)
            .collect();
        let ids = ids.map_err(|_| super::refused::invalid("Invalid UUID format"))?;
        match ids.len() {
            0 => Err(super::refused::invalid(format!("No {what} IDs provided"))),
            1..=MAX => Ok(ids),
            _ => Err(super::refused::invalid(format!(
                "Cannot delete more than {MAX} {what} at once"
            ))),
        }
    }
}

/// A JSON body, whatever its content type.
pub(in crate::server) struct Body(Value);

impl<S: Send + Sync> FromRequest<S> for Body {
    type Rejection = Refused;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refused> {
        let bytes = match Bytes::from_request(request, state).await {
            Ok(bytes) => bytes,
            Err(rejection) => return Err(not_read(&rejection)),
        };
        if bytes.is_empty() {
            let problems = schema::read("body", |reader| {
                reader.refuse::<()>("missing", "Field required")
            });
            return Err(Refused::Schema(problems.err().unwrap_or_default()));
        }
        if nul::is_in_json(&bytes) {
            return Err(refused_value("body", nul::REFUSAL));
        }
        match serde_json::from_slice(&bytes) {
            Ok(value) => Ok(Self(value)),
            Err(error) => Err(Refused::Schema(schema::not_json(error.column()))),
        }
    }
}

impl Body {
    /// Reads the body as something.
    pub(in crate::server) fn read<T>(
        self,
        how: impl FnOnce(&mut Reader, Value) -> Option<T>,
    ) -> Result<T, Refused> {
        Ok(schema::read("body", |reader| how(reader, self.0))?)
    }
}

fn refused_value(place: &str, reason: &str) -> Refused {
    Refused::Schema(
        schema::read(place, |reader| reader.refuse_value::<()>(reason))
            .err()
            .unwrap_or_default(),
    )
}

fn not_read(rejection: &BytesRejection) -> Refused {
    match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Refused::TooLarge,
        _ => Refused::Schema(schema::not_json(0)),
    }
}
