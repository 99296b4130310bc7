//! Bearer tokens.

use crate::server::argilla::protocol::{caller::TOKEN_LENGTH, refused::Refused};
use crate::server::{
    AppState,
    guarding::Audit,
    guarding::login::{self, Credentials, LoginRefused},
    listening::Peer,
};
use axum::{
    Form, Json,
    extract::{State, rejection::FormRejection},
    http::StatusCode,
};
use examen_argilla::{answers::Token, schema};
use serde_json::json;

/// A bearer token for a name and a password.
#[utoipa::path(
    post,
    path = "/token",
    request_body(content = Credentials, content_type = "application/x-www-form-urlencoded"),
    security(()),
    responses((status = 201, body = Token))
)]
pub(in crate::server::argilla) async fn create(
    State(state): State<AppState>,
    peer: Peer,
    form: Result<Form<Vec<(String, String)>>, FormRejection>,
) -> Result<(StatusCode, Json<Token>), Refused> {
    let pairs = form.map(|Form(pairs)| pairs).unwrap_or_default();
    let code = pairs.iter().find(|(name, _)| name == "code");
    let code = code.map(|(_, code)| code.as_str());
    let (username, password) = schema::read("body", |reader| {
        let mut value = |key: &str| match pairs.iter().find(|(name, _)| name == key) {
            Some((_, value)) => Some(value.as_str()),
            None => reader.within(key, |reader| reader.refuse("missing", "Field required")),
        };
        let (username, password) = (value("username"), value("password"));
        Some((username?, password?))
    })?;
    let user = login::verified(&state, username, password, code, &peer, None)
        .await
        .map_err(|refused| match refused {
            LoginRefused::Wrong
            | LoginRefused::Disabled
            | LoginRefused::Known
            | LoginRefused::CodeNeeded
            | LoginRefused::WrongCode => Refused::Unauthorized,
            LoginRefused::Wait(seconds) => Refused::TooMany(seconds),
            LoginRefused::Failed(error) => error.into(),
        })?;
    let ends = (state.clock.now() + TOKEN_LENGTH).as_second();
    let claims = json!({
        "identity": user.id, "name": user.first_name, "username": user.username, "role": user.role, "exp": ends,
    });
    let (_, password_hash) = state
        .store
        .credentials_by_id(user.id)
        .await?
        .ok_or(Refused::Unauthorized)?;
    let access_token = state.store.keyring().sign_token(&claims, &password_hash);
    state
        .store
        .note_act(Audit::by(&user.username, &peer).act(&state, "token.created", None))
        .await?;
    Ok((
        StatusCode::CREATED,
        Json(Token {
            access_token,
            token_type: "bearer".to_owned(),
        }),
    ))
}
