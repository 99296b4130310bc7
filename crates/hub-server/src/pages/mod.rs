//! Pages for people: the list of repositories, a repository's card, files and commits. Plain HTML that needs no script.

mod markdown;
mod words;

use crate::{
    card, description,
    names::Kind,
    refusal::{Answer, Refusal},
    state::Shared,
    storage::{
        manifest::Manifest,
        references::{BRANCHES, MAIN, TAGS},
        repository::Repository,
    },
};
use axum::{
    Extension,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use words::Words;

const STYLE: &str = include_str!("style.css");
/// Nothing but the page's own style: no script, no frame, no picture of another site.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// Most lines of a list of one page.
const MOST_LINES: usize = 500;

/// `GET /assets/hub.css`
pub(crate) async fn style() -> Response {
    let kind = HeaderValue::from_static("text/css; charset=utf-8");
    let cache = HeaderValue::from_static("public, max-age=3600");
    (
        [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, cache)],
        STYLE,
    )
        .into_response()
}

/// `GET /login`: a browser asks for a token, and sends it from then on.
pub(crate) async fn login(State(shared): State<Shared>, headers: HeaderMap) -> Answer<Response> {
    let person = shared.person(&headers).await?;
    person.ok_or_else(|| Refusal::unauthorized("a token is needed"))?;
    Ok((
        StatusCode::SEE_OTHER,
        [(header::LOCATION, HeaderValue::from_static("/"))],
    )
        .into_response())
}

/// `GET /`
pub(crate) async fn home(State(shared): State<Shared>, headers: HeaderMap) -> Answer<Response> {
    let (words, person) = (Words::of(&headers), shared.person(&headers).await?);
    let sees_all = person.is_some();
    let found = shared.blocking(move |shared| {
        let mut found = Vec::new();
        for kind in Kind::ALL {
            for repository in shared
                .storage
                .repositories(kind)?
                .into_iter()
                .filter(|known| sees_all || !known.facts.is_private)
            {
                let tip = repository.resolve(MAIN)?;
                let (date, size) = (
                    repository.commit(&tip)?.date,
                    shared.storage.manifest(&repository, &tip)?.size(),
                );
                found.push((repository, date, size));
            }
        }
        found.sort_by_key(|(_, date, _)| std::cmp::Reverse(*date));
        Ok(found)
    });
    let found = found.await?;
    let body = html! {
        h1 { (words.repositories) }
        p {
            @match &person {
                Some(person) => { (words.logged_in) " " strong { (person.name) } "." }
                None => { (words.public_only) " " a href="/login" { (words.log_in) } }
            }
        }
        @if found.is_empty() { p { (words.empty) } }
        @else {
            div.scroll { table {
                thead { tr { th scope="col" { (words.name) } th scope="col" { (words.kind) } th.number scope="col" { (words.size) } th scope="col" { (words.changed) } } }
                tbody { @for (repository, date, size) in found.iter().take(MOST_LINES) { tr {
                    td { a href=(repository.name.path()) { (repository.name.id()) } @if repository.facts.is_private { " " span.badge { (words.private) } } }
                    td { (words.kind_of(repository.name.kind)) }
                    td.number { (bytes(*size)) }
                    td { (day(*date)) }
                } } }
            } }
            @if found.len() > MOST_LINES { p { (words.more(found.len() - MOST_LINES)) } }
        }
    };
    Ok(page(words, words.repositories, &body))
}

type Named = (String, String);

/// What the page of a repository shows.
struct Shown {
    repository: Repository,
    revision: String,
    commit: String,
    files: std::sync::Arc<Manifest>,
}

async fn shown(
    shared: &Shared,
    kind: Kind,
    (namespace, name): &Named,
    revision: Option<String>,
    headers: &HeaderMap,
) -> Answer<Shown> {
    let (repository, _) = shared.readable(headers, kind, namespace, name).await?;
    let revision = revision.unwrap_or_else(|| MAIN.to_owned());
    shared
        .blocking(move |shared| {
            let commit = repository.resolve(&revision)?;
            let files = shared.storage.manifest(&repository, &commit)?;
            Ok(Shown {
                repository,
                revision,
                commit,
                files,
            })
        })
        .await
}

