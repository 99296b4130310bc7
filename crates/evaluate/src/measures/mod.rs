//! Measures: pure functions of texts, choices and log-probabilities, each tested against a second implementation
//! (`testdata/golden/measures.json`). They know no exam, no model and no run; [`metrics`](crate::metrics) make metrics of them.
//!
//! Where a corpus score is no mean of its questions' scores (BLEU, chrF, TER, perplexities), a measure has two functions: one counts
//! a question, the other scores the sum of the counts.

mod bleu;
mod calibration;
mod chrf;
mod classification;
mod drop;
mod edit_distance;
mod exact_match;
mod grams;
mod kappa;
mod perplexity;
mod probabilities;
mod reading;
mod repeats;
mod rouge;
mod ter;
mod text;
mod token_f1;

pub use bleu::{BLEU_COUNTS, bleu, bleu_counts};
pub use calibration::{Bins, Confident, calibration_error};
pub use chrf::{CHRF_COUNTS, chrf, chrf_counts};
pub use classification::{Classified, f1_macro, f1_micro, f1_of_class, matthews};
pub use drop::{Drop, drop};
pub use edit_distance::{edit_distance, edit_similarity};
pub use exact_match::{Form, Part, exact_match};
pub use kappa::cohens_kappa;
pub use perplexity::{bits_per_byte, n_words, perplexity};
pub use probabilities::{brier, gold_mass, probabilities, rank_of_gold};
pub use reading::{read_choice, read_number, read_verdict};
pub use repeats::{g_pass_at_k, majority, mean_g_pass_at_k, pass_at_k};
pub use rouge::{Rouge, rouge};
pub use ter::{ter, ter_counts};
pub use text::quasi_form;
pub use token_f1::token_f1;
