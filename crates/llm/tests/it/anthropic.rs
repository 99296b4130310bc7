use crate::support::{bodies, connect, with_key};
use examen_llm::{
    ChatError, ChatModel, ChatRequest, Constraint, FinishReason, Message, Role, Sampling,
    backends::{Remote, dialect::ResponseFormat},
};
use serde_json::{Value, json};
use std::{num::NonZeroUsize, time::Duration};
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{body_partial_json, header, method, path},
};

fn request() -> ChatRequest {
    let message = |role, content: &str| Message {
        role,
        content: content.into(),
    };
    let items = json!({"type": "array", "items": {"type": "string"}, "minItems": 3});
    ChatRequest {
        messages: vec![
            message(Role::System, "Be brief."),
            message(Role::User, "Write one question."),
        ],
        constraint: Some(Constraint::JsonSchema(
            json!({"type": "object", "properties": {"a": items}}).into(),
        )),
        sampling: Sampling {
            temperature: 1.3,
            top_p: 0.9,
            top_k: NonZeroUsize::new(40),
            stop: vec!["END".to_owned()],
            ..Sampling::greedy(64)
        },
    }
}

fn model(server: &MockServer) -> Remote {
    connect("anthropic", &with_key(&server.uri(), "claude"))
}

fn message(content: Value, stop_reason: &str) -> ResponseTemplate {
    let usage = json!({"input_tokens": 5, "cache_creation_input_tokens": 2, "cache_read_input_tokens": 1,
        "output_tokens": 4, "service_tier": "standard"});
    ResponseTemplate::new(200).set_body_json(json!({"id": "msg_1", "type": "message", "role": "assistant",
        "model": "claude", "content": content, "stop_reason": stop_reason, "stop_sequence": null, "usage": usage}))
}

fn error(status: u16, kind: &str, message: &str) -> ResponseTemplate {
    let error = json!({"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_1"});
    ResponseTemplate::new(status).set_body_json(error)
}

#[tokio::test]
async fn the_request_and_the_reply_are_as_the_reference_says() {
    let server = MockServer::start().await;
    let content = json!([{"type": "thinking", "thinking": "hm", "signature": "x"}, {"type": "text", "text": "{}"}]);
    Mock::given(method("POST"))
        .and(path("/v1/messages"))
        .and(header("x-api-key", "s3cret"))
        .and(header("anthropic-version", "2023-06-01"))
        .respond_with(message(content, "end_turn"))
        .mount(&server)
        .await;
    let reply = model(&server).chat(&request()).await.expect("an answer");
    assert_eq!(
        (reply.text.as_str(), reply.finish),
        ("{}", FinishReason::Stop)
    );
    assert_eq!(
        (reply.usage.input_tokens, reply.usage.output_tokens),
        (8, 4)
    );
    let items = json!({"type": "array", "items": {"type": "string"}});
    let schema = json!({"type": "object", "properties": {"a": items}});
    let expected = json!({
        "model": "claude",
        "max_tokens": 64,
        "messages": [{"role": "user", "content": "Write one question."}],
        "system": "Be brief.",
        "temperature": 1.0,
        "top_k": 40,
        "stop_sequences": ["END"],
        "output_config": {"format": {"type": "json_schema", "schema": schema}},
    });
    assert_eq!(bodies(&server).await, [expected]);
}

#[tokio::test]
async fn a_model_without_structured_outputs_is_made_to_call_a_tool() {
    let server = MockServer::start().await;
    let refusal = error(
        400,
        "invalid_request_error",
        "output_config: Extra inputs are not permitted",
    );
    Mock::given(body_partial_json(json!({"output_config": {}})))
        .respond_with(refusal)
        .with_priority(1)
        .mount(&server)
        .await;
    let content =
        json!([{"type": "tool_use", "id": "toolu_1", "name": "reply", "input": {"a": ["x"]}}]);
    Mock::given(method("POST"))
        .respond_with(message(content, "tool_use"))
        .mount(&server)
        .await;
    let model = model(&server);
    assert_eq!(
        model.chat(&request()).await.expect("an answer").text,
        r#"{"a":["x"]}"#
    );
    assert_eq!(model.capabilities().response_format, ResponseFormat::Tool);
    let body = &bodies(&server).await[1];
    assert_eq!(
        body["tool_choice"],
        json!({"type": "tool", "name": "reply"})
    );
    assert_eq!(
        body["tools"][0]["input_schema"]["properties"]["a"]["minItems"],
        3
    );
}

