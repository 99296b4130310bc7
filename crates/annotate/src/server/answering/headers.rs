//! Headers that every answer carries.

use crate::server::listening::{Origin, Peer};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};
use std::sync::Arc;

/// The page loads nothing from elsewhere and runs no inline script.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'";

const SECURITY: [(HeaderName, &str); 2] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
];

/// A site that was reached over TLS is not asked for in clear for a year.
const STRICT_TRANSPORT_SECURITY: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// Adds what keeps browsers from being tricked; the sites may show the page in a frame.
pub(in crate::server) async fn secured(
    State(ancestors): State<Arc<[Origin]>>,
    peer: Peer,
    request: Request,
    next: Next,
) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    frame(headers, &ancestors);
    for (name, value) in SECURITY {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if peer.is_https {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, STRICT_TRANSPORT_SECURITY);
    }
    response
}

/// Says who may show the page in a frame: nobody, or the sites that are named. The older header knows no list.
fn frame(headers: &mut HeaderMap, ancestors: &[Origin]) {
    let named: Vec<String> = ancestors.iter().map(Origin::to_string).collect();
    let named = match named.is_empty() {
        true => {
            headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
            "'none'".to_owned()
        }
        false => named.join(" "),
    };
    let policy = format!("{CONTENT_SECURITY_POLICY}; frame-ancestors {named}");
    if let Ok(policy) = HeaderValue::try_from(policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
}

/// Answers of the API are private and change.
pub(in crate::server) async fn never_stored(mut response: Response) -> Response {
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
