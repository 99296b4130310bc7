//! A repository at one commit: its files, and how they are brought here.
//!
//! Files are read as byte ranges into a partial file, which hf-hub's own cache does not do outside Xet. The commit is
//! fixed first, so that a download that is resumed after a push is never of two versions.

use super::{
    announced::{Announced, is_commit, path_below},
    listing::Asking,
};
use crate::{
    arrival::{ModelFile, blocking},
    digest,
    error::HubError,
    sources::name::HuggingFaceFile,
};
use examen_core::Progress;
use examen_http::{ClientOptions, typed_without_secrets};
use futures::{StreamExt, TryStreamExt, stream};
use hf_hub::{HFClient, HFError, HFRepository, repository::RepoType};
use reqwest::{Url, header::HeaderMap, redirect::Policy};
use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::io::AsyncWriteExt;

/// Settings of the connection to the Hub.
#[derive(Clone, Default)]
pub struct HubAccess {
    /// Another server than the Hub's own, such as a mirror.
    pub endpoint: Option<String>,
    /// A token for private and gated repositories. Without it hf-hub looks where `huggingface-cli login` leaves one.
    pub token: Option<String>,
    /// The cache of `huggingface_hub`: what other programs left there is used, and nothing is written.
    pub cache: Option<PathBuf>,
    /// True to ask the Hub nothing.
    pub is_offline: bool,
}

impl std::fmt::Debug for HubAccess {
    /// A token is never printed.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let token = self.token.as_ref().map(|_| "…");
        f.debug_struct("HubAccess")
            .field(
                "endpoint",
                &self.endpoint.as_deref().map(typed_without_secrets),
            )
            .field("token", &token)
            .field("cache", &self.cache)
            .field("is_offline", &self.is_offline)
            .finish()
    }
}

/// Times that a broken connection is taken up again, and the wait before.
const ATTEMPTS: u32 = 5;
const WAIT: Duration = Duration::from_millis(500);

/// Longest silence of the Hub before a connection counts as broken.
const SILENCE: Duration = Duration::from_secs(60);
/// Most redirections that one request follows.
const MAX_REDIRECTS: usize = 10;
/// Files that come at once: most of a small file's time is waiting.
const FILES_AT_ONCE: usize = 4;

/// Part of a file to download.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Extent {
    Whole,
    /// Its announced size is that of its beginning.
    Beginning,
}

/// A repository at one commit.
pub(crate) struct Snapshot<T: RepoType> {
    client: HFClient,
    /// Follows no redirect.
    direct: reqwest::Client,
    token: Option<String>,
    repository: HFRepository<T>,
    /// Address of the list of its files.
    list: Url,
    /// Name as in its address: `org/name`, `datasets/org/name`.
    pub(super) name: String,
    pub(crate) commit: String,
}

impl<T: RepoType> Snapshot<T> {
    /// Asks the Hub for the commit of the source's revision, unless that is one.
    pub(crate) async fn open(
        access: &HubAccess,
        source: &HuggingFaceFile,
    ) -> Result<Self, HubError> {
        let (owner, name) = (&source.organization, &source.repository);
        let title = format!("{}{owner}/{name}", T::default().url_prefix());
        if access.is_offline {
            return Err(HubError::Offline {
                what: source.to_string(),
                cache: access.cache.clone(),
                missing: Vec::new(),
                fetched: Vec::new(),
            });
        }
        let Connection { client, direct } = Connection::open(access, &title)?;
        let api = api::<T>(&client, owner, name)?;
        let asking = Asking {
            client: &direct,
            token: access.token.as_deref(),
            repository: &title,
        };
        let revision = source.revision.as_deref();
        let commit = asking.commit(at_revision(&api, revision)).await;
        let commit = commit.map_err(|error| of_revision(error, revision))?;
        let commit = commit.filter(|commit| is_commit(commit));
        let commit = commit.ok_or_else(|| HubError::NoCommit {
            repository: title.clone(),
        })?;
        Ok(Self {
            repository: client.repository(T::default(), owner, name),
            list: below(&api, &["tree", &commit], Some("recursive=true")),
            client,
            direct,
            token: access.token.clone(),
            name: title,
            commit,
        })
    }

    /// Brings files below `folder`, in the order given, going on with what lies there from before.
    pub(crate) async fn bring(
        &self,
        wanted: &[Announced],
        folder: &Path,
        progress: &dyn Progress,
    ) -> Result<Vec<ModelFile>, HubError> {
        progress.begin(&format!("fetching {}", self.name), total_bytes(wanted));
        let files = stream::iter(wanted)
            .map(|file| self.bring_one(file, folder, progress))
            .buffered(FILES_AT_ONCE);
        let files = files.try_collect().await?;
        progress.end();
        Ok(files)
    }

    async fn bring_one(
        &self,
        file: &Announced,
        folder: &Path,
        progress: &dyn Progress,
    ) -> Result<ModelFile, HubError> {
        let part = path_below(folder, &file.path)?;
        // Asked for first: what may not be read is told before it is fetched.
        let sha256 = self.sha256(file).await?;
        self.download(file, &part, Extent::Whole, progress).await?;
        self.verify(file, &part, sha256.as_deref()).await
    }

