//! Likelihoods by echoed prompts: right in every API, and a wrong echo refused before anything is scored.

use crate::support::{quick_gate, quick_retry};
use examen_fake_server::{Abilities, Echo, EchoApi, FakeServer, Faults, language};
use examen_llm::{
    Account, Budget, ContinuationScorer, EchoScorer, Limits, NoLikelihood, Price, ScoreError,
    ScoreFault, ScoreReply, ScoreRequest, Served, Throttle,
    backends::{Preset, Remote, ServerOptions},
};
use std::{ops::ControlFlow, sync::Arc};

fn server_with(echo: Option<(EchoApi, Echo)>, faults: Faults) -> FakeServer {
    let abilities = Abilities {
        echo,
        ..Abilities::default()
    };
    FakeServer::start_with(0, faults, abilities).expect("a free port")
}

fn server(api: EchoApi, echo: Echo) -> FakeServer {
    server_with(Some((api, echo)), Faults::default())
}

pub(crate) fn served(server: &FakeServer, limits: Limits) -> Arc<Served> {
    let api = Preset::named("vllm").expect("a preset").api;
    let remote =
        Remote::connect(api, &ServerOptions::new(server.base_url(), "fake")).expect("an address");
    let account =
        Account::new("fake", Arc::new(Budget::new(limits)), Some(Price::FREE)).expect("a price");
    let throttle = Throttle::new(quick_gate(), quick_retry(), false);
    Arc::new(Served::new(remote, throttle, account))
}

async fn probe(server: &FakeServer) -> Result<EchoScorer, NoLikelihood> {
    EchoScorer::probe(served(server, Limits::default())).await
}

fn request(context: &str, continuations: &[&str]) -> ScoreRequest {
    ScoreRequest {
        context: context.to_owned(),
        continuations: continuations.iter().map(|it| (*it).to_owned()).collect(),
    }
}

type Outcomes = Vec<Option<Result<ScoreReply, ScoreFault>>>;

/// The outcomes of all requests.
async fn score(
    scorer: EchoScorer,
    requests: Vec<ScoreRequest>,
) -> (Outcomes, Result<(), ScoreError>) {
    let run = move || {
        let mut outcomes = vec![None; requests.len()];
        let ended = scorer.try_each(&requests, &mut |index, outcome| {
            outcomes[index] = Some(outcome);
            ControlFlow::Continue(())
        });
        (outcomes, ended)
    };
    tokio::task::spawn_blocking(run).await.expect("no panic")
}

/// What the fake's model says of `continuation` after `context`.
fn expected(context: &str, continuation: &str) -> f64 {
    let all = language::log_probs(&format!("{context}{continuation}"));
    all[language::tokens(context).len()..]
        .iter()
        .flatten()
        .sum()
}

const CONTEXT: &str = "Question: Which fluid cools the observatory of São João? Answer:";
const OPTIONS: [&str; 3] = [" chilled water", " ammonia, never", " naïve brine"];

#[tokio::test]
async fn every_api_gives_the_log_probabilities_that_the_model_has() {
    for api in [
        EchoApi::OpenAi,
        EchoApi::Vllm,
        EchoApi::SgLang,
        EchoApi::Tgi,
    ] {
        let server = server(api, Echo::Right);
        let scorer = probe(&server)
            .await
            .unwrap_or_else(|error| panic!("{api:?}: {error}"));
        assert!(scorer.notes().is_empty(), "{:?}", scorer.notes());
        let (outcomes, ended) = score(scorer, vec![request(CONTEXT, &OPTIONS)]).await;
        ended.unwrap();
        let reply = outcomes[0].clone().unwrap().unwrap();
        for (score, option) in reply.continuations.iter().zip(OPTIONS) {
            let (found, right) = (score.log_prob().0, expected(CONTEXT, option));
            assert!(
                (found - right).abs() < 1e-9,
                "{api:?} {option}: {found}, not {right}"
            );
            let n_tokens = language::tokens(option).len();
            assert_eq!(score.token_log_probs.len(), n_tokens);
            let n_ids = if api == EchoApi::OpenAi { 0 } else { n_tokens };
            assert_eq!(score.tokens.len(), n_ids, "{api:?}");
        }
    }
}

#[tokio::test]
async fn white_space_before_the_border_is_scored_with_the_continuation() {
    let server = server(EchoApi::OpenAi, Echo::Right);
    let scorer = probe(&server).await.unwrap();
    let (outcomes, _) = score(scorer, vec![request("The answer: ", &["water"])]).await;
    let reply = outcomes[0].clone().unwrap().unwrap();
    let right = expected("The answer:", " water");
    assert!((reply.continuations[0].log_prob().0 - right).abs() < 1e-9);
}

#[tokio::test]
async fn a_wrong_echo_is_refused_by_what_is_wrong() {
    for (echo, words) in [
        (Echo::ShiftedLeft, "the numbers are"),
        (Echo::ShiftedRight, "the numbers are"),
        (
            Echo::NoFirst,
            "leaves out the beginning of the prompt, up to `The`",
        ),
        (Echo::OnlyWritten, "only of the text that it writes"),
        (Echo::OtherText, "the numbers are"),
        (Echo::Unstable, "in another to the same prompt"),
        (Echo::Gap, "has no log-probability"),
        (Echo::Short, "log-probabilities for"),
    ] {
        let server = server(EchoApi::OpenAi, echo);
        let error = probe(&server).await.expect_err("a wrong echo");
        let NoLikelihood::Refused(_) = &error else {
            panic!("{echo:?}: {error}");
        };
        assert!(error.to_string().contains(words), "{echo:?}: {error}");
    }
}

