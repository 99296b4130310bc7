//! The review page: files built from `ui/` and embedded in the binary, or a line of text in a build without it.

use super::answering::ApiError;
use axum::{
    http::{Method, Uri},
    response::{IntoResponse, Response},
};

/// True in a build that holds the page.
pub const HAS_PAGE: bool = cfg!(feature = "page");

/// Answers what no route of the API takes.
pub(super) async fn respond(method: Method, uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    if path == "api" || path.starts_with("api/") {
        return ApiError::NotFound("address").into_response();
    }
    if !matches!(method, Method::GET | Method::HEAD) {
        return ApiError::Method.into_response();
    }
    file(path)
}

#[cfg(feature = "page")]
fn file(path: &str) -> Response {
    use axum::http::{HeaderValue, header};

    #[derive(rust_embed::RustEmbed)]
    #[folder = "$OUT_DIR/ui"]
    struct Files;

    // Vite names what lies in assets/ after its content.
    let is_asset = path.starts_with("assets/");
    let (name, embedded) = match Files::get(path) {
        Some(embedded) => (path, embedded),
        None if is_asset => return ApiError::NotFound("file").into_response(),
        // Any other address is a route of the page itself.
        None => (
            "index.html",
            Files::get("index.html").expect("the build script checks that it is there"),
        ),
    };
    let caching = if is_asset {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let kind = mime_guess::from_path(name).first_or_octet_stream();
    let kind = if kind.type_() == mime_guess::mime::TEXT {
        format!("{kind}; charset=utf-8")
    } else {
        kind.to_string()
    };
    let mut response = embedded.data.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    if let Ok(kind) = HeaderValue::try_from(kind) {
        headers.insert(header::CONTENT_TYPE, kind);
    }
    response
}

#[cfg(not(feature = "page"))]
fn file(_path: &str) -> Response {
    "This Examen was built without the review page (--no-default-features). The API is at /api/review.\n"
        .into_response()
}
