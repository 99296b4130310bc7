//! A hard limit on what calls may cost: a call is made only if the limit holds even when it, and every call in flight,
//! takes all that it may.
//!
//! Before a call its upper bound is reserved: of the prompt, one token a byte (no tokenizer in use makes more) and what
//! servers add; of the reply, `max_tokens`. When the reply is there, what it says that it took replaces the bound. Where
//! the limit holds only if the calls in flight take less than their bounds, a call waits for them. So bounds that are
//! far too high delay the last calls of a budget and leave a little of it unused; they never let it be crossed.

use crate::{
    calls::{CallSize, Charged},
    chat::{BoxFuture, ChatModel, ChatReply, ChatRequest, Usage},
    error::ChatError,
    prices::Price,
};
use serde::Serialize;
use std::{
    ops::{Add, AddAssign, Sub, SubAssign},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::Notify;

/// Tokens that servers add to a prompt at most: chat templates, their own system prompts, the preamble of tools.
const TOKENS_AROUND_PROMPT: u64 = 1024;
/// And for each message.
const TOKENS_AROUND_MESSAGE: u64 = 16;

/// Money as counted here: 10⁻¹² US dollars, so that a token's price is a whole number.
const PICODOLLARS: f64 = 1e12;

/// Tokens, and the money for them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Amount {
    input: u64,
    output: u64,
    picodollars: u64,
}

impl Amount {
    fn of(usage: Usage, price: Option<Price>) -> Self {
        let (input, output) = (usage.input_tokens, usage.output_tokens);
        Self {
            input,
            output,
            picodollars: price.map_or(0, |price| price.picodollars(usage)),
        }
    }

    fn tokens(self) -> u64 {
        self.input.saturating_add(self.output)
    }

    fn dollars(self) -> f64 {
        self.picodollars as f64 / PICODOLLARS
    }
}

impl Add for Amount {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            input: self.input.saturating_add(other.input),
            output: self.output.saturating_add(other.output),
            picodollars: self.picodollars.saturating_add(other.picodollars),
        }
    }
}

impl Sub for Amount {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self {
            input: self.input.saturating_sub(other.input),
            output: self.output.saturating_sub(other.output),
            picodollars: self.picodollars.saturating_sub(other.picodollars),
        }
    }
}

impl AddAssign for Amount {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl SubAssign for Amount {
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

/// Limits of what is spent.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Limits {
    /// US dollars.
    pub max_cost: Option<f64>,
    /// Tokens, read and written together.
    pub max_tokens: Option<u64>,
}

/// Amount spent so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Meter {
    /// Calls that were made, failed ones too.
    pub calls: u64,
    /// Tokens read, as the replies say.
    pub input_tokens: u64,
    /// Tokens written, likewise.
    pub output_tokens: u64,
    /// US dollars for them; `None` if the price of a model is not known.
    pub cost: Option<f64>,
    /// Tokens that calls without a good reply, or with one that does not say, may have taken at most.
    pub uncertain_tokens: u64,
    /// US dollars for those.
    pub uncertain_cost: f64,
}

/// One purse, for all models that share it.
#[derive(Debug, Default)]
pub struct Budget {
    limits: Limits,
    state: Mutex<State>,
    /// Held by the call that waits for others to settle; the rest wait for it, in order.
    turn: tokio::sync::Mutex<()>,
    settled: Notify,
}

#[derive(Debug, Default)]
struct State {
    n_calls: u64,
    certain: Amount,
    uncertain: Amount,
    reserved: Amount,
    has_unpriced: bool,
    /// Tokens beyond the bytes of a prompt, the most that a reply ever told of.
    most_around: u64,
}

enum Room {
    Free,
    /// Possible when calls in flight have settled.
    Later,
    Never(ChatError),
}

