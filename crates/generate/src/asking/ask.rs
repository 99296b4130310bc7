//! Asks the model about one passage until it has the questions that were asked for, or had its chances.

use crate::{
    asking::{
        Answer, Unread,
        parse::parse,
        prompts::{self, Ask, Prompts},
        questions::question,
        schema::{Quotes, Shape, reply_schema},
        summaries::Summaries,
    },
    calls::{Calls, Failure},
    checks::{self, Context, Stems},
    error::GenerateError,
    passages::{Passage, Turn, sentences},
    reasons::{self, Reason},
    settings::Settings,
    verify::Verifier,
};
use examen_core::{Question, Verdict};
use examen_llm::{ChatError, ChatReply, ChatRequest, Constraint, FinishReason, Sampling};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

/// Characters of an unreadable reply that the model is shown.
const MAX_SHOWN: usize = 2_000;

/// Asks about passages.
pub(crate) struct Asker {
    pub(crate) settings: Arc<Settings>,
    pub(crate) prompts: Arc<Prompts>,
    pub(crate) calls: Calls,
    /// Schemas that do not depend on the passage, by the number of questions and of passages.
    schemas: Mutex<BTreeMap<(usize, usize), Arc<Value>>>,
    summaries: Summaries,
}

impl Asker {
    pub(crate) fn new(settings: Arc<Settings>, prompts: Arc<Prompts>, calls: Calls) -> Self {
        Self {
            settings,
            prompts,
            calls,
            schemas: Mutex::default(),
            summaries: Summaries::default(),
        }
    }

    /// Asks for the questions of one turn, then for those that are missing. With the answer comes the call that failed,
    /// if one did.
    ///
    /// # Errors
    /// Only what concerns the whole run; a call that failed on its own is part of the answer.
    pub(crate) async fn ask(
        &self,
        turn: &Turn,
    ) -> Result<(Answer, Option<ChatError>), GenerateError> {
        let mut answer = Answer::default();
        let mut accepted = Accepted {
            n_wanted: turn.n_questions,
            ..Accepted::default()
        };
        let summarised = self
            .summaries
            .put(&turn.passage, &self.prompts, self.calls.writer())
            .await;
        let (passage, usage) = match summarised {
            Ok(summarised) => summarised,
            Err(Failure::Run(error)) => return Err(error),
            Err(Failure::Request(error)) => return Ok((answer, Some(error))),
        };
        answer.summary = usage;
        let mut previous = None;
        for attempt in 0..=self.settings.max_re_asks {
            if accepted.n_missing() == 0 {
                break;
            }
            let request = self.request(&passage, &accepted, attempt)?;
            if self.settings.temperature == 0.0 && previous.as_ref() == Some(&request.messages) {
                // Without randomness the same words get the same reply.
                break;
            }
            if attempt == 0 {
                answer.messages.clone_from(&request.messages);
            }
            let taken = match self.calls.writer().reply(&request).await {
                Ok(reply) => {
                    self.read_and_verify(&mut answer, reply, &mut accepted, &passage)
                        .await
                }
                Err(failure) => Err(failure),
            };
            match taken {
                Ok(()) => {}
                Err(Failure::Run(error)) => return Err(error),
                Err(Failure::Request(error)) => return Ok((answer, Some(error))),
            }
            previous = Some(request.messages);
        }
        Ok((answer, None))
    }

    fn request(
        &self,
        passage: &Passage,
        accepted: &Accepted,
        attempt: usize,
    ) -> Result<ChatRequest, GenerateError> {
        let settings = &self.settings;
        let n_questions = accepted.n_missing();
        let texts = passage.texts();
        // Made of the text rather than of the chunk's id: a passage that stays as it was in a document that changed is
        // not asked about again.
        let seed = settings
            .seed
            .stream(&format!("attempt {attempt}: {}", texts.join("\n\n")))
            .next();
        let ask = ask(passage, &texts, n_questions, &accepted.questions);
        let mut messages = self.prompts.messages(&ask)?;
        if let Some(Unreadable { reply, reason }) = &accepted.unread {
            let shown = prompts::again(&messages, reply, reason);
            messages.extend(shown);
        }
        Ok(ChatRequest {
            messages,
            constraint: Some(Constraint::JsonSchema(self.schema(
                &texts,
                n_questions,
                accepted,
            ))),
            sampling: Sampling {
                temperature: settings.temperature,
                top_p: settings.top_p,
                seed: seed.expect("the stream is endless"),
                ..Sampling::greedy(settings.max_new_tokens)
            },
        })
    }

    /// Where the model is held to its schema, it quotes whole sentences that no accepted question quotes; any words of a
    /// passage without such sentences, and of two passages.
    fn schema(&self, texts: &[&str], n_questions: usize, accepted: &Accepted) -> Arc<Value> {
        let Settings {
            kinds,
            difficulties,
            constrain_quotes,
            ..
        } = self.settings.as_ref();
        let schema = |quotes| {
            Arc::new(reply_schema(Shape {
                n_questions,
                kinds,
                difficulties,
                quotes,
            }))
        };
        if !constrain_quotes {
            let mut schemas = self.schemas.lock().unwrap_or_else(PoisonError::into_inner);
            let any = || {
                schema(Quotes::Any {
                    has_second: texts.len() > 1,
                })
            };
            return Arc::clone(
                schemas
                    .entry((n_questions, texts.len()))
                    .or_insert_with(any),
            );
        }
        match texts {
            [text] => match unused_sentences(text, accepted) {
                sentences if sentences.is_empty() => schema(Quotes::PartsOf(texts)),
                sentences => schema(Quotes::Sentences(&sentences)),
            },
            _ => schema(Quotes::PartsOf(texts)),
        }
    }

