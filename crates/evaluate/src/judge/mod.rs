//! A judge: a second model that says by a rubric what replies are worth, and what people say of them. How it is asked is
//! `judging`.

mod labels;
mod rubric;

pub use labels::{Agreement, JudgeLabels};
pub(crate) use rubric::Order;
pub use rubric::Rubric;

use examen_llm::{ChatModel, Price};
use serde::{Deserialize, Serialize};
use std::{fmt, sync::Arc};

/// A model that judges, and on which terms.
#[derive(Clone)]
pub struct Judge {
    /// The model.
    pub model: Arc<dyn ChatModel>,
    /// Tells this model's weights or address from others of the same name.
    pub fingerprint: String,
    /// What it is asked.
    pub rubric: Rubric,
    /// What people say of some replies.
    pub labels: JudgeLabels,
    /// True if the model is held to the words of the verdicts.
    pub is_constrained: bool,
    /// Its price, where that is known.
    pub price: Option<Price>,
}

impl fmt::Debug for Judge {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "Judge({}, {})",
            self.model.id(),
            self.rubric.name()
        )
    }
}

/// The judge's part of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JudgeSummary {
    /// The model.
    pub model: String,
    /// Name or file of the rubric.
    pub rubric: String,
    /// BLAKE3 of its words.
    pub rubric_fingerprint: String,
    /// True if the model was held to the words of the verdicts.
    pub is_constrained: bool,
    /// Calls, over all runs if one was interrupted.
    pub n_calls: u64,
    /// Calls that gave no verdict.
    pub n_without_verdict: u64,
    /// Pairs of which the judge said something else when they were swapped; `None` where nothing was compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub n_changed_by_order: Option<u64>,
    /// Tokens that it read.
    pub input_tokens: u64,
    /// Tokens that it wrote.
    pub output_tokens: u64,
    /// Cost in US dollars, where the price is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<f64>,
    /// Agreement with labels, where there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement: Option<Agreement>,
}
