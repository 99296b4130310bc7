//! The Hub's side of a publication: what is there, what would change, and the push.

use crate::{
    console::{self, Bar},
    failure::Failure,
    models,
};
use clap::Args;
use examen_core::ExamRow;
use examen_files::table;
use examen_hub::{
    DatasetCache, DatasetFile, DatasetListing, HubAccess, HubError, HuggingFaceFile, Push,
    PushError, Pushed, PushedFile, RepositoryKind,
};
use examen_publish::{Changes, DATA};
use std::path::{Path, PathBuf};

/// The push to the Hub.
#[derive(Debug, Args)]
#[command(next_help_heading = "Hugging Face Hub")]
pub(super) struct HubArguments {
    /// Push the dataset to this repository of the Hub too, or of the one that HF_ENDPOINT names; made private if there is none
    #[arg(long, value_name = "ORG/NAME")]
    repo_id: Option<String>,
    /// The same, but a local folder ORG/NAME is written where there is one, as the original did
    #[arg(long, value_name = "ORG/NAME", conflicts_with_all = ["output", "repo_id"])]
    dataset_repo_id: Option<String>,
    /// Let everybody read a new repository
    #[arg(long)]
    public: bool,
    /// Branch to push to; made where it is missing
    #[arg(long, value_name = "NAME")]
    branch: Option<String>,
    /// Name for what is pushed, such as v1
    #[arg(long, value_name = "NAME", conflicts_with = "pull_request")]
    tag: Option<String>,
    /// Propose the change as a pull request
    #[arg(long)]
    pull_request: bool,
    /// First line of the commit's message
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "Publish the reviewed questions"
    )]
    message: String,
}

/// A repository that will be pushed to, and what is there.
pub(super) struct Destination<'a> {
    arguments: &'a HubArguments,
    repository: &'a str,
    access: HubAccess,
    cache: DatasetCache,
    /// `None` where nothing has been pushed.
    there: Option<DatasetListing>,
}

impl HubArguments {
    pub(super) fn is_public(&self) -> bool {
        self.public
    }

    /// The local folder that the original's flag names, where there is one.
    pub(super) fn folder(&self) -> Option<PathBuf> {
        let folder = self.dataset_repo_id.as_ref().map(PathBuf::from);
        folder.filter(|folder| folder.is_dir())
    }

    /// The repository to push to.
    pub(super) fn repository(&self) -> Option<&str> {
        match (&self.repo_id, &self.dataset_repo_id) {
            (Some(repository), _) => Some(repository),
            (None, Some(repository)) if self.folder().is_none() => Some(repository),
            _ => None,
        }
    }

    /// Refuses what would be ignored.
    pub(super) fn check(&self) -> Result<(), Failure> {
        let flags = [
            ("--public", self.public),
            ("--branch", self.branch.is_some()),
            ("--tag", self.tag.is_some()),
            ("--pull-request", self.pull_request),
        ];
        match flags.iter().find(|(_, is_given)| *is_given) {
            Some((flag, _)) if self.repository().is_none() => Err(Failure::usage(format!(
                "{flag} is of a push, and nothing is pushed"
            ))
            .hint("name the repository with --repo-id ORG/NAME")),
            _ => Ok(()),
        }
    }

    /// Looks at the repository: is the token taken, and what is there?
    pub(super) async fn look(&self) -> Result<Option<Destination<'_>>, Failure> {
        let Some(repository) = self.repository() else {
            return Ok(None);
        };
        let access = models::hub_access();
        let source = self.source(repository)?;
        examen_hub::account(&access).await.map_err(no_account)?;
        let cache = DatasetCache::new(crate::paths::model_cache()?, access.clone());
        let there = match cache.list(&source).await {
            Ok(listing) => Some(listing),
            Err(error) if is_missing(&error) => None,
            Err(error) => return Err(error.into()),
        };
        check_data(repository, there.as_ref())?;
        Ok(Some(Destination {
            arguments: self,
            repository,
            access,
            cache,
            there,
        }))
    }

    fn source(&self, repository: &str) -> Result<HuggingFaceFile, HubError> {
        let source = HuggingFaceFile::dataset(&format!("hf:{repository}"))?;
        Ok(HuggingFaceFile {
            revision: self.branch.clone(),
            ..source
        })
    }
}

