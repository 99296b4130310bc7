//! Chat requests and replies.

use crate::error::ChatError;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::{num::NonZeroUsize, sync::Arc};

/// A future that a trait object can return.
pub type BoxFuture<'a, T> = futures::future::BoxFuture<'a, T>;

/// A model that answers messages.
pub trait ChatModel: Send + Sync {
    /// Name in rows and reports.
    fn id(&self) -> &str;

    /// Tokens of `text`: exact where the tokenizer is at hand, else an estimate of one token per four characters.
    fn count_tokens(&self, text: &str) -> usize;

    /// Number of requests that are worth handing over at once, at the moment: those beyond would only wait. `None` where that is
    /// for the caller to say.
    fn n_at_once(&self) -> Option<usize> {
        None
    }

    /// Counts what an earlier, interrupted run took, so that a budget holds for both together. Nothing where there is none.
    fn already_spent(&self, _usage: Usage) {}

    /// Answers one request.
    fn chat<'a>(&'a self, request: &'a ChatRequest) -> BoxFuture<'a, Result<ChatReply, ChatError>>;

    /// False for a model that takes no messages: one without a chat template.
    fn can_chat(&self) -> bool {
        true
    }

    /// True for a model that goes on from a bare text, which no chat template is put around.
    fn can_complete(&self) -> bool {
        false
    }

    /// Goes on from a bare text. A model that only takes messages refuses.
    fn complete<'a>(
        &'a self,
        _request: &'a Completion,
    ) -> BoxFuture<'a, Result<ChatReply, ChatError>> {
        let refused = ChatError::Refused("this model takes messages only".to_owned());
        Box::pin(std::future::ready(Err(refused)))
    }
}

/// A bare text to go on from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Completion {
    /// The text, as it stands.
    pub prompt: String,
    /// Settings by which the reply is drawn.
    pub sampling: Sampling,
}

/// Speaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Instructions.
    System,
    /// The one who asks.
    User,
    /// The model.
    Assistant,
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Message {
    /// Speaker.
    pub role: Role,
    /// Text. Shared, as most requests of a run begin with the same messages.
    pub content: Arc<str>,
}

/// Keyword of a JSON schema: the string must be a verbatim part of this text. See [`Constraint::JsonSchema`].
pub const SUBSTRING_OF: &str = "x-substring-of";

/// Form that a reply must have.
///
/// The engine keeps every constraint. A server is asked for a JSON schema or, by way of one, for a choice; a pattern or
/// a substring cannot be asked of servers in general and is an error there ([`ChatError::Setting`]).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Constraint {
    /// A JSON value of this schema.
    ///
    /// A string in it may be bound to a text by the keyword [`x-substring-of`](SUBSTRING_OF): once parsed, it is then a
    /// verbatim part of that text, under the rules of [`SubstringOf`](Self::SubstringOf).
    ///
    /// ```
    /// # use serde_json::json;
    /// let passage = "The river rises in the mountains. \"It never dries up,\" they say.";
    /// let quote = json!({"type": "string", "x-substring-of": passage, "maxLength": 300});
    /// let schema = json!({
    ///     "type": "object",
    ///     "properties": {"quote": quote, "question": {"type": "string"}},
    ///     "required": ["quote", "question"],
    /// });
    /// # examen_llm::Constraint::JsonSchema(schema.into());
    /// ```
    ///
    /// Beside the keyword stand at most `type`, `minLength` and `maxLength` (in characters) and annotations such as
    /// `title`. It is understood in the root, in `properties` of objects and in `items` of arrays, nested at will. The
    /// objects and arrays around it have no other keywords than those, `required`, `additionalProperties`, `minItems`,
    /// `maxItems` and annotations; such an object is always written with all of its properties and no others. The
    /// keyword anywhere else, or under any other, is refused rather than passed over. Servers do not know it: it is left
    /// out for them, and the caller has to check the quote.
    JsonSchema(Arc<serde_json::Value>),
    /// The whole reply matches this regular expression, in the syntax of the Rust crate `regex` with Unicode classes;
    /// `.` is any character but a line feed. There are no look-arounds, back references or word borders, and no need of
    /// `^` and `$`: it is anchored at both ends.
    Regex(String),
    /// The reply is one of these texts exactly.
    Choice(Vec<String>),
    /// The reply is a verbatim part of this text, not empty. It begins and ends at a border of words (Unicode Standard
    /// Annex 29; in scripts without spaces such as Chinese, at a character) and with something other than white space.
    SubstringOf(String),
}

