//! From a server's model to one that is graded: connected, within its limits, and looked at first.

use super::{Address, Pace, Pool, Remote, Spending, say_whom};
use crate::{console, failure::Failure};
use clap::Args;
use examen_llm::{
    Account, ChatModel, ContinuationScorer, EchoScorer, LetterScorer, NoLetters, NoLikelihood,
    RetryPolicy, Served, Throttle, backends, choice,
};
use std::sync::Arc;

/// Where models are, if not in this process, and on which terms they are asked.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Servers {
    #[command(flatten)]
    pub(crate) address: Address,
    #[command(flatten)]
    pub(crate) pace: Pace,
    #[command(flatten)]
    pub(crate) spending: Spending,
}

impl Servers {
    /// The server that a model is asked of; `None` for a model of this process. Only a server that is named is asked: a bare
    /// `ORG/NAME` is a repository to fetch, whether there is a token or not.
    pub(crate) fn of(&self, model: &str) -> Result<Option<Remote>, Failure> {
        match (&self.address.base_url, &self.address.provider) {
            (None, None) => self.address.refuse_extras().map(|()| None),
            _ => self.address.server(model),
        }
    }

    /// Gates and budget of a run.
    pub(crate) fn pool(&self) -> Pool {
        Pool::new(&self.pace, &self.spending)
    }
}

/// Connects to the server of the model `name`.
pub(crate) fn served(
    name: &str,
    remote: &Remote,
    servers: &Servers,
    pool: &Pool,
) -> Result<Arc<Served>, Failure> {
    let price = servers.spending.price(Some(remote), name)?;
    say_whom(name, remote, &servers.address);
    let options = remote.options(name, servers.pace.gate().max);
    let backend = backends::Remote::connect(remote.preset.api, &options)?;
    let gate = pool.gates.gate(&backend.endpoint().origin());
    let throttle = Throttle::new(gate, RetryPolicy::default(), servers.pace.hedge);
    let account = Account::new(name, Arc::clone(&pool.budget), price)?;
    Ok(Arc::new(Served::new(backend, throttle, account)))
}

/// The way in which a server scores the choices of a task: the letters of options that are shown by the first token of its
/// reply where it can, everything else by an echo.
pub(crate) async fn scorer(
    served: &Arc<Served>,
    letters: bool,
) -> Result<Box<dyn ContinuationScorer>, Failure> {
    if letters {
        match LetterScorer::probe(Arc::clone(served)).await {
            Ok(scorer) => {
                console::say(&format!(
                    "note: letters are scored by the {} likeliest first tokens of each reply",
                    scorer.n_listed()
                ));
                return Ok(Box::new(scorer));
            }
            Err(NoLetters::Failed(error)) => return Err(error.into()),
            Err(no_letters) => return echo(served).await.map_err(|no_echo| no_echo.or(no_letters)),
        }
    }
    let scorer = echo(served).await.map_err(NoEcho::into_failure)?;
    Ok(scorer)
}

/// A model that is graded.
pub(crate) enum Grader {
    /// By log-probabilities.
    Scorer(Arc<dyn ContinuationScorer>),
    /// By replies.
    Chat(Arc<dyn ChatModel>),
}

/// `true` if the server can hold a reply to a letter; says so.
pub(crate) async fn can_choose(served: &Served) -> Result<bool, Failure> {
    let held = choice::probe(served).await?.is_ok();
    console::say(match held {
        true => "note: each reply is held to a letter",
        false => {
            "note: the server cannot hold a reply to a letter; letters are read from free replies"
        }
    });
    Ok(held)
}

/// `true` if the server can hold a reply to a verdict; says so.
pub(crate) async fn can_judge(served: &Served) -> Result<bool, Failure> {
    let held = choice::probe(served).await?.is_ok();
    console::say(match held {
        true => "note: the judge is held to the words of its verdicts",
        false => {
            "note: the judge's server cannot hold a reply to a verdict; verdicts are read from free replies"
        }
    });
    Ok(held)
}

/// The failure of a server that echoes nothing that can be scored.
struct NoEcho {
    reason: NoLikelihood,
    model: String,
}

async fn echo(served: &Arc<Served>) -> Result<Box<dyn ContinuationScorer>, NoEcho> {
    let scorer = EchoScorer::probe(Arc::clone(served)).await;
    let scorer = scorer.map_err(|reason| NoEcho {
        reason,
        model: served.id().to_owned(),
    })?;
    console::say(&format!("note: options are scored by {}", scorer.way()));
    for note in scorer.notes() {
        console::warn(note);
    }
    Ok(Box::new(scorer))
}

impl NoEcho {
    fn into_failure(self) -> Failure {
        match self.reason {
            NoLikelihood::Failed(error) => error.into(),
            reason => Failure::new(format!(
                "`{}` cannot be graded by likelihood: {reason}",
                self.model
            ))
            .hint("--answer letters and --answer generate need no echo; `examen doctor` says what the server can do"),
        }
    }

    /// The failure of a server that neither echoes nor lists letters.
    fn or(self, no_letters: NoLetters) -> Failure {
        match self.reason {
            NoLikelihood::Failed(error) => error.into(),
            reason => Failure::new(format!(
                "`{}` cannot be graded by letters: {no_letters}; and {reason}",
                self.model
            ))
            .hint("--answer generate needs neither; `examen doctor` says what the server can do"),
        }
    }
}
