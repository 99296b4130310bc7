//! The OpenAPI document: what stands above the handlers, and by rule what holds for all of them: ids in the path, who may
//! ask, refusals.

use axum::{
    Extension,
    http::header,
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value, json};
use std::sync::Arc;
use utoipa::openapi::OpenApi;

/// Path of Argilla's API; its document describes both APIs, as Argilla's own does at the same address.
pub(super) const ARGILLA: &str = "/api/v1";
/// Path of the page's API.
pub(super) const REVIEW: &str = "/api/review";

/// The document as it is sent.
#[derive(Clone)]
pub(super) struct Document(Arc<str>);

impl Document {
    /// The document of both APIs.
    pub(super) fn new(argilla: OpenApi, review: OpenApi) -> Self {
        let all = OpenApi::default()
            .nest(ARGILLA, argilla)
            .nest(REVIEW, review);
        let mut document = serde_json::to_value(&all).expect("the document is JSON");
        document["openapi"] = json!("3.1.0");
        document["info"] = information();
        document["components"]["securitySchemes"] = security_schemes();
        document["components"]["responses"] = refusals();
        let paths = document["paths"].as_object_mut().into_iter().flatten();
        for (path, operations) in paths {
            for (method, operation) in operations.as_object_mut().into_iter().flatten() {
                complete(path, method, operation);
            }
        }
        Self(document.to_string().into())
    }
}

/// This document.
#[utoipa::path(get, path = "/openapi.json", responses((status = 200, body = Value)), security(()))]
pub(super) async fn serve(Extension(Document(document)): Extension<Document>) -> Response {
    (
        [(header::CONTENT_TYPE, "application/json")],
        document.to_string(),
    )
        .into_response()
}