impl Budget {
    /// A purse with these limits; without any it only meters.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            ..Self::default()
        }
    }

    /// Amount spent so far.
    pub fn meter(&self) -> Meter {
        let state = self.state();
        Meter {
            calls: state.n_calls,
            input_tokens: state.certain.input,
            output_tokens: state.certain.output,
            cost: (!state.has_unpriced).then(|| state.certain.dollars()),
            uncertain_tokens: state.uncertain.tokens(),
            uncertain_cost: state.uncertain.dollars(),
        }
    }

    async fn reserve(&self, bound: Amount) -> Result<(), ChatError> {
        match self.try_reserve(bound) {
            Room::Free => return Ok(()),
            Room::Never(error) => return Err(error),
            Room::Later => {}
        }
        let _turn = self.turn.lock().await;
        loop {
            let settled = self.settled.notified();
            match self.try_reserve(bound) {
                Room::Free => return Ok(()),
                Room::Never(error) => return Err(error),
                Room::Later => settled.await,
            }
        }
    }

    fn try_reserve(&self, bound: Amount) -> Room {
        let mut state = self.state();
        let spent = state.certain + state.uncertain;
        if let Some(error) = self.crossing(spent, bound) {
            return Room::Never(error);
        }
        if self.crossing(spent + state.reserved, bound).is_some() {
            return Room::Later;
        }
        state.reserved += bound;
        state.n_calls += 1;
        Room::Free
    }

    /// The error of spending `more`, if that crosses a limit.
    fn crossing(&self, spent: Amount, more: Amount) -> Option<ChatError> {
        let all = spent + more;
        if let Some(limit) = self.limits.max_tokens.filter(|&limit| all.tokens() > limit) {
            let tokens = |n: u64| format!("{n} tokens");
            let (spent, limit, needed) =
                (tokens(spent.tokens()), tokens(limit), tokens(more.tokens()));
            return Some(ChatError::Budget {
                spent,
                limit,
                needed,
            });
        }
        let limit = self
            .limits
            .max_cost
            .filter(|&limit| all.picodollars as f64 > limit * PICODOLLARS)?;
        let dollars = |n: f64| format!("{n:.4} USD");
        let (spent, limit, needed) = (
            dollars(spent.dollars()),
            dollars(limit),
            dollars(more.dollars()),
        );
        Some(ChatError::Budget {
            spent,
            limit,
            needed,
        })
    }

    fn settle(&self, bound: Amount, certain: Amount, uncertain: Amount) {
        let mut state = self.state();
        state.reserved -= bound;
        state.certain += certain;
        state.uncertain += uncertain;
        drop(state);
        self.settled.notify_one();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Every change is a few assignments; a panic elsewhere leaves at worst a reservation that is never settled.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The calls of one model, charged to a budget: chats, echoed prompts, first tokens.
#[derive(Debug)]
pub struct Account {
    budget: Arc<Budget>,
    price: Option<Price>,
}

impl Account {
    /// The calls of the model `id` are paid from `budget`.
    ///
    /// # Errors
    /// A budget with a limit of money, and a model whose price is not known.
    pub fn new(id: &str, budget: Arc<Budget>, price: Option<Price>) -> Result<Self, ChatError> {
        if price.is_none() {
            if budget.limits.max_cost.is_some() {
                let reason = format!("the price of `{id}` is not known");
                return Err(ChatError::Setting {
                    setting: "a limit of cost",
                    reason,
                });
            }
            budget.state().has_unpriced = true;
        }
        Ok(Self { budget, price })
    }

    /// Counts what an earlier run with the same budget took, so that the limits hold for both together.
    pub fn already_spent(&self, usage: Usage) {
        self.budget.state().certain += Amount::of(usage, self.price);
    }

    /// Makes `call` if the budget holds what it may take, and charges what it took.
    ///
    /// # Errors
    /// [`ChatError::Budget`] without making the call; what the call itself fails with.
    pub async fn pay<T: Charged>(
        &self,
        size: CallSize,
        call: impl Future<Output = Result<T, ChatError>>,
    ) -> Result<T, ChatError> {
        let bound = self.bound(size);
        self.budget.reserve(bound).await?;
        let mut reservation = Reservation {
            budget: &self.budget,
            bound,
            certain: None,
            uncertain: bound,
        };
        let result = call.await;
        match &result {
            Ok(reply) if reply.usage() == Usage::default() => {
                let usage = Usage {
                    input_tokens: bound.input,
                    output_tokens: reply.written_bytes(),
                };
                reservation.uncertain = Amount::of(usage, self.price);
            }
            Ok(reply) => {
                self.learn(reply.usage(), size.prompt_bytes);
                reservation.certain = Some(Amount::of(reply.usage(), self.price));
            }
            Err(error) if error.may_have_cost() => {}
            Err(_) => reservation.certain = Some(Amount::default()),
        }
        result
    }

    /// Most that the call may take.
    fn bound(&self, size: CallSize) -> Amount {
        let around = TOKENS_AROUND_PROMPT + TOKENS_AROUND_MESSAGE * size.n_messages;
        let input_tokens = size.prompt_bytes + around.max(self.budget.state().most_around);
        Amount::of(
            Usage {
                input_tokens,
                output_tokens: size.max_tokens,
            },
            self.price,
        )
    }

    fn learn(&self, usage: Usage, bytes: u64) {
        let mut state = self.budget.state();
        state.most_around = state
            .most_around
            .max(usage.input_tokens.saturating_sub(bytes));
    }
}

/// A model that spends from a purse.
pub struct Budgeted {
    model: Arc<dyn ChatModel>,
    account: Account,
}

impl Budgeted {
    /// `model`'s calls are paid from `budget`.
    ///
    /// # Errors
    /// As of [`Account::new`].
    pub fn new(
        model: Arc<dyn ChatModel>,
        budget: Arc<Budget>,
        price: Option<Price>,
    ) -> Result<Self, ChatError> {
        let account = Account::new(model.id(), budget, price)?;
        Ok(Self { model, account })
    }

    /// As [`Account::already_spent`].
    pub fn already_spent(&self, usage: Usage) {
        self.account.already_spent(usage);
    }
}

/// Settled when it is dropped, also if the call is dropped in the middle.
struct Reservation<'a> {
    budget: &'a Budget,
    bound: Amount,
    /// Amount that the call took, where that is known.
    certain: Option<Amount>,
    /// Amount that it may have taken, otherwise.
    uncertain: Amount,
}

impl Drop for Reservation<'_> {
    fn drop(&mut self) {
        let (certain, uncertain) = match self.certain {
            Some(certain) => (certain, Amount::default()),
            None => (Amount::default(), self.uncertain),
        };
        self.budget.settle(self.bound, certain, uncertain);
    }
}

impl ChatModel for Budgeted {
    fn id(&self) -> &str {
        self.model.id()
    }

    fn count_tokens(&self, text: &str) -> usize {
        self.model.count_tokens(text)
    }

    fn chat<'a>(&'a self, request: &'a ChatRequest) -> BoxFuture<'a, Result<ChatReply, ChatError>> {
        let size = CallSize::of(request);
        Box::pin(self.account.pay(size, self.model.chat(request)))
    }
}
