use crate::support::{bodies, connect, with_key};
use examen_llm::{
    ChatError, ChatModel, ChatRequest, Constraint, FinishReason, Message, Role, Sampling,
    backends::{Remote, dialect::ResponseFormat},
};
use serde_json::{Value, json};
use std::{num::NonZeroUsize, time::Duration};
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{body_string_contains, header, method, path},
};

fn request() -> ChatRequest {
    let message = |role, content: &str| Message {
        role,
        content: content.into(),
    };
    ChatRequest {
        messages: vec![
            message(Role::System, "Be brief."),
            message(Role::User, "One question."),
            message(Role::Assistant, "Which?"),
            message(Role::User, "Any."),
        ],
        constraint: Some(Constraint::JsonSchema(
            json!({"type": "object", "additionalProperties": false}).into(),
        )),
        sampling: Sampling {
            temperature: 0.5,
            top_k: NonZeroUsize::new(40),
            seed: u64::MAX,
            stop: vec!["END".to_owned()],
            ..Sampling::greedy(64)
        },
    }
}

fn model(server: &MockServer) -> Remote {
    connect("gemini", &with_key(&server.uri(), "models/gemini-x"))
}

fn answer(parts: Value, finish_reason: &str) -> ResponseTemplate {
    let usage = json!({"promptTokenCount": 7, "candidatesTokenCount": 2, "thoughtsTokenCount": 30,
        "totalTokenCount": 39, "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 7}]});
    let content = json!({"parts": parts, "role": "model"});
    let candidate = json!({"content": content, "finishReason": finish_reason, "index": 0});
    ResponseTemplate::new(200).set_body_json(
        json!({"candidates": [candidate], "usageMetadata": usage, "modelVersion": "gemini-x-001"}),
    )
}

fn error(status: u16, body: Value) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(json!({"error": body}))
}

#[tokio::test]
async fn the_request_and_the_reply_are_as_the_reference_says() {
    let server = MockServer::start().await;
    let parts = json!([{"text": "hm", "thought": true}, {"text": "{"}, {"text": "}", "thoughtSignature": "x"}]);
    Mock::given(method("POST"))
        .and(path("/v1beta/models/gemini-x:generateContent"))
        .and(header("x-goog-api-key", "s3cret"))
        .respond_with(answer(parts, "STOP"))
        .mount(&server)
        .await;
    let reply = model(&server).chat(&request()).await.expect("an answer");
    assert_eq!(
        (reply.text.as_str(), reply.finish),
        ("{}", FinishReason::Stop)
    );
    assert_eq!(
        (reply.usage.input_tokens, reply.usage.output_tokens),
        (7, 32)
    );
    let expected = json!({
        "contents": [
            {"role": "user", "parts": [{"text": "One question."}]},
            {"role": "model", "parts": [{"text": "Which?"}]},
            {"role": "user", "parts": [{"text": "Any."}]},
        ],
        "systemInstruction": {"parts": [{"text": "Be brief."}]},
        "generationConfig": {
            "maxOutputTokens": 64,
            "temperature": 0.5,
            "topP": 1.0,
            "topK": 40,
            "seed": 0x7fff_ffff,
            "stopSequences": ["END"],
            "responseMimeType": "application/json",
            "responseJsonSchema": {"type": "object", "additionalProperties": false},
        },
    });
    assert_eq!(bodies(&server).await, [expected]);
}

#[tokio::test]
async fn a_model_without_schemas_is_asked_for_json() {
    let server = MockServer::start().await;
    let message =
        "Invalid JSON payload received. Unknown name \"responseJsonSchema\" at 'generation_config'";
    Mock::given(body_string_contains("responseJsonSchema"))
        .respond_with(error(
            400,
            json!({"code": 400, "message": message, "status": "INVALID_ARGUMENT"}),
        ))
        .with_priority(1)
        .mount(&server)
        .await;
    Mock::given(method("POST"))
        .respond_with(answer(json!([{"text": "{}"}]), "MAX_TOKENS"))
        .mount(&server)
        .await;
    let model = model(&server);
    assert_eq!(
        model.chat(&request()).await.expect("an answer").finish,
        FinishReason::Length
    );
    assert_eq!(
        model.capabilities().response_format,
        ResponseFormat::JsonObject
    );
    assert_eq!(
        bodies(&server).await[1]["generationConfig"]["responseMimeType"],
        "application/json"
    );
}

#[tokio::test]
async fn errors_are_told_apart() {
    let quota = "You exceeded your current quota, please check your plan and billing details.";
    let details =
        json!([{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "34s"}]);
    for (response, is_transient, is_fatal) in [
        (
            error(
                400,
                json!({"message": "API key not valid. Please pass a valid API key."}),
            ),
            false,
            true,
        ),
        (
            error(
                404,
                json!({"message": "models/gemini-x is not found", "status": "NOT_FOUND"}),
            ),
            false,
            true,
        ),
        (
            error(
                429,
                json!({"code": 429, "message": quota, "details": details}),
            ),
            true,
            false,
        ),
        (
            error(
                503,
                json!({"message": "The model is overloaded.", "status": "UNAVAILABLE"}),
            ),
            true,
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
            assert_eq!(error.retry_after(), Some(Duration::from_secs(34)));
        }
    }
}

#[tokio::test]
async fn what_is_blocked_is_refused_with_the_reason() {
    let blocked =
        json!({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, "usageMetadata": {}});
    for (response, reason) in [
        (
            ResponseTemplate::new(200).set_body_json(blocked),
            "PROHIBITED_CONTENT",
        ),
        (answer(json!([]), "RECITATION"), "RECITATION"),
    ] {
        let server = MockServer::start().await;
        Mock::given(method("POST"))
            .respond_with(response)
            .mount(&server)
            .await;
        let error = model(&server)
            .chat(&request())
            .await
            .expect_err("it is blocked");
        assert!(
            matches!(&error, ChatError::Refused(words) if words.contains(reason)),
            "{error}"
        );
    }
}

#[tokio::test]
async fn the_models_on_offer_are_listed() {
    let server = MockServer::start().await;
    let list = json!({"models": [{"name": "models/gemini-x", "inputTokenLimit": 1_048_576}]});
    Mock::given(method("GET"))
        .and(path("/v1beta/models"))
        .respond_with(ResponseTemplate::new(200).set_body_json(list))
        .mount(&server)
        .await;
    let offered = model(&server).offered().await.expect("a list");
    assert_eq!(
        (offered[0].id.as_str(), offered[0].context_tokens),
        ("gemini-x", Some(1_048_576))
    );
}

#[tokio::test]
async fn the_arguments_of_a_function_are_the_reply_where_there_is_no_text() {
    let call = json!({"functionCall": {"name": "exam", "args": {"a": ["x"]}}});
    for (parts, expected) in [
        (
            json!([{"text": "hm", "thought": true}, call]),
            r#"{"a":["x"]}"#,
        ),
        (json!([{"text": "yes"}, call]), "yes"),
        (json!([{"inlineData": {"mimeType": "a/b", "data": ""}}]), ""),
    ] {
        let server = MockServer::start().await;
        Mock::given(method("POST"))
            .respond_with(answer(parts, "STOP"))
            .mount(&server)
            .await;
        let reply = model(&server).chat(&request()).await.expect("an answer");
        assert_eq!(reply.text, expected);
    }
}
