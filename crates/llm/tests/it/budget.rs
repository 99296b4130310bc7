//! The budget is never crossed, whatever the server does.

use crate::support::{Scripted, quick_gate, quick_retry, reply, request, status};
use examen_llm::{
    Budget, Budgeted, ChatError, ChatModel, ChatReply, ChatRequest, Limits, Price, Throttled, Usage,
};
use futures::future::join_all;
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
    time::Duration,
};
use tokio::time::sleep;

const USED: Usage = Usage {
    input_tokens: 40,
    output_tokens: 10,
};

/// Answers each request after a moment, taking as many tokens as `used` says of it.
fn model(used: impl Fn(u64) -> Usage + Send + Sync + 'static) -> Arc<dyn ChatModel> {
    let n_calls = AtomicU64::new(0);
    Arc::new(Scripted(move |_: &ChatRequest| {
        let usage = used(n_calls.fetch_add(1, SeqCst));
        async move {
            sleep(Duration::from_millis(1)).await;
            Ok(reply(usage))
        }
    }))
}

fn tokens(max_tokens: u64) -> Arc<Budget> {
    Arc::new(Budget::new(Limits {
        max_tokens: Some(max_tokens),
        ..Limits::default()
    }))
}

async fn ask_all(model: &dyn ChatModel, n: usize) -> Vec<Result<ChatReply, ChatError>> {
    let request = request("0123456789");
    join_all((0..n).map(|_| model.chat(&request))).await
}

#[tokio::test]
async fn calls_are_made_until_one_could_cross_and_no_further() {
    // A call may take 10 bytes + 1,040 around them + 100 tokens of reply.
    let budget = tokens(5000);
    let model = Budgeted::new(model(|_| USED), Arc::clone(&budget), Some(Price::FREE)).unwrap();
    let results = ask_all(&model, 200).await;
    let meter = budget.meter();
    assert!(meter.input_tokens + meter.output_tokens <= 5000);
    // Whatever is left holds no further call.
    assert!(
        meter.input_tokens + meter.output_tokens + 1150 > 5000,
        "{meter:?}"
    );
    let errors: Vec<ChatError> = results.into_iter().filter_map(Result::err).collect();
    assert_eq!((errors.len() as u64, meter.calls), (200 - meter.calls, 78));
    assert!(
        errors
            .iter()
            .all(|error| error.is_budget() && !error.is_fatal() && !error.is_transient())
    );
    assert!(
        errors[0].hint().is_some() && errors[0].to_string().contains("5000 tokens"),
        "{}",
        errors[0]
    );
}

#[tokio::test]
async fn a_server_that_takes_all_that_it_may_does_not_cross_either() {
    for n in [1, 7, 100] {
        let budget = tokens(10_000);
        let model = model(|_| Usage {
            input_tokens: 1050,
            output_tokens: 100,
        });
        let model = Budgeted::new(model, Arc::clone(&budget), Some(Price::FREE)).unwrap();
        ask_all(&model, n).await;
        let meter = budget.meter();
        assert_eq!(meter.calls, 8.min(n as u64));
        assert!(meter.input_tokens + meter.output_tokens <= 10_000);
    }
}

#[tokio::test]
async fn money_is_counted_by_each_models_price() {
    let budget = Arc::new(Budget::new(Limits {
        max_cost: Some(0.022),
        ..Limits::default()
    }));
    let price = |input, output| Some(Price::per_million(input, output).unwrap());
    let cheap = Budgeted::new(model(|_| USED), Arc::clone(&budget), price(1.0, 10.0)).unwrap();
    let dear = Budgeted::new(model(|_| USED), Arc::clone(&budget), price(10.0, 100.0)).unwrap();
    ask_all(&cheap, 2).await;
    ask_all(&dear, 1).await;
    let cost = budget.meter().cost.expect("all prices are known");
    assert!((cost - (2.0 * 140e-6 + 1400e-6)).abs() < 1e-12, "{cost}");
    let error = ask_all(&dear, 1)
        .await
        .remove(0)
        .expect_err("it may take 0.0205 USD");
    assert_eq!(
        error.to_string(),
        "the budget is used up: 0.0017 USD of 0.0220 USD are spent, and the next call may take 0.0205 USD"
    );
    assert!(
        ask_all(&cheap, 1).await[0].is_ok(),
        "a cheaper one still fits"
    );
}

