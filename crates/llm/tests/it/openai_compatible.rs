use crate::support::{
    answers, answers_once, bodies, completion, connect, error, quick_gate, quick_retry,
};
use examen_llm::{
    ChatError, ChatModel, ChatReply, ChatRequest, Constraint, FinishReason, Message, RetryPolicy,
    Role, Sampling, Throttled,
    backends::{Preset, Remote, ServerOptions, dialect::Dialect},
};
use serde_json::{Value, json};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};
use tracing::{Event, Level, Metadata, Subscriber, span};
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{body_partial_json, header, method, path, query_param},
};

fn request() -> ChatRequest {
    ChatRequest {
        messages: vec![Message {
            role: Role::User,
            content: "Write one question.".into(),
        }],
        constraint: Some(Constraint::JsonSchema(
            json!({"type": "object", "properties": {"a": {"maxLength": 3}}}).into(),
        )),
        sampling: Sampling {
            temperature: 0.5,
            seed: u64::MAX,
            ..Sampling::greedy(64)
        },
    }
}

fn options(base_url: &str) -> ServerOptions {
    ServerOptions::new(base_url, "tester")
}

fn model(options: &ServerOptions) -> Remote {
    connect("openai", options)
}

fn throttled(options: &ServerOptions, retry: RetryPolicy) -> Throttled {
    Throttled::new(Arc::new(model(options)), quick_gate(), retry, false)
}

async fn ask(options: &ServerOptions) -> Result<ChatReply, ChatError> {
    throttled(options, quick_retry()).chat(&request()).await
}

#[tokio::test]
async fn the_request_is_as_the_reference_says() {
    let server = MockServer::start().await;
    answers(&server, completion("{}")).await;
    let reply = ask(&options(&server.uri())).await.expect("an answer");
    assert_eq!(
        (reply.text.as_str(), reply.finish),
        ("{}", FinishReason::Stop)
    );
    assert_eq!(
        (reply.usage.input_tokens, reply.usage.output_tokens),
        (7, 2)
    );
    let expected = json!({
        "model": "tester",
        "messages": [{"role": "user", "content": "Write one question."}],
        "temperature": 0.5,
        "seed": 0x7fff_ffff,
        "max_tokens": 64,
        "response_format": {"type": "json_schema", "json_schema": {
            "name": "reply", "schema": {"type": "object", "properties": {"a": {}}}, "strict": true,
        }},
    });
    assert_eq!(bodies(&server).await, [expected]);
    let received = server
        .received_requests()
        .await
        .expect("requests are recorded");
    assert!(
        !received[0].headers.contains_key("authorization"),
        "no key was given"
    );
}

#[tokio::test]
async fn the_key_is_sent_and_never_shown() {
    let server = MockServer::start().await;
    Mock::given(header("authorization", "Bearer s3cret"))
        .respond_with(completion("ok"))
        .mount(&server)
        .await;
    let options = ServerOptions {
        api_key: Some(" s3cret\n".to_owned()),
        ..options(&server.uri())
    };
    let model = model(&options);
    assert!(!format!("{options:?} {model:?}").contains("s3cret"));
    assert_eq!(model.chat(&request()).await.expect("an answer").text, "ok");
}

#[tokio::test]
async fn a_500_is_asked_again() {
    let server = MockServer::start().await;
    answers(&server, completion("ok")).await;
    answers_once(&server, error(500, "injected")).await;
    assert_eq!(
        ask(&options(&server.uri())).await.expect("an answer").text,
        "ok"
    );
    assert_eq!(bodies(&server).await.len(), 2);
}

#[tokio::test]
async fn retry_after_is_honoured_in_seconds_and_as_a_date() {
    for (date, retry_after) in [
        ("Sun, 06 Nov 1994 08:49:37 GMT", "1"),
        (
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:38 GMT",
        ),
    ] {
        let server = MockServer::start().await;
        answers(&server, completion("ok")).await;
        let busy = error(429, "slow down")
            .insert_header("date", date)
            .insert_header("retry-after", retry_after);
        answers_once(&server, busy).await;
        let asked = Instant::now();
        assert_eq!(
            ask(&options(&server.uri())).await.expect("an answer").text,
            "ok"
        );
        assert!(
            asked.elapsed() >= Duration::from_secs(1),
            "{retry_after}: asked again too early"
        );
    }
}

#[tokio::test]
async fn wrong_keys_and_models_are_not_asked_again() {
    for status in [401, 403, 404] {
        let server = MockServer::start().await;
        answers(&server, error(status, "no")).await;
        let error = ask(&options(&server.uri()))
            .await
            .expect_err("the server refuses");
        assert!(error.is_fatal() && error.hint().is_some(), "{error}");
        assert_eq!(bodies(&server).await.len(), 1, "{status}");
    }
}

