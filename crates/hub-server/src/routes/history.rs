//! Branches, tags, commits.

use crate::{
    bodies,
    names::Kind,
    refusal::{Answer, Refusal},
    routes::base_url,
    state::Shared,
    storage::{
        references::{BRANCHES, MAIN, PULL_REQUESTS, References, TAGS},
        repository::{Commit, Repository},
    },
};
use axum::{
    Json,
    extract::{Path, Query, Request, State},
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use examen_listening::Peer;
use serde::Deserialize;
use serde_json::{Value, json};

type Named = (String, String, String);
type At = (String, String, String, String);

/// `GET /api/{kinds}/{namespace}/{name}/refs`
pub(crate) async fn references(
    State(shared): State<Shared>,
    Path((kinds, namespace, name)): Path<Named>,
    headers: HeaderMap,
) -> Answer<Json<Value>> {
    let (repository, _) = shared
        .readable(&headers, Kind::of_plural(&kinds)?, &namespace, &name)
        .await?;
    let references = shared.blocking(move |_| repository.references()).await?;
    let group = |prefix: &'static str| {
        let line = |(name, commit): (&str, &str)| json!({ "name": name, "ref": format!("{prefix}{name}"), "targetCommit": commit });
        references.group(prefix).map(line).collect::<Vec<_>>()
    };
    Ok(Json(json!({
        "branches": group(BRANCHES),
        "tags": group(TAGS),
        "pullRequests": group(PULL_REQUESTS),
        "converts": [],
    })))
}

/// Which page of commits.
#[derive(Deserialize)]
pub(crate) struct Page {
    #[serde(default)]
    p: usize,
    limit: Option<usize>,
}

/// Most commits of one answer.
const PAGE: usize = 100;

/// `GET /api/{kinds}/{namespace}/{name}/commits/{revision}`
pub(crate) async fn commits(
    State(shared): State<Shared>,
    Path((kinds, namespace, name, revision)): Path<At>,
    Query(page): Query<Page>,
    peer: Peer,
    headers: HeaderMap,
) -> Answer<Response> {
    let (repository, _) = shared
        .readable(&headers, Kind::of_plural(&kinds)?, &namespace, &name)
        .await?;
    let at = revision.clone();
    let history = shared
        .blocking(move |_| {
            let tip = repository.resolve(&at)?;
            repository.history(&tip)
        })
        .await?;
    let limit = page.limit.unwrap_or(PAGE).clamp(1, PAGE);
    let skipped = page.p.saturating_mul(limit);
    let lines: Vec<Value> = history
        .iter()
        .skip(skipped)
        .take(limit)
        .map(|(id, commit)| line(id, commit))
        .collect();
    let mut answer = Json(lines).into_response();
    if history.len() > skipped.saturating_add(limit) {
        let revision = super::encoded(&revision);
        let next = format!(
            "{}/api/{kinds}/{namespace}/{name}/commits/{revision}?p={}&limit={limit}",
            base_url(&shared, &peer),
            page.p + 1
        );
        super::link_next(&mut answer, &next);
    }
    Ok(answer)
}

fn line(id: &str, commit: &Commit) -> Value {
    json!({
        "id": id,
        "title": commit.title,
        "message": commit.message,
        "authors": [{ "user": commit.author }],
        "date": commit.date.to_string(),
    })
}

/// Changes branches and tags of a repository that the request may write.
async fn change(
    shared: &Shared,
    (kinds, namespace, name): (&str, &str, &str),
    headers: &HeaderMap,
    change: impl FnOnce(&Repository, &mut References) -> Answer<()> + Send + 'static,
) -> Answer<Json<Value>> {
    let (repository, _) = shared
        .writable(headers, Kind::of_plural(kinds)?, namespace, name)
        .await?;
    shared
        .blocking(move |shared| {
            let storage = &shared.storage;
            storage.change_references(&repository, |references| change(&repository, references))
        })
        .await?;
    Ok(Json(json!({ "success": true })))
}

/// How a branch shall begin.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewBranch {
    starting_point: Option<String>,
    #[serde(default)]
    overwrite: bool,
}

