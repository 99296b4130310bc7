//! Authentication: the session cookie of the page or an API key; and a check that this page asked for a change.

use crate::{
    AnnotateError, secrets,
    server::{AppState, answering::ApiError, listening::Peer, observe::Who},
    store::{Access, User},
};
use axum::{
    extract::{FromRequestParts, MatchedPath, OptionalFromRequestParts, Request, State},
    http::{HeaderMap, HeaderValue, Method, header, request::Parts},
    middleware::Next,
    response::Response,
};
use jiff::{SignedDuration, Timestamp};
use std::convert::Infallible;

/// Rights of a request beside those of its user's role.
#[derive(Debug, Clone, Copy)]
pub(in crate::server) struct Rights(pub(in crate::server) Access);

impl<S: Send + Sync> FromRequestParts<S> for Rights {
    type Rejection = Infallible;

    /// Where nobody said what the request may, it may read.
    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let rights = parts.extensions.get::<Self>().copied();
        Ok(rights.unwrap_or(Self(Access::ReadOnly)))
    }
}

impl Rights {
    /// Refuses named keys.
    pub(in crate::server) fn must_be_own(self) -> Result<(), ApiError> {
        match self.0 {
            Access::Own => Ok(()),
            Access::Named | Access::ReadOnly => Err(ApiError::Forbidden(
                "a named API key cannot change keys and second factors: log in, or send your own key",
            )),
        }
    }
}

/// The session that a request is made in: the hash of its token.
#[derive(Debug, Clone)]
pub(in crate::server) struct CurrentSession(pub(in crate::server) String);

impl<S: Send + Sync> FromRequestParts<S> for CurrentSession {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, ApiError> {
        let session = parts.extensions.get::<Self>().cloned();
        session.ok_or(ApiError::Forbidden(
            "this is done in a session of the page: log in, an API key is not enough",
        ))
    }
}

impl<S: Send + Sync> OptionalFromRequestParts<S> for CurrentSession {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Option<Self>, Infallible> {
        Ok(parts.extensions.get::<Self>().cloned())
    }
}

/// The name of the session's cookie.
pub const SESSION_COOKIE: &str = "examen_session";
/// Length of a session after its last use.
pub const SESSION_LENGTH: SignedDuration = SignedDuration::from_hours(12);
/// Seconds that a clock may be set back by itself, to keep the time.
pub(in crate::server) const CLOCK_DRIFT: SignedDuration = SignedDuration::from_mins(1);
/// A session is extended at most this often, so that reading does not write every time.
const EXTENDED_EVERY: SignedDuration = SignedDuration::from_mins(5);

/// The user who makes a request to a route that needs one.
pub(in crate::server) struct CurrentUser(pub(in crate::server) User);

impl<S: Send + Sync> FromRequestParts<S> for CurrentUser {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, ApiError> {
        parts
            .extensions
            .get::<User>()
            .cloned()
            .map(Self)
            .ok_or(ApiError::Unauthorized(LOG_IN))
    }
}

const LOG_IN: &str = "log in first, or send an API key that is valid";

/// Lets a request through if a user makes it. An API key is tried first, then the session, which is extended.
pub(in crate::server) async fn require_user(
    State(state): State<AppState>,
    peer: Peer,
    mut request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    if let Some((user, access)) = user_of_key(&state, request.headers()).await? {
        if !may(access, &request) {
            return Err(ApiError::Forbidden("this API key is for reading only"));
        }
        Who::is(&request, &user.username);
        request.extensions_mut().insert(Rights(access));
        request.extensions_mut().insert(user);
        return Ok(next.run(request).await);
    }
    let Some(token) = session_token(request.headers()).map(str::to_owned) else {
        return Err(ApiError::Unauthorized(LOG_IN));
    };
    let (hash, now) = (secrets::hash_token(&token), state.clock.now());
    let session = state.store.session(&hash, now).await?;
    let Some(session) = session.filter(|session| is_within(session.expires_at, now)) else {
        return Err(ApiError::Unauthorized(LOG_IN));
    };
    let ends = session.began_at + state.settings.session_limit;
    if now >= ends {
        return Err(ApiError::Unauthorized(
            "the session has reached its longest time; log in again",
        ));
    }
    if is_for_another(request.headers(), &session.user) {
        return Err(ApiError::Unauthorized(
            "another user has logged in meanwhile; log in again",
        ));
    }
    Who::is(&request, &session.user.username);
    request.extensions_mut().insert(Rights(Access::Own));
    request.extensions_mut().insert(session.user);
    request
        .extensions_mut()
        .insert(CurrentSession(hash.clone()));
    let expires_at = end_of_session(now).min(ends);
    let extend = session.expires_at.duration_since(now) < SESSION_LENGTH - EXTENDED_EVERY
        && expires_at > session.expires_at;
    if extend {
        state.store.extend_session(&hash, expires_at).await?;
    }
    let mut response = next.run(request).await;
    // A logout answers with a cookie of its own.
    if extend && !response.headers().contains_key(header::SET_COOKIE) {
        let cookie = session_cookie(&token, expires_at.duration_since(now), &peer);
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// Refuses changes that a page of another origin asks for: browsers say where a request comes from, scripts say nothing.
pub(in crate::server) async fn check_origin(
    peer: Peer,
    request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    let changes = !matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    );
    if changes && is_foreign(request.headers(), &peer) {
        return Err(ApiError::Forbidden("the request comes from another site"));
    }
    Ok(next.run(request).await)
}

/// End of a session that is used now.
fn end_of_session(now: Timestamp) -> Timestamp {
    now + SESSION_LENGTH
}

/// False where a session would last longer than any does: the clock was set back since its last use.
fn is_within(expires_at: Timestamp, now: Timestamp) -> bool {
    expires_at.duration_since(now) <= SESSION_LENGTH + CLOCK_DRIFT
}

/// The session's token in the cookies.
pub(in crate::server) fn session_token(headers: &HeaderMap) -> Option<&str> {
    cookie_named(headers, SESSION_COOKIE)
}

/// The value of the cookie with this name.
pub(super) fn cookie_named<'a>(headers: &'a HeaderMap, wanted: &str) -> Option<&'a str> {
    let cookies = headers
        .get_all(header::COOKIE)
        .into_iter()
        .filter_map(|value| value.to_str().ok());
    let mut pairs = cookies
        .flat_map(|cookies| cookies.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    pairs
        .find(|(name, _)| *name == wanted)
        .map(|(_, value)| value)
}

