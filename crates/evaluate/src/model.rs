//! What a model is asked for.

use examen_llm::{ChatModel, ContinuationScorer};

/// A model, as far as a way of answering needs it.
#[derive(Clone, Copy)]
pub enum Model<'a> {
    /// Says how likely choices are: for [`Way::Likelihood`](crate::Way::Likelihood), letters and hybrid.
    Scorer(&'a dyn ContinuationScorer),
    /// Replies in words: for [`Way::Generate`](crate::Way::Generate).
    Chat(&'a dyn ChatModel),
}

impl Model<'_> {
    /// Name in results.
    pub fn id(&self) -> &str {
        match self {
            Self::Scorer(scorer) => scorer.id(),
            Self::Chat(chat) => chat.id(),
        }
    }
}

impl<'a, S: ContinuationScorer> From<&'a S> for Model<'a> {
    fn from(scorer: &'a S) -> Self {
        Self::Scorer(scorer)
    }
}

impl<'a> From<&'a dyn ContinuationScorer> for Model<'a> {
    fn from(scorer: &'a dyn ContinuationScorer) -> Self {
        Self::Scorer(scorer)
    }
}
