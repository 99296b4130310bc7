//! Looks at a model behind a server.

use super::{
    Check, Findings,
    probes::{self, failed},
};
use crate::{failure::Failure, models};
use examen_llm::{
    Account, Budget, ChatError, ChatModel, ChatReply, ChatRequest, EchoScorer, Gate, GateOptions,
    Letters, NoLetters, NoLikelihood, Prices, RetryPolicy, Served, Throttle,
    backends::{
        Offered, Remote,
        dialect::{Dialect, ResponseFormat},
    },
    choice,
};
use serde_json::Value;
use std::{sync::Arc, time::Duration};

/// A list of models shorter than this is shown whole.
const MAX_SHOWN: usize = 5;

/// The documents' passages, the prompt and the reply of `generate`'s usual settings fit in so many tokens.
const ENOUGH_CONTEXT: u64 = 4096;

pub(super) async fn look(
    model: &str,
    server: &models::Remote,
    findings: &mut Findings,
) -> Result<(), Failure> {
    let served = Arc::new(patient(model, server)?);
    let backend = served.remote();
    let offered = backend.offered().await;
    findings.add(address(&offered, backend, server))?;
    if matches!(&offered, Err(error) if error.is_unreachable()) {
        return Ok(());
    }
    let answered = served.chat(&probes::plain()).await;
    findings.add(key(server, &offered, answered.as_ref().err()))?;
    findings.add(known(model, backend, &offered, answered.as_ref().err()))?;
    findings.add(probes::reply(&answered))?;
    if answered.is_err() {
        return Ok(());
    }
    abilities(&served, findings).await?;
    findings.add(context(model, &offered))?;
    findings.add(limits(backend))?;
    findings.add(price(model, server))?;
    findings.add(probes::speed(&*served).await)
}

/// What a server that answers can do.
async fn abilities(served: &Arc<Served>, findings: &mut Findings) -> Result<(), Failure> {
    let backend = served.remote();
    if backend.dialect().stream {
        let found = "the server only streams: replies are read from streams";
        findings.add(Check::passed("stream", found))?;
    }
    findings.add(system_role(served).await)?;
    let schema = schema(backend).await;
    let is_kept = schema.outcome == super::Outcome::Passed;
    findings.add(schema)?;
    findings.add(object(backend, is_kept).await)?;
    findings.add(seed(served).await)?;
    findings.add(choice(served).await)?;
    findings.add(letters(served).await)?;
    findings.add(likelihood(served).await)
}

/// Instructions in a message of their own.
async fn system_role(served: &Served) -> Check {
    match served.chat(&probes::instructed()).await {
        Ok(_) if served.remote().dialect().without_system => Check::failed(
            "system role",
            "refused by the model's template or the server",
        )
        .advice("not needed: instructions are written into the user's turn from then on"),
        Ok(_) => Check::passed("system role", "taken"),
        Err(error) => failed("system role", &error),
    }
}

/// The model, asked again where that may help, but not for long.
fn patient(model: &str, server: &models::Remote) -> Result<Served, Failure> {
    let remote = Remote::connect(server.preset.api, &server.options(model, 2))?;
    let retry = RetryPolicy {
        max_retries: 2,
        longest_retry_after: Duration::from_secs(60),
        ..RetryPolicy::default()
    };
    let throttle = Throttle::new(Arc::new(Gate::new(GateOptions::new(1))), retry, false);
    let account = Account::new(model, Arc::new(Budget::default()), None)?;
    Ok(Served::new(remote, throttle, account))
}

fn address(
    offered: &Result<Vec<Offered>, ChatError>,
    backend: &Remote,
    server: &models::Remote,
) -> Check {
    let check = match offered {
        Err(error) if error.is_unreachable() => failed("address", error),
        _ => Check::passed("address", format!("{} answers", backend.endpoint())),
    };
    let advice = match offered {
        Err(ChatError::NobodyThere { .. }) => server.if_nobody_answers(),
        _ => None,
    };
    match advice {
        Some(advice) => check.advice(advice).needed(),
        None => check.needed(),
    }
}

