//! The store: users, workspaces, datasets, records, suggestions, responses and sessions in one SQLite file, or in a
//! PostgreSQL database.
//!
//! [`Store`] is the only door: no SQL elsewhere, and no database type in its signatures. Ids and times come from the
//! caller. Rules about who may do what live in the server.

mod act;
mod counts;
mod database;
mod datasets;
mod events;
mod facts;
mod opening;
mod people;
mod queues;
mod records;
mod responses;
mod search;
mod upkeep;
mod values;

pub use crate::{error::Refusal, files::FILE_NAME};
pub use act::{Act, Actor, COMMAND_LINE};
pub use counts::{DatasetProgress, MyProgress, PropertyValues, ResponseCounts, UserProgress};
pub use database::Contents;
pub(crate) use database::{copy_file, fold_file_if_unused, note_in_file, verify_file};
pub use datasets::{
    Dataset, DatasetHead, DatasetPart, DatasetStatus, Hidden, Part, Schema, VectorSettings,
};
pub use events::{Claimed, Delivery, Event, LastSeen, Postponed, Webhook};
pub use opening::{Location, Store};
pub use people::{
    Access, DEFAULT_WORKSPACE, NamedKey, NewSession, NewUser, OpenSession, Role, SecondFactor,
    Session, User, UserUpdate, Workspace, session_id,
};
pub use queues::{Queue, QueuePage};
pub use records::{
    AskedRecord, CarriedRecord, Existing, FullRecord, Include, ItemResponse, NewDataset, NewRecord,
    NewSuggestion, RecordChange, RecordItem, RecordPlace, StoredSuggestion, SuggestionKind, Times,
    Vectors, WrittenRecords, rules,
};
pub use responses::{NewResponse, ResponsePlace, StoredResponse};
pub use search::{
    Asker, Bound, Direction, Filter, Hit, Hits, RecordProperty, Scope, Search, Sort,
    SuggestionPart, TextQuery, VectorQuery, VectorReference,
};
