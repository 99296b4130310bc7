//! The review page: files built from `ui/` and embedded in the binary, or a line of text in a build without it.

use super::{AppState, answering::ApiError, listening::BasePath};
use axum::{
    extract::State,
    http::{Method, Uri},
    response::{IntoResponse, Response},
};

/// True in a build that holds the page.
pub const HAS_PAGE: bool = cfg!(feature = "page");

/// Answers what no route of the API takes.
pub(super) async fn respond(State(state): State<AppState>, method: Method, uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    if path == "api" || path.starts_with("api/") {
        return ApiError::NotFound("address").into_response();
    }
    if !matches!(method, Method::GET | Method::HEAD) {
        return ApiError::Method.into_response();
    }
    file(path, &state.settings.base_path)
}

#[cfg(feature = "page")]
fn file(path: &str, base_path: &BasePath) -> Response {
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
    let mut response = match name {
        "index.html" => based(&embedded.data, base_path).into_response(),
        _ => embedded.data.into_response(),
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    if let Ok(kind) = HeaderValue::try_from(kind) {
        headers.insert(header::CONTENT_TYPE, kind);
    }
    response
}

/// The page, whose addresses begin with `./`, with the path under which it lies in their place: it is the same for whatever
/// address the page is asked for.
#[cfg(feature = "page")]
fn based(page: &[u8], base_path: &BasePath) -> String {
    let page = String::from_utf8_lossy(page);
    page.replace("=\"./", &format!("=\"{base_path}/"))
}

#[cfg(not(feature = "page"))]
fn file(_path: &str, _base_path: &BasePath) -> Response {
    "This Examen was built without the review page (--no-default-features). The API is at /api/review.\n"
        .into_response()
}
