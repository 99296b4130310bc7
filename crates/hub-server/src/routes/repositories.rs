//! Repositories: made, listed, described, moved, deleted.

use crate::{
    bodies, description,
    names::{Kind, RepositoryName},
    refusal::{Answer, Refusal},
    routes::base_url,
    state::Shared,
};
use axum::{
    Json,
    extract::{Path, Query, Request, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use examen_listening::Peer;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::HashMap;

/// Which repository a request makes or deletes, and how.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Named {
    name: String,
    organization: Option<String>,
    r#type: Option<String>,
    private: Option<bool>,
    visibility: Option<String>,
}

impl Named {
    /// The repository's name; its namespace is the person's where the request names none.
    fn repository(&self, person: &str) -> Answer<RepositoryName> {
        let kind = Kind::of_name(self.r#type.as_deref())?;
        let (namespace, name) = match self.name.split_once('/') {
            Some(parts) => parts,
            None => (
                self.organization.as_deref().unwrap_or(person),
                self.name.as_str(),
            ),
        };
        RepositoryName::new(kind, namespace, name)
    }

    fn is_private(&self) -> bool {
        let visibility = self.visibility.as_deref();
        self.private
            .unwrap_or_else(|| visibility.is_some_and(|visibility| visibility != "public"))
    }
}

/// `POST /api/repos/create`
pub(crate) async fn create(
    State(shared): State<Shared>,
    peer: Peer,
    headers: HeaderMap,
    request: Request,
) -> Answer<Response> {
    let person = shared.writer(&headers).await?;
    let named: Named = bodies::json(&shared, request.into_body()).await?;
    let name = named.repository(&person.name)?;
    let url = format!("{}{}", base_url(&shared, &peer), name.path());
    let (is_private, now) = (named.is_private(), (shared.settings.clock)());
    let (id, author) = (name.id(), person.name);
    let made = shared
        .blocking(move |shared| shared.storage.create(&name, is_private, &author, now))
        .await;
    match made {
        Ok(made) => {
            tracing::info!(repository = %made.name, "made");
            Ok(
                Json(json!({ "url": url, "name": id, "id": made.facts.id, "private": is_private }))
                    .into_response(),
            )
        }
        Err(refusal) if refusal.status() == StatusCode::CONFLICT => {
            let body = json!({ "error": refusal.to_string(), "url": url, "name": id });
            Ok((StatusCode::CONFLICT, Json(body)).into_response())
        }
        Err(refusal) => Err(refusal),
    }
}

/// `DELETE /api/repos/delete`
pub(crate) async fn delete(
    State(shared): State<Shared>,
    headers: HeaderMap,
    request: Request,
) -> Answer<&'static str> {
    let person = shared.writer(&headers).await?;
    let named: Named = bodies::json(&shared, request.into_body()).await?;
    let name = named.repository(&person.name)?;
    let (repository, _) = shared
        .writable(&headers, name.kind, &name.namespace, &name.name)
        .await?;
    shared
        .blocking(move |shared| shared.storage.delete(&repository))
        .await?;
    tracing::info!(repository = %name, by = person.name, "deleted");
    Ok("OK")
}

/// From where to where a repository moves.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Move {
    from_repo: String,
    to_repo: String,
    r#type: Option<String>,
}

/// `POST /api/repos/move`
pub(crate) async fn rename(
    State(shared): State<Shared>,
    headers: HeaderMap,
    request: Request,
) -> Answer<&'static str> {
    shared.writer(&headers).await?;
    let wish: Move = bodies::json(&shared, request.into_body()).await?;
    let kind = Kind::of_name(wish.r#type.as_deref())?;
    let name = |id: &str| RepositoryName::of_id(kind, id).map_err(Refusal::invalid);
    let (from, to) = (name(&wish.from_repo)?, name(&wish.to_repo)?);
    let (repository, _) = shared
        .writable(&headers, kind, &from.namespace, &from.name)
        .await?;
    shared
        .blocking(move |shared| shared.storage.rename(&repository, &to))
        .await?;
    Ok("OK")
}

/// What is to change of a repository.
#[derive(Deserialize)]
struct Changes {
    private: Option<bool>,
    visibility: Option<String>,
    gated: Option<Value>,
}

