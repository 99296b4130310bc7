//! Checks by a second model, and the number of orders that it is asked in.

use super::require;
use crate::error::GenerateError;
use serde::{Serialize, Serializer};
use std::{collections::BTreeSet, fmt, str::FromStr};

/// The number of orders of four options.
pub const MAX_ORDERS: usize = 24;

/// A check by a second model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ModelCheck {
    /// The question with its passage, in shuffled orders of the options. An answer other than the key rejects it.
    OpenBook,
    /// The question without the passage, in the same orders: whether its answer is known anyway.
    ClosedBook,
    /// The options without the question, in the same orders: whether they give the key away.
    OptionsOnly,
    /// The question without the passage: can it be understood by itself?
    StandAlone,
}

/// Settings of the checks by a second model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CheckSettings {
    /// The checks to make.
    pub checks: BTreeSet<ModelCheck>,
    /// The number of orders of the options, from 1 to [`MAX_ORDERS`]; where it is a multiple of four, the
    /// key stands equally often at each position.
    pub orders: usize,
    /// Distinguishes the model from others of the same name, as the writer's
    /// [`model_fingerprint`](crate::Settings::model_fingerprint).
    #[serde(skip)]
    pub fingerprint: String,
}

impl Default for CheckSettings {
    /// All checks, in four orders.
    fn default() -> Self {
        Self {
            checks: BTreeSet::from(ModelCheck::ALL),
            orders: 4,
            fingerprint: String::new(),
        }
    }
}

impl CheckSettings {
    /// Refuses what no run can be made with.
    pub(super) fn check(&self) -> Result<(), GenerateError> {
        require(
            (1..=MAX_ORDERS).contains(&self.orders),
            "check orders",
            "it must be from 1 to 24, as many orders as four options have",
        )?;
        require(
            !self.checks.is_empty(),
            "checks",
            "name at least one, or no check model",
        )
    }

    /// Calls for one question that is not refuted.
    pub(crate) fn calls_per_question(&self) -> usize {
        self.checks.iter().map(|check| self.n_calls(*check)).sum()
    }

    /// Calls of one check about one question.
    pub(crate) fn n_calls(&self, check: ModelCheck) -> usize {
        if check == ModelCheck::StandAlone {
            1
        } else {
            self.orders
        }
    }
}

impl ModelCheck {
    /// Every check.
    pub const ALL: [Self; 4] = [
        Self::OpenBook,
        Self::ClosedBook,
        Self::OptionsOnly,
        Self::StandAlone,
    ];

    /// Its name on the command line: `open-book`.
    pub fn name(self) -> &'static str {
        match self {
            Self::OpenBook => "open-book",
            Self::ClosedBook => "closed-book",
            Self::OptionsOnly => "options-only",
            Self::StandAlone => "stand-alone",
        }
    }
}

impl fmt::Display for ModelCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for ModelCheck {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// A name that no check has.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not a check (open-book, closed-book, options-only, stand-alone)")]
pub struct UnknownCheck(String);

impl FromStr for ModelCheck {
    type Err = UnknownCheck;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|check| check.name() == name)
            .ok_or_else(|| UnknownCheck(name.to_owned()))
    }
}
