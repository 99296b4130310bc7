//! Pure numbers: from counts and scores to estimates with an interval.
//!
//! What cannot be said (no observations, no spread) is `None`, never NaN and never zero. Every function names the
//! source of its formula and is tested against a second implementation. Knows nothing about exams or models.

mod bootstrap;
mod chance;
mod clustered;
mod proportion;

pub use bootstrap::{Bootstrap, Draws, bootstrap};
pub use chance::{binomial_p_at_least, chi_square_uniform, guess_corrected};
pub use clustered::{Cluster, ClusteredMean, clustered_mean};
pub use proportion::{Confidence, Interval, standard_error_of_proportion, wilson};