/// `GET /{prefix}{namespace}/{name}`
pub(crate) async fn repository(
    State(shared): State<Shared>,
    Extension(kind): Extension<Kind>,
    Path(named): Path<Named>,
    headers: HeaderMap,
) -> Answer<Response> {
    let words = Words::of(&headers);
    let shown = shown(&shared, kind, &named, None, &headers).await?;
    let card = description::card_of(&shown.repository, &shown.files)?;
    let endpoint_note = usage(&shown.repository);
    let body = html! {
        (heading(words, &shown))
        details { summary { (words.how_to_load) } pre tabindex="0" { code { (endpoint_note) } } }
        article { @match &card {
            Some(card) => { (PreEscaped(markdown::to_html(card::text(card)))) }
            None => p { (words.no_card) },
        } }
        (files(words, &shown, ""))
    };
    Ok(page(words, &shown.repository.name.id(), &body))
}

/// `GET /{prefix}{namespace}/{name}/tree/{revision}`
pub(crate) async fn root(
    State(shared): State<Shared>,
    Extension(kind): Extension<Kind>,
    Path((namespace, name, revision)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Answer<Response> {
    tree(
        shared,
        kind,
        (namespace, name),
        (revision, String::new()),
        headers,
    )
    .await
}

/// `GET /{prefix}{namespace}/{name}/tree/{revision}/{path}`
pub(crate) async fn folder(
    State(shared): State<Shared>,
    Extension(kind): Extension<Kind>,
    Path((namespace, name, revision, path)): Path<(String, String, String, String)>,
    headers: HeaderMap,
) -> Answer<Response> {
    tree(shared, kind, (namespace, name), (revision, path), headers).await
}

async fn tree(
    shared: Shared,
    kind: Kind,
    named: Named,
    (revision, folder): (String, String),
    headers: HeaderMap,
) -> Answer<Response> {
    let words = Words::of(&headers);
    let shown = shown(&shared, kind, &named, Some(revision), &headers).await?;
    let folder = folder.trim_matches('/');
    if !folder.is_empty() && !shown.files.folders().contains(folder) {
        return Err(Refusal::no_entry(folder));
    }
    let body = html! { (heading(words, &shown)) (files(words, &shown, folder)) };
    Ok(page(words, &shown.repository.name.id(), &body))
}

/// `GET /{prefix}{namespace}/{name}/commits/{revision}`
pub(crate) async fn commits(
    State(shared): State<Shared>,
    Extension(kind): Extension<Kind>,
    Path((namespace, name, revision)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Answer<Response> {
    let named = (namespace, name);
    let words = Words::of(&headers);
    let shown = shown(&shared, kind, &named, Some(revision), &headers).await?;
    let history = shown.repository.history(&shown.commit)?;
    let path = shown.repository.name.path();
    let body = html! {
        (heading(words, &shown))
        h2 { (words.commits) }
        div.scroll { table {
            thead { tr { th scope="col" { (words.what) } th scope="col" { (words.who) } th scope="col" { (words.changed) } th scope="col" { (words.revision) } } }
            tbody { @for (id, commit) in history.iter().take(MOST_LINES) { tr {
                td { (commit.title) } td { (commit.author) } td { (day(commit.date)) }
                td { a href=(format!("{path}/tree/{id}")) { code { (id.get(..8).unwrap_or(id)) } } }
            } } }
        } }
        @if history.len() > MOST_LINES { p { (words.more(history.len() - MOST_LINES)) } }
    };
    Ok(page(words, &shown.repository.name.id(), &body))
}

fn heading(words: &Words, shown: &Shown) -> Markup {
    let (name, path) = (&shown.repository.name, shown.repository.name.path());
    let references = shown.repository.references().unwrap_or_default();
    let named: Vec<&str> = references
        .group(BRANCHES)
        .chain(references.group(TAGS))
        .map(|(name, _)| name)
        .take(MOST_LINES)
        .collect();
    html! {
        nav aria-label=(words.repositories) { a href="/" { (words.repositories) } }
        h1 { (name.id()) @if shown.repository.facts.is_private { " " span.badge { (words.private) } } }
        p {
            (words.kind_of(name.kind)) " · "
            (bytes(shown.files.size())) " · "
            a href=(format!("{path}/commits/{}", crate::routes::encoded(&shown.revision))) { (words.commits) } " · "
            (words.revision) " " strong { (shown.revision) }
            @for other in named.iter().filter(|other| **other != shown.revision) {
                " · " a href=(format!("{path}/tree/{}", crate::routes::encoded(other))) { (other) }
            }
        }
    }
}

/// The files of a folder, and its folders.
fn files(words: &Words, shown: &Shown, folder: &str) -> Markup {
    let prefix = if folder.is_empty() {
        String::new()
    } else {
        format!("{folder}/")
    };
    let is_here = |path: &str| {
        path.strip_prefix(&prefix)
            .is_some_and(|rest| !rest.contains('/'))
    };
    let folders: Vec<&str> = shown
        .files
        .folders()
        .into_iter()
        .filter(|path| is_here(path))
        .collect();
    let here: Vec<_> = shown
        .files
        .0
        .iter()
        .filter(|(path, _)| is_here(path))
        .collect();
    let (path, revision) = (
        shown.repository.name.path(),
        crate::routes::encoded(&shown.revision),
    );
    let link = |what: &str, file: &str| {
        let parts: Vec<String> = file.split('/').map(crate::routes::encoded).collect();
        format!("{path}/{what}/{revision}/{}", parts.join("/"))
    };
    html! {
        h2 { (words.files) @if !folder.is_empty() { ": " (folder) } }
        @if let Some((above, _)) = folder.rsplit_once('/') { p { a href=(link("tree", above)) { (words.up) } } }
        @else if !folder.is_empty() { p { a href=(format!("{path}/tree/{revision}")) { (words.up) } } }
        div.scroll { table {
            thead { tr { th scope="col" { (words.name) } th.number scope="col" { (words.size) } } }
            tbody {
                @for folder in folders.iter().take(MOST_LINES) { tr { td { a href=(link("tree", folder)) { (folder.strip_prefix(&prefix).unwrap_or(folder)) "/" } } td.number {} } }
                @for (file, entry) in here.iter().take(MOST_LINES) { tr {
                    td { a href=(link("resolve", file)) download { (file.strip_prefix(&prefix).unwrap_or(file)) } }
                    td.number { (bytes(entry.size)) }
                } }
            }
        } }
        @if here.len() > MOST_LINES { p { (words.more(here.len() - MOST_LINES)) } }
    }
}

fn usage(repository: &Repository) -> String {
    let id = repository.name.id();
    match repository.name.kind {
        Kind::Dataset => format!("from datasets import load_dataset\nload_dataset(\"{id}\")"),
        Kind::Model | Kind::Space => {
            let kind = repository.name.kind.name();
            format!(
                "from huggingface_hub import snapshot_download\nsnapshot_download(\"{id}\", repo_type=\"{kind}\")"
            )
        }
    }
}

fn page(words: &Words, title: &str, body: &Markup) -> Response {
    let page = html! {
        (DOCTYPE)
        html lang=(words.language) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " · Examen hub" }
                link rel="stylesheet" href="/assets/hub.css";
            }
            body { main { (body) } }
        }
    };
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/html; charset=utf-8"),
        ),
        (
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(POLICY),
        ),
        (
            header::REFERRER_POLICY,
            HeaderValue::from_static("same-origin"),
        ),
        (
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (
            header::VARY,
            HeaderValue::from_static("accept-language, authorization"),
        ),
    ];
    (headers, page.into_string()).into_response()
}

fn day(date: jiff::Timestamp) -> String {
    date.strftime("%Y-%m-%d %H:%M").to_string()
}

/// Bytes as people read them.
fn bytes(count: u64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    let mut size = count as f64;
    let mut unit = 0;
    while size >= 999.5 && unit + 1 < UNITS.len() {
        size /= 1000.0;
        unit += 1;
    }
    match unit {
        0 => format!("{count} B"),
        _ => format!("{size:.1} {}", UNITS[unit]),
    }
}
