//! A push: which files are large, and the commit, line by line.

use crate::{
    bodies::{self, Held, Parts},
    names::{self, Kind},
    refusal::{Answer, Refusal},
    routes::base_url,
    state::Shared,
    storage::{
        self, Change,
        git::Objects,
        manifest::{Entry, MOST_FILES, Manifest},
        repository::{LARGEST_BLOB, Repository},
    },
};
use axum::{
    Json,
    body::Body,
    extract::{Path, Query, Request, State},
    http::HeaderMap,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use examen_listening::Peer;
use ignore::gitignore::GitignoreBuilder;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::atomic::Ordering;

type At = (String, String, String, String);

/// Files that are to come.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Announced {
    files: Vec<AnnouncedFile>,
    git_ignore: Option<String>,
}

/// A file that is to come: its first bytes tell whether it is text.
#[derive(Deserialize)]
struct AnnouncedFile {
    path: String,
    #[serde(default)]
    sample: String,
    size: u64,
}

/// `POST /api/{kinds}/{namespace}/{name}/preupload/{revision}`
pub(crate) async fn announce(
    State(shared): State<Shared>,
    Path((kinds, namespace, name, revision)): Path<At>,
    headers: HeaderMap,
    request: Request,
) -> Answer<Json<Value>> {
    let (repository, _) = shared
        .writable(&headers, Kind::of_plural(&kinds)?, &namespace, &name)
        .await?;
    let announced: Announced = bodies::json(&shared, request.into_body()).await?;
    let answer = shared.blocking(move |shared| {
        let commit = repository.resolve(&revision)?;
        let files = shared.storage.manifest(&repository, &commit)?;
        let large = storage::large_patterns(&text_of(&repository, &files, ".gitattributes")?)?;
        let ignored = ignored(&repository, &files, announced.git_ignore.as_deref())?;
        let line = |file: &AnnouncedFile| {
            let is_large = file.size > LARGEST_BLOB || large.is_match(&file.path) || is_binary(&file.sample);
            json!({
                "path": file.path,
                "uploadMode": if is_large { "lfs" } else { "regular" },
                "shouldIgnore": ignored.matched_path_or_any_parents(&file.path, false).is_ignore(),
                "oid": files.0.get(&file.path).map(|entry| entry.large.as_ref().map_or(&entry.oid, |large| &large.sha256)),
            })
        };
        Ok(announced.files.iter().map(line).collect::<Vec<_>>())
    });
    Ok(Json(json!({ "files": answer.await?, "commitOid": null })))
}

fn is_binary(sample: &str) -> bool {
    let bytes = STANDARD.decode(sample).unwrap_or_default();
    let text = std::str::from_utf8(&bytes);
    bytes.contains(&0) || text.is_err_and(|error| error.error_len().is_some())
}

fn text_of(repository: &Repository, files: &Manifest, path: &str) -> Answer<String> {
    let entry = files.0.get(path).filter(|entry| entry.large.is_none());
    let bytes = entry.map(|entry| repository.blob(entry)).transpose()?;
    Ok(String::from_utf8_lossy(&bytes.unwrap_or_default()).into_owned())
}

fn ignored(
    repository: &Repository,
    files: &Manifest,
    sent: Option<&str>,
) -> Answer<ignore::gitignore::Gitignore> {
    let kept = match sent {
        Some(sent) => sent.to_owned(),
        None => text_of(repository, files, ".gitignore")?,
    };
    let mut patterns = GitignoreBuilder::new("");
    for line in kept.lines() {
        patterns
            .add_line(None, line)
            .map_err(|error| Refusal::invalid(format!(".gitignore: {error}")))?;
    }
    patterns
        .build()
        .map_err(|error| Refusal::invalid(format!(".gitignore: {error}")))
}

/// One line of a commit.
#[derive(Deserialize)]
#[serde(tag = "key", content = "value", rename_all = "camelCase")]
enum Line {
    #[serde(rename_all = "camelCase")]
    Header {
        summary: String,
        #[serde(default)]
        description: String,
        parent_commit: Option<String>,
    },
    File {
        path: String,
        content: String,
        encoding: Option<String>,
    },
    LfsFile {
        path: String,
        oid: String,
        size: Option<u64>,
    },
    DeletedFile {
        path: String,
    },
    DeletedFolder {
        path: String,
    },
    CopyFile {
        path: String,
        src_path: Option<String>,
    },
}

/// How a commit is made.
#[derive(Deserialize)]
pub(crate) struct How {
    #[serde(default)]
    create_pr: String,
}

/// Longest line: the largest file of git in base 64, and its path.
const LONGEST_LINE: usize = (LARGEST_BLOB as usize) / 3 * 4 + 64 * 1024;
/// Longest words of a commit.
const LONGEST_WORDS: usize = 100_000;

/// `POST /api/{kinds}/{namespace}/{name}/commit/{revision}`
pub(crate) async fn commit(
    State(shared): State<Shared>,
    Path((kinds, namespace, name, revision)): Path<At>,
    Query(how): Query<How>,
    peer: Peer,
    headers: HeaderMap,
    request: Request,
) -> Answer<Json<Value>> {
    let (repository, person) = shared
        .writable(&headers, Kind::of_plural(&kinds)?, &namespace, &name)
        .await?;
    let reading = read_body(&shared, &repository, request.into_body()).await?;
    let Some(Reading {
        objects,
        change,
        is_begun: true,
    }) = reading
    else {
        return Err(Refusal::invalid(
            "the commit has no line with the key `header`",
        ));
    };
    let (as_pull_request, now) = (
        matches!(how.create_pr.as_str(), "1" | "true"),
        (shared.settings.clock)(),
    );
    let (name, author) = (repository.name.clone(), person.name);
    let pushed = shared.blocking(move |shared| {
        shared.storage.push(
            &repository,
            &revision,
            as_pull_request,
            &change,
            (&author, now),
            objects,
        )
    });
    let pushed = pushed.await?;
    shared.counters.commits.fetch_add(1, Ordering::Relaxed);
    tracing::info!(repository = %name, commit = pushed.commit, "pushed");
    let page = format!("{}{}", base_url(&shared, &peer), name.path());
    Ok(Json(json!({
        "success": true,
        "commitOid": pushed.commit,
        "commitUrl": format!("{page}/commit/{}", pushed.commit),
        "hookOutput": "",
        "pullRequestUrl": pushed.pull_request.map(|number| format!("{page}/discussions/{number}")),
    })))
}

