//! Who asks, and what a card says.

use crate::{
    bodies, card,
    refusal::{Answer, Refusal},
    state::Shared,
};
use axum::{
    Json,
    extract::{Request, State},
    http::HeaderMap,
};
use serde::Deserialize;
use serde_json::{Value, json};

/// `GET /api/whoami-v2`
pub(crate) async fn whoami(
    State(shared): State<Shared>,
    headers: HeaderMap,
) -> Answer<Json<Value>> {
    let person = shared.person(&headers).await?;
    let person = person.ok_or_else(|| Refusal::unauthorized("Invalid username or password."))?;
    Ok(Json(json!({
        "type": "user",
        "id": person.name,
        "name": person.name,
        "fullname": person.name,
        "isPro": false,
        "canPay": false,
        "orgs": [],
        "auth": {
            "type": "access_token",
            "accessToken": { "displayName": "examen hub", "role": person.rights.name() },
        },
    })))
}

/// A card to be looked at.
#[derive(Deserialize)]
struct Card {
    content: String,
}

/// `POST /api/validate-yaml`
pub(crate) async fn validate(
    State(shared): State<Shared>,
    request: Request,
) -> Answer<Json<Value>> {
    let Card { content } = bodies::json(&shared, request.into_body()).await?;
    let errors: Vec<Value> = match card::metadata(&content) {
        Ok(_) => Vec::new(),
        Err(fault) => vec![json!({ "message": fault })],
    };
    Ok(Json(json!({ "errors": errors, "warnings": [] })))
}