#[tokio::test]
async fn a_server_without_schemas_is_asked_for_json_and_then_in_words_and_that_is_remembered() {
    let server = MockServer::start().await;
    answers(&server, completion("ok")).await;
    for (kind, status) in [("json_schema", 400), ("json_object", 422)] {
        Mock::given(body_partial_json(
            json!({"response_format": {"type": kind}}),
        ))
        .respond_with(error(status, "response_format is not supported"))
        .with_priority(1)
        .mount(&server)
        .await;
    }
    let model = model(&options(&server.uri()));
    for _ in 0..2 {
        assert_eq!(model.chat(&request()).await.expect("an answer").text, "ok");
    }
    let formats: Vec<Value> = bodies(&server)
        .await
        .iter()
        .map(|body| body["response_format"]["type"].clone())
        .collect();
    assert_eq!(
        formats,
        [
            json!("json_schema"),
            json!("json_object"),
            Value::Null,
            Value::Null
        ]
    );
}

/// Counts the warnings of this crate.
struct Warnings(Arc<AtomicUsize>);

impl Subscriber for Warnings {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() == Level::WARN && metadata.target().starts_with("examen_llm")
    }

    fn event(&self, _: &Event<'_>) {
        self.0.fetch_add(1, Relaxed);
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

#[tokio::test]
async fn what_the_server_refuses_is_told_once_for_all_requests_in_flight() {
    let server = MockServer::start().await;
    answers(&server, completion("ok")).await;
    Mock::given(body_partial_json(
        json!({"response_format": {"type": "json_schema"}}),
    ))
    .respond_with(error(400, "json_schema is not supported").set_delay(Duration::from_millis(50)))
    .with_priority(1)
    .mount(&server)
    .await;
    let n_warnings = Arc::new(AtomicUsize::new(0));
    let _guard = tracing::subscriber::set_default(Warnings(Arc::clone(&n_warnings)));
    let model = model(&options(&server.uri()));
    let request = request();
    for reply in futures::future::join_all((0..4).map(|_| model.chat(&request))).await {
        assert_eq!(reply.expect("an answer").text, "ok");
    }
    assert_eq!(
        (bodies(&server).await.len(), n_warnings.load(Relaxed)),
        (8, 1)
    );
}

#[test]
fn the_reason_of_an_error_names_no_host() {
    let (url, reason) = ("http://private.example/v1".to_owned(), "refused".to_owned());
    for error in [
        ChatError::NobodyThere {
            url: url.clone(),
            reason: reason.clone(),
        },
        ChatError::Unreachable {
            url: url.clone(),
            reason: reason.clone(),
        },
        ChatError::Status {
            url: url.clone(),
            status: 500,
            body: reason.clone(),
            retry_after: None,
        },
        ChatError::Malformed { url, reason },
    ] {
        assert!(
            error.to_string().contains("private") && !error.reason().contains("private"),
            "{error}"
        );
        assert!(error.reason().ends_with(": refused"), "{error}");
    }
}

#[tokio::test]
async fn one_odd_request_does_not_impoverish_the_others() {
    let server = MockServer::start().await;
    answers(
        &server,
        error(400, "the schema of this request is beyond me"),
    )
    .await;
    let model = model(&options(&server.uri()));
    model
        .chat(&request())
        .await
        .expect_err("the server refuses every form");
    server.reset().await;
    answers(&server, completion("ok")).await;
    model.chat(&request()).await.expect("an answer");
    assert_eq!(
        bodies(&server).await[0]["response_format"]["type"],
        "json_schema"
    );
}

#[tokio::test]
async fn a_newer_model_gets_the_newer_names() {
    let server = MockServer::start().await;
    answers(&server, completion("ok")).await;
    answers_once(
        &server,
        error(
            400,
            "'max_tokens' is not supported, use 'max_completion_tokens'",
        ),
    )
    .await;
    ask(&options(&server.uri())).await.expect("an answer");
    let last = &bodies(&server).await[1];
    assert_eq!(
        (&last["max_tokens"], &last["max_completion_tokens"]),
        (&Value::Null, &json!(64))
    );
}

#[tokio::test]
async fn a_cut_reply_says_so_and_usage_may_be_missing() {
    let server = MockServer::start().await;
    let choice = json!({"message": {"content": "{\"exam\": ["}, "finish_reason": "length"});
    answers(
        &server,
        ResponseTemplate::new(200).set_body_json(json!({"choices": [choice]})),
    )
    .await;
    let reply = ask(&options(&server.uri())).await.expect("an answer");
    assert_eq!(
        (reply.finish, reply.usage),
        (FinishReason::Length, examen_llm::Usage::default())
    );
}

#[tokio::test]
async fn nobody_there_is_told_with_the_address() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let error = ask(&options(&address.to_string()))
        .await
        .expect_err("nobody listens");
    assert!(matches!(&error, ChatError::NobodyThere { .. }), "{error}");
    let told = error.to_string();
    assert!(
        told.contains(&format!("http://{address}/v1")) && told.to_lowercase().contains("refused"),
        "{told}"
    );
    assert!(error.is_fatal() && error.hint().is_some());
}