    /// Brings the first bytes of a file below `folder`, unless as many are there.
    pub(super) async fn bring_beginning(
        &self,
        file: &Announced,
        n_bytes: u64,
        folder: &Path,
        progress: &dyn Progress,
    ) -> Result<PathBuf, HubError> {
        let part = path_below(folder, &file.path)?;
        let beginning = Announced {
            path: file.path.clone(),
            bytes: n_bytes.min(file.bytes),
        };
        if fs::metadata(&part).map_or(0, |metadata| metadata.len()) < beginning.bytes {
            progress.begin(
                &format!("fetching the beginning of {}", self.what(file)),
                beginning.bytes,
            );
            self.download(&beginning, &part, Extent::Beginning, progress)
                .await?;
            progress.end();
        }
        Ok(part)
    }

    /// All files of the repository at the commit.
    pub(crate) async fn files(&self) -> Result<Vec<Announced>, HubError> {
        let asking = Asking {
            client: &self.direct,
            token: self.token.as_deref(),
            repository: &self.name,
        };
        asking.files(self.list.clone()).await
    }

    /// Appends to `part` what it lacks. A connection that breaks is taken up again a few times.
    async fn download(
        &self,
        file: &Announced,
        part: &Path,
        extent: Extent,
        progress: &dyn Progress,
    ) -> Result<(), HubError> {
        let mut done = fs::metadata(part).map_or(0, |metadata| metadata.len());
        progress.advance(done.min(file.bytes));
        for attempt in 1..=ATTEMPTS {
            if done >= file.bytes && part.exists() {
                break;
            }
            match self.append(file, part, extent, &mut done, progress).await {
                Err(HubError::HuggingFace { source, .. })
                    if is_broken(&source) && attempt < ATTEMPTS => {}
                Err(error) => return Err(error),
                Ok(()) if done >= file.bytes => break,
                Ok(()) => {}
            }
            tracing::warn!(file = file.path, attempt, "the connection broke; resuming");
            tokio::time::sleep(WAIT * attempt).await;
        }
        if done != file.bytes {
            fs::remove_file(part).map_err(HubError::io("remove", part))?;
            return Err(HubError::WrongSize {
                what: self.what(file),
                expected: file.bytes,
                found: done,
            });
        }
        Ok(())
    }

    async fn append(
        &self,
        file: &Announced,
        part: &Path,
        extent: Extent,
        done: &mut u64,
        progress: &dyn Progress,
    ) -> Result<(), HubError> {
        let failed = |error: HFError| failed(&self.what(file), error);
        let options = tokio::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(part)
            .await;
        let mut out = options.map_err(HubError::io("write", part))?;
        if file.bytes == 0 {
            return Ok(());
        }
        let is_part = *done > 0 || extent == Extent::Beginning;
        let range = is_part.then_some(*done..file.bytes);
        let stream = self
            .repository
            .download_file_stream()
            .filename(&file.path)
            .revision(&self.commit);
        let (_, mut stream) = stream.maybe_range(range).send().await.map_err(failed)?;
        let copied = loop {
            let bytes = match stream.next().await {
                None => break Ok(()),
                Some(Err(error)) => break Err(failed(error)),
                Some(Ok(bytes)) => bytes,
            };
            out.write_all(&bytes)
                .await
                .map_err(HubError::io("write", part))?;
            *done += bytes.len() as u64;
            progress.advance(bytes.len() as u64);
            // The disk is not filled by a file that is longer than it was announced.
            if *done > file.bytes {
                break Ok(());
            }
        };
        // The last write is still under way, and syncing alone would not say how it ended.
        out.flush().await.map_err(HubError::io("write", part))?;
        out.sync_all().await.map_err(HubError::io("write", part))?;
        copied
    }

    /// Checks the announced size, and the hash that the Hub has of its large files. A file that fails is removed.
    async fn verify(
        &self,
        file: &Announced,
        part: &Path,
        sha256: Option<&str>,
    ) -> Result<ModelFile, HubError> {
        let (bytes, found) = blocking({
            let part = part.to_owned();
            move || digest::of_file(&part)
        })
        .await?;
        let checked = match bytes == file.bytes {
            true => digest::check(&self.what(file), sha256, &found),
            false => Err(HubError::WrongSize {
                what: self.what(file),
                expected: file.bytes,
                found: bytes,
            }),
        };
        if let Err(error) = checked {
            fs::remove_file(part).map_err(HubError::io("remove", part))?;
            return Err(error);
        }
        Ok(ModelFile {
            path: file.path.clone(),
            bytes,
            sha256: found,
        })
    }

