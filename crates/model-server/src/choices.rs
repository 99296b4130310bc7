//! Choices of an answer while they are written: the scored prompt where it is echoed, then what the model writes.

use crate::{parameters::Draw, refusal::Refusal, state::Shared, tokenizer};
use examen_engine::{Piece, Prompt, TokensRequest, WriteRequest, Written, WrittenToken};
use examen_llm::{FinishReason, Usage};
use futures::{Stream, StreamExt, future, stream};
use tokio::sync::mpsc::UnboundedReceiver;

/// A choice to be written.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    /// What stands before the reply.
    pub(crate) prompt: Prompt,
    /// The prompt as text, where the answer begins with it.
    pub(crate) echo: Option<String>,
    /// Number of alternatives beside each token; `None` without log-probabilities.
    pub(crate) n_top: Option<usize>,
    pub(crate) draw: Draw,
}

/// A part of a choice.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Part {
    pub(crate) text: String,
    pub(crate) tokens: Vec<TokenLine>,
    /// With the last part.
    pub(crate) end: Option<(FinishReason, Usage)>,
}

/// A token with its log-probabilities.
#[derive(Debug, PartialEq)]
pub(crate) struct TokenLine {
    pub(crate) id: u32,
    /// `None` for the first token of all.
    pub(crate) log_prob: Option<f64>,
    pub(crate) top: Vec<(u32, f64)>,
    /// True for the token that ends the reply, which is no part of its text.
    pub(crate) is_end: bool,
}

impl From<WrittenToken> for TokenLine {
    fn from(token: WrittenToken) -> Self {
        Self {
            id: token.id,
            log_prob: Some(token.log_prob),
            top: token.top,
            is_end: token.is_end,
        }
    }
}

/// A choice that is known to be possible.
pub(crate) struct Begun {
    first: Vec<Part>,
    /// `None` where nothing more comes.
    rest: Option<UnboundedReceiver<Written>>,
}

/// Begins a choice: scores its prompt if need be, and waits for the first that is written, so that what cannot be served is known
/// before an answer begins.
pub(crate) async fn begin(shared: &Shared, draft: Draft) -> Result<Begun, Refusal> {
    let mut first = Vec::new();
    if let Some(text) = draft.echo.clone() {
        let echoed = echo(shared, &draft, text).await?;
        let is_over = echoed.end.is_some();
        first.push(echoed);
        if is_over {
            return Ok(Begun { first, rest: None });
        }
    }
    let mut written = shared.engine.write(WriteRequest {
        prompt: draft.prompt,
        constraint: draft.draw.constraint,
        sampling: draft.draw.sampling,
        n_top: draft.n_top,
    });
    let part = part(written.recv().await)?;
    let is_over = part.end.is_some();
    first.push(part);
    Ok(Begun {
        first,
        rest: (!is_over).then_some(written),
    })
}

/// The prompt as the first part of its answer; the whole answer where one forward gives it.
async fn echo(shared: &Shared, draft: &Draft, text: String) -> Result<Part, Refusal> {
    let (Prompt::Tokens(tokens), Some(n_top)) = (&draft.prompt, draft.n_top) else {
        return Ok(Part {
            text,
            ..Part::default()
        });
    };
    let wants_next = takes_likeliest(&draft.draw);
    let request = TokensRequest {
        tokens: tokens.clone(),
        n_top,
        wants_next,
    };
    let scored = shared.scorer.score(request).await?;
    let head = TokenLine {
        id: tokens.first().copied().unwrap_or_default(),
        log_prob: None,
        top: Vec::new(),
        is_end: false,
    };
    let others = tokens.iter().skip(1).zip(scored.scores);
    let others = others.map(|(&id, score)| TokenLine {
        id,
        log_prob: Some(score.log_prob),
        top: score.top,
        is_end: false,
    });
    let mut part = Part {
        text,
        tokens: std::iter::once(head).chain(others).collect(),
        end: None,
    };
    let max_tokens = draft.draw.sampling.max_tokens;
    if max_tokens == 0 {
        part.end = Some((FinishReason::Length, usage(tokens.len(), 0)));
    } else if wants_next {
        add_next(shared, &mut part, scored.next, n_top);
    }
    Ok(part)
}