/// A cookie that no script can read and no other site can send.
pub(in crate::server) fn session_cookie(
    token: &str,
    length: SignedDuration,
    peer: &Peer,
) -> HeaderValue {
    cookie(SESSION_COOKIE, token, length.as_secs(), peer)
}

/// Takes the cookie back.
pub(in crate::server) fn no_cookie(peer: &Peer) -> HeaderValue {
    cookie(SESSION_COOKIE, "", 0, peer)
}

/// A cookie with these values; one for an encrypted connection is never sent in clear. Where the page may stand in a frame,
/// browsers keep a cookie of it only if it is made for that: encrypted, and kept apart for each site around it (CHIPS). What
/// other sites send is refused by its origin then too.
pub(super) fn cookie(name: &str, value: &str, seconds: i64, peer: &Peer) -> HeaderValue {
    let (site, secure) = match (peer.is_https, peer.is_framed) {
        (true, true) => ("None", "; Secure; Partitioned"),
        (true, false) => ("Strict", "; Secure"),
        (false, _) => ("Strict", ""),
    };
    let path = &peer.cookie_path;
    let text = format!(
        "{name}={value}; Path={path}/; HttpOnly; SameSite={site}; Max-Age={seconds}{secure}"
    );
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static(""))
}

/// True where the page was opened by another user than the session's: windows of a browser share the cookie, so a login in
/// one of them would make the answers of the others somebody else's.
fn is_for_another(headers: &HeaderMap, user: &User) -> bool {
    headers
        .get("x-examen-user")
        .is_some_and(|id| id.as_bytes() != user.id.to_string().as_bytes())
}

/// The user whose API key is in the headers, and what the key lets them do.
pub(in crate::server) async fn user_of_key(
    state: &AppState,
    headers: &HeaderMap,
) -> Result<Option<(User, Access)>, AnnotateError> {
    let key = headers
        .get("x-argilla-api-key")
        .and_then(|value| std::str::from_utf8(value.as_bytes()).ok());
    match key {
        Some(key) => user_of_key_text(state, key).await,
        None => Ok(None),
    }
}

/// The user whose API key this is, and what it lets them do.
pub(in crate::server) async fn user_of_key_text(
    state: &AppState,
    key: &str,
) -> Result<Option<(User, Access)>, AnnotateError> {
    let hash = secrets::hash_token(key);
    state.store.by_key(&hash, state.clock.now()).await
}

/// True for a request that its key allows: one that is for reading only reads. Searches are sent as bodies.
pub(in crate::server) fn may(access: Access, request: &Request) -> bool {
    let is_search = || {
        let route = request.extensions().get::<MatchedPath>();
        route.is_some_and(|route| route.as_str().ends_with("/records/search"))
    };
    access != Access::ReadOnly
        || matches!(
            *request.method(),
            Method::GET | Method::HEAD | Method::OPTIONS
        )
        || is_search()
}

/// The token of `Authorization: Bearer`.
pub(in crate::server) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?
        .split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token)
}

/// True for an `Origin` that is not this host. `null` (a sandboxed page) is foreign.
fn is_foreign(headers: &HeaderMap, peer: &Peer) -> bool {
    headers
        .get(header::ORIGIN)
        .is_some_and(|origin| !origin.to_str().is_ok_and(|origin| peer.is_origin(origin)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_goes_into_a_frame_only_where_that_is_wanted_and_encrypted() {
        let cookie = |is_https, is_framed| {
            let mut peer = Peer::default();
            (peer.is_https, peer.is_framed) = (is_https, is_framed);
            peer.cookie_path = "/exam".to_owned();
            session_cookie("token", SignedDuration::from_secs(9), &peer)
        };
        let start = "examen_session=token; Path=/exam/; HttpOnly; SameSite=";
        for (is_https, is_framed, end) in [
            (true, true, "None; Max-Age=9; Secure; Partitioned"),
            (true, false, "Strict; Max-Age=9; Secure"),
            (false, true, "Strict; Max-Age=9"),
            (false, false, "Strict; Max-Age=9"),
        ] {
            assert_eq!(cookie(is_https, is_framed), format!("{start}{end}"));
        }
    }
}
