//! Models that live somewhere else.

pub mod openai_compatible;

pub use openai_compatible::{OpenAiCompatible, OpenAiOptions};
