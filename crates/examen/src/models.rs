//! From a model's name on the command line to a model that answers.

mod counter;
mod extras;
mod free_memory;
mod graded;
mod local;
mod names;
mod outline;
mod server;
mod templates;

pub(crate) use counter::{Counter, Estimate};
pub(crate) use graded::{Grader, Servers, can_choose, can_judge, scorer, served};
pub(crate) use local::{Hardware, cache, engine, example, fetch, hub_access};
pub(crate) use names::{Use, locate};
pub(crate) use outline::check as check_outline;
pub(crate) use server::{Address, Pace, Remote, Second, Spending, provider_names};

use crate::{
    console::{self, Bar},
    failure::Failure,
};
use examen_llm::{
    Budget, Budgeted, ChatModel, Gates, Meter, Price, RetryPolicy, Throttled, Usage, backends,
};
use local::Loaded;
use std::sync::Arc;

/// Heading of the options about the model.
pub(crate) const HEADING: &str = "Model";

/// Which model writes, and on which terms.
#[derive(Debug, Clone, Default)]
pub(crate) struct Writer {
    pub(crate) model: String,
    pub(crate) address: Address,
    pub(crate) pace: Pace,
    pub(crate) spending: Spending,
    pub(crate) hardware: Hardware,
}

/// Gates of the servers and the budget, which the models of one run share.
pub(crate) struct Pool {
    gates: Arc<Gates>,
    budget: Arc<Budget>,
}

impl Pool {
    pub(crate) fn new(pace: &Pace, spending: &Spending) -> Self {
        Self {
            gates: Arc::new(Gates::new(pace.gate())),
            budget: Arc::new(Budget::new(spending.limits())),
        }
    }

    /// A bar that tells of requests that wait for their next try.
    pub(crate) fn bar(&self) -> Bar {
        bar(&self.gates)
    }
}

fn bar(gates: &Arc<Gates>) -> Bar {
    let gates = Arc::clone(gates);
    let waiting = move || Some(gates.waiting()).filter(|waiting| !waiting.is_empty());
    Bar::new().telling(move || waiting().map(|waiting| waiting.to_string()))
}

/// A model that writes, ready to be asked by as many at once as like.
#[derive(Clone)]
pub(crate) struct Chat {
    /// Asks, within the limits.
    pub(crate) model: Arc<dyn ChatModel>,
    /// Distinguishes a local model's files from others of the same name; empty for a server's.
    pub(crate) fingerprint: String,
    paid: Arc<Budgeted>,
    budget: Arc<Budget>,
    gates: Arc<Gates>,
}

impl Chat {
    /// Calls, tokens and cost charged to the budget so far.
    pub(crate) fn meter(&self) -> Meter {
        self.budget.meter()
    }

    /// As [`Pool::bar`].
    pub(crate) fn bar(&self) -> Bar {
        bar(&self.gates)
    }

    /// Counts the usage of earlier runs with the same output towards this model.
    pub(crate) fn already_spent(&self, usage: Usage) {
        self.paid.already_spent(usage);
    }
}

/// Connects to the server of the model, or loads it into this process.
pub(crate) async fn chat(writer: &Writer, pool: &Pool) -> Result<Chat, Failure> {
    let name = &writer.model;
    let server = writer.address.server(name)?;
    let price = writer.spending.price(server.as_ref(), name)?;
    let budget = Arc::clone(&pool.budget);
    let Some(remote) = server else {
        let Loaded {
            engine,
            fingerprint,
        } = engine_that_chats(name, writer.hardware).await?;
        let paid = Arc::new(Budgeted::new(Arc::new(engine), Arc::clone(&budget), price)?);
        return Ok(Chat {
            model: paid.clone(),
            fingerprint,
            paid,
            budget,
            gates: Arc::clone(&pool.gates),
        });
    };
    say_whom(name, &remote, &writer.address);
    let backend = backends::Remote::connect(
        remote.preset.api,
        &remote.options(name, writer.pace.gate().max),
    )?;
    let gate = pool.gates.gate(&backend.endpoint().origin());
    let paid = Arc::new(Budgeted::new(
        Arc::new(backend),
        Arc::clone(&budget),
        price,
    )?);
    let model = Throttled::new(
        paid.clone(),
        gate,
        RetryPolicy::default(),
        writer.pace.hedge,
    );
    Ok(Chat {
        model: Arc::new(model),
        fingerprint: remote.extras.fingerprint(),
        paid,
        budget,
        gates: Arc::clone(&pool.gates),
    })
}

/// The model that writes and, where there is one, the model that checks, with one budget. One that does both is loaded
/// once.
pub(crate) async fn chats(
    writer: &Writer,
    checker: Option<&Writer>,
) -> Result<(Chat, Option<Chat>), Failure> {
    let pool = Pool::new(&writer.pace, &writer.spending);
    let writes = chat(writer, &pool).await?;
    let checks = match checker {
        None => None,
        Some(checker) if checker.model == writer.model && checker.address == writer.address => {
            Some(writes.clone())
        }
        Some(checker) => Some(chat(checker, &pool).await?),
    };
    Ok((writes, checks))
}

/// Price of a model, without loading it or connecting to it; `None` if that is not known.
pub(crate) fn price(writer: &Writer) -> Result<Option<Price>, Failure> {
    writer.spending.price(
        writer.address.server(&writer.model)?.as_ref(),
        &writer.model,
    )
}

/// Says what the user did not, and may not expect.
fn say_whom(model: &str, remote: &Remote, address: &Address) {
    if address.base_url.is_none() && address.provider.is_none() {
        console::say(&format!(
            "note: `{model}` is asked of Hugging Face's Inference Providers (HF_TOKEN is set); `hf:{model}` runs it here"
        ));
    }
    if let (Some(_), Some(variable), false) = (
        &address.provider,
        remote.preset.key_variable,
        remote.has_key(),
    ) {
        console::say(&format!("note: {variable} is not set, so no key is sent"));
    }
}

async fn engine_that_chats(name: &str, hardware: Hardware) -> Result<Loaded, Failure> {
    let loaded = engine(name, hardware, Use::Writing).await?;
    let about = loaded.engine.description();
    match &about.template_fault {
        _ if about.can_chat => Ok(loaded),
        Some(fault) => Err(broken_template(name, fault)),
        None => Err(cannot_chat(name)),
    }
}

/// The failure of a model whose template is there, but cannot be used.
pub(crate) fn broken_template(name: &str, fault: &str) -> Failure {
    Failure::usage(format!(
        "the chat template of `{name}` cannot be used: {fault}"
    ))
    .hint("fetch the model's files again, or take another model; `examen evaluate` can grade this one")
}

/// The failure of a model that cannot write.
fn cannot_chat(name: &str) -> Failure {
    Failure::usage(format!(
        "`{name}` is a base model without a chat template: it cannot write questions"
    ))
    .hint("choose an instruction-tuned model (`examen models` lists some); `examen evaluate` can grade base models")
}

/// Refuses a name that no model can have, before anything is read or fetched for it.
pub(crate) fn check(writer: &Writer) -> Result<(), Failure> {
    match writer.address.server(&writer.model)? {
        Some(_) => Ok(()),
        None => locate(&writer.model, Use::Writing).map(drop),
    }
}
