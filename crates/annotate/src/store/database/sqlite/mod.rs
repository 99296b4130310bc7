//! A store in one SQLite file.

mod backup;
mod opening;

pub use backup::Contents;
pub(crate) use backup::{
    copy as copy_file, fold_if_unused as fold_file_if_unused, note as note_in_file,
    verify as verify_file,
};
pub(in crate::store) use opening::open;