fn key(
    server: &models::Remote,
    offered: &Result<Vec<Offered>, ChatError>,
    refused: Option<&ChatError>,
) -> Check {
    let is_about_key = |error: &ChatError| {
        matches!(
            error,
            ChatError::Status {
                status: 401 | 403,
                ..
            }
        )
    };
    let source = match (server.has_key(), server.key_variable) {
        (true, Some(variable)) => format!("from {variable}"),
        _ => "none is sent".to_owned(),
    };
    let Some(error) = refused.filter(|error| is_about_key(error)) else {
        let is_restricted = offered.as_ref().is_err_and(is_about_key);
        let note = if is_restricted {
            "; it may not list models"
        } else {
            ""
        };
        return Check::passed("key", format!("{source}{note}")).needed();
    };
    let variable = server.key_variable.unwrap_or("OPENAI_API_KEY");
    let advice = match server.has_key() {
        true => {
            format!(
                "the server refuses the key in {variable}: is it this vendor's, valid, and allowed this model?"
            )
        }
        false => format!("set {variable} to your key"),
    };
    Check::failed("key", format!("{source}; {}", error.reason()))
        .advice(advice)
        .needed()
}

fn known(
    model: &str,
    backend: &Remote,
    offered: &Result<Vec<Offered>, ChatError>,
    refused: Option<&ChatError>,
) -> Check {
    let is_unknown_to_server = matches!(refused, Some(ChatError::Status { status: 404, .. }));
    let Ok(offered) = offered else {
        return Check::unknown(
            "model",
            "the server lists no models; the reply shows whether it knows this one",
        );
    };
    if offered.iter().any(|one| one.id == model) {
        return Check::passed("model", "the server offers it");
    }
    if !backend.lists_model_names() && !is_unknown_to_server {
        return Check::unknown(
            "model",
            "Azure lists models, not deployments; the reply shows whether it knows this one",
        );
    }
    let near = if offered.len() <= MAX_SHOWN {
        offered.iter().map(|one| one.id.as_str()).collect()
    } else {
        Offered::near(offered, model)
    };
    let found = format!("not among the {} that the server offers", offered.len());
    let check = if refused.is_none() {
        Check::unknown("model", found)
    } else {
        Check::failed("model", found)
    };
    match near.is_empty() {
        true => check,
        false => check.advice(format!("near it: {}", near.join(", "))),
    }
}

async fn ask_in(
    backend: &Remote,
    format: ResponseFormat,
    request: &ChatRequest,
) -> Result<ChatReply, ChatError> {
    backend
        .chat_in(
            request,
            Dialect {
                response_format: format,
                ..backend.dialect()
            },
        )
        .await
}

async fn schema(backend: &Remote) -> Check {
    match ask_in(backend, ResponseFormat::JsonSchema, &probes::shaped()).await {
        Ok(reply) if probes::keeps_schema(&reply.text) => Check::passed("JSON schema", "taken and kept"),
        Ok(reply) => {
            Check::failed("JSON schema", format!("taken but not kept: “{}”", probes::first_words(&reply.text)))
                .advice("generate saves what it can of broken replies and asks again: expect more calls for a question")
        }
        Err(error) => Check::failed("JSON schema", format!("refused: {}", error.reason()))
            .advice("generate falls back by itself: to any JSON, then to words alone"),
    }
}

/// The way out for a server that takes no schema: any JSON object, or a forced tool.
async fn object(backend: &Remote, has_schema: bool) -> Check {
    let (name, format) = match backend.dialect().has_tools {
        true => ("forced tool", ResponseFormat::Tool),
        false => ("JSON object", ResponseFormat::JsonObject),
    };
    let check = match ask_in(backend, format, &probes::shaped()).await {
        Ok(reply)
            if serde_json::from_str::<Value>(&reply.text).is_ok_and(|value| value.is_object()) =>
        {
            return Check::passed(name, "taken and kept");
        }
        Ok(_) => Check::failed(name, "taken but not kept"),
        Err(error) => Check::failed(name, format!("refused: {}", error.reason())),
    };
    match has_schema {
        true => check.advice("not needed: the schema is kept"),
        false => check.advice(
            "the shape of a reply is asked for in words alone; a larger model keeps it better",
        ),
    }
}