#[tokio::test]
async fn a_server_that_answered_once_is_waited_for() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let server = MockServer::builder().listener(listener).start().await;
    answers(&server, completion("ok")).await;
    let model = model(&options(&server.uri()));
    model.chat(&request()).await.expect("an answer");
    drop(server);
    let error = model
        .chat(&request())
        .await
        .expect_err("the server is gone");
    assert!(error.is_transient() && !error.is_fatal(), "{error}");
}

#[tokio::test]
async fn a_server_that_hangs_is_told_as_such() {
    let server = MockServer::start().await;
    answers(&server, completion("ok").set_delay(Duration::from_secs(30))).await;
    let options = ServerOptions {
        timeout: Duration::from_millis(50),
        ..options(&server.uri())
    };
    let error = model(&options)
        .chat(&request())
        .await
        .expect_err("too late");
    assert!(
        error
            .to_string()
            .ends_with("gave no answer in time (0.05 s)"),
        "{error}"
    );
    assert!(error.is_transient() && error.is_overload() && error.may_have_cost());
}

async fn ask_for(server: &MockServer, request: ChatRequest) -> Result<ChatReply, ChatError> {
    model(&options(&server.uri())).chat(&request).await
}

fn constrained(constraint: Constraint) -> ChatRequest {
    ChatRequest {
        constraint: Some(constraint),
        ..request()
    }
}

#[tokio::test]
async fn more_ways_of_sampling_are_sent_by_vllms_names_until_the_server_refuses_them() {
    let server = MockServer::start().await;
    answers(&server, completion("ok")).await;
    Mock::given(body_partial_json(json!({"top_k": 40})))
        .respond_with(error(400, "Unrecognized request argument supplied: top_k"))
        .with_priority(1)
        .mount(&server)
        .await;
    let top_k = std::num::NonZeroUsize::new(40);
    let sampling = Sampling {
        top_k,
        min_p: 0.05,
        repetition_penalty: 1.1,
        ..request().sampling
    };
    ask_for(
        &server,
        ChatRequest {
            sampling,
            ..request()
        },
    )
    .await
    .expect("an answer");
    let bodies = bodies(&server).await;
    let sent =
        |body: &Value| ["top_k", "min_p", "repetition_penalty"].map(|name| body[name].clone());
    assert_eq!(sent(&bodies[0]), [json!(40), json!(0.05), json!(1.1)]);
    assert_eq!(sent(&bodies[1]), [Value::Null, Value::Null, Value::Null]);
    assert_eq!(bodies[1]["temperature"], json!(0.5));
}

