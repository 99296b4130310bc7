//! Asks the model about one passage until it has the questions that were asked for, or had its chances. Every reply
//! goes through the journal, so that the same request is never made twice.

use crate::{
    GenerateError, Settings,
    checks::{self, Context, Stems},
    models::{Part, Remembered, Respondent},
    parse::parse,
    passage::Passage,
    prompts::{Ask, Prompts},
    quote,
    schema::{Item, Quotes, Shape, Text, reply_schema},
    sentences,
    turn::Turn,
    verify::CheckCost,
};
use examen_core::{Chunk, Question, QuestionId, SecondSource, Verdict};
use examen_files::journal::Journal;
use examen_llm::{
    ChatError, ChatModel, ChatReply, ChatRequest, Constraint, FinishReason, Message, Sampling,
    Usage,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
};

/// Asks, and remembers.
pub(crate) struct Asker {
    pub(crate) settings: Arc<Settings>,
    pub(crate) prompts: Arc<Prompts>,
    pub(crate) model: Arc<dyn ChatModel>,
    /// Who answers the questions to check them, if that is wanted.
    pub(crate) checker: Option<Arc<dyn ChatModel>>,
    pub(crate) journal: Journal<Remembered>,
    /// Schemas that do not depend on the passage, by the number of questions and of passages.
    pub(crate) schemas: Mutex<BTreeMap<(usize, usize), Arc<Value>>>,
    /// Calls that this run made and that were answered.
    pub(crate) n_calls: AtomicU64,
    /// Replies taken from the journal.
    pub(crate) n_replayed: AtomicU64,
    /// Calls that failed since the last one that was answered.
    pub(crate) n_failed_in_a_row: AtomicUsize,
}

/// Everything that came of one passage.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Answer {
    /// The questions, in the order in which they were written, with the verdict of the checks; without the passage.
    pub(crate) questions: Vec<Question>,
    /// What could not be read of the replies, one reason each.
    pub(crate) unread: Vec<String>,
    /// The first request.
    pub(crate) messages: Vec<Message>,
    /// The replies.
    pub(crate) replies: Vec<String>,
    /// What the replies cost.
    pub(crate) usage: Usage,
    /// What the check model's replies came to.
    pub(crate) checks: CheckCost,
    /// Why a call failed, if one did; nothing was asked after it.
    pub(crate) failure: Option<String>,
}

impl Answer {
    /// How many questions passed every check of a question alone.
    pub(crate) fn n_passed(&self) -> usize {
        self.questions
            .iter()
            .filter(|question| question.verdict == Verdict::Accepted)
            .count()
    }

    /// Whether the passage was asked about: something came back, or a call failed for good.
    pub(crate) fn is_asked(&self) -> bool {
        !self.replies.is_empty() || self.failure.is_some()
    }
}

pub(crate) enum Failure {
    /// This request cannot be answered.
    Request(ChatError),
    /// No request can.
    Run(GenerateError),
}

