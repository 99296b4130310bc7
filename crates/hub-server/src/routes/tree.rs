//! The files of a revision.

use crate::{
    bodies, description,
    names::Kind,
    refusal::{Answer, Refusal},
    routes::{base_url, encoded, link_next},
    state::Shared,
    storage::{manifest::Manifest, repository::Repository},
};
use axum::{
    Form, Json, RequestExt,
    extract::{Path, Query, Request, State},
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use examen_listening::Peer;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::{cell::LazyCell, collections::BTreeMap};

/// Most files and folders of one answer.
const PAGE: usize = 1000;
/// Most paths of one question.
const MOST_PATHS: usize = 5000;

/// How a list shall be.
#[derive(Deserialize)]
pub(crate) struct Wishes {
    #[serde(default)]
    recursive: String,
    #[serde(default)]
    expand: String,
    cursor: Option<String>,
    limit: Option<usize>,
}

fn is_wished(wish: &str) -> bool {
    matches!(wish, "1" | "true" | "True")
}

type Root = (String, String, String, String);
type Below = (String, String, String, String, String);

/// `GET /api/{kinds}/{namespace}/{name}/tree/{revision}`
pub(crate) async fn root(
    state: State<Shared>,
    Path((kinds, namespace, name, revision)): Path<Root>,
    wishes: Query<Wishes>,
    peer: Peer,
    headers: HeaderMap,
) -> Answer<Response> {
    below(
        state,
        Path((kinds, namespace, name, revision, String::new())),
        wishes,
        peer,
        headers,
    )
    .await
}

/// `GET /api/{kinds}/{namespace}/{name}/tree/{revision}/{path}`
pub(crate) async fn below(
    State(shared): State<Shared>,
    Path((kinds, namespace, name, revision, folder)): Path<Below>,
    Query(wishes): Query<Wishes>,
    peer: Peer,
    headers: HeaderMap,
) -> Answer<Response> {
    let (repository, _) = shared
        .readable(&headers, Kind::of_plural(&kinds)?, &namespace, &name)
        .await?;
    let (is_recursive, is_expanded) = (is_wished(&wishes.recursive), is_wished(&wishes.expand));
    let (limit, cursor) = (
        wishes.limit.unwrap_or(PAGE).clamp(1, PAGE),
        wishes.cursor.unwrap_or_default(),
    );
    let (at, from) = (revision.clone(), folder.trim_matches('/').to_owned());
    let (commit, page, next) = shared
        .blocking(move |shared| {
            let commit = repository.resolve(&at)?;
            let files = shared.storage.manifest(&repository, &commit)?;
            let mut lines = lines(&files, &from, is_recursive)?;
            lines.retain(|path, _| *path > cursor);
            let next = lines
                .keys()
                .nth(limit - 1)
                .filter(|_| lines.len() > limit)
                .cloned();
            let mut page: Vec<_> = lines.into_iter().take(limit).collect();
            if is_expanded {
                page.iter_mut()
                    .try_for_each(|(path, line)| expand(&repository, &files, path, line))?;
            }
            Ok((
                commit,
                page.into_iter().map(|(_, line)| line).collect::<Vec<_>>(),
                next,
            ))
        })
        .await?;
    let mut answer = Json(page).into_response();
    if let Ok(commit) = HeaderValue::from_str(&commit) {
        answer.headers_mut().insert("x-repo-commit", commit);
    }
    if let Some(next) = next {
        let base = base_url(&shared, &peer);
        let path = format!(
            "/api/{kinds}/{namespace}/{name}/tree/{}/{}",
            encoded(&revision),
            folder.split('/').map(encoded).collect::<Vec<_>>().join("/")
        );
        let query = format!(
            "recursive={is_recursive}&expand={is_expanded}&limit={limit}&cursor={}",
            encoded(&next)
        );
        link_next(
            &mut answer,
            &format!("{base}{}?{query}", path.trim_end_matches('/')),
        );
    }
    Ok(answer)
}

/// Files and folders in a folder, by path.
fn lines(
    files: &Manifest,
    folder: &str,
    is_recursive: bool,
) -> Answer<BTreeMap<String, Map<String, Value>>> {
    let prefix = if folder.is_empty() {
        String::new()
    } else {
        format!("{folder}/")
    };
    let tree_ids = files.tree_ids();
    if !tree_ids.contains_key(folder) {
        return Err(Refusal::no_entry(folder));
    }
    let is_here = |path: &str| {
        path.strip_prefix(&prefix)
            .is_some_and(|rest| is_recursive || !rest.contains('/'))
    };
    let mut lines = BTreeMap::new();
    for (path, entry) in files.0.iter().filter(|(path, _)| is_here(path)) {
        lines.insert(path.clone(), description::file(path, entry));
    }
    for path in files.folders().into_iter().filter(|path| is_here(path)) {
        lines.insert(path.to_owned(), description::folder(path, &tree_ids));
    }
    Ok(lines)
}

/// Says which commit last changed a file, or the newest of a folder's files.
fn expand(
    repository: &Repository,
    files: &Manifest,
    path: &str,
    line: &mut Map<String, Value>,
) -> Answer<()> {
    let commit = match files.0.get(path) {
        Some(entry) => Some(entry.commit.clone()),
        None => newest(repository, files, &format!("{path}/"))?,
    };
    if let Some(commit) = commit {
        line.insert(
            "lastCommit".into(),
            description::last_commit(repository, &commit)?,
        );
    }
    Ok(())
}

fn newest(repository: &Repository, files: &Manifest, prefix: &str) -> Answer<Option<String>> {
    let below = files.0.iter().filter(|(path, _)| path.starts_with(prefix));
    let commits: std::collections::BTreeSet<&str> =
        below.map(|(_, entry)| entry.commit.as_str()).collect();
    let mut newest = None;
    for id in commits {
        let date = repository.commit(id)?.date;
        if newest.as_ref().is_none_or(|(known, _)| *known < date) {
            newest = Some((date, id.to_owned()));
        }
    }
    Ok(newest.map(|(_, id)| id))
}

/// Which paths are asked for, as JSON or as a form.
#[derive(Deserialize, Default)]
struct Paths {
    paths: Vec<String>,
    #[serde(default)]
    expand: bool,
}

/// `POST /api/{kinds}/{namespace}/{name}/paths-info/{revision}`
pub(crate) async fn paths_info(
    State(shared): State<Shared>,
    Path((kinds, namespace, name, revision)): Path<Root>,
    headers: HeaderMap,
    request: Request,
) -> Answer<Json<Vec<Map<String, Value>>>> {
    let (repository, _) = shared
        .readable(&headers, Kind::of_plural(&kinds)?, &namespace, &name)
        .await?;
    let Paths {
        paths,
        expand: is_expanded,
    } = asked(&shared, &headers, request).await?;
    if paths.len() > MOST_PATHS {
        return Err(Refusal::too_large(format!(
            "at most {MOST_PATHS} paths at a time"
        )));
    }
    let found = shared.blocking(move |shared| {
        let commit = repository.resolve(&revision)?;
        let files = shared.storage.manifest(&repository, &commit)?;
        let (folders, tree_ids) = (files.folders(), LazyCell::new(|| files.tree_ids()));
        let mut found = Vec::new();
        for path in &paths {
            let mut line = match files.0.get(path) {
                Some(entry) => description::file(path, entry),
                None if folders.contains(path.as_str()) => description::folder(path, &tree_ids),
                None => continue,
            };
            if is_expanded {
                expand(&repository, &files, path, &mut line)?;
            }
            found.push(line);
        }
        Ok(found)
    });
    Ok(Json(found.await?))
}

async fn asked(shared: &Shared, headers: &HeaderMap, request: Request) -> Answer<Paths> {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .unwrap_or_default();
    if !kind.starts_with("application/x-www-form-urlencoded") {
        return bodies::json(shared, request.into_body()).await;
    }
    let form = request.extract::<Form<Vec<(String, String)>>, _>().await;
    let Form(pairs) = form.map_err(|error| Refusal::invalid(error.to_string()))?;
    let mut asked = Paths::default();
    for (key, value) in pairs {
        match key.as_str() {
            "paths" | "paths[]" => asked.paths.push(value),
            "expand" => asked.expand = is_wished(&value),
            _ => {}
        }
    }
    Ok(asked)
}