#[tokio::test]
async fn a_choice_is_asked_for_as_a_schema_and_taken_out_of_it() {
    let server = MockServer::start().await;
    answers(&server, completion(r#"{"choice": "B \"quoted\""}"#)).await;
    let choices = ["B \"quoted\"", "A", "A"].map(str::to_owned).to_vec();
    let reply = ask_for(&server, constrained(Constraint::Choice(choices)))
        .await
        .expect("an answer");
    assert_eq!(reply.text, "B \"quoted\"");
    let schema = &bodies(&server).await[0]["response_format"]["json_schema"]["schema"];
    assert_eq!(
        schema["properties"]["choice"]["enum"],
        json!(["A", "B \"quoted\""])
    );
}

#[tokio::test]
async fn a_choice_that_was_not_offered_is_an_error() {
    for text in [r#"{"choice": "C"}"#, "A", "{}"] {
        let server = MockServer::start().await;
        answers(&server, completion(text)).await;
        let error = ask_for(
            &server,
            constrained(Constraint::Choice(vec!["A".to_owned()])),
        )
        .await;
        let error = error.expect_err("it was not offered");
        assert!(
            matches!(&error, ChatError::Malformed { reason, .. } if reason.contains("choices")),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_choice_of_a_server_without_schemas_is_an_error() {
    let server = MockServer::start().await;
    answers(&server, error(400, "json_schema is not supported")).await;
    let choice = constrained(Constraint::Choice(vec!["A".to_owned()]));
    let error = ask_for(&server, choice)
        .await
        .expect_err("the server takes no schema");
    assert!(
        error.is_fatal()
            && error
                .to_string()
                .starts_with("choice constraint cannot be used"),
        "{error}"
    );
}

#[tokio::test]
async fn constraints_that_no_server_could_be_asked_for_are_errors_before_anything_is_sent() {
    let server = MockServer::start().await;
    answers(&server, completion("ok")).await;
    let cases = [
        (Constraint::Regex("a+".to_owned()), "regex constraint"),
        (
            Constraint::SubstringOf("a text".to_owned()),
            "substring constraint",
        ),
        (Constraint::Choice(Vec::new()), "choice constraint"),
    ];
    for (constraint, name) in cases {
        let error = ask_for(&server, constrained(constraint))
            .await
            .expect_err("it cannot be asked for");
        assert!(
            matches!(error, ChatError::Setting { setting, .. } if setting == name),
            "{error}"
        );
    }
    assert!(bodies(&server).await.is_empty());
}

#[tokio::test]
async fn mistral_has_its_own_name_for_the_seed() {
    let server = MockServer::start().await;
    answers(&server, completion("ok")).await;
    let dialect = Preset::named("mistral").expect("a preset").dialect;
    model(&ServerOptions {
        dialect,
        ..options(&server.uri())
    })
    .chat(&request())
    .await
    .expect("an answer");
    let body = &bodies(&server).await[0];
    assert_eq!(
        (&body["seed"], &body["random_seed"]),
        (&Value::Null, &json!(0x7fff_ffff))
    );
}

#[tokio::test]
async fn azure_is_asked_at_its_deployment_with_its_header() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/openai/deployments/tester/chat/completions"))
        .and(query_param("api-version", "2024-10-21"))
        .and(header("api-key", "s3cret"))
        .respond_with(completion("ok"))
        .mount(&server)
        .await;
    let api_key = Some("s3cret".to_owned());
    let options = ServerOptions {
        api_key,
        ..options(&format!("{}/openai", server.uri()))
    };
    let model = connect("azure", &options);
    assert_eq!(model.chat(&request()).await.expect("an answer").text, "ok");
}

#[tokio::test]
async fn what_a_server_offers_understands_and_allows_is_told() {
    let server = MockServer::start().await;
    let list = json!({"data": [{"id": "tester", "max_model_len": 4096}]});
    let response = ResponseTemplate::new(200)
        .set_body_json(list)
        .insert_header("x-ratelimit-limit-requests", "500");
    Mock::given(method("GET"))
        .and(path("/v1/models"))
        .respond_with(response)
        .mount(&server)
        .await;
    answers(&server, completion("ok")).await;
    answers_once(&server, error(400, "seed is not supported")).await;
    let model = model(&options(&server.uri()));
    let offered = model.offered().await.expect("a list");
    assert_eq!(
        (offered[0].id.as_str(), offered[0].context_tokens),
        ("tester", Some(4096))
    );
    assert_eq!(
        model
            .limits()
            .get("x-ratelimit-limit-requests")
            .map(String::as_str),
        Some("500")
    );
    assert!(model.capabilities().seed);
    model.chat(&request()).await.expect("an answer");
    assert!(!model.capabilities().seed && model.capabilities().temperature);
    assert_eq!(model.endpoint().origin(), server.uri());
}

#[tokio::test]
async fn the_likeliest_first_tokens_are_asked_for_by_number() {
    let server = MockServer::start().await;
    let top = json!([{"token": "a", "logprob": -0.5}, {"token": "b", "logprob": -2.5}]);
    let token = json!({"token": "a", "logprob": -0.5, "top_logprobs": top});
    let choice = json!({"message": {"content": "a"}, "logprobs": {"content": [token]}});
    Mock::given(body_partial_json(
        json!({"logprobs": true, "top_logprobs": 5}),
    ))
    .respond_with(ResponseTemplate::new(200).set_body_json(json!({"choices": [choice]})))
    .mount(&server)
    .await;
    let model = model(&options(&server.uri()));
    let first = model.first_token(&request(), 5).await.expect("an answer");
    assert_eq!(first.likeliest.len(), 2);
    assert_eq!(first.least(), Some(-2.5));
}

#[tokio::test]
async fn one_dialect_is_asked_in_without_falling_back() {
    let server = MockServer::start().await;
    answers(&server, error(400, "seed is not supported")).await;
    let model = model(&options(&server.uri()));
    model
        .chat_in(&request(), Dialect::default())
        .await
        .expect_err("the server refuses");
    assert_eq!(bodies(&server).await.len(), 1);
}