/// Reads the lines of a commit as they come.
async fn read_body(
    shared: &Shared,
    repository: &Repository,
    body: Body,
) -> Answer<Option<Reading>> {
    let mut reading = Some(Reading {
        objects: repository.objects(),
        change: Change::default(),
        is_begun: false,
    });
    let mut held = Held::new();
    let mut parts = Parts::of(body);
    while let Some(part) = parts.next(shared).await? {
        held.take(shared, &part, LONGEST_LINE)?;
        if part.contains(&b'\n') {
            let end = held
                .bytes
                .iter()
                .rposition(|byte| *byte == b'\n')
                .map_or(0, |end| end + 1);
            read(shared, &mut reading, held.split(end)).await?;
        }
    }
    read(shared, &mut reading, held).await?;
    Ok(reading)
}

/// A commit, as far as it was read.
struct Reading {
    objects: Objects,
    change: Change,
    is_begun: bool,
}

/// Reads whole lines.
async fn read(shared: &Shared, reading: &mut Option<Reading>, lines: Held) -> Answer<()> {
    let Some(mut so_far) = reading.take() else {
        return Ok(());
    };
    let done = shared.blocking(move |shared| {
        for line in lines
            .bytes
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.trim_ascii().is_empty())
        {
            so_far.take(shared, line)?;
        }
        Ok(so_far)
    });
    *reading = Some(done.await?);
    Ok(())
}

impl Reading {
    fn take(&mut self, shared: &Shared, line: &[u8]) -> Answer<()> {
        let line = serde_json::from_slice(line)
            .map_err(|error| Refusal::invalid(format!("a line of the commit: {error}")))?;
        if self.change.files.len()
            + self.change.deleted_files.len()
            + self.change.deleted_folders.len()
            > MOST_FILES
        {
            return Err(Refusal::too_large(format!(
                "a commit changes at most {MOST_FILES} files"
            )));
        }
        match line {
            Line::Header {
                summary,
                description,
                parent_commit,
            } => {
                if summary.trim().is_empty() || summary.len() + description.len() > LONGEST_WORDS {
                    return Err(Refusal::invalid(format!(
                        "a commit has a summary, and at most {LONGEST_WORDS} bytes of words"
                    )));
                }
                self.is_begun = true;
                let words = |text: String| text.replace('\0', "");
                (self.change.title, self.change.message, self.change.parent) =
                    (words(summary), words(description), parent_commit);
            }
            Line::File {
                path,
                content,
                encoding,
            } => {
                let entry = self.small(&content, encoding.as_deref())?;
                self.add(path, entry)?;
            }
            Line::LfsFile { path, oid, size } => {
                let entry = self.large(shared, &path, &oid, size)?;
                self.add(path, entry)?;
            }
            Line::DeletedFile { path } => self.change.deleted_files.push(path),
            Line::DeletedFolder { path } => self.change.deleted_folders.push(path),
            Line::CopyFile { path, src_path } => {
                let source = src_path.unwrap_or_default();
                return Err(Refusal::invalid(format!(
                    "this hub copies no files itself: send {path} as {source} is"
                )));
            }
        }
        Ok(())
    }

    fn add(&mut self, path: String, entry: Entry) -> Answer<()> {
        names::check_path(&path)?;
        self.change.files.push((path, entry));
        Ok(())
    }

    fn small(&mut self, content: &str, encoding: Option<&str>) -> Answer<Entry> {
        let bytes = match encoding {
            Some("base64") => STANDARD
                .decode(content)
                .map_err(|error| Refusal::invalid(format!("a file's content: {error}")))?,
            None | Some("utf-8") => content.as_bytes().to_vec(),
            Some(other) => {
                return Err(Refusal::invalid(format!(
                    "the encoding `{other}` is not known; use base64"
                )));
            }
        };
        if bytes.len() as u64 > LARGEST_BLOB {
            return Err(Refusal::too_large(format!(
                "a file of more than {LARGEST_BLOB} bytes is sent as a large file"
            )));
        }
        storage::small(&mut self.objects, &bytes)
    }

    fn large(
        &mut self,
        shared: &Shared,
        path: &str,
        oid: &str,
        size: Option<u64>,
    ) -> Answer<Entry> {
        if oid.len() != 64 || !names::is_hex(oid) {
            return Err(Refusal::invalid(
                "the oid of a large file is its SHA-256 in 64 hexadecimal digits",
            ));
        }
        let (_, length) = shared.storage.large.content(oid)?.ok_or_else(|| {
            Refusal::invalid(format!(
                "your push was rejected because the content of `{path}` did not come; send it first"
            ))
        })?;
        if size.is_some_and(|size| size != length) {
            return Err(Refusal::invalid(format!(
                "`{path}` has {length} bytes, and not what the commit says"
            )));
        }
        let xet = shared.storage.large.xet_hash(oid)?;
        storage::large(&mut self.objects, oid, length, xet)
    }
}