/// `PUT /api/{kinds}/{namespace}/{name}/settings`
pub(crate) async fn settings(
    State(shared): State<Shared>,
    Path((kinds, namespace, name)): Path<(String, String, String)>,
    headers: HeaderMap,
    request: Request,
) -> Answer<Json<Value>> {
    let (mut repository, _) = shared
        .writable(&headers, Kind::of_plural(&kinds)?, &namespace, &name)
        .await?;
    let changes: Changes = bodies::json(&shared, request.into_body()).await?;
    if changes
        .gated
        .is_some_and(|gated| gated != Value::Bool(false))
    {
        return Err(Refusal::invalid(
            "this hub has no gated repositories; make it private",
        ));
    }
    let visibility = changes.visibility.map(|visibility| visibility != "public");
    let mut facts = repository.facts.clone();
    facts.is_private = changes.private.or(visibility).unwrap_or(facts.is_private);
    let is_private = facts.is_private;
    shared
        .blocking(move |_| repository.set_facts(facts))
        .await?;
    Ok(Json(json!({ "private": is_private })))
}

/// What a list of repositories shall have.
#[derive(Deserialize)]
pub(crate) struct Filter {
    author: Option<String>,
    search: Option<String>,
    limit: Option<usize>,
    #[serde(default)]
    skip: usize,
}

/// Most repositories of one answer.
const MOST_LISTED: usize = 1000;

/// `GET /api/{kinds}`
pub(crate) async fn list(
    State(shared): State<Shared>,
    Path(kinds): Path<String>,
    Query(filter): Query<Filter>,
    peer: Peer,
    headers: HeaderMap,
) -> Answer<Response> {
    let kind = Kind::of_plural(&kinds)?;
    let sees_all = shared.person(&headers).await?.is_some();
    let limit = filter.limit.unwrap_or(MOST_LISTED).clamp(1, MOST_LISTED);
    let search = filter.search.clone().unwrap_or_default().to_lowercase();
    let author = filter.author.clone();
    let skip = filter.skip;
    let page = shared
        .blocking(move |shared| {
            let all = shared.storage.repositories(kind)?.into_iter();
            let fits = |repository: &crate::storage::repository::Repository| {
                let name = &repository.name;
                (sees_all || !repository.facts.is_private)
                    && author
                        .as_ref()
                        .is_none_or(|author| *author == name.namespace)
                    && name.id().to_lowercase().contains(&search)
            };
            let page = all.filter(fits).skip(skip).take(limit + 1);
            page.map(|repository| {
                let tip = repository.resolve(crate::storage::references::MAIN)?;
                description::repository(shared, &repository, &tip, false)
            })
            .collect::<Answer<Vec<_>>>()
        })
        .await?;
    let has_more = page.len() > limit;
    let mut answer = Json(page.into_iter().take(limit).collect::<Vec<_>>()).into_response();
    if has_more {
        let pairs = [("author", filter.author), ("search", filter.search)];
        let kept: String = pairs
            .iter()
            .filter_map(|(key, value)| Some(format!("&{key}={}", super::encoded(value.as_ref()?))))
            .collect();
        let next = format!(
            "{}/api/{kinds}?limit={limit}&skip={}{kept}",
            base_url(&shared, &peer),
            skip + limit
        );
        super::link_next(&mut answer, &next);
    }
    Ok(answer)
}

/// `GET /api/{kinds}/{namespace}/{name}`
pub(crate) async fn info(
    State(shared): State<Shared>,
    Path((kinds, namespace, name)): Path<(String, String, String)>,
    Query(wishes): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Answer<Json<Value>> {
    let main = crate::storage::references::MAIN.to_owned();
    info_at(
        State(shared),
        Path((kinds, namespace, name, main)),
        Query(wishes),
        headers,
    )
    .await
}

/// `GET /api/{kinds}/{namespace}/{name}/revision/{revision}`
pub(crate) async fn info_at(
    State(shared): State<Shared>,
    Path((kinds, namespace, name, revision)): Path<(String, String, String, String)>,
    Query(wishes): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Answer<Json<Value>> {
    let (repository, _) = shared
        .readable(&headers, Kind::of_plural(&kinds)?, &namespace, &name)
        .await?;
    let with_files = wishes
        .get("blobs")
        .is_some_and(|wish| matches!(wish.as_str(), "1" | "true" | "True"));
    let told = shared.blocking(move |shared| {
        let commit = repository.resolve(&revision)?;
        description::repository(shared, &repository, &commit, with_files)
    });
    Ok(Json(told.await?))
}

/// `GET /api/{kinds}/{namespace}/{name}/auth-check`
pub(crate) async fn may_read(
    State(shared): State<Shared>,
    Path((kinds, namespace, name)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Answer<&'static str> {
    shared
        .readable(&headers, Kind::of_plural(&kinds)?, &namespace, &name)
        .await?;
    Ok("OK")
}