/// True for one token that nothing but its likelihood chooses: the forward that scores the prompt gives it.
fn takes_likeliest(draw: &Draw) -> bool {
    let sampling = &draw.sampling;
    sampling.max_tokens == 1
        && sampling.temperature == 0.0
        && sampling.repetition_penalty == 1.0
        && sampling.stop.is_empty()
        && draw.constraint.is_none()
}

fn add_next(shared: &Shared, part: &mut Part, next: Vec<(u32, f64)>, n_top: usize) {
    let n_read = part.tokens.len();
    let Some(&(id, log_prob)) = next.first() else {
        return;
    };
    let is_end = shared.engine.is_end(id);
    if !is_end {
        part.text += &tokenizer::text(shared, &[id]);
    }
    let top = next.into_iter().take(n_top).collect();
    part.tokens.push(TokenLine {
        id,
        log_prob: Some(log_prob),
        top,
        is_end,
    });
    let finish = match is_end {
        true => FinishReason::Stop,
        false => FinishReason::Length,
    };
    part.end = Some((finish, usage(n_read, usize::from(!is_end))));
}

fn usage(n_read: usize, n_written: usize) -> Usage {
    Usage {
        input_tokens: n_read as u64,
        output_tokens: n_written as u64,
    }
}

fn part(written: Option<Written>) -> Result<Part, Refusal> {
    match written {
        Some(Written::Piece(Piece { text, tokens })) => Ok(Part {
            text,
            tokens: tokens.into_iter().map(TokenLine::from).collect(),
            end: None,
        }),
        Some(Written::End(reply)) => {
            let reply = reply?;
            Ok(Part {
                end: Some((reply.finish, reply.usage)),
                ..Part::default()
            })
        }
        None => Err(Refusal::failed("the thread that writes has ended")),
    }
}

impl Begun {
    /// Its parts, the last with the end, or the reason why it broke.
    pub(crate) fn parts(self) -> impl Stream<Item = Result<Part, Refusal>> + Send {
        let rest = stream::unfold(self.rest, |written| async {
            let mut written = written?;
            let part = part(written.recv().await);
            let is_over = part.as_ref().map_or(true, |part| part.end.is_some());
            Some((part, (!is_over).then_some(written)))
        });
        stream::iter(self.first.into_iter().map(Ok)).chain(rest)
    }

    /// All of it.
    async fn whole(self) -> Result<Part, Refusal> {
        let mut whole = Part::default();
        let mut parts = std::pin::pin!(self.parts());
        while let Some(part) = parts.next().await {
            let part = part?;
            whole.text += &part.text;
            whole.tokens.extend(part.tokens);
            whole.end = part.end;
        }
        Ok(whole)
    }
}

/// Begins all of a request's choices at once, so that they go into the same forwards.
pub(crate) async fn begin_all(shared: &Shared, drafts: Vec<Draft>) -> Result<Vec<Begun>, Refusal> {
    future::try_join_all(drafts.into_iter().map(|draft| begin(shared, draft))).await
}

/// The whole texts of all choices.
pub(crate) async fn write_all(shared: &Shared, drafts: Vec<Draft>) -> Result<Vec<Part>, Refusal> {
    let write = |draft| async { begin(shared, draft).await?.whole().await };
    future::try_join_all(drafts.into_iter().map(write)).await
}

/// Parts of all choices with their index, as they come.
pub(crate) fn interleaved(
    begun: Vec<Begun>,
) -> impl Stream<Item = (usize, Result<Part, Refusal>)> + Send {
    let numbered =
        |(index, begun): (usize, Begun)| begun.parts().map(move |part| (index, part)).boxed();
    stream::select_all(begun.into_iter().enumerate().map(numbered))
}

/// Why the model stopped, as OpenAI names it.
pub(crate) fn finish_reason(finish: FinishReason) -> &'static str {
    match finish {
        FinishReason::Stop => "stop",
        FinishReason::Length => "length",
    }
}
