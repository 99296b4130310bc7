//! Differences between a dataset that is there and the one that was to be sent or carried.

/// The first difference that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Difference {
    /// Other words for the reviewer.
    #[error("its guidelines differ")]
    Guidelines,
    /// Another number of submitted responses.
    #[error("another number of answers completes a record")]
    MinSubmitted,
    /// Other fields.
    #[error("its fields differ")]
    Fields,
    /// Other questions.
    #[error("its questions differ")]
    Questions,
    /// It takes metadata that no property names, or does not.
    #[error("it takes other metadata")]
    ExtraMetadata,
    /// Metadata properties, of which an exam has none.
    #[error("it has metadata properties")]
    MetadataProperties,
    /// Options shuffled with another seed.
    #[error("its options are in the order of another seed")]
    Seed,
    /// Another usual mode of review.
    #[error("it is reviewed in the other mode")]
    Mode,
    /// Records that were not sent from here.
    #[error("{0} of its records are others")]
    Records(usize),
    /// A dataset of the same name and another id.
    #[error("it did not come from there")]
    Origin,
}