impl Destination<'_> {
    /// How the rows differ from those that are there.
    pub(super) async fn changes(&self, rows: &[ExamRow]) -> Result<Changes, Failure> {
        let is_data = |file: &&DatasetFile| file.path == DATA;
        let there = self.there.as_ref();
        let Some((listing, data)) =
            there.and_then(|listing| Some((listing, listing.files.iter().find(is_data)?)))
        else {
            return Ok(Changes::between(&[], rows));
        };
        let wanted = std::slice::from_ref(data);
        self.cache.fetch(listing, wanted, &Bar::new()).await?;
        let old: Vec<ExamRow> = table::read_parquet(&listing.folder.join(DATA)).map_err(|error| {
            Failure::from(error).hint(format!(
                "the rows in {} are not of this version's columns; without --dry-run they are replaced",
                self.repository
            ))
        })?;
        Ok(Changes::between(&old, rows))
    }

    /// Pushes the files of a publication, and says where they are.
    pub(super) async fn push(&self, folder: &Path, files: &[PathBuf]) -> Result<Pushed, Failure> {
        let file = |file: &PathBuf| {
            let path = file.strip_prefix(folder).unwrap_or(file);
            PushedFile {
                path: path.to_string_lossy().into_owned(),
                from: file.clone(),
            }
        };
        let files: Vec<PushedFile> = files.iter().map(file).collect();
        let parent = self
            .there
            .as_ref()
            .and_then(|there| there.source.revision.as_deref());
        let push = Push {
            kind: RepositoryKind::Dataset,
            repository: self.repository,
            branch: self.arguments.branch.as_deref(),
            is_public: self.arguments.public,
            as_pull_request: self.arguments.pull_request,
            tag: self.arguments.tag.as_deref(),
            message: &self.arguments.message,
            files: &files,
            parent,
        };
        Ok(examen_hub::push(&self.access, &push, &Bar::new()).await?)
    }
}

/// Says where the dataset is now.
pub(super) fn tell(pushed: &Pushed, is_public: bool) {
    let made = match (pushed.is_new, is_public) {
        (true, true) => ", a new repository that everybody may read",
        (true, false) => ", a new private repository",
        (false, _) => "",
    };
    console::say(&format!("pushed to {}{made}", pushed.url));
    if let Some(commit) = &pushed.commit {
        console::say(&format!("commit {commit}"));
    }
    if let Some(request) = &pushed.pull_request {
        console::say(&format!("pull request {request}"));
    }
}

/// Without a token nothing can be begun.
fn no_account(error: HubError) -> Failure {
    let is_usage = matches!(error, HubError::Push(_))
        && !matches!(error, HubError::Push(PushError::Refused { .. }));
    let failure = Failure::from(error);
    match is_usage {
        true => failure.into_usage(),
        false => failure,
    }
}

/// `true` for a repository or branch that the push will make.
fn is_missing(error: &HubError) -> bool {
    matches!(
        error,
        HubError::Refused { status: 404, .. }
            | HubError::NoRevision { .. }
            | HubError::NoCommit { .. }
    )
}

/// Refuses a repository with other files in `data`, which `load_dataset` would take for rows.
fn check_data(repository: &str, there: Option<&DatasetListing>) -> Result<(), Failure> {
    let files = there.iter().flat_map(|listing| &listing.files);
    let mut others = files.filter(|file| file.path.starts_with("data/") && file.path != DATA);
    match others.next() {
        None => Ok(()),
        Some(other) => Err(Failure::new(format!(
            "{repository} holds {}, which would be read as rows beside the new ones",
            other.path
        ))
        .hint("remove it on the Hub, or push to another repository or --branch")),
    }
}