#[tokio::test]
async fn what_an_earlier_run_spent_counts() {
    let budget = tokens(2000);
    let model = Budgeted::new(model(|_| USED), Arc::clone(&budget), Some(Price::FREE)).unwrap();
    model.already_spent(Usage {
        input_tokens: 800,
        output_tokens: 60,
    });
    assert!(
        ask_all(&model, 1).await[0]
            .as_ref()
            .is_err_and(ChatError::is_budget)
    );
    assert_eq!(
        (budget.meter().calls, budget.meter().input_tokens),
        (0, 800)
    );
}

#[tokio::test]
async fn calls_that_may_have_cost_something_count_in_full() {
    let budget = Arc::new(Budget::default());
    let timed_out = || ChatError::TimedOut {
        url: "http://here".to_owned(),
        after: Duration::from_secs(1),
    };
    let script = Mutex::new(vec![
        Ok(reply(USED)),
        Err(timed_out()),
        Err(status(500, None)),
        Err(status(429, None)),
    ]);
    let model = Scripted(move |_: &ChatRequest| {
        let next = script.lock().unwrap().pop().expect("four calls");
        async { next }
    });
    let model = Budgeted::new(Arc::new(model), Arc::clone(&budget), None).unwrap();
    let model = Throttled::new(Arc::new(model), quick_gate(), quick_retry(), false);
    assert!(ask_all(&model, 1).await[0].is_ok());
    let meter = budget.meter();
    assert_eq!(
        (meter.calls, meter.input_tokens, meter.output_tokens),
        (4, 40, 10)
    );
    assert_eq!(
        (meter.uncertain_tokens, meter.cost),
        (1150, None),
        "only the one that timed out"
    );
}

#[tokio::test]
async fn a_call_that_is_dropped_counts_in_full() {
    let budget = Arc::new(Budget::default());
    let model = Scripted(|_: &ChatRequest| async {
        sleep(Duration::from_secs(60)).await;
        Ok(reply(USED))
    });
    let model = Budgeted::new(Arc::new(model), Arc::clone(&budget), Some(Price::FREE)).unwrap();
    let asked = tokio::time::timeout(Duration::from_millis(5), ask_all(&model, 2)).await;
    assert!(asked.is_err());
    assert_eq!(
        (budget.meter().calls, budget.meter().uncertain_tokens),
        (2, 2300)
    );
}

#[tokio::test]
async fn a_server_that_counts_nothing_is_counted_for() {
    let budget = Arc::new(Budget::default());
    let model = Budgeted::new(
        model(|_| Usage::default()),
        Arc::clone(&budget),
        Some(Price::FREE),
    )
    .unwrap();
    ask_all(&model, 1).await;
    assert_eq!(
        (budget.meter().input_tokens, budget.meter().uncertain_tokens),
        (0, 1050 + 2)
    );
}

#[tokio::test]
async fn a_server_that_adds_more_than_was_thought_is_learned_from() {
    let budget = tokens(20_000);
    let model = model(|_| Usage {
        input_tokens: 5000,
        output_tokens: 100,
    });
    let model = Budgeted::new(model, Arc::clone(&budget), Some(Price::FREE)).unwrap();
    for _ in 0..10 {
        ask_all(&model, 1).await;
    }
    assert_eq!(budget.meter().calls, 3);
}

#[test]
fn a_limit_of_money_needs_a_price() {
    let budget = Arc::new(Budget::new(Limits {
        max_cost: Some(1.0),
        ..Limits::default()
    }));
    let error = Budgeted::new(model(|_| USED), budget, None)
        .err()
        .expect("the price is not known");
    assert!(
        matches!(error, ChatError::Setting { .. }) && error.to_string().contains("`scripted`"),
        "{error}"
    );
}
