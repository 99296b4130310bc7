//! Bodies that clients send. `read` of each notes every problem that it finds.

mod datasets;
mod questions;
mod records;
mod search;
mod users;
mod webhooks;

pub use crate::shapes::{EVENTS, ROLES};
pub use datasets::{
    DatasetChange, FieldChange, MetadataPropertyChange, NewDataset, NewField, NewMetadataProperty,
    NewVectorSettings, VectorSettingsChange, field_settings,
};
pub use questions::{NewQuestion, QuestionChange, question_settings};
pub use records::{
    BulkItem, BulkRecords, BulkResponses, NewResponse, NewSuggestion, RecordChange, RespondTo,
    ResponseBody, SuggestionKind,
};
pub use search::{
    Filter, Order, Scope, Search, Sort, SuggestionPart, TextQuery, VectorQuery, VectorReference,
};
pub use users::{Member, NewUser, NewWorkspace, UserChange};
pub use webhooks::{NewWebhook, WebhookChange};