/// Settings by which the next token is drawn.
///
/// The settings are applied as transformers does, in this order: constraint, repetition penalty, temperature, top-k,
/// top-p, min-p; each filter sees what the one before has left over. All of the last four are off at temperature 0.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sampling {
    /// 0 takes the likeliest; 1 the model's own distribution.
    pub temperature: f64,
    /// The smallest set of tokens with this probability is drawn from (Holtzman et al. 2020); 1 draws from all.
    pub top_p: f64,
    /// Number of the likeliest tokens that are drawn from, with those as likely as the last of them; `None` draws from all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top_k: Option<NonZeroUsize>,
    /// Tokens less likely than this share of the likeliest one's probability are not drawn (Nguyen et al. 2024), from 0
    /// to 1; 0 draws from all.
    #[serde(default, skip_serializing_if = "is_off")]
    pub min_p: f64,
    /// Tokens that the prompt or the reply so far has become less likely by it (Keskar et al. 2019): as in
    /// transformers' `RepetitionPenaltyLogitsProcessor`, their positive logits are divided by it and their negative ones
    /// multiplied, once, however often and wherever they stand. (llama.cpp computes the same, but looks only at its last
    /// 64 tokens unless told otherwise.) Above 0; 1 changes nothing.
    #[serde(default = "neutral", skip_serializing_if = "is_neutral")]
    pub repetition_penalty: f64,
    /// Same request, same seed, same reply, where the model can promise it.
    pub seed: u64,
    /// Most tokens that are written.
    pub max_tokens: usize,
    /// The reply ends before any of these.
    pub stop: Vec<String>,
}

impl Sampling {
    /// The likeliest token each time, up to `max_tokens`; every other setting is off. Others start from it:
    /// `Sampling { temperature: 0.8, seed: 7, ..Sampling::greedy(100) }`.
    pub fn greedy(max_tokens: usize) -> Self {
        Self {
            temperature: 0.0,
            top_p: 1.0,
            top_k: None,
            min_p: 0.0,
            repetition_penalty: neutral(),
            seed: 0,
            max_tokens,
            stop: Vec::new(),
        }
    }
}

// Settings that are off are not written, so that a request has the bytes, and so the journal key, that it had before
// they existed.

fn is_off(min_p: &f64) -> bool {
    *min_p == 0.0
}

fn neutral() -> f64 {
    1.0
}

fn is_neutral(repetition_penalty: &f64) -> bool {
    *repetition_penalty == neutral()
}

/// One request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChatRequest {
    /// The conversation so far.
    pub messages: Vec<Message>,
    /// Form that the reply must have; `None` for free text.
    pub constraint: Option<Constraint>,
    /// Settings by which the reply is drawn.
    pub sampling: Sampling,
}

/// Reason why the model stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FinishReason {
    /// The reply was done, or met a stop string.
    Stop,
    /// `max_tokens` or the context was full: the reply is cut.
    Length,
}

/// Tokens read and written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens of the prompt.
    pub input_tokens: u64,
    /// Tokens of the reply.
    pub output_tokens: u64,
}

impl std::ops::AddAssign for Usage {
    fn add_assign(&mut self, other: Self) {
        self.input_tokens += other.input_tokens;
        self.output_tokens += other.output_tokens;
    }
}

/// One reply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatReply {
    /// Text that the model wrote.
    pub text: String,
    /// Reason why the model stopped.
    pub finish: FinishReason,
    /// Tokens that it took.
    pub usage: Usage,
    /// What the server sent beside that: sources, its model's name, thinking in a field of its own.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extra: Map<String, Value>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn settings_that_are_off_are_not_written_and_need_not_be() {
        let written =
            json!({"temperature": 0.0, "top_p": 1.0, "seed": 0, "max_tokens": 9, "stop": []});
        assert_eq!(
            serde_json::to_string(&Sampling::greedy(9)).unwrap(),
            written.to_string()
        );
        assert_eq!(
            serde_json::from_value::<Sampling>(written).unwrap(),
            Sampling::greedy(9)
        );
    }

    #[test]
    fn settings_that_are_on_are_kept() {
        let top_k = NonZeroUsize::new(40);
        let sampling = Sampling {
            top_k,
            min_p: 0.1,
            repetition_penalty: 1.2,
            ..Sampling::greedy(9)
        };
        let written = serde_json::to_value(&sampling).unwrap();
        assert_eq!(
            (&written["top_k"], &written["min_p"]),
            (&json!(40), &json!(0.1))
        );
        assert_eq!(
            serde_json::from_value::<Sampling>(written).unwrap(),
            sampling
        );
    }
}