#[tokio::test]
async fn a_shifted_echo_is_refused_in_every_api() {
    for api in [EchoApi::Vllm, EchoApi::SgLang, EchoApi::Tgi] {
        for echo in [Echo::ShiftedLeft, Echo::ShiftedRight, Echo::OtherText] {
            let server = server(api, echo);
            assert!(probe(&server).await.is_err(), "{api:?} {echo:?}");
        }
    }
}

#[tokio::test]
async fn a_server_that_only_chats_has_no_likelihoods() {
    let server = server_with(None, Faults::default());
    let error = probe(&server).await.expect_err("no echo");
    assert!(
        error.to_string().contains("this is a chat model"),
        "{error}"
    );
    assert!(error.reason().contains("not there"), "{}", error.reason());
}

#[tokio::test]
async fn rounded_numbers_are_taken_and_told() {
    let server = server(EchoApi::OpenAi, Echo::Rounded);
    let scorer = probe(&server).await.unwrap();
    assert!(scorer.notes()[0].contains("to 1 decimals: each token's may be off by 0.05"));
}

#[tokio::test]
async fn a_token_over_the_border_is_scored_by_ids_or_refused() {
    let melting = || {
        vec![
            request("The answer is bri", &["ne", "de"]),
            request(CONTEXT, &OPTIONS),
        ]
    };
    let with_ids = server(EchoApi::Vllm, Echo::Right);
    let (outcomes, ended) = score(probe(&with_ids).await.unwrap(), melting()).await;
    ended.unwrap();
    // As lm-evaluation-harness: "The answer is brine" has as many tokens as "The answer is bri", so nothing is left over.
    let refused = outcomes[0].clone().unwrap().unwrap_err();
    assert!(
        refused.to_string().contains("no token of its own"),
        "{refused}"
    );
    assert!(outcomes[1].clone().unwrap().is_ok());

    let longer = vec![request("The answer is bri", &["ned beef"])];
    let (outcomes, _) = score(probe(&with_ids).await.unwrap(), longer.clone()).await;
    let reply = outcomes[0].clone().unwrap().unwrap();
    // The context's tokens, then what the whole text has after as many: ` beef` after ` bri`.
    let right: f64 = language::log_probs("The answer is bri beef")[4..]
        .iter()
        .flatten()
        .sum();
    assert!((reply.continuations[0].log_prob().0 - right).abs() < 1e-9);

    let without_ids = server(EchoApi::OpenAi, Echo::Right);
    let (outcomes, ended) = score(probe(&without_ids).await.unwrap(), longer).await;
    ended.unwrap();
    let refused = outcomes[0].clone().unwrap().unwrap_err();
    assert!(
        refused.to_string().contains("it tells no token ids"),
        "{refused}"
    );
}

#[tokio::test]
async fn a_429_storm_changes_no_number() {
    let requests: Vec<ScoreRequest> = (0..40)
        .map(|n| request(&format!("Question {n}: {CONTEXT}"), &OPTIONS))
        .collect();
    let calm = server(EchoApi::OpenAi, Echo::Right);
    let (undisturbed, _) = score(probe(&calm).await.unwrap(), requests.clone()).await;
    let storm = Faults {
        fail_every: 3,
        fail_code: Some(429),
        max_in_flight: Some(3),
        ..Faults::default()
    };
    let stormy = server_with(Some((EchoApi::OpenAi, Echo::Right)), storm);
    let (disturbed, ended) = score(probe(&stormy).await.unwrap(), requests).await;
    ended.unwrap();
    assert_eq!(undisturbed, disturbed);
}

#[tokio::test]
async fn an_empty_context_is_refused_and_the_others_are_scored() {
    let server = server(EchoApi::OpenAi, Echo::Right);
    let requests = vec![request("", &OPTIONS), request(CONTEXT, &OPTIONS)];
    let (outcomes, ended) = score(probe(&server).await.unwrap(), requests).await;
    ended.unwrap();
    assert!(matches!(outcomes[0], Some(Err(ScoreFault::Refused(_)))));
    assert!(matches!(outcomes[1], Some(Ok(_))));
}

#[tokio::test]
async fn a_budget_that_is_used_up_ends_the_run_with_what_was_answered() {
    let server = server(EchoApi::OpenAi, Echo::Right);
    let limits = Limits {
        max_tokens: Some(3_000),
        ..Limits::default()
    };
    let scorer = EchoScorer::probe(served(&server, limits)).await.unwrap();
    let requests = vec![request(CONTEXT, &OPTIONS); 60];
    let (outcomes, ended) = score(scorer, requests).await;
    let Err(ScoreError::Server(error)) = ended else {
        panic!("{ended:?}");
    };
    assert!(error.is_budget(), "{error}");
    let n_scored = outcomes.iter().flatten().count();
    assert!((1..60).contains(&n_scored), "{n_scored}");
}
