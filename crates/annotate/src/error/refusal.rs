//! Changes that the store refuses, and the API with it; the sentences are Argilla's.

use super::record::RecordError;
use uuid::Uuid;

/// A rule that a change would break. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Something that the path of a request names is not there.
    #[error("{what} with id `{id}` not found")]
    NotFound {
        /// `Dataset`, `Record`…
        what: &'static str,
        /// Its id.
        id: Uuid,
    },
    /// Something that a body names is not there.
    #[error("{what} with id `{id}` not found")]
    Unknown {
        /// `Workspace`, `User`, `Question`.
        what: &'static str,
        /// Its id.
        id: Uuid,
    },
    /// A user is no member of a workspace.
    #[error("WorkspaceUser not found filtering by workspace_id={workspace}, user_id={user}")]
    NoMember {
        /// The workspace.
        workspace: Uuid,
        /// The user.
        user: Uuid,
    },
    /// A user is a member already.
    #[error("Workspace user with workspace_id `{workspace}` and user_id `{user}` is not unique")]
    Member {
        /// The workspace.
        workspace: Uuid,
        /// The user.
        user: Uuid,
    },
    /// A name or an id that must be unique is taken.
    #[error("{what} {key} `{value}` is not unique")]
    Taken {
        /// `User`, `Workspace`.
        what: &'static str,
        /// `username`, `name`, `id`.
        key: &'static str,
        /// Its value.
        value: String,
    },
    /// A user cannot be renamed to a name that is taken.
    #[error("User username `{username}` is not unique")]
    TakenByOther {
        /// The name.
        username: String,
    },
    /// The only owner who can log in would be one no more.
    #[error(
        "the last owner can be neither demoted nor disabled nor deleted: make another owner first"
    )]
    LastOwner,
    /// A workspace holds datasets.
    #[error("Cannot delete the workspace {id}. This workspace has some datasets linked")]
    WorkspaceInUse {
        /// The workspace.
        id: Uuid,
    },
    /// A workspace has a dataset of this name.
    #[error("Dataset with name `{name}` already exists for workspace with id `{workspace}`")]
    DatasetExists {
        /// The name.
        name: String,
        /// The workspace.
        workspace: Uuid,
    },
    /// A dataset has a part of this name.
    #[error("{what} with name `{name}` already exists for dataset with id `{dataset}`")]
    PartExists {
        /// `Field`, `Question`…
        what: &'static str,
        /// The name.
        name: String,
        /// The dataset.
        dataset: Uuid,
    },
    /// A dataset has as many kinds of vectors as it may.
    #[error(
        "The maximum number of vector settings has been reached for dataset with id `{dataset}`"
    )]
    TooManyVectors {
        /// The dataset.
        dataset: Uuid,
    },
    /// A dataset has as many parts of a kind as it may.
    #[error("The maximum number of parts has been reached for dataset with id `{dataset}`")]
    TooManyParts {
        /// The dataset.
        dataset: Uuid,
    },
    /// There are as many webhooks as there may be.
    #[error("You can't create more than {most} webhooks. Please delete some of them first")]
    TooManyWebhooks {
        /// Their number.
        most: u32,
    },
    /// Published twice.
    #[error("Dataset has already been published")]
    Published,
    /// Published without fields.
    #[error("Dataset cannot be published without fields")]
    NoFields,
    /// Published without required questions.
    #[error("Dataset cannot be published without required questions")]
    NoRequiredQuestions,
    /// Fields and questions stay once a dataset is published.
    #[error("{what} cannot be {done} for a published dataset")]
    Frozen {
        /// `Field`, `Fields`, `questions`.
        what: &'static str,
        /// `created` or `deleted`.
        done: &'static str,
    },
    /// Records come after publishing.
    #[error("records cannot be created for a non published dataset")]
    NotPublished,
    /// A span question for a field that is not there.
    #[error(
        "'{field}' is not a valid field name.\nValid field names are [{}]",
        quoted(known)
    )]
    UnknownSpanField {
        /// The field.
        field: String,
        /// Those that are there.
        known: Vec<String>,
    },
    /// A second span question for a field.
    #[error("'{field}' is already used by span question with id '{question}'")]
    SpanFieldTaken {
        /// The field.
        field: String,
        /// The other question.
        question: Uuid,
    },
    /// New records have ids that are there.
    #[error("found records with same external ids: {}", ids.join(", "))]
    ExternalIdsExist {
        /// The ids.
        ids: Vec<String>,
    },
    /// A record of several is not valid; none was stored.
    #[error("Record at position {position} is not valid because {reason}")]
    Record {
        /// Its index among those given, from 0.
        position: usize,
        /// The rule that it breaks.
        reason: RecordError,
    },
    /// A record, or a part of it, breaks a rule.
    #[error(transparent)]
    Invalid(#[from] RecordError),
    /// A value breaks a rule; the sentence is the whole answer.
    #[error("{reason}")]
    Value {
        /// The cause.
        reason: String,
    },
    /// The caller answered this record already.
    #[error("Response already exists for record with id `{record}` and by user with id `{user}`")]
    ResponseExists {
        /// The record.
        record: Uuid,
        /// The user.
        user: Uuid,
    },
    /// A name in a search that nothing has.
    #[error("{what} not found filtering by name={name}, dataset_id={dataset}")]
    UnknownName {
        /// `MetadataProperty` or `Question`.
        what: &'static str,
        /// The name.
        name: String,
        /// The dataset.
        dataset: Uuid,
    },
    /// A field or vector in a search that is not there.
    #[error("{what} `{name}` not found in dataset `{dataset}`.")]
    NotInDataset {
        /// `Field` or `Vector`.
        what: &'static str,
        /// The name.
        name: String,
        /// The dataset.
        dataset: Uuid,
    },
    /// A record to compare with that is not there.
    #[error("Record with id `{record}` not found in dataset `{dataset}`.")]
    RecordNotInDataset {
        /// The record.
        record: Uuid,
        /// The dataset.
        dataset: Uuid,
    },
    /// A record to compare with that has no vector.
    #[error("Record `{record}` does not have a vector for vector settings `{name}`")]
    MissingVector {
        /// The record.
        record: Uuid,
        /// The vectors.
        name: String,
    },
}

fn quoted(names: &[String]) -> String {
    names
        .iter()
        .map(|name| format!("'{name}'"))
        .collect::<Vec<_>>()
        .join(", ")
}
