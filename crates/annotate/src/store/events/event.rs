//! Kinds of events.

/// Something that happened, which a webhook can be told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// A dataset was made.
    DatasetCreated,
    /// A dataset, or a part of it, was changed.
    DatasetUpdated,
    /// A dataset was deleted.
    DatasetDeleted,
    /// A dataset takes records now.
    DatasetPublished,
    /// A record was added.
    RecordCreated,
    /// A record was changed.
    RecordUpdated,
    /// A record was deleted.
    RecordDeleted,
    /// A record has the responses that it needs.
    RecordCompleted,
    /// A response was given.
    ResponseCreated,
    /// A response was changed.
    ResponseUpdated,
    /// A response was taken back.
    ResponseDeleted,
}

impl Event {
    /// All events.
    pub const ALL: [Self; 11] = [
        Self::DatasetCreated,
        Self::DatasetUpdated,
        Self::DatasetDeleted,
        Self::DatasetPublished,
        Self::RecordCreated,
        Self::RecordUpdated,
        Self::RecordDeleted,
        Self::RecordCompleted,
        Self::ResponseCreated,
        Self::ResponseUpdated,
        Self::ResponseDeleted,
    ];

    /// The name that is stored, and sent to webhooks.
    pub fn name(self) -> &'static str {
        match self {
            Self::DatasetCreated => "dataset.created",
            Self::DatasetUpdated => "dataset.updated",
            Self::DatasetDeleted => "dataset.deleted",
            Self::DatasetPublished => "dataset.published",
            Self::RecordCreated => "record.created",
            Self::RecordUpdated => "record.updated",
            Self::RecordDeleted => "record.deleted",
            Self::RecordCompleted => "record.completed",
            Self::ResponseCreated => "response.created",
            Self::ResponseUpdated => "response.updated",
            Self::ResponseDeleted => "response.deleted",
        }
    }

    /// The event of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|event| event.name() == name)
    }
}
