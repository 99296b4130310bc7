//! A server that misbehaves, behind the gate: everything is answered, nothing is asked faster than it takes.

use crate::support::{Scripted, quick_gate_options, quick_retry, reply, request, status};
use examen_llm::{
    ChatError, ChatModel, ChatReply, ChatRequest, Gate, GateOptions, Gates, RetryPolicy, Throttled,
    Usage,
};
use futures::future::join_all;
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::{Duration, Instant},
};
use tokio::time::sleep;

type Result = std::result::Result<ChatReply, ChatError>;

const MILLISECOND: Duration = Duration::from_millis(1);

/// Counts what is in flight, and refuses whatever is beyond a limit.
#[derive(Default)]
struct Server {
    n_in_flight: AtomicUsize,
    most_in_flight: AtomicUsize,
    n_calls: AtomicUsize,
    n_refused: AtomicUsize,
}

impl Server {
    /// Answers after `latency`, or refuses at once with `error` where more than `limit` are in flight.
    async fn answer(
        self: Arc<Self>,
        limit: usize,
        latency: Duration,
        error: fn() -> ChatError,
    ) -> Result {
        self.n_calls.fetch_add(1, SeqCst);
        let n = self.n_in_flight.fetch_add(1, SeqCst) + 1;
        self.most_in_flight.fetch_max(n, SeqCst);
        let result = match n > limit {
            true => {
                self.n_refused.fetch_add(1, SeqCst);
                sleep(MILLISECOND).await;
                Err(error())
            }
            false => {
                sleep(latency).await;
                Ok(reply(Usage {
                    input_tokens: 3,
                    output_tokens: 2,
                }))
            }
        };
        self.n_in_flight.fetch_sub(1, SeqCst);
        result
    }
}

fn limited(server: &Arc<Server>, limit: usize, error: fn() -> ChatError) -> Arc<dyn ChatModel> {
    let server = Arc::clone(server);
    Arc::new(Scripted(move |_: &ChatRequest| {
        Arc::clone(&server).answer(limit, 2 * MILLISECOND, error)
    }))
}

async fn ask_all(model: &Throttled, n: usize) -> Vec<Result> {
    let request = request("x");
    join_all((0..n).map(|_| model.chat(&request))).await
}

#[tokio::test]
async fn storms_of_429_end_with_everything_answered_and_the_window_shrinks() {
    let errors: [fn() -> ChatError; 3] = [
        || status(429, None),
        || status(429, Some(2 * MILLISECOND)),
        || status(503, Some(2 * MILLISECOND)),
    ];
    for error in errors {
        let server = Arc::new(Server::default());
        let gate = Arc::new(Gate::new(quick_gate_options(64)));
        let retry = RetryPolicy {
            max_retries: 30,
            ..quick_retry()
        };
        let model = Throttled::new(limited(&server, 4, error), Arc::clone(&gate), retry, false);
        let results = ask_all(&model, 400).await;
        assert!(
            results.iter().all(Result::is_ok),
            "{:?}",
            results.iter().find(|result| result.is_err())
        );
        assert!(gate.window() < 32, "{}", gate.window());
        assert!(server.n_refused.load(SeqCst) > 0 && gate.in_flight() == 0);
    }
}

#[tokio::test]
async fn a_429_costs_no_try_while_others_are_answered() {
    let server = Arc::new(Server::default());
    let gate = Arc::new(Gate::new(quick_gate_options(32)));
    let retry = RetryPolicy {
        max_retries: 1,
        ..quick_retry()
    };
    let model = Throttled::new(
        limited(&server, 2, || status(429, None)),
        gate,
        retry,
        false,
    );
    let n_answered = ask_all(&model, 200)
        .await
        .iter()
        .filter(|result| result.is_ok())
        .count();
    // Whoever is refused twice while nobody is answered at all has used up its tries.
    assert!(n_answered >= 190, "{n_answered}");
}

#[tokio::test]
async fn the_window_recovers_after_a_storm() {
    let server = Arc::new(Server::default());
    let gate = Arc::new(Gate::new(GateOptions {
        max: 16,
        ..quick_gate_options(16)
    }));
    let storm = limited(&server, 2, || status(429, None));
    ask_all(
        &Throttled::new(storm, Arc::clone(&gate), quick_retry(), false),
        60,
    )
    .await;
    assert!(gate.window() < 16);
    let calm = limited(&server, usize::MAX, || status(429, None));
    let results = ask_all(
        &Throttled::new(calm, Arc::clone(&gate), quick_retry(), false),
        600,
    )
    .await;
    assert!(results.iter().all(Result::is_ok));
    assert_eq!(gate.window(), 16);
}

