//! The commit itself: which files the Hub wants as large ones, how they get there, and the list that it is told.

use super::{Push, PushedFile, lfs, refusal, refused};
use crate::{HubError, arrival::blocking, digest, sources::hugging_face::below};
use examen_core::Progress;
use hf_hub::{
    HFRepository,
    repository::{CommitOperation, RepoType},
};
use reqwest::{Client, Response, Url};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{fs, io::Read};

/// Most bytes of an answer to a push.
const MAX_ANSWER: usize = 4 * 1024 * 1024;
/// Bytes of a file by which the Hub tells text from data.
const SAMPLE: u64 = 512;

/// A push under way.
pub(super) struct Sending<'a, T: RepoType> {
    /// Address of the repository in the Hub's API.
    pub(super) api: Url,
    /// Follows no redirection.
    pub(super) direct: &'a Client,
    pub(super) token: &'a str,
    /// Name of the repository, for errors.
    pub(super) title: &'a str,
    pub(super) repository: &'a HFRepository<T>,
    pub(super) push: &'a Push<'a>,
    pub(super) parent: Option<&'a str>,
}

/// What the Hub says of a commit that it made.
pub(super) struct Commit {
    pub(super) id: Option<String>,
    pub(super) pull_request: Option<String>,
}

/// A file that is to be sent, as the Hub asks about it.
pub(super) struct Outgoing {
    pub(super) file: PushedFile,
    pub(super) bytes: u64,
    pub(super) sha256: String,
    sample: Vec<u8>,
}

#[derive(Deserialize)]
struct Preupload {
    files: Vec<Mode>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Mode {
    path: String,
    upload_mode: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Made {
    commit_oid: Option<String>,
    pull_request_url: Option<String>,
}

impl<T: RepoType> Sending<'_, T> {
    pub(super) async fn commit(&self, progress: &dyn Progress) -> Result<Commit, HubError> {
        let mut files = Vec::new();
        for file in self.push.files {
            let file = file.clone();
            files.push(blocking(move || outgoing(file)).await?);
        }
        let total = files.iter().map(|file| file.bytes).sum();
        progress.begin(&format!("pushing to {}", self.title), total);
        let large = self.large(&files).await?;
        let is_sent = match large.is_empty() {
            true => true,
            false => lfs::send(self, &large, progress).await?,
        };
        let commit = match is_sent {
            true => self.commit_with(&files, &large).await,
            false => self.commit_by_xet().await,
        };
        progress.end();
        commit
    }

    /// The files that the Hub wants in its large storage.
    async fn large<'f>(&self, files: &'f [Outgoing]) -> Result<Vec<&'f Outgoing>, HubError> {
        let entry = |file: &Outgoing| json!({"path": file.file.path, "size": file.bytes, "sample": base64(&file.sample)});
        let body = json!({"files": files.iter().map(entry).collect::<Vec<_>>()});
        let url = below(&self.api, &["preupload", self.branch()], self.as_proposal());
        let answer: Preupload = self.post(url, body.to_string(), "application/json").await?;
        let is_large = |file: &&Outgoing| {
            let mode = answer.files.iter().find(|mode| mode.path == file.file.path);
            file.bytes > 0 && mode.is_some_and(|mode| mode.upload_mode == "lfs")
        };
        Ok(files.iter().filter(is_large).collect())
    }

    /// The commit by hf-hub, which sends large files by Xet first.
    async fn commit_by_xet(&self) -> Result<Commit, HubError> {
        let operation =
            |file: &PushedFile| CommitOperation::add_file(file.path.clone(), file.from.clone());
        let commit = self
            .repository
            .create_commit()
            .operations(self.push.files.iter().map(operation).collect())
            .commit_message(self.push.message)
            .maybe_revision(self.push.branch)
            .create_pr(self.push.as_pull_request)
            .maybe_parent_commit(self.parent)
            .send()
            .await
            .map_err(|error| refused(self.title, error))?;
        Ok(Commit {
            id: commit.commit_oid,
            pull_request: commit.pr_url,
        })
    }

    /// The commit whose large files have arrived.
    async fn commit_with(
        &self,
        files: &[Outgoing],
        large: &[&Outgoing],
    ) -> Result<Commit, HubError> {
        let mut header = json!({"summary": self.push.message, "description": ""});
        if let Some(parent) = self.parent {
            header["parentCommit"] = parent.into();
        }
        let mut lines = vec![json!({"key": "header", "value": header}).to_string()];
        for file in files {
            let is_large = large.iter().any(|large| large.file.path == file.file.path);
            lines.push(line(file, is_large)?.to_string());
        }
        let url = below(&self.api, &["commit", self.branch()], self.as_proposal());
        let made: Made = self
            .post(url, lines.join("\n") + "\n", "application/x-ndjson")
            .await?;
        Ok(Commit {
            id: made.commit_oid,
            pull_request: made.pull_request_url,
        })
    }

    fn branch(&self) -> &str {
        self.push.branch.unwrap_or("main")
    }

    fn as_proposal(&self) -> Option<&'static str> {
        self.push.as_pull_request.then_some("create_pr=1")
    }

    /// Asks the Hub's API. A request that may have been carried out is not repeated.
    pub(super) async fn post<A: serde::de::DeserializeOwned>(
        &self,
        url: Url,
        body: String,
        content_type: &str,
    ) -> Result<A, HubError> {
        let request = self
            .direct
            .post(url)
            .bearer_auth(self.token)
            .header("accept", content_type)
            .header("content-type", content_type)
            .body(body);
        let response = request.send().await;
        let response = response.map_err(|source| HubError::HuggingFaceFile {
            file: self.title.to_owned(),
            source,
        })?;
        let response = self.accepted(response).await?;
        let text = examen_http::text(response, MAX_ANSWER).await;
        let text = text.map_err(|error| self.unreadable(error.to_string()))?;
        examen_http::json(&text).map_err(|error| self.unreadable(error.to_string()))
    }

    /// The answer, unless the Hub refuses.
    pub(super) async fn accepted(&self, response: Response) -> Result<Response, HubError> {
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status().as_u16();
        let told = examen_http::reason(&examen_http::beginning(response).await);
        Err(refusal(self.title, status, told).into())
    }

    pub(super) fn unreadable(&self, reason: String) -> HubError {
        HubError::Listing {
            repository: self.title.to_owned(),
            reason: examen_http::clip(&reason),
        }
    }
}

fn outgoing(file: PushedFile) -> Result<Outgoing, HubError> {
    let (bytes, sha256) = digest::of_file(&file.from)?;
    let mut sample = Vec::new();
    fs::File::open(&file.from)
        .and_then(|opened| opened.take(SAMPLE).read_to_end(&mut sample))
        .map_err(HubError::io("read", &file.from))?;
    Ok(Outgoing {
        file,
        bytes,
        sha256,
        sample,
    })
}

/// The line of a commit that adds a file.
fn line(file: &Outgoing, is_large: bool) -> Result<Value, HubError> {
    let path = &file.file.path;
    if is_large {
        let value = json!({"path": path, "algo": "sha256", "oid": file.sha256, "size": file.bytes});
        return Ok(json!({"key": "lfsFile", "value": value}));
    }
    let bytes = fs::read(&file.file.from).map_err(HubError::io("read", &file.file.from))?;
    let value = json!({"path": path, "content": base64(&bytes), "encoding": "base64"});
    Ok(json!({"key": "file", "value": value}))
}

fn base64(bytes: &[u8]) -> String {
    use base64::{Engine, engine::general_purpose::STANDARD};
    STANDARD.encode(bytes)
}