#[tokio::test]
async fn a_reply_that_is_begun_is_continued_in_words() {
    let server = MockServer::start().await;
    let content = json!([{"type": "text", "text": " Helios"}]);
    Mock::given(method("POST"))
        .respond_with(message(content, "max_tokens"))
        .mount(&server)
        .await;
    let mut request = request();
    request.messages.push(Message {
        role: Role::Assistant,
        content: "The answer is".into(),
    });
    let reply = model(&server).chat(&request).await.expect("an answer");
    assert_eq!(
        (reply.text.as_str(), reply.finish),
        ("Helios", FinishReason::Length)
    );
    let body = &bodies(&server).await[0];
    assert!(
        body["tools"].is_null()
            && body["output_config"].is_null()
            && body["messages"][1]["role"] == "assistant"
    );
}

#[tokio::test]
async fn errors_are_told_apart() {
    for (response, is_transient, is_fatal) in [
        (
            error(401, "authentication_error", "invalid x-api-key"),
            false,
            true,
        ),
        (error(404, "not_found_error", "model: claude"), false, true),
        (
            error(429, "rate_limit_error", "too fast").insert_header("retry-after", "7"),
            true,
            false,
        ),
        (error(529, "overloaded_error", "Overloaded"), true, false),
        (
            error(
                400,
                "invalid_request_error",
                "prompt is too long: 210000 tokens",
            ),
            false,
            false,
        ),
    ] {
        let server = MockServer::start().await;
        Mock::given(method("POST"))
            .respond_with(response)
            .mount(&server)
            .await;
        let error = model(&server).chat(&request()).await.expect_err("an error");
        assert_eq!(
            (error.is_transient(), error.is_fatal()),
            (is_transient, is_fatal),
            "{error}"
        );
        if let ChatError::Status { status: 429, .. } = error {
            assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
        }
    }
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .respond_with(message(json!([]), "refusal"))
        .mount(&server)
        .await;
    assert!(matches!(
        model(&server).chat(&request()).await,
        Err(ChatError::Refused(_))
    ));
}

#[tokio::test]
async fn the_models_on_offer_are_listed() {
    let server = MockServer::start().await;
    let list = json!({"data": [{"type": "model", "id": "claude", "max_input_tokens": 200_000}], "has_more": false});
    Mock::given(method("GET"))
        .and(path("/v1/models"))
        .respond_with(ResponseTemplate::new(200).set_body_json(list))
        .mount(&server)
        .await;
    let offered = model(&server).offered().await.expect("a list");
    assert_eq!(
        (offered[0].id.as_str(), offered[0].context_tokens),
        ("claude", Some(200_000))
    );
}

#[tokio::test]
async fn text_by_itself_and_tools_that_nobody_offered_are_replies_too() {
    let tool = json!({"type": "tool_use", "id": "toolu_1", "name": "exam", "input": {"a": ["x"]}});
    let thinking = json!({"type": "thinking", "thinking": "hm", "signature": "x"});
    let text = |text: &str| json!({"type": "text", "text": text});
    for (content, expected) in [
        (json!("yes"), "yes"),
        (json!([thinking, tool]), r#"{"a":["x"]}"#),
        (json!([text("yes"), tool]), "yes"),
        (json!([thinking, text("ye"), text("s")]), "yes"),
        (json!([]), ""),
    ] {
        let server = MockServer::start().await;
        Mock::given(method("POST"))
            .respond_with(message(content, "end_turn"))
            .mount(&server)
            .await;
        let reply = model(&server).chat(&request()).await.expect("an answer");
        assert_eq!(reply.text, expected);
    }
}