impl Asker {
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
        let mut previous = None;
        for attempt in 0..=self.settings.max_re_asks {
            if accepted.n_missing() == 0 {
                break;
            }
            let request = self.request(&turn.passage, &accepted, attempt)?;
            if self.settings.temperature == 0.0 && previous.as_ref() == Some(&request.messages) {
                // Without randomness the same words get the same reply.
                break;
            }
            if attempt == 0 {
                answer.messages.clone_from(&request.messages);
            }
            let taken = match self.reply(&request).await {
                Ok(reply) => {
                    self.take_and_verify(&mut answer, reply, &mut accepted, &turn.passage)
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
        Ok(ChatRequest {
            messages: self.prompts.messages(&ask(
                passage,
                &texts,
                n_questions,
                &accepted.questions,
            ))?,
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

    async fn reply(&self, request: &ChatRequest) -> Result<ChatReply, Failure> {
        let fingerprint = &self.settings.model_fingerprint;
        self.reply_of(
            &Respondent {
                model: &*self.model,
                fingerprint,
                part: Part::Writer,
            },
            request,
        )
        .await
    }

    /// The reply of either model, from the journal if it is there.
    pub(crate) async fn reply_of(
        &self,
        who: &Respondent<'_>,
        request: &ChatRequest,
    ) -> Result<ChatReply, Failure> {
        let key = key(who.model.id(), who.fingerprint, request);
        if let Some(Remembered { reply, .. }) = self
            .journal
            .get(&key)
            .map_err(|error| Failure::Run(error.into()))?
        {
            self.n_replayed.fetch_add(1, Relaxed);
            return Ok(reply);
        }
        let reply = who
            .model
            .chat(request)
            .await
            .map_err(|error| self.failure(who.part, error))?;
        self.n_failed_in_a_row.store(0, Relaxed);
        self.n_calls.fetch_add(1, Relaxed);
        let remembered = Remembered {
            reply,
            part: who.part,
        };
        self.journal
            .append(&key, &remembered)
            .await
            .map_err(|error| Failure::Run(error.into()))?;
        Ok(remembered.reply)
    }

    /// Reads and checks a reply, and has the check model look at what is accepted.
    async fn take_and_verify(
        &self,
        answer: &mut Answer,
        reply: ChatReply,
        accepted: &mut Accepted,
        passage: &Passage,
    ) -> Result<(), Failure> {
        let n_before = answer.questions.len();
        self.take(answer, reply, accepted, passage);
        let verified = self
            .verify(&mut answer.questions[n_before..], passage)
            .await;
        accepted.n_lost += verified.n_lost;
        answer.checks += verified.cost;
        verified.failure.map_or(Ok(()), Err)
    }

    fn failure(&self, part: Part, error: ChatError) -> Failure {
        if error.is_fatal() {
            return Failure::Run(match part {
                Part::Writer => GenerateError::Model(error),
                Part::Checker => GenerateError::CheckModel(error),
            });
        }
        self.n_failed_in_a_row.fetch_add(1, Relaxed);
        Failure::Request(error)
    }

    /// Reads and checks a reply.
    fn take(
        &self,
        answer: &mut Answer,
        reply: ChatReply,
        accepted: &mut Accepted,
        passage: &Passage,
    ) {
        let salvage = parse(&reply.text);
        answer.unread.extend(
            salvage
                .broken
                .iter()
                .map(|broken| format!("reply: {broken}")),
        );
        if salvage.items.is_empty() && salvage.broken.is_empty() {
            answer
                .unread
                .push(format!("reply: {}", without_question(&reply)));
        }
        for item in salvage.items {
            let mut question = question(item, passage, self.model.id());
            let context = Context {
                require_quote: self.settings.require_quote,
                other_language: passage.is_other_language,
                shown: self.prompts.shown(passage.language),
            };
            accepted.judge(&mut question, context);
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
}

impl Accepted {
    fn n_missing(&self) -> usize {
        (self.n_wanted + self.n_lost).saturating_sub(self.questions.len())
    }

    /// Says what the checks find; a question without a reason is among the accepted from now on.
    fn judge(&mut self, question: &mut Question, context: Context<'_>) {
        let is_fine = checks::record(question, &checks::item_findings(question, context));
        if self.stems.contains(&question.question) {
            question
                .reasons
                .push("duplicate: another question asks the same".to_owned());
        } else if is_fine && self.n_missing() == 0 {
            question.reasons.push(format!(
                "extra: the reply holds more than the {} questions asked for",
                self.n_wanted
            ));
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

/// What is asked about a passage.
pub(crate) fn ask<'a>(
    passage: &Passage,
    texts: &'a [&'a str],
    n_questions: usize,
    existing: &'a [String],
) -> Ask<'a> {
    Ask {
        language: passage.language,
        is_other_language: passage.is_other_language,
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

fn question(item: Item, passage: &Passage, model: &str) -> Question {
    let distractors: Vec<String> = item.distractors.into_iter().map(|text| text.0).collect();
    let (stem, answer) = (item.question.0, item.answer.0);
    let ids = passage.chunks().map(|chunk| chunk.id.as_str());
    let texts = [&stem, &answer]
        .into_iter()
        .chain(&distractors)
        .map(String::as_str);
    let parts: Vec<&str> = ids.chain(texts).collect();
    let row = passage.row(model);
    let (quote, quote_start, quote_end) = quoted(item.quote, &passage.chunk);
    let second_source = passage
        .second
        .as_ref()
        .zip(row.second_source)
        .map(|(chunk, source)| {
            let (quote, quote_start, quote_end) = quoted(item.second_quote, chunk);
            SecondSource {
                quote,
                quote_start,
                quote_end,
                ..source
            }
        });
    Question {
        question_id: QuestionId::of(&parts),
        question: stem,
        answer,
        distractors,
        quote,
        quote_start,
        quote_end,
        second_source,
        kind: item.kind.0.parse().ok(),
        difficulty: item.difficulty.0.parse().ok(),
        ..row
    }
}

/// A quote, with the bytes of the document that it stands at, if it is in the chunk.
fn quoted(quote: Text, chunk: &Chunk) -> (Option<String>, Option<u64>, Option<u64>) {
    let found = quote::locate(&chunk.text, &quote.0);
    let in_document = |place: usize| (chunk.span.start + place) as u64;
    let start = found.as_ref().map(|found| in_document(found.start));
    let end = found.map(|found| in_document(found.end));
    (Some(quote.0).filter(|quote| !quote.is_empty()), start, end)
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

/// What a call is remembered under: BLAKE3 over the model and the whole request, that is passage, prompt, schema and
/// sampling.
fn key(model: &str, fingerprint: &str, request: &ChatRequest) -> String {
    let bytes =
        serde_json::to_vec(&(model, fingerprint, request)).expect("a request is plain data");
    blake3::hash(&bytes).to_hex().to_string()
}
