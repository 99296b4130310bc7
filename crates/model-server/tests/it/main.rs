//! The API as its clients use it, with a tiny model.

mod answers;
mod guards;
mod support;
