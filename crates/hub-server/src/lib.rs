//! A hub of one's own: what the Hub's official clients need, on one folder, in one process, for networks without the Hub.
//!
//! A path through the code: `application` runs the routes (`routes/`, one file a noun). They ask `state` who the client is, and
//! `storage/` for repositories: each is a folder that git can read (`storage/git`), with a list of its files a commit
//! (`storage/manifest`). Large files are in `large/`, in the formats of Xet or as they came. `signing` makes the tokens and
//! addresses that Xet's clients use. A push is one commit (`storage/pushing`).

mod application;
mod bodies;
mod card;
mod description;
mod large;
mod names;
mod pages;
mod people;
mod ranges;
mod refusal;
mod routes;
mod settings;
mod signing;
mod state;
mod storage;
mod streaming;
mod tokens;

pub use application::{router, serve};
pub use large::Cleaned;
pub use names::{Kind, RepositoryName};
pub use people::{Later, People, Person, Rights};
pub use settings::Settings;
pub use storage::{Imported, Storage};
pub use tokens::{SHORTEST_TOKEN, Token, Tokens, new_token};
