//! Checks by a second model, which answers each accepted question in several orders of its options: with the passage,
//! without it, from the options alone; and is asked whether the question can be understood by itself.
//!
//! A question that it answers wrongly with the passage before it is refuted, and the other checks are not made. What
//! they find is a remark.

mod answer;
mod orders;
mod prompts;
mod report;
mod verdict;

pub use orders::MAX_ORDERS;
pub(crate) use prompts::hash;
pub(crate) use report::{CheckCost, CheckedSet};
pub use report::{Figure, ModelChecks};
pub use verdict::{DEPENDENT, GUESSABLE, KNOWN, OPEN_BOOK, UNVERIFIED};

use crate::{
    CountTokens,
    ask::{Asker, Failure},
    models::{Part, Respondent},
    passage::Passage,
    prompts as writing,
};
use answer::LETTERS;
use examen_core::{Question, Seed, Verdict};
use examen_llm::{ChatRequest, Constraint, FinishReason, Message, Sampling};
use futures::future::{join_all, join3};
use orders::{Order, orders};
use prompts::Shown;
use serde::{Serialize, Serializer};
use serde_json::json;
use std::{collections::BTreeSet, fmt, str::FromStr};
use verdict::{Choices, Examined};

/// Tokens for an answer, which is a letter or a word in JSON. What is cut off was thinking or talk; it is asked once
/// more, with as much room as the writer's replies have.
pub(crate) const ANSWER_TOKENS: usize = 64;

/// What the second model is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ModelCheck {
    /// The question with its passage, in shuffled orders of the options. An answer other than the key rejects it.
    OpenBook,
    /// The question without the passage, in the same orders: whether its answer is known anyway.
    ClosedBook,
    /// The options without the question, in the same orders: whether they give the key away.
    OptionsOnly,
    /// Whether the question can be understood without the passage.
    StandAlone,
}

/// How a second model checks the questions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CheckSettings {
    /// What it is asked.
    pub checks: BTreeSet<ModelCheck>,
    /// In how many orders of the options, from 1 to [`MAX_ORDERS`]; where it is a multiple of four, the key stands
    /// equally often at each place.
    pub orders: usize,
    /// What tells the model from others of the same name, as the writer's
    /// [`model_fingerprint`](crate::Settings::model_fingerprint).
    #[serde(skip)]
    pub fingerprint: String,
}

impl Default for CheckSettings {
    /// All checks, in four orders.
    fn default() -> Self {
        Self { checks: BTreeSet::from(ModelCheck::ALL), orders: 4, fingerprint: String::new() }
    }
}

impl CheckSettings {
    /// Calls for one question that is not refuted.
    pub(crate) fn calls_per_question(&self) -> usize {
        self.checks.iter().map(|check| self.n_calls(*check)).sum()
    }

    fn n_calls(&self, check: ModelCheck) -> usize {
        if check == ModelCheck::StandAlone { 1 } else { self.orders }
    }

    /// Tokens of the prompts of one question about a passage, if question and options are as long as those of the
    /// example that the writer is shown.
    pub(crate) fn input_tokens(&self, passage: &Passage, count_tokens: &CountTokens<'_>) -> usize {
        let Some(item) = writing::example(passage.language).exam.first() else { return 0 };
        let mut options = std::iter::once(&item.answer).chain(&item.distractors).map(|text| text.0.as_str());
        let shown = Shown {
            language: passage.language,
            passage: &passage.chunk.text,
            question: &item.question.0,
            options: std::array::from_fn(|_| options.next().unwrap_or_default()),
        };
        let tokens =
            |messages: Vec<Message>| messages.iter().map(|message| count_tokens(&message.content)).sum::<usize>();
        self.checks.iter().map(|check| self.n_calls(*check) * tokens(prompts::messages(*check, &shown))).sum()
    }
}

impl ModelCheck {
    /// Every check.
    pub const ALL: [Self; 4] = [Self::OpenBook, Self::ClosedBook, Self::OptionsOnly, Self::StandAlone];

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
        Self::ALL.into_iter().find(|check| check.name() == name).ok_or_else(|| UnknownCheck(name.to_owned()))
    }
}

impl Asker {
    /// Has the check model answer the accepted ones of `questions`, if there is one, and says in their rows what it
    /// found. Returns how many are accepted no more, and what the calls came to. Where a call fails, its question is
    /// not accepted either, and the failure is returned after all others are done.
    pub(crate) async fn verify(
        &self,
        questions: &mut [Question],
        passage: &Passage,
    ) -> (usize, CheckCost, Result<(), Failure>) {
        let Some((checker, settings)) = self.checker.as_ref().zip(self.settings.model_checks.as_ref()) else {
            return (0, CheckCost::default(), Ok(()));
        };
        let respondent = Respondent { model: &**checker, fingerprint: &settings.fingerprint, part: Part::Checker };
        let accepted: Vec<_> = questions.iter_mut().filter(|question| question.verdict == Verdict::Accepted).collect();
        let seed = self.settings.seed;
        let examined = accepted.iter().map(|question| {
            Examination {
                asker: self,
                respondent,
                settings,
                passage,
                question,
                orders: orders_of(question, seed, settings),
            }
            .make()
        });
        let examined = join_all(examined).await;
        let (mut n_lost, mut cost, mut failure) = (0, CheckCost::default(), Ok(()));
        for (question, examined) in accepted.into_iter().zip(examined) {
            let is_fine = match examined {
                Ok((examined, paid)) => {
                    cost += paid;
                    verdict::record(question, &examined, checker.id())
                }
                Err(error) => {
                    question.reasons.push(format!("{UNVERIFIED}: a call of the check model failed"));
                    failure = failure.and(Err(error));
                    false
                }
            };
            if !is_fine {
                question.verdict = Verdict::Rejected;
                n_lost += 1;
            }
        }
        (n_lost, cost, failure)
    }
}