#[tokio::test]
async fn no_more_than_the_window_are_in_flight_and_it_grows_to_its_maximum() {
    let server = Arc::new(Server::default());
    let gate = Arc::new(Gate::new(GateOptions {
        max: 12,
        ..quick_gate_options(4)
    }));
    let model = Throttled::new(
        limited(&server, usize::MAX, || status(429, None)),
        Arc::clone(&gate),
        quick_retry(),
        false,
    );
    ask_all(&model, 400).await;
    assert_eq!(
        (gate.window(), server.most_in_flight.load(SeqCst)),
        (12, 12)
    );
}

#[tokio::test]
async fn one_500_in_ten_is_asked_again() {
    let n_calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&n_calls);
    let model = Scripted(move |_: &ChatRequest| {
        let is_bad = counted.fetch_add(1, SeqCst).is_multiple_of(10);
        async move {
            if is_bad {
                Err(status(500, None))
            } else {
                Ok(reply(Usage::default()))
            }
        }
    });
    let gate = Arc::new(Gate::new(quick_gate_options(16)));
    let model = Throttled::new(Arc::new(model), Arc::clone(&gate), quick_retry(), false);
    assert!(ask_all(&model, 500).await.iter().all(Result::is_ok));
    assert!(n_calls.load(SeqCst) > 500);
    assert!(gate.window() >= 16, "a 500 is no sign of overload");
}

#[tokio::test]
async fn a_few_failures_cost_a_few_retries_and_no_pauses() {
    for code in [500, 503, 429] {
        let n_calls = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&n_calls);
        let model = Scripted(move |_: &ChatRequest| {
            let is_bad = counted.fetch_add(1, SeqCst) % 13 == 12;
            async move {
                sleep(10 * MILLISECOND).await;
                match is_bad {
                    true => Err(status(code, None)),
                    false => Ok(reply(Usage::default())),
                }
            }
        });
        let gate = Arc::new(Gate::new(GateOptions::new(16)));
        let policy = RetryPolicy::default();
        let first_delay = policy.first_delay;
        let model = Throttled::new(Arc::new(model), gate, policy, false);
        let begun = Instant::now();
        assert!(ask_all(&model, 400).await.iter().all(Result::is_ok));
        assert!(
            begun.elapsed() < first_delay,
            "{code}: {:?}",
            begun.elapsed()
        );
    }
}

