//! Talking to models: what a chat and a scoring request are, whoever answers them.
//!
//! Two traits, because not every model offers both: [`ChatModel`] writes text, [`ContinuationScorer`] says how likely
//! given texts are. Backends live in [`backends`]; the in-process engine implements the traits in its own crate.
//! [`Budgeted`] and [`Throttled`] wrap any chat model: `Throttled(Budgeted(backend))` asks a server as fast as it takes
//! requests and never spends more than it may, retries and all.

mod at_once;
pub mod backends;
pub mod budget;
mod calls;
pub mod chat;
pub mod choice;
mod error;
mod estimate;
mod first_token;
pub mod letters;
pub mod likelihood;
mod limit;
pub mod prices;
pub mod reasoning;
pub mod retry;
pub mod scoring;
mod served;
pub mod throttle;

pub use budget::{Account, Budget, Budgeted, Limits, Meter};
pub use calls::{CallSize, Charged};
pub use chat::{
    BoxFuture, ChatModel, ChatReply, ChatRequest, Completion, Constraint, FinishReason, Message,
    Role, SUBSTRING_OF, Sampling, Usage,
};
pub use error::ChatError;
pub use estimate::estimated_tokens;
pub use first_token::FirstToken;
pub use letters::{LetterScorer, Letters, NoLetters};
pub use likelihood::{EchoFault, EchoScorer, NoLikelihood};
pub use prices::{Price, Prices};
pub use retry::RetryPolicy;
pub use scoring::{
    ContinuationScore, ContinuationScorer, ScoreError, ScoreFault, ScoreReply, ScoreRequest,
};
pub use served::Served;
pub use throttle::{Gate, GateOptions, Gates, Throttle, Throttled, Waiting};