fn information() -> Value {
    json!({
        "title": "Examen",
        "version": env!("CARGO_PKG_VERSION"),
        "description": "`/api/v1` is Argilla's REST API, version 1. `/api/review` is what the review page uses.",
        "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    })
}

fn security_schemes() -> Value {
    json!({
        "api_key": {"type": "apiKey", "in": "header", "name": "X-Argilla-Api-Key"},
        "token": {"type": "http", "scheme": "bearer", "description": "From `POST /api/v1/token`."},
        "session": {"type": "apiKey", "in": "cookie", "name": super::guarding::SESSION_COOKIE},
    })
}

/// Adds what holds for all operations.
fn complete(path: &str, method: &str, operation: &mut Value) {
    let is_open = operation.get("security").is_some();
    let is_review = path.starts_with(REVIEW);
    if !is_open {
        operation["security"] = json!([{"api_key": []}, if is_review { json!({"session": []}) } else { json!({"token": []}) }]);
    }
    operation["operationId"] = operation_id(path, method).into();
    operation["tags"] = json!([tag(path, is_open)]);
    let ids = path
        .split('/')
        .filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'));
    let mut parameters: Vec<Value> = ids.map(id_parameter).collect();
    parameters.extend(
        operation["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .cloned(),
    );
    if !parameters.is_empty() {
        operation["parameters"] = parameters.into();
    } else if let Some(operation) = operation.as_object_mut() {
        // Looking for them made them `null`.
        operation.remove("parameters");
    }
    let refusals = if is_review {
        review_refusals()
    } else {
        argilla_refusals(method, operation, is_open)
    };
    let responses = operation["responses"].as_object_mut().into_iter().flatten();
    for (status, response) in responses {
        response["description"] = description(status).into();
    }
    if let Some(responses) = operation["responses"].as_object_mut() {
        responses.extend(refusals);
    }
}

/// `get_datasets_dataset_id_fields`.
fn operation_id(path: &str, method: &str) -> String {
    let path = path
        .strip_prefix(ARGILLA)
        .unwrap_or(path.strip_prefix("/api").unwrap_or(path));
    let words = path
        .split(['/', '-', '.', '{', '}'])
        .filter(|word| !word.is_empty());
    [method]
        .into_iter()
        .chain(words)
        .collect::<Vec<_>>()
        .join("_")
}

/// `review`, or the noun that a path of Argilla's API begins with.
fn tag(path: &str, is_open: bool) -> &str {
    let Some(path) = path.strip_prefix(ARGILLA) else {
        return "review";
    };
    let mut nouns = path.split('/').filter(|noun| !matches!(*noun, "" | "me"));
    if is_open {
        "server"
    } else {
        nouns.next().unwrap_or("me")
    }
}

fn id_parameter(name: &str) -> Value {
    json!({"name": name, "in": "path", "required": true, "schema": {"type": "string", "format": "uuid"}})
}

fn description(status: &str) -> &'static str {
    match status {
        "201" => "Made",
        "204" => "Done",
        _ => "OK",
    }
}

/// The refusals of Argilla's API that an operation may answer with.
fn argilla_refusals(method: &str, operation: &Value, is_open: bool) -> Map<String, Value> {
    let parameters = operation.get("parameters").and_then(Value::as_array);
    let has_id =
        parameters.is_some_and(|all| all.iter().any(|parameter| parameter["in"] == "path"));
    let has_body = operation.get("requestBody").is_some();
    let is_login = is_open && has_body;
    let may_be = [
        ("401", "Unauthorized", !is_open || is_login),
        ("403", "Forbidden", !is_open),
        ("404", "NotFound", has_id),
        ("408", "TooSlow", true),
        ("409", "Conflict", method != "get"),
        ("413", "TooLarge", has_body),
        ("422", "Unprocessable", parameters.is_some() || has_body),
        ("429", "TooMany", is_login),
        ("500", "Failed", true),
        ("503", "Unavailable", true),
    ];
    may_be
        .into_iter()
        .filter(|(_, _, may)| *may)
        .map(|(status, name, _)| refusal(status, name))
        .collect()
}

fn review_refusals() -> Map<String, Value> {
    [("4XX", "ReviewRefused"), ("5XX", "ReviewFailed")]
        .map(|(status, name)| refusal(status, name))
        .into_iter()
        .collect()
}

fn refusal(status: &str, name: &str) -> (String, Value) {
    (
        status.to_owned(),
        json!({"$ref": format!("#/components/responses/{name}")}),
    )
}

/// Bodies of refusals, as [`examen_argilla::errors`] and [`super::answering`] write them.
fn refusals() -> Value {
    let sentence = object(&json!({"detail": {"type": "string"}}));
    let review = object(&json!({"error": object(&json!({"message": {"type": "string"}}))}));
    let missing = object(
        &json!({"code": {"type": "string", "enum": ["missing_vector"]}, "message": {"type": "string"}}),
    );
    let problem = object(&json!({
        "type": {"type": "string"},
        "loc": {"type": "array", "items": {"type": ["string", "integer"]}},
        "msg": {"type": "string"},
    }));
    let problems = object(&json!({"errors": {"type": "array", "items": problem}}));
    let detail = object(&json!({"detail": {"type": "string"}}));
    let error = object(&json!({"type": {"type": "string"}, "message": {"type": "string"}}));
    let unprocessable = json!({"oneOf": [coded("ValidationError", &problems), sentence, missing]});
    json!({
        "Unauthorized": response("No key, a wrong key, or a wrong password", &coded("UnauthorizedError", &detail)),
        "Forbidden": response("Not for this role", &coded("ForbiddenOperationError", &detail)),
        "NotFound": response("What the path names is not there", &sentence),
        "TooSlow": response("The request took too long", &sentence),
        "Conflict": response("It is there already, or in use", &sentence),
        "TooLarge": response("The body is too large", &sentence),
        "Unprocessable": response("It does not fit its schema, or a rule is against it", &unprocessable),
        "TooMany": response("Too many failed logins", &sentence),
        "Failed": response("The server failed", &coded("GenericServerError", &error)),
        "Unavailable": response("The server can do nothing for the moment", &sentence),
        "ReviewRefused": response("The request is not granted", &review),
        "ReviewFailed": response("The server failed", &review),
    })
}

/// An object with all of these.
fn object(properties: &Value) -> Value {
    let names: Vec<&String> = properties
        .as_object()
        .into_iter()
        .flat_map(Map::keys)
        .collect();
    json!({"type": "object", "properties": properties, "required": names})
}

fn coded(name: &str, params: &Value) -> Value {
    let code = json!({"type": "string", "enum": [format!("argilla.api.errors::{name}")]});
    object(&json!({"detail": object(&json!({"code": code, "params": params}))}))
}

fn response(description: &str, schema: &Value) -> Value {
    json!({"description": description, "content": {"application/json": {"schema": schema}}})
}