    /// Reads and checks a reply, and has the check model look at what is accepted.
    async fn read_and_verify(
        &self,
        answer: &mut Answer,
        reply: ChatReply,
        accepted: &mut Accepted,
        passage: &Passage,
    ) -> Result<(), Failure> {
        let n_before = answer.questions.len();
        self.read_reply(answer, reply, accepted, passage);
        let Some(verifier) = self.verifier() else {
            return Ok(());
        };
        let verified = verifier
            .verify(&mut answer.questions[n_before..], passage)
            .await;
        accepted.n_lost += verified.n_lost;
        answer.checks += verified.cost;
        verified.failure.map_or(Ok(()), Err)
    }

    /// The verifier with the check model, if there is one.
    fn verifier(&self) -> Option<Verifier<'_>> {
        Some(Verifier {
            checker: self.calls.checker()?,
            settings: self.settings.model_checks.as_ref()?,
            seed: self.settings.seed,
            max_tokens: self.settings.max_new_tokens,
        })
    }

    /// Reads and checks a reply.
    fn read_reply(
        &self,
        answer: &mut Answer,
        reply: ChatReply,
        accepted: &mut Accepted,
        passage: &Passage,
    ) {
        let salvage = parse(&reply.text);
        let mut reasons: Vec<String> = salvage.broken.iter().map(ToString::to_string).collect();
        if salvage.items.is_empty() && reasons.is_empty() {
            reasons.push(without_question(&reply));
        }
        accepted.unread = match salvage.items.is_empty() {
            true => Unreadable::of(&reply.text, &reasons[0]),
            false => None,
        };
        // One row with the whole reply is enough.
        let mut shown = accepted.unread.as_ref().map(|unread| unread.reply.clone());
        answer.unread.extend(reasons.into_iter().map(|why| Unread {
            reason: Reason::Reply.because(why),
            reply: shown.take(),
        }));
        for item in salvage.items {
            let mut question = question(item, passage, self.calls.writer().id());
            let context = Context {
                require_quote: self.settings.require_quote,
                shown: self.prompts.shown(passage.language),
            };
            accepted.admit(&mut question, context);
            // The turn has it; while the answer waits for its place, its questions do without.
            question.passage = String::new();
            answer.questions.push(question);
        }
        answer.usage += reply.usage;
        answer.replies.push(reply.text);
    }
}

/// The accepted questions about one passage.
#[derive(Default)]
struct Accepted {
    n_wanted: usize,
    /// Those of them that the check model rejected: asked about already, and still missing.
    n_lost: usize,
    stems: Stems,
    questions: Vec<String>,
    quotes: Vec<String>,
    /// The last reply, if nothing of it could be read.
    unread: Option<Unreadable>,
}

/// A reply of which nothing could be read: the next request shows it.
struct Unreadable {
    /// Its beginning.
    reply: String,
    reason: String,
}

impl Unreadable {
    /// `None` for a reply without text, which shows the model nothing.
    fn of(reply: &str, reason: &str) -> Option<Self> {
        let reply: String = reply.trim().chars().take(MAX_SHOWN).collect();
        let reason = reason.to_owned();
        (!reply.is_empty()).then_some(Self { reply, reason })
    }
}

impl Accepted {
    fn n_missing(&self) -> usize {
        (self.n_wanted + self.n_lost).saturating_sub(self.questions.len())
    }

    /// Says what the checks find; a question without a reason is among the accepted from now on.
    fn admit(&mut self, question: &mut Question, context: Context<'_>) {
        let is_fine = reasons::record(question, &checks::item_findings(question, context));
        if self.stems.contains(&question.question) {
            question
                .reasons
                .push(Reason::Duplicate.because("another question asks the same"));
        } else if is_fine && self.n_missing() == 0 {
            question.reasons.push(Reason::Extra.because(format!(
                "the reply holds more than the {} questions asked for",
                self.n_wanted
            )));
        }
        if question.reasons.is_empty() {
            self.stems.insert(&question.question);
            self.questions.push(question.question.clone());
            self.quotes.extend(question.quote.clone());
        } else {
            question.verdict = Verdict::Rejected;
        }
    }
}

/// Makes the request for questions about a passage.
pub(crate) fn ask<'a>(
    passage: &'a Passage,
    texts: &'a [&'a str],
    n_questions: usize,
    existing: &'a [String],
) -> Ask<'a> {
    Ask {
        language: passage.language,
        context: passage.context.as_deref(),
        passages: texts,
        n_questions,
        existing,
    }
}

/// The sentences that no accepted question quotes; all if there is none left.
fn unused_sentences(text: &str, accepted: &Accepted) -> Vec<String> {
    let all = sentences::quotable(text);
    let unused: Vec<String> = all
        .iter()
        .filter(|sentence| !accepted.quotes.contains(*sentence))
        .cloned()
        .collect();
    if unused.is_empty() { all } else { unused }
}

/// Why a reply holds nothing that begins as a question.
fn without_question(reply: &ChatReply) -> String {
    match (reply.finish, reply.usage.output_tokens) {
        (FinishReason::Stop, _) => "it holds no question".to_owned(),
        // Servers need not count.
        (FinishReason::Length, 0) => "it was cut off before its first question".to_owned(),
        (FinishReason::Length, n) => {
            format!("it was cut off after {n} tokens, before its first question")
        }
    }
}
