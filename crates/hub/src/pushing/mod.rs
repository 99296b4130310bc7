//! Files → one commit of a repository of the Hub.
//!
//! The commit names its parent, so that what somebody else pushed meanwhile is never overwritten unseen. The bytes of large
//! files go by hf-hub where the Hub takes Xet, else as Git LFS sends them ([`lfs`]).

mod account;
mod lfs;
mod send;

pub use account::{Account, account};

use crate::{
    error::{HubError, PushError},
    sources::hugging_face::{Connection, HubAccess, Snapshot, api},
    sources::name::HuggingFaceFile,
};
use examen_core::Progress;
use hf_hub::{
    HFClient, HFError, HFRepository,
    repository::{RepoType, RepoTypeDataset, RepoTypeModel},
};
use send::Sending;
use std::path::PathBuf;

/// Kind of a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RepositoryKind {
    /// Weights of a model.
    Model,
    /// Rows.
    Dataset,
}

/// A file to push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushedFile {
    /// Path in the repository, with `/`.
    pub path: String,
    /// Where it lies here.
    pub from: PathBuf,
}

/// One commit to be made.
#[derive(Debug, Clone)]
pub struct Push<'a> {
    /// Kind of the repository.
    pub kind: RepositoryKind,
    /// The repository's owner and name, as `ORG/NAME`.
    pub repository: &'a str,
    /// Branch to commit to, made from the main branch where it is missing; `None` for the main branch.
    pub branch: Option<&'a str>,
    /// True to make a new repository for everybody to read.
    pub is_public: bool,
    /// True to propose the change instead of making it; to a repository that is there.
    pub as_pull_request: bool,
    /// Name for the new commit.
    pub tag: Option<&'a str>,
    /// First line of the commit's message.
    pub message: &'a str,
    /// Files of the commit; others of the repository stay.
    pub files: &'a [PushedFile],
    /// The commit that the pusher looked at; the head of the branch, if it is not given.
    pub parent: Option<&'a str>,
}

/// A commit that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pushed {
    /// Where the repository is looked at.
    pub url: String,
    /// Its id, where the Hub tells it.
    pub commit: Option<String>,
    /// Where the pull request is looked at.
    pub pull_request: Option<String>,
    /// The repository was made for this push.
    pub is_new: bool,
}

/// Makes the commit, and the repository where there is none, unless it is a proposal.
///
/// # Errors
/// [`PushError::NoToken`] without a token; [`PushError::Moved`] if the branch is no longer at the parent; whatever the Hub
/// refuses. Until the commit is made the repository is as it was, and pushing again sends only what has not arrived.
pub async fn push(
    access: &HubAccess,
    push: &Push<'_>,
    progress: &dyn Progress,
) -> Result<Pushed, HubError> {
    match push.kind {
        RepositoryKind::Model => push_to::<RepoTypeModel>(access, push, progress).await,
        RepositoryKind::Dataset => push_to::<RepoTypeDataset>(access, push, progress).await,
    }
}

async fn push_to<T: RepoType>(
    access: &HubAccess,
    push: &Push<'_>,
    progress: &dyn Progress,
) -> Result<Pushed, HubError> {
    let named = owned_name(push.repository)?;
    let title = format!("{}{}", T::default().url_prefix(), push.repository);
    let token = token(access, &title)?;
    let Connection { client, direct } = Connection::open(access, &title)?;
    let repository = client.repository(T::default(), &named.organization, &named.repository);
    let failed = |error| refused(&title, error);
    let is_new = match push.as_pull_request {
        // To a repository of others, which is there or misspelt.
        true => false,
        false => make::<T>(&client, access, &named, push, &title).await?,
    };
    if let Some(branch) = push.branch {
        make_branch(&repository, branch).await.map_err(failed)?;
    }
    let parent = match push.parent {
        Some(parent) => Some(parent.to_owned()),
        None => head::<T>(access, &named, push.branch).await?,
    };
    let sending = Sending {
        api: api::<T>(&client, &named.organization, &named.repository)?,
        direct: &direct,
        token: &token,
        title: &title,
        repository: &repository,
        push,
        parent: parent.as_deref(),
    };
    let commit = sending.commit(progress).await?;
    if let Some(tag) = push.tag {
        let revision = commit.id.as_deref().or(push.branch);
        let tagged = repository.create_tag().tag(tag).maybe_revision(revision);
        tagged.send().await.map_err(failed)?;
    }
    Ok(Pushed {
        url: format!("{}/{title}", client.endpoint()),
        commit: commit.id,
        pull_request: commit.pull_request,
        is_new,
    })
}

