//! From judged questions to the output folder, and what is counted on the way.

mod coverage;
mod kept;
mod output;
mod place;
mod samples;
mod summary;

pub use coverage::{Counts, Coverage, DocumentCoverage, Rest, SectionCoverage};
pub use kept::Kept;
pub use samples::{Sample, Samples};
pub use summary::Summary;
pub(crate) use {
    coverage::Collector as CoverageCollector, kept::keep_better, output::Output, place::check_free,
    samples::Collector as SamplesCollector,
};