/// `POST /api/{kinds}/{namespace}/{name}/branch/{branch}`
pub(crate) async fn create_branch(
    State(shared): State<Shared>,
    Path((kinds, namespace, name, branch)): Path<At>,
    headers: HeaderMap,
    request: Request,
) -> Answer<Json<Value>> {
    let wish: NewBranch = bodies::json(&shared, request.into_body()).await?;
    change(
        &shared,
        (&kinds, &namespace, &name),
        &headers,
        move |repository, references| {
            let commit = repository.resolve(wish.starting_point.as_deref().unwrap_or(MAIN))?;
            let full = references.check_new(BRANCHES, &branch)?;
            if references.get(&full).is_some() && !wish.overwrite {
                return Err(Refusal::conflict(format!(
                    "Reference already exists: {full}"
                )));
            }
            references.set(full, commit);
            Ok(())
        },
    )
    .await
}

/// `DELETE /api/{kinds}/{namespace}/{name}/branch/{branch}`
pub(crate) async fn delete_branch(
    State(shared): State<Shared>,
    Path((kinds, namespace, name, branch)): Path<At>,
    headers: HeaderMap,
) -> Answer<Json<Value>> {
    change(
        &shared,
        (&kinds, &namespace, &name),
        &headers,
        move |_, references| {
            if branch == MAIN {
                return Err(Refusal::forbidden("the branch main cannot be deleted"));
            }
            let removed = references.remove(&format!("{BRANCHES}{branch}"));
            removed
                .map(|_| ())
                .ok_or_else(|| Refusal::no_revision(&branch))
        },
    )
    .await
}

/// The name of a new tag.
#[derive(Deserialize)]
struct NewTag {
    tag: String,
}

/// `POST /api/{kinds}/{namespace}/{name}/tag/{revision}`
pub(crate) async fn create_tag(
    State(shared): State<Shared>,
    Path((kinds, namespace, name, revision)): Path<At>,
    headers: HeaderMap,
    request: Request,
) -> Answer<Json<Value>> {
    let NewTag { tag } = bodies::json(&shared, request.into_body()).await?;
    change(
        &shared,
        (&kinds, &namespace, &name),
        &headers,
        move |repository, references| {
            let commit = repository.resolve(&revision)?;
            let full = references.check_new(TAGS, &tag)?;
            if references.get(&full).is_some() {
                return Err(Refusal::conflict(format!(
                    "Tag reference already exists: {full}"
                )));
            }
            references.set(full, commit);
            Ok(())
        },
    )
    .await
}

/// `DELETE /api/{kinds}/{namespace}/{name}/tag/{tag}`
pub(crate) async fn delete_tag(
    State(shared): State<Shared>,
    Path((kinds, namespace, name, tag)): Path<At>,
    headers: HeaderMap,
) -> Answer<Json<Value>> {
    change(
        &shared,
        (&kinds, &namespace, &name),
        &headers,
        move |_, references| {
            let removed = references.remove(&format!("{TAGS}{tag}"));
            removed
                .map(|_| ())
                .ok_or_else(|| Refusal::no_revision(&tag))
        },
    )
    .await
}

/// Words of the one commit that stays.
#[derive(Deserialize)]
struct Squash {
    message: Option<String>,
    #[serde(rename = "commitMessage")]
    commit_message: Option<String>,
}

/// `POST /api/{kinds}/{namespace}/{name}/super-squash/{branch}`
pub(crate) async fn squash(
    State(shared): State<Shared>,
    Path((kinds, namespace, name, branch)): Path<At>,
    headers: HeaderMap,
    request: Request,
) -> Answer<Json<Value>> {
    let person = shared.writer(&headers).await?;
    let words: Squash = bodies::json(&shared, request.into_body()).await?;
    let date = (shared.settings.clock)();
    let title = words
        .message
        .or(words.commit_message)
        .unwrap_or_else(|| format!("Super-squash branch '{branch}'"));
    change(
        &shared,
        (&kinds, &namespace, &name),
        &headers,
        move |repository, references| {
            let full = format!("{BRANCHES}{branch}");
            let tip = references
                .get(&full)
                .ok_or_else(|| Refusal::no_revision(&branch))?;
            let mut files = repository.manifest(tip)?;
            files.0.values_mut().for_each(|entry| entry.commit.clear());
            let commit = Commit {
                parent: None,
                author: person.name,
                date,
                title,
                message: String::new(),
            };
            let id = repository.write_commit(&commit, files, &mut repository.objects())?;
            references.set(full, id);
            Ok(())
        },
    )
    .await
}