/// Makes the repository; `false` if it is there.
async fn make<T: RepoType>(
    client: &HFClient,
    access: &HubAccess,
    named: &HuggingFaceFile,
    push: &Push<'_>,
    title: &str,
) -> Result<bool, HubError> {
    let created = client
        .create_repository()
        .repo_id(push.repository)
        .repo_type(T::default())
        .private(!push.is_public)
        .send()
        .await;
    match created {
        Ok(_) => Ok(true),
        Err(HFError::Conflict { .. }) => Ok(false),
        // A token for one repository may write to it and make none.
        Err(HFError::Forbidden { .. }) if exists::<T>(access, named).await => Ok(false),
        Err(error) => Err(refused(title, error)),
    }
}

async fn make_branch<T: RepoType>(
    repository: &HFRepository<T>,
    branch: &str,
) -> Result<(), HFError> {
    match repository.create_branch().branch(branch).send().await {
        Err(HFError::Conflict { .. }) | Ok(()) => Ok(()),
        Err(error) => Err(error),
    }
}

async fn exists<T: RepoType>(access: &HubAccess, named: &HuggingFaceFile) -> bool {
    Snapshot::<T>::open(access, named).await.is_ok()
}

/// The commit that a branch is at; `None` for a repository without any.
async fn head<T: RepoType>(
    access: &HubAccess,
    named: &HuggingFaceFile,
    branch: Option<&str>,
) -> Result<Option<String>, HubError> {
    let at = HuggingFaceFile {
        revision: branch.map(str::to_owned),
        ..named.clone()
    };
    match Snapshot::<T>::open(access, &at).await {
        Ok(snapshot) => Ok(Some(snapshot.commit)),
        Err(HubError::NoCommit { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Owner and name of `ORG/NAME`.
fn owned_name(text: &str) -> Result<HuggingFaceFile, HubError> {
    let named = HuggingFaceFile::dataset(&format!("hf:{text}")).ok();
    let named = named.filter(|named| named.file.is_none() && named.revision.is_none());
    named.ok_or_else(|| HubError::Malformed {
        text: text.to_owned(),
        form: "ORG/NAME",
    })
}

/// The token, without which nothing is pushed. Nobody is asked where that is forbidden.
fn token(access: &HubAccess, title: &str) -> Result<String, HubError> {
    if access.is_offline {
        return Err(PushError::Offline {
            repository: title.to_owned(),
        }
        .into());
    }
    let token = access.token.clone();
    let missing = || PushError::NoToken {
        repository: title.to_owned(),
    };
    Ok(token.ok_or_else(missing)?)
}

fn refused(title: &str, error: HFError) -> HubError {
    let context = match &error {
        HFError::AuthRequired { context }
        | HFError::Forbidden { context }
        | HFError::Conflict { context }
        | HFError::RateLimited { context, .. }
        | HFError::Http { context } => context,
        HFError::RepoNotFound {
            context: Some(context),
            ..
        } => context,
        _ => {
            return HubError::HuggingFace {
                repository: title.to_owned(),
                source: Box::new(error),
            };
        }
    };
    let told = context.server_message.as_deref().unwrap_or(&context.body);
    let status = context.status.as_u16();
    refusal(title, status, examen_http::clip(told)).into()
}

/// The error of an answer; `told` is the Hub's sentence.
fn refusal(title: &str, status: u16, told: String) -> PushError {
    let repository = title.to_owned();
    match status {
        412 => PushError::Moved { repository },
        status => PushError::Refused {
            repository,
            status,
            told,
        },
    }
}