#[tokio::test]
async fn a_server_that_only_fails_is_given_up_with_its_error() {
    let options = GateOptions {
        patience_at_first: 5 * MILLISECOND,
        ..quick_gate_options(8)
    };
    let model = Scripted(|_: &ChatRequest| async { Err(status(500, None)) });
    let retry = RetryPolicy {
        max_retries: 1000,
        ..quick_retry()
    };
    let model = Throttled::new(Arc::new(model), Arc::new(Gate::new(options)), retry, false);
    for result in ask_all(&model, 20).await {
        let error = result.expect_err("every call fails");
        assert!(
            matches!(error, ChatError::GaveUp { n_tries: 16.., .. }) && error.is_fatal(),
            "{error}"
        );
        assert!(
            error.to_string().contains("injected") && !error.reason().contains("http://here"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_server_that_says_it_is_busy_is_given_longer() {
    let options = GateOptions {
        patience_at_first: MILLISECOND,
        ..quick_gate_options(8)
    };
    let model = Scripted(|_: &ChatRequest| async { Err(status(503, None)) });
    let model = Throttled::new(
        Arc::new(model),
        Arc::new(Gate::new(options)),
        quick_retry(),
        false,
    );
    for result in ask_all(&model, 20).await {
        let error = result.expect_err("every call fails");
        assert!(
            matches!(error, ChatError::Status { status: 503, .. }),
            "{error}"
        );
    }
}

#[tokio::test]
async fn what_retry_after_asks_holds_for_all() {
    let n_calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&n_calls);
    let wait = Duration::from_millis(80);
    let model = Scripted(move |_: &ChatRequest| {
        let is_first = counted.fetch_add(1, SeqCst) == 0;
        async move {
            if is_first {
                Err(status(429, Some(wait)))
            } else {
                Ok(reply(Usage::default()))
            }
        }
    });
    let gate = Arc::new(Gate::new(quick_gate_options(1)));
    let model = Throttled::new(Arc::new(model), gate, quick_retry(), false);
    let begun = Instant::now();
    // The second has not been refused, and waits as well.
    let (one, other) = (request("x"), request("y"));
    let late = async {
        sleep(10 * MILLISECOND).await;
        model.chat(&other).await
    };
    let (first, second) = futures::join!(model.chat(&one), late);
    assert!(first.is_ok() && second.is_ok());
    assert!(begun.elapsed() >= wait && n_calls.load(SeqCst) == 3);
}

#[tokio::test]
async fn requests_and_tokens_a_minute_are_kept() {
    for options in [
        GateOptions {
            requests_per_minute: Some(3000),
            ..quick_gate_options(50)
        },
        // 3 + 2 tokens each, once the replies have shown it.
        GateOptions {
            tokens_per_minute: Some(15_000),
            ..quick_gate_options(50)
        },
    ] {
        let server = Arc::new(Server::default());
        let model = limited(&server, usize::MAX, || status(429, None));
        let model = Throttled::new(model, Arc::new(Gate::new(options)), quick_retry(), false);
        let request = ChatRequest {
            sampling: examen_llm::Sampling::greedy(4),
            ..request("abc")
        };
        let begun = Instant::now();
        let results = join_all((0..70).map(|_| model.chat(&request))).await;
        assert!(results.iter().all(Result::is_ok));
        // 49 are in the bucket, 49 a second come after.
        assert!(
            begun.elapsed() >= Duration::from_millis(350),
            "{:?}",
            begun.elapsed()
        );
    }
}

#[tokio::test]
async fn a_request_that_is_dropped_gives_back_its_place() {
    let model = Scripted(|_: &ChatRequest| async {
        sleep(Duration::from_secs(60)).await;
        Ok(reply(Usage::default()))
    });
    let gate = Arc::new(Gate::new(quick_gate_options(2)));
    let model = Throttled::new(Arc::new(model), Arc::clone(&gate), quick_retry(), false);
    let request = request("x");
    let asked = tokio::time::timeout(
        20 * MILLISECOND,
        join_all((0..5).map(|_| model.chat(&request))),
    )
    .await;
    assert!(asked.is_err() && gate.in_flight() == 0);
    let server = Arc::new(Server::default());
    let model = Throttled::new(
        limited(&server, 9, || status(429, None)),
        gate,
        quick_retry(),
        false,
    );
    assert!(ask_all(&model, 5).await.iter().all(Result::is_ok));
}

#[tokio::test]
async fn a_straggler_is_asked_twice_and_the_first_answer_counts() {
    let n_calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&n_calls);
    let model = Scripted(move |_: &ChatRequest| {
        // The window is full then, and stays so.
        let is_straggler = counted.fetch_add(1, SeqCst) == 200;
        async move {
            sleep(if is_straggler {
                Duration::from_secs(60)
            } else {
                MILLISECOND
            })
            .await;
            Ok(reply(Usage::default()))
        }
    });
    let gate = Arc::new(Gate::new(quick_gate_options(4)));
    let model = Throttled::new(Arc::new(model), gate, quick_retry(), true);
    let begun = Instant::now();
    assert!(ask_all(&model, 400).await.iter().all(Result::is_ok));
    assert!(begun.elapsed() < Duration::from_secs(30));
    assert!(n_calls.load(SeqCst) >= 401);
}

#[test]
fn models_of_one_host_share_a_gate() {
    let gates = Gates::new(GateOptions::new(8));
    let gate = gates.gate("https://here:443");
    assert!(Arc::ptr_eq(&gate, &gates.gate("https://here:443")));
    assert!(!Arc::ptr_eq(&gate, &gates.gate("https://there:443")));
    assert_eq!((gate.window(), gate.max_window()), (8, 64));
    assert_eq!(GateOptions::new(1000).max, 4096);
    assert_eq!(GateOptions::new(9000).max, 9000);
}
