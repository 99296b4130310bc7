//! Looks at what a server says of texts of which it is known what must hold, whatever the model:
//! - the tokens are those of the text, each with a number, but perhaps the first;
//! - a token's number does not depend on what comes after it, so that the sum over a text is the sum over its parts;
//! - different words after the same text have different numbers, or all numbers are the same;
//! - the same text has the same numbers when it comes again.

use super::{
    fault::{EchoFault, NoLikelihood},
    layout,
};
use crate::{
    backends::echo::{self, EchoWay, EchoedToken, Prompt},
    error::ChatError,
    served::Served,
};

/// The text that all of the probe's prompts begin with.
const BEGINNING: &str = "The capital of France is Paris, and the capital of Italy is";
/// The texts that follow it: words of different lengths and likelihoods.
const ENDS: [&str; 3] = [
    " Rome. Both are in Europe.",
    " seventeen, because nobody asked the cook.",
    " a of of the the.",
];

/// The way in which the server echoes rightly, and what the user should know of its numbers.
pub(super) async fn find(served: &Served) -> Result<(&'static EchoWay, Vec<String>), NoLikelihood> {
    if !served.remote().may_echo() {
        return Err(NoLikelihood::NoApi);
    }
    let mut faults = Vec::new();
    for &way in echo::ALL {
        match examine(served, way).await? {
            Ok(notes) => return Ok((way, notes)),
            Err(fault) => faults.push((way.name, fault)),
        }
    }
    Err(NoLikelihood::Refused(faults))
}

/// What is wrong with one way, or what is notable.
async fn examine(
    served: &Served,
    way: &'static EchoWay,
) -> Result<Result<Vec<String>, EchoFault>, ChatError> {
    let mut answers = Vec::new();
    // The first text comes again at the end, after others.
    for end in ENDS.iter().chain(&ENDS[..1]) {
        let prompt = format!("{BEGINNING}{end}");
        match served.echo(way, Prompt::Text(&prompt)).await {
            Ok(echoed) => match layout::prompt_tokens(echoed, &prompt) {
                Ok(tokens) => answers.push(tokens),
                Err(fault) => return Ok(Err(fault)),
            },
            Err(error) => return not_there(error).map(Err),
        }
    }
    let [one, two, three, again] = answers.try_into().expect("four answers");
    Ok(compare(&[one, two, three], &again))
}

/// The fault of a server that does not echo so; the error of one that cannot be asked.
fn not_there(error: ChatError) -> Result<EchoFault, ChatError> {
    match error {
        ChatError::Status {
            status: 400 | 404 | 405 | 415 | 422 | 500 | 501,
            ..
        }
        | ChatError::Moved { .. } => Ok(EchoFault::NotThere(error.reason())),
        ChatError::Malformed { reason, .. } | ChatError::Refused(reason) => {
            Ok(EchoFault::NotThere(reason))
        }
        error => Err(error),
    }
}

fn compare(
    answers: &[Vec<EchoedToken>; 3],
    again: &[EchoedToken],
) -> Result<Vec<String>, EchoFault> {
    let [one, others @ ..] = answers;
    for (first, second) in one.iter().zip(again) {
        if let Some((one, other)) = differ(first, second) {
            return Err(EchoFault::Unstable {
                token: shown(first),
                one,
                other,
            });
        }
    }
    for other in others {
        let common = one.iter().zip(other).take_while(|(a, b)| is_same(a, b));
        for (index, (first, second)) in common.enumerate() {
            if let Some((one, other)) = differ(first, second) {
                return Err(EchoFault::LooksAhead {
                    index,
                    token: shown(first),
                    one,
                    other,
                });
            }
        }
    }
    indifferent(answers)?;
    Ok(rounding(one).into_iter().collect())
}

/// Refuses the same number for the words at which the texts part, unless every token has that number.
fn indifferent([one, two, three]: &[Vec<EchoedToken>; 3]) -> Result<(), EchoFault> {
    let parts = |other: &[EchoedToken]| one.iter().zip(other).position(|(a, b)| !is_same(a, b));
    let (Some(second), Some(third)) = (parts(two), parts(three)) else {
        return Ok(());
    };
    if second != third {
        return Ok(());
    }
    let at = |tokens: &[EchoedToken]| tokens[second].log_prob;
    let Some(log_prob) = at(one).filter(|_| at(one) == at(two) && at(one) == at(three)) else {
        return Ok(());
    };
    let mut all = one
        .iter()
        .chain(two)
        .chain(three)
        .filter_map(|token| token.log_prob);
    match all.any(|other| other != log_prob) {
        true => Err(EchoFault::Indifferent(log_prob)),
        false => Ok(()),
    }
}

fn is_same(a: &EchoedToken, b: &EchoedToken) -> bool {
    a.text == b.text && a.id == b.id
}

/// The two numbers of a token, if they differ by more than the order of a batch's sums explains in half precision.
fn differ(a: &EchoedToken, b: &EchoedToken) -> Option<(f64, f64)> {
    let (one, other) = (a.log_prob?, b.log_prob?);
    let tolerance = 0.1 + 0.02 * one.abs().min(other.abs());
    ((one - other).abs() > tolerance).then_some((one, other))
}

/// The note on numbers that are all rounded to three decimals or fewer.
fn rounding(tokens: &[EchoedToken]) -> Option<String> {
    let log_probs: Vec<f64> = tokens.iter().filter_map(|token| token.log_prob).collect();
    let is_multiple = |step: f64| {
        let is_whole = |log_prob: &f64| (log_prob / step - (log_prob / step).round()).abs() < 1e-6;
        log_probs.iter().all(is_whole)
    };
    let n_decimals = (0..=3).find(|n| is_multiple(10_f64.powi(-n)))?;
    let half = 0.5 * 10_f64.powi(-n_decimals);
    Some(format!(
        "the server rounds log-probabilities to {n_decimals} decimals: each token's may be off by {half}"
    ))
}

fn shown(token: &EchoedToken) -> String {
    token.text.clone().unwrap_or_else(|| "?".to_owned())
}
