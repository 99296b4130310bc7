//! Token counts and speed of a model for a dry run, without its weights.

use super::{
    Chat, Pool, Writer, cannot_chat, chat,
    local::{Hardware, cache},
    names::{Use, locate},
    outline::{NoOutline, outline},
};
use crate::{
    console::{self, duration},
    failure::Failure,
    paths,
};
use examen_engine::Preview;
use examen_generate::Plan;
use examen_hub::{KnownModel, ModelSource};
use examen_llm::estimated_tokens;
use serde::Serialize;
use std::{fmt, thread::available_parallelism};

/// Bytes a weight has where only their number tells how many weights there are: two in safetensors, and a bit more than
/// half a byte in the GGUF files that have short names.
const BYTES_PER_WEIGHT: f64 = 2.0;
const BYTES_PER_QUANTISED_WEIGHT: f64 = 0.6;

/// Counts tokens as a model does.
pub(crate) struct Counter {
    tokens: Tokens,
    /// Numbers in the weights of a local model.
    n_parameters: Option<f64>,
}

enum Tokens {
    Server(Chat),
    Local(Box<Preview>),
    Guessed,
}

impl Counter {
    /// For the model that writes. Fetches its tokenizer at most.
    pub(crate) async fn of(writer: &Writer) -> Result<Self, Failure> {
        if writer.address.server(&writer.model)?.is_some() {
            let chat = chat(writer, &Pool::new(&writer.pace, &writer.spending)).await?;
            return Ok(Self {
                tokens: Tokens::Server(chat),
                n_parameters: None,
            });
        }
        let source = locate(&writer.model, Use::Writing)?;
        let Some((preview, bytes)) = preview(&source).await? else {
            return Ok(guessing(&source));
        };
        if !preview.can_chat() {
            return Err(cannot_chat(&writer.model));
        }
        let by_size = bytes.map(|bytes| bytes as f64 / BYTES_PER_WEIGHT);
        Ok(Self {
            n_parameters: preview.n_parameters().map(|n| n as f64).or(by_size),
            tokens: Tokens::Local(Box::new(preview)),
        })
    }

    /// Tokens of a text.
    pub(crate) fn count(&self, text: &str) -> usize {
        match &self.tokens {
            Tokens::Server(chat) => chat.model.count_tokens(text),
            Tokens::Local(preview) => preview.count_tokens(text),
            Tokens::Guessed => estimated_tokens(text),
        }
    }

    /// The time that the plan's calls take a local model, at a speed that is stated or follows from its size.
    pub(crate) fn estimate(
        &self,
        plan: &Plan,
        hardware: Hardware,
        stated: Option<f64>,
    ) -> Option<Estimate> {
        if matches!(self.tokens, Tokens::Server(_)) {
            return None;
        }
        let n_threads = hardware
            .threads
            .unwrap_or_else(|| available_parallelism().map_or(1, |n_threads| n_threads.get()));
        let speed = match (stated, self.n_parameters) {
            (Some(tokens_per_second), _) => Speed::stated(tokens_per_second),
            (None, Some(n_parameters)) => Speed::of(n_parameters, n_threads),
            (None, None) => return None,
        };
        Some(Estimate::new(plan, speed))
    }
}

/// Without the model's tokenizer.
fn guessing(source: &ModelSource) -> Counter {
    let known = KnownModel::of_source(&source.to_string());
    let bytes = known.and_then(|known| known.bytes);
    Counter {
        tokens: Tokens::Guessed,
        n_parameters: bytes.map(|bytes| bytes as f64 / BYTES_PER_QUANTISED_WEIGHT),
    }
}

/// The model without its weights, and its size; `None` if it is not here and the Hub cannot be asked.
async fn preview(source: &ModelSource) -> Result<Option<(Preview, Option<u64>)>, Failure> {
    let cache = cache(paths::model_cache()?);
    match outline(&cache, source).await {
        Ok(found) => Ok(Some(found)),
        Err(NoOutline::Model(error)) => Err(error.into()),
        Err(NoOutline::Fetch(error)) => {
            console::warn(&format!(
                "{error}\nThe plan counts 4 letters as a token (1 Chinese character) instead of asking the model's \
                 tokenizer."
            ));
            Ok(None)
        }
    }
}

/// Tokens that a model reads and writes in a second, and how that is known.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct Speed {
    read_per_second: f64,
    written_per_second: f64,
    assumption: String,
}

impl Speed {
    /// Seconds of a thread for one weight and one token, with 32 replies at a time. Assumed, not measured: the speed of
    /// this machine may differ by a factor of a few.
    const SECONDS_READ: f64 = 2.6e-11;
    const SECONDS_WRITTEN: f64 = 1.0e-10;
    /// Reading a token takes this share of writing one.
    const READ_SHARE: f64 = Self::SECONDS_READ / Self::SECONDS_WRITTEN;

    fn of(n_parameters: f64, n_threads: usize) -> Self {
        let per_second = |seconds: f64| n_threads as f64 / (n_parameters * seconds);
        Self {
            read_per_second: per_second(Self::SECONDS_READ),
            written_per_second: per_second(Self::SECONDS_WRITTEN),
            assumption: format!(
                "for {:.1} billion weights on {n_threads} threads, a rough assumption; --tokens-per-second states a measured \
                 speed",
                n_parameters / 1e9
            ),
        }
    }

    fn stated(tokens_per_second: f64) -> Self {
        Self {
            read_per_second: tokens_per_second / Self::READ_SHARE,
            written_per_second: tokens_per_second,
            assumption: "as stated".to_owned(),
        }
    }
}

/// Estimate of the time that a plan takes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Estimate {
    seconds: f64,
    /// Tokens that the replies are taken to have.
    written_tokens: usize,
    #[serde(flatten)]
    speed: Speed,
}

impl Estimate {
    /// Tokens that models write for a question with its quote and options.
    const TOKENS_PER_QUESTION: usize = 150;
    /// Tokens that they write for an answer to a check.
    const TOKENS_PER_CHECK: usize = 8;

    fn new(plan: &Plan, speed: Speed) -> Self {
        let checks = plan.checks.clone().unwrap_or_default();
        let written_tokens =
            plan.questions * Self::TOKENS_PER_QUESTION + checks.calls * Self::TOKENS_PER_CHECK;
        let read_tokens = plan.input_tokens + checks.input_tokens;
        Self {
            seconds: read_tokens as f64 / speed.read_per_second
                + written_tokens as f64 / speed.written_per_second,
            written_tokens,
            speed,
        }
    }
}

impl fmt::Display for Estimate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Speed {
            read_per_second,
            written_per_second,
            assumption,
        } = &self.speed;
        write!(
            f,
            "about {} at {read_per_second:.0} tokens read and {written_per_second:.1} written a second ({assumption}), if a \
             question takes {} tokens",
            duration(self.seconds),
            Self::TOKENS_PER_QUESTION
        )
    }
}
