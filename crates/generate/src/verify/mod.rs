//! Checks by a second model, which answers each accepted question in several orders of its options: with the passage,
//! without it, from the options alone; and is asked whether the question can be understood by itself.
//!
//! A question that it answers wrongly with the passage before it is refuted, and the other checks are not made. What
//! they find is a remark.

mod answer;
mod examine;
mod figures;
mod orders;
mod prompts;
mod verdict;

pub(crate) use examine::ANSWER_TOKENS;
pub(crate) use figures::{CheckCost, CheckedSet};
pub use figures::{Figure, ModelChecks};
pub(crate) use prompts::{Shown, hash};

use crate::{
    calls::{Caller, Failure},
    passages::{Passage, chunk::CountTokens},
    reasons::Reason,
    settings::CheckSettings,
};
use examen_core::{Question, Seed, Verdict};
use examine::Examination;
use futures::future::join_all;
use orders::{Order, orders};
use serde_json::json;
use std::sync::{Mutex, PoisonError};

/// Results of verifying some questions.
#[derive(Default)]
pub(crate) struct Verified {
    /// Number of them that are accepted no more.
    pub(crate) n_lost: usize,
    /// Number and usage of the replies.
    pub(crate) cost: CheckCost,
    /// The first call that failed.
    pub(crate) failure: Option<Failure>,
}

/// Model and settings that a question is verified with.
#[derive(Clone, Copy)]
pub(crate) struct Verifier<'a> {
    pub(crate) checker: Caller<'a>,
    pub(crate) settings: &'a CheckSettings,
    /// Draws the orders of the options.
    pub(crate) seed: Seed,
    /// The longest reply of a model that thinks first, in tokens.
    pub(crate) max_tokens: usize,
}

impl Verifier<'_> {
    /// Has the check model answer the accepted ones of `questions`, and says in their rows what it found. A question of
    /// which a call fails is not accepted either; the others are verified all the same.
    pub(crate) async fn verify(&self, questions: &mut [Question], passage: &Passage) -> Verified {
        let mut verified = Verified::default();
        let accepted: Vec<_> = questions
            .iter_mut()
            .filter(|question| question.verdict == Verdict::Accepted)
            .collect();
        let (cost, passages, language) = (Mutex::default(), passage.texts(), passage.language);
        let examinations = accepted.iter().map(|question| {
            let orders = orders_of(question, self.seed, self.settings);
            Examination {
                verifier: *self,
                language,
                passages: &passages,
                question,
                orders,
                cost: &cost,
            }
            .make()
        });
        let examined = join_all(examinations).await;
        for (question, examined) in accepted.into_iter().zip(examined) {
            match examined {
                Ok(examined) if verdict::record(question, &examined, self.checker.id()) => continue,
                Ok(_) => {}
                Err(failure) => {
                    let sentence = "a call of the check model failed";
                    question.reasons.push(Reason::Unverified.because(sentence));
                    verified.failure.get_or_insert(failure);
                }
            }
            question.verdict = Verdict::Rejected;
            verified.n_lost += 1;
        }
        verified.cost = cost.into_inner().unwrap_or_else(PoisonError::into_inner);
        verified
    }
}

/// Made of what is shown rather than of the question's id: a passage that stays as it was in a document that changed is
/// not asked about again.
fn orders_of(question: &Question, seed: Seed, settings: &CheckSettings) -> Vec<Order> {
    let purpose = json!([question.question, question.answer, question.distractors]).to_string();
    orders(seed, &purpose, settings.orders)
}

/// Tokens of the prompts of all checks of one question as it is shown.
pub(crate) fn input_tokens(
    settings: &CheckSettings,
    shown: &Shown<'_>,
    count_tokens: &CountTokens<'_>,
) -> usize {
    let tokens = |check| {
        prompts::messages(check, shown)
            .iter()
            .map(|message| count_tokens(&message.content))
            .sum::<usize>()
    };
    settings
        .checks
        .iter()
        .map(|check| settings.n_calls(*check) * tokens(*check))
        .sum()
}