async fn seed(served: &Served) -> Check {
    if served.remote().dialect().without_seed {
        return Check::failed("seed", "the server takes none")
            .advice("a new run writes other questions; a rerun of the same output does not, for its replies are kept");
    }
    let request = probes::random(probes::MAX_TOKENS);
    let (one, other) = (served.chat(&request).await, served.chat(&request).await);
    probes::seed(&one, &other)
}

/// Generation held to a letter.
async fn choice(served: &Served) -> Check {
    match choice::probe(served).await {
        Ok(Ok(())) => Check::passed("choice", "kept: evaluate can hold a reply to a letter"),
        Ok(Err(reason)) => Check::failed("choice", format!("not kept: {reason}"))
            .advice("evaluate reads the letter from a free reply (--answer generate)"),
        Err(error) => failed("choice", &error),
    }
}

/// Letters by the likeliest first tokens.
async fn letters(served: &Served) -> Check {
    match Letters::probe(served).await {
        Ok(letters) => Check::passed(
            "letters",
            format!(
                "top_logprobs lists {} first tokens: evaluate can compare letters",
                letters.n_listed
            ),
        ),
        Err(NoLetters::Failed(error)) => failed("letters", &error),
        Err(error) => Check::failed("letters", error.to_string())
            .advice("generate needs none; evaluate can grade by --answer generate"),
    }
}

/// Likelihood by an echo of the prompt.
async fn likelihood(served: &Arc<Served>) -> Check {
    match EchoScorer::probe(Arc::clone(served)).await {
        Ok(scorer) => {
            let check = Check::passed(
                "likelihood",
                format!("by {}: evaluate can score any text", scorer.way()),
            );
            match scorer.notes() {
                [] => check,
                notes => check.advice(notes.join("; ")),
            }
        }
        Err(NoLikelihood::Failed(error)) => failed("likelihood", &error),
        Err(error) => Check::failed("likelihood", error.reason())
            .advice("generate needs none; evaluate can grade by letters or by generation"),
    }
}

fn context(model: &str, offered: &Result<Vec<Offered>, ChatError>) -> Check {
    let entry = offered.iter().flatten().find(|one| one.id == model);
    match entry.and_then(|one| one.context_tokens) {
        None => Check::unknown("context", "the server does not say"),
        Some(n) if n < ENOUGH_CONTEXT => Check::failed("context", format!("{n} tokens"))
            .advice("short: lower --chunk-tokens and --max-new-tokens so that passage, prompt and reply fit"),
        Some(n) => Check::passed("context", format!("{n} tokens")),
    }
}

fn limits(backend: &Remote) -> Check {
    let limits = backend.limits();
    if limits.is_empty() {
        return Check::unknown("limits", "the server does not say").advice(
            "generate adapts to refusals; keep within a known limit with --requests-per-minute, --tokens-per-minute",
        );
    }
    let shown: Vec<String> = limits
        .iter()
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    Check::passed("limits", shown.join(", "))
        .advice("keep within them with --requests-per-minute and --tokens-per-minute")
}

fn price(model: &str, server: &models::Remote) -> Check {
    let known = Prices::known();
    let price = models::Spending::default()
        .price(Some(server), model)
        .ok()
        .flatten();
    match price.map(examen_llm::Price::of_million) {
        Some((0.0, 0.0)) => Check::passed("price", "free, as far as is known"),
        Some((input, output)) => Check::passed(
            "price",
            format!(
                "{input} USD a million tokens read, {output} written (list of {})",
                known.date
            ),
        ),
        None => Check::unknown("price", "not in the list")
            .advice("--max-cost needs it: give it with --price IN,OUT"),
    }
}
