//! What clients send, and how it is read. `read` of each body notes every problem that it finds.

mod datasets;
mod records;
mod search;
mod users;
mod webhooks;

pub use datasets::{
    DatasetChange, FieldChange, MetadataPropertyChange, NewDataset, NewField, NewMetadataProperty,
    NewQuestion, NewVectorSettings, QuestionChange, VectorSettingsChange, field_settings,
    question_settings,
};
pub use records::{
    BulkItem, BulkRecords, BulkResponses, NewResponse, NewSuggestion, RecordChange, RespondTo,
    ResponseBody, SuggestionKind,
};
pub use search::{
    Filter, Order, Scope, Search, Sort, SuggestionPart, TextQuery, VectorQuery, VectorReference,
};
pub use users::{Member, NewUser, NewWorkspace, ROLES, UserChange};
pub use webhooks::{EVENTS, Event, NewWebhook, WebhookChange};