    /// The SHA-256 that the Hub announces for files in its large storage, before it redirects to them; hf-hub follows the
    /// redirect and loses it. `None` for small files, of which the Hub knows git's hash only.
    async fn sha256(&self, file: &Announced) -> Result<Option<String>, HubError> {
        let failed = |source| HubError::HuggingFaceFile {
            file: self.what(file),
            source,
        };
        let Ok(mut url) = Url::parse(self.client.endpoint()) else {
            return Ok(None);
        };
        if let Ok(mut segments) = url.path_segments_mut() {
            segments
                .pop_if_empty()
                .extend(self.name.split('/'))
                .extend(["resolve", self.commit.as_str()]);
            segments.extend(file.path.split('/'));
        }
        let request = self.direct.head(url);
        let request = match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        let response = request
            .send()
            .await
            .and_then(reqwest::Response::error_for_status)
            .map_err(failed)?;
        Ok(linked_sha256(response.headers()))
    }

    fn what(&self, file: &Announced) -> String {
        format!("{}/{}", self.name, file.path)
    }
}

/// The two clients of a Hub: hf-hub's, and one that follows no redirection.
pub(crate) struct Connection {
    pub(crate) client: HFClient,
    pub(crate) direct: reqwest::Client,
}

impl Connection {
    /// Asks nothing yet. `title` is what is wanted, for errors.
    pub(crate) fn open(access: &HubAccess, title: &str) -> Result<Self, HubError> {
        let failed = |error: HFError| failed(title, error);
        let following = following().map_err(|source| failed(source.into()))?;
        let mut builder = HFClient::builder().client(following);
        if let Some(endpoint) = &access.endpoint {
            builder = builder.endpoint(endpoint);
        }
        if let Some(token) = &access.token {
            builder = builder.token(token);
        }
        let client = builder.build().map_err(failed)?;
        let direct = examen_http::client(
            Url::parse(client.endpoint()).ok().as_ref(),
            ClientOptions {
                headers: HeaderMap::new(),
                timeout: SILENCE,
                max_idle_connections: None,
            },
        );
        let direct = direct.map_err(|source| failed(source.into()))?;
        Ok(Self { client, direct })
    }
}

/// Where the Hub describes a repository.
pub(crate) fn api<T: RepoType>(
    client: &HFClient,
    owner: &str,
    name: &str,
) -> Result<Url, HubError> {
    let kind = T::default();
    let api = [client.endpoint(), "api", kind.plural(), owner, name].join("/");
    Url::parse(&api).map_err(|error| HubError::Listing {
        repository: format!("{}{owner}/{name}", kind.url_prefix()),
        reason: error.to_string(),
    })
}

/// The client that hf-hub asks with. It follows the Hub to where files are kept, but not from TLS to plain text; the
/// token stays with its host, which is how `reqwest` treats `Authorization`. A file may take hours, silence may not.
fn following() -> Result<reqwest::Client, reqwest::Error> {
    let policy = Policy::custom(|attempt| {
        let is_downgrade = attempt.url().scheme() != "https"
            && attempt.previous().iter().any(|url| url.scheme() == "https");
        match is_downgrade || attempt.previous().len() > MAX_REDIRECTS {
            true => attempt.stop(),
            false => attempt.follow(),
        }
    });
    reqwest::Client::builder()
        .user_agent(concat!("examen/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(SILENCE)
        .read_timeout(SILENCE)
        .redirect(policy)
        .build()
}

/// Where the Hub describes a repository at a revision.
fn at_revision(api: &Url, revision: Option<&str>) -> Url {
    match revision {
        Some(revision) => below(api, &["revision", revision], None),
        None => api.clone(),
    }
}

/// An address below another. A `/` in a step, as in `refs/pr/1`, is a part of the step.
pub(crate) fn below(url: &Url, steps: &[&str], query: Option<&str>) -> Url {
    let mut url = url.clone();
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.extend(steps);
    }
    url.set_query(query);
    url
}

/// What is not there is the revision, where one was asked for.
fn of_revision(error: HubError, revision: Option<&str>) -> HubError {
    match (error, revision) {
        (
            HubError::Refused {
                repository,
                status: 404,
                code,
                ..
            },
            Some(revision),
        ) if code.as_deref() != Some("RepoNotFound") => HubError::NoRevision {
            repository,
            revision: revision.to_owned(),
        },
        (error, _) => error,
    }
}

/// Sum of the announced sizes, which nobody vouches for.
pub(super) fn total_bytes(files: &[Announced]) -> u64 {
    let sizes = files.iter().map(|file| file.bytes);
    sizes.fold(0, u64::saturating_add)
}

fn linked_sha256(headers: &HeaderMap) -> Option<String> {
    let tag = headers
        .get("x-linked-etag")?
        .to_str()
        .ok()?
        .trim_start_matches("W/")
        .trim_matches('"');
    (tag.len() == 64 && tag.bytes().all(|byte| byte.is_ascii_hexdigit())).then(|| tag.to_owned())
}

fn failed(what: &str, error: HFError) -> HubError {
    HubError::HuggingFace {
        repository: what.to_owned(),
        source: Box::new(error),
    }
}

/// `true` if the connection broke, rather than the Hub saying no.
fn is_broken(error: &HFError) -> bool {
    matches!(error, HFError::Request { .. } | HFError::Io(_))
}
