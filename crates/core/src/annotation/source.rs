//! Sources of reviewed records.

use super::{DatasetSettings, Record};

/// A dataset that people annotate, wherever it lies: a review store or a remote server.
///
/// Records come all at once, not in pages: a plan needs all of them, as of one moment, and a source of pages could not
/// promise that they belong together. That reading may have to wait is said by a plain [`Future`]; this crate has no
/// runtime and needs none.
pub trait RecordSource {
    /// Error of reading records.
    type Error;

    /// Settings of the dataset.
    fn settings(&self) -> &DatasetSettings;

    /// All records in the order of their insertion: suggestions in the order of the questions, responses in the order in
    /// which they were given or last changed. A record without an external id has its own id as one.
    fn records(&self) -> impl Future<Output = Result<Vec<Record>, Self::Error>> + Send;
}
