//! The checks of one question: what the check model is asked, one answer at a time.

use super::{
    CheckCost, Verifier,
    answer::{self, LETTERS},
    orders::Order,
    prompts::{self, Shown},
    verdict::{Choices, Examined},
};
use crate::{calls::Failure, settings::ModelCheck};
use examen_core::{Language, Question};
use examen_llm::{ChatRequest, Constraint, FinishReason, Sampling};
use futures::future::{join_all, join3};
use serde_json::{Value, json};
use std::sync::{Mutex, PoisonError};

/// Tokens for an answer, which is a letter or a word in JSON. What is cut off was thinking or talk; it is asked once
/// more, with as much room as the writer's replies have.
pub(crate) const ANSWER_TOKENS: usize = 64;

/// A question with all that its checks need.
pub(super) struct Examination<'a> {
    pub(super) verifier: Verifier<'a>,
    pub(super) language: Language,
    pub(super) passages: &'a [&'a str],
    pub(super) question: &'a Question,
    pub(super) orders: Vec<Order>,
    /// Where every reply is added.
    pub(super) cost: &'a Mutex<CheckCost>,
}

impl Examination<'_> {
    /// Asks with the passage and, unless that refutes the question, everything else at once.
    pub(super) async fn make(self) -> Result<Examined, Failure> {
        let open_book = self.choices(ModelCheck::OpenBook).await?;
        if open_book.is_some_and(|choices| !choices.is_always_key()) {
            return Ok(Examined {
                open_book,
                ..Examined::default()
            });
        }
        let (closed_book, options_only, stands_alone) = join3(
            self.choices(ModelCheck::ClosedBook),
            self.choices(ModelCheck::OptionsOnly),
            self.stands_alone(),
        )
        .await;
        let (closed_book, options_only, stands_alone) =
            (closed_book?, options_only?, stands_alone?);
        Ok(Examined {
            open_book,
            closed_book,
            options_only,
            stands_alone,
        })
    }

    /// Choices over the orders; `None` if the check is not wanted.
    async fn choices(&self, check: ModelCheck) -> Result<Option<Choices>, Failure> {
        if !self.verifier.settings.checks.contains(&check) {
            return Ok(None);
        }
        let mut choices = Choices::default();
        for option in join_all(self.orders.iter().map(|order| self.choice(check, order))).await {
            choices.observe(option?);
        }
        Ok(Some(choices))
    }

    /// The option that is chosen in one order, if that can be read.
    async fn choice(&self, check: ModelCheck, order: &Order) -> Result<Option<usize>, Failure> {
        let shown = self.shown(order);
        let answers = LETTERS.map(|letter| letter.to_string());
        let index = self
            .query(check, &shown, &answers, |reply| {
                answer::read_index(reply, &shown.options)
            })
            .await?;
        Ok(index.map(|index| order[index]))
    }

    async fn stands_alone(&self) -> Result<Option<bool>, Failure> {
        let check = ModelCheck::StandAlone;
        let Some(order) = self
            .orders
            .first()
            .filter(|_| self.verifier.settings.checks.contains(&check))
        else {
            return Ok(None);
        };
        let answers = prompts::yes_no(self.language).map(str::to_owned);
        self.query(check, &self.shown(order), &answers, answer::read_yes_no)
            .await
    }

    fn shown(&self, order: &Order) -> Shown<'_> {
        let text = |option: usize| match option.checked_sub(1) {
            None => self.question.answer.as_str(),
            Some(distractor) => self.question.distractors[distractor].as_str(),
        };
        Shown {
            language: self.language,
            passages: self.passages,
            question: &self.question.question,
            options: order.map(text),
        }
    }

    /// One answer, asked for with little room and, where it was cut off, with more.
    async fn query<T>(
        &self,
        check: ModelCheck,
        shown: &Shown<'_>,
        answers: &[String],
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, Failure> {
        let mut answer = None;
        let more = self.verifier.max_tokens.max(ANSWER_TOKENS);
        for max_tokens in [ANSWER_TOKENS, more] {
            let request = ChatRequest {
                messages: prompts::messages(check, shown),
                constraint: Some(Constraint::JsonSchema(schema(answers).into())),
                sampling: Sampling::greedy(max_tokens),
            };
            let reply = self.verifier.checker.reply(&request).await?;
            self.pay(CheckCost {
                n_replies: 1,
                usage: reply.usage,
                ..CheckCost::default()
            });
            if reply.finish == FinishReason::Stop {
                answer = read(&reply.text);
                break;
            }
        }
        self.pay(CheckCost {
            n_unreadable: u64::from(answer.is_none()),
            ..CheckCost::default()
        });
        Ok(answer)
    }

    fn pay(&self, cost: CheckCost) {
        *self.cost.lock().unwrap_or_else(PoisonError::into_inner) += cost;
    }
}

/// An object rather than a bare choice: that is what servers can be held to, and those that cannot be still answer.
fn schema(answers: &[String]) -> Value {
    json!({
        "type": "object",
        "properties": { "answer": { "type": "string", "enum": answers } },
        "required": ["answer"],
        "additionalProperties": false,
    })
}
