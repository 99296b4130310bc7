//! `POST /v1/completions`: a text goes on. With `echo` and `logprobs` it tells how likely each token of the prompt is, which is
//! how lm-evaluation-harness's `local-completions` scores choices.

use crate::{
    answers::{self, Chunks, Events, Head},
    choices::{self, Draft, Part, TokenLine, finish_reason},
    guard,
    parameters::{self, Common},
    refusal::Refusal,
    settings::Settings,
    state::Shared,
    tokenizer,
};
use axum::{
    Json,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use examen_engine::Prompt;
use examen_llm::Usage;
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// Kind of all objects.
const OBJECT: &str = "text_completion";
/// Tokens that OpenAI writes where nothing is said.
const DEFAULT_MAX_TOKENS: usize = 16;

#[derive(Debug, Deserialize)]
struct Completions {
    prompt: Value,
    max_tokens: Option<usize>,
    #[serde(default)]
    echo: bool,
    logprobs: Option<usize>,
    #[serde(flatten)]
    common: Common,
}

/// Answers a request.
pub(crate) async fn answer(
    State(shared): State<Shared>,
    request: Request,
) -> Result<Response, Refusal> {
    let body = guard::json(&shared, request).await?;
    let asked: Completions = parameters::parse(&body)?;
    drop(body);
    let head = Head::new(&shared, "cmpl");
    let (streams, streams_usage) = (asked.common.stream, asked.common.streams_usage());
    let drafts = tokio::task::block_in_place(|| drafts(&shared, asked))?;
    let n_replies = drafts.first().map_or(1, |draft| draft.draw.n);
    if streams == Some(true) {
        let begun = choices::begin_all(&shared, drafts).await?;
        return Ok(Events {
            shared: shared.clone(),
            write: Box::new(Streamed::new(head, n_replies)),
            ends_with_usage: streams_usage,
        }
        .response(begun));
    }
    let written = choices::write_all(&shared, drafts).await?;
    let usage = answers::total(&written, n_replies);
    let choices: Vec<Value> = written
        .iter()
        .enumerate()
        .map(|(index, part)| choice(&shared, index, part, &mut 0))
        .collect();
    let answer = head.object_with_usage(OBJECT, choices, usage);
    Ok(Json(answer).into_response())
}

/// One draft a prompt and reply, the replies to one prompt beside each other.
fn drafts(shared: &Shared, asked: Completions) -> Result<Vec<Draft>, Refusal> {
    let n_top = asked.logprobs.map(|n| parameters::check_top("logprobs", n));
    let n_top = n_top.transpose()?;
    let max_tokens = asked.max_tokens.unwrap_or(DEFAULT_MAX_TOKENS);
    let draw = asked.common.draw(shared, max_tokens)?;
    let prompts = prompts(shared, asked.prompt, asked.echo)?;
    if prompts.len().saturating_mul(draw.n) > Settings::MAX_CHOICES {
        let most = Settings::MAX_CHOICES;
        return Err(Refusal::parameter(
            "prompt",
            format!(
                "{} prompts of {} replies each: at most {most} replies a request",
                prompts.len(),
                draw.n
            ),
        ));
    }
    let n_tokens: usize = prompts
        .iter()
        .map(|(tokens, _)| tokens.len() + max_tokens.min(shared.engine.context_length()))
        .sum();
    let n_log_probs = n_top.map_or(0, |n| n_tokens.saturating_mul(n + 1).saturating_mul(draw.n));
    if n_log_probs > Settings::MAX_LOG_PROBS {
        return Err(Refusal::parameter(
            "logprobs",
            format!(
                "the answer may have {n_log_probs} numbers, at most {} are told; ask for fewer prompts at a time",
                Settings::MAX_LOG_PROBS
            ),
        ));
    }
    let mut drafts = Vec::new();
    for (tokens, echo) in prompts {
        check_room(shared, tokens.len(), max_tokens)?;
        for number in 0..draw.n {
            let mut draw = draw.clone();
            draw.sampling.seed = draw.sampling.seed.wrapping_add(number as u64);
            drafts.push(Draft {
                prompt: Prompt::Tokens(tokens.clone()),
                echo: echo.clone(),
                n_top,
                draw,
            });
        }
    }
    Ok(drafts)
}

fn check_room(shared: &Shared, n_tokens: usize, max_tokens: usize) -> Result<(), Refusal> {
    let most = shared.engine.context_length();
    // The last token of a prompt that is only scored need not be followed by any.
    let fits = match max_tokens {
        0 | 1 => n_tokens <= most,
        _ => n_tokens < most,
    };
    match (n_tokens, fits) {
        (0, _) => Err(Refusal::parameter("prompt", "it has no tokens")),
        (_, true) => Ok(()),
        (_, false) => Err(Refusal::parameter(
            "prompt",
            format!("it has {n_tokens} tokens, the model's context {most}"),
        )),
    }
}

/// The tokens of a prompt, and its text where that is echoed.
type Encoded = (Vec<u32>, Option<String>);

/// The prompts of a request.
fn prompts(shared: &Shared, prompt: Value, echoes: bool) -> Result<Vec<Encoded>, Refusal> {
    let of_text = |text: String| -> Result<_, Refusal> {
        let tokens = shared.engine.encode_prompt(&text)?;
        Ok((tokens, echoes.then_some(text)))
    };
    let of_ids = |ids: Vec<u32>| {
        let text = echoes.then(|| tokenizer::text(shared, &ids));
        Ok((ids, text))
    };
    let is_list = |is: fn(&Value) -> bool| {
        let items = prompt.as_array();
        items.is_some_and(|items| !items.is_empty() && items.iter().all(is))
    };
    if let Value::String(text) = prompt {
        return Ok(vec![of_text(text)?]);
    }
    if is_list(Value::is_string) {
        let texts: Vec<String> = read(prompt)?;
        return texts.into_iter().map(of_text).collect();
    }
    match is_list(Value::is_array) {
        true => read::<Vec<Vec<u32>>>(prompt)?
            .into_iter()
            .map(of_ids)
            .collect(),
        false => Ok(vec![of_ids(read(prompt)?)?]),
    }
}

fn read<T: serde::de::DeserializeOwned>(prompt: Value) -> Result<T, Refusal> {
    serde_json::from_value(prompt).map_err(|_| {
        Refusal::parameter(
            "prompt",
            "it must be a text, a list of texts, token ids, or a list of lists of token ids",
        )
    })
}

/// Chunks of a stream.
struct Streamed {
    head: Head,
    n_replies: usize,
    /// Characters before the next token of each choice.
    offsets: Vec<usize>,
}

impl Streamed {
    fn new(head: Head, n_replies: usize) -> Self {
        Self {
            head,
            n_replies,
            offsets: vec![0; Settings::MAX_CHOICES],
        }
    }
}

impl Chunks for Streamed {
    fn chunk(&mut self, shared: &Shared, index: usize, part: &Part) -> Vec<Value> {
        let mut offset = self.offsets.get(index).copied().unwrap_or_default();
        let chunk = choice(shared, index, part, &mut offset);
        if let Some(kept) = self.offsets.get_mut(index) {
            *kept = offset;
        }
        vec![self.head.object(OBJECT, vec![chunk])]
    }

    fn usage(&self, usage: Usage) -> Value {
        self.head.object_with_usage(OBJECT, Vec::new(), usage)
    }

    fn n_replies(&self) -> usize {
        self.n_replies
    }
}

/// A choice, or the next part of one whose tokens so far have `offset` characters.
fn choice(shared: &Shared, index: usize, part: &Part, offset: &mut usize) -> Value {
    json!({
        "index": index,
        "text": part.text,
        "logprobs": log_probs(shared, &part.tokens, offset),
        "finish_reason": part.end.map(|(finish, _)| finish_reason(finish)),
    })
}

fn log_probs(shared: &Shared, tokens: &[TokenLine], offset: &mut usize) -> Value {
    if tokens.is_empty() {
        return Value::Null;
    }
    let texts: Vec<String> = tokens
        .iter()
        .map(|token| tokenizer::text(shared, &[token.id]))
        .collect();
    let offsets: Vec<usize> = texts
        .iter()
        .map(|text| {
            let start = *offset;
            *offset += text.chars().count();
            start
        })
        .collect();
    let tops: Vec<Value> = tokens.iter().map(|token| top(shared, token)).collect();
    let log_probs: Vec<Option<f64>> = tokens.iter().map(|token| token.log_prob).collect();
    json!({
        "tokens": texts,
        "token_logprobs": log_probs,
        "top_logprobs": tops,
        "text_offset": offsets,
    })
}

/// The likeliest tokens and the token itself by their texts. Of several tokens with one text, which are parts of a character, the
/// likeliest stands for all.
fn top(shared: &Shared, token: &TokenLine) -> Value {
    let Some(log_prob) = token.log_prob else {
        return Value::Null;
    };
    let mut listed = Map::new();
    let own = [(token.id, log_prob)];
    for &(id, log_prob) in token.top.iter().chain(&own) {
        let text = tokenizer::text(shared, &[id]);
        listed.entry(text).or_insert_with(|| log_prob.into());
    }
    Value::Object(listed)
}