/// Made of what is shown rather than of the question's id: a passage that stays as it was in a document that changed is
/// not asked about again.
fn orders_of(question: &Question, seed: Seed, settings: &CheckSettings) -> Vec<Order> {
    let purpose = json!([question.question, question.answer, question.distractors]).to_string();
    orders(seed, &purpose, settings.orders)
}

/// The checks of one question.
struct Examination<'a> {
    asker: &'a Asker,
    respondent: Respondent<'a>,
    settings: &'a CheckSettings,
    passage: &'a Passage,
    question: &'a Question,
    orders: Vec<Order>,
}

impl Examination<'_> {
    async fn make(self) -> Result<(Examined, CheckCost), Failure> {
        let (open_book, mut cost) = self.choices(ModelCheck::OpenBook).await?;
        let mut examined = Examined { open_book, ..Examined::default() };
        if open_book.is_none_or(|choices| choices.is_always_key()) {
            let (closed, only, alone) =
                join3(self.choices(ModelCheck::ClosedBook), self.choices(ModelCheck::OptionsOnly), self.stands_alone())
                    .await;
            let ((closed_book, of_closed), (options_only, of_only), (stands_alone, of_alone)) =
                (closed?, only?, alone?);
            [of_closed, of_only, of_alone].into_iter().for_each(|paid| cost += paid);
            examined = Examined { open_book, closed_book, options_only, stands_alone };
        }
        Ok((examined, cost))
    }

    /// What is chosen in each order; `None` if the check is not wanted.
    async fn choices(&self, check: ModelCheck) -> Result<(Option<Choices>, CheckCost), Failure> {
        let mut cost = CheckCost::default();
        if !self.settings.checks.contains(&check) {
            return Ok((None, cost));
        }
        let mut choices = Choices::default();
        for chosen in join_all(self.orders.iter().map(|order| self.choice(check, order))).await {
            let (option, paid) = chosen?;
            choices.observe(option);
            cost += paid;
        }
        Ok((Some(choices), cost))
    }

    /// The option that is chosen in one order, if that can be read.
    async fn choice(&self, check: ModelCheck, order: &Order) -> Result<(Option<usize>, CheckCost), Failure> {
        let shown = self.shown(order);
        let answers = LETTERS.map(|letter| letter.to_string());
        let read = |reply: &str| answer::read_place(reply, &shown.options);
        let (place, cost) = self.answer(check, &shown, &answers, read).await?;
        Ok((place.map(|place| order[place]), cost))
    }

    async fn stands_alone(&self) -> Result<(Option<bool>, CheckCost), Failure> {
        let check = ModelCheck::StandAlone;
        let Some(order) = self.orders.first().filter(|_| self.settings.checks.contains(&check)) else {
            return Ok((None, CheckCost::default()));
        };
        let answers = prompts::yes_no(self.passage.language).map(str::to_owned);
        self.answer(check, &self.shown(order), &answers, answer::read_yes_no).await
    }

    fn shown(&self, order: &Order) -> Shown<'_> {
        let option = |option: usize| match option.checked_sub(1) {
            None => &self.question.answer,
            Some(distractor) => &self.question.distractors[distractor],
        };
        Shown {
            language: self.passage.language,
            passage: &self.passage.chunk.text,
            question: &self.question.question,
            options: order.map(|place| option(place).as_str()),
        }
    }

    /// One answer, asked for with little room and, where it was cut off, with more.
    async fn answer<T>(
        &self,
        check: ModelCheck,
        shown: &Shown<'_>,
        answers: &[String],
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<(Option<T>, CheckCost), Failure> {
        let mut cost = CheckCost::default();
        let mut answer = None;
        let long = self.asker.settings.max_new_tokens.max(ANSWER_TOKENS);
        for max_tokens in [ANSWER_TOKENS, long] {
            let request = ChatRequest {
                messages: prompts::messages(check, shown),
                constraint: Some(Constraint::JsonSchema(schema(answers))),
                sampling: Sampling::greedy(max_tokens),
            };
            let reply = self.asker.reply_of(&self.respondent, &request).await?;
            cost.n_replies += 1;
            cost.usage += reply.usage;
            if reply.finish == FinishReason::Stop {
                answer = read(&reply.text);
                break;
            }
        }
        cost.n_unreadable += u64::from(answer.is_none());
        Ok((answer, cost))
    }
}

/// An object rather than a bare choice: that is what servers can be held to, and those that cannot be still answer.
fn schema(answers: &[String]) -> serde_json::Value {
    json!({
        "type": "object",
        "properties": { "answer": { "type": "string", "enum": answers } },
        "required": ["answer"],
        "additionalProperties": false,
    })
}
