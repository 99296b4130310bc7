//! Reading an answer without letting the server decide how much memory that takes.

use crate::clip;
use encoding_rs::{Encoding, UTF_8};
use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use reqwest::{
    Response,
    header::{CONTENT_ENCODING, CONTENT_TYPE},
};
use std::{
    io::{self, Read},
    time::Duration,
};

/// Most bytes of an error's body that are read: its reason stands at the beginning.
const MAX_ERROR_BYTES: usize = 64 * 1024;
/// Longest wait for them: the status says more than the reason.
const MAX_ERROR_TIME: Duration = Duration::from_secs(10);
/// Most bytes that are reserved for a body because of its announced length.
const MAX_RESERVED: u64 = 1024 * 1024;

/// A body that was not read to its end.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// The body is longer than the caller allows.
    #[error("it is longer than {limit} bytes")]
    TooLong {
        /// Most bytes that are read.
        limit: usize,
    },
    /// The body is compressed in a way that nobody asked for, or not rightly.
    #[error("it is compressed ({encoding}) and cannot be unpacked: {reason}")]
    Packed {
        /// The name of the way.
        encoding: String,
        /// Reason why it cannot be unpacked.
        reason: String,
    },
    /// The connection broke or the time ran out.
    #[error(transparent)]
    Broken(#[from] reqwest::Error),
}

/// The whole body as text, in the charset that its header names (else UTF-8). A body in gzip or deflate, which some
/// servers send unasked, is unpacked.
///
/// # Errors
/// A body of more than `limit` bytes, packed or not, of which no more are read; one that cannot be unpacked; a connection
/// that breaks.
pub async fn text(mut response: Response, limit: usize) -> Result<String, BodyError> {
    let announced = response.content_length().unwrap_or(0);
    if announced > limit as u64 {
        return Err(BodyError::TooLong { limit });
    }
    let mut bytes = Vec::with_capacity(announced.min(MAX_RESERVED) as usize);
    while let Some(chunk) = response.chunk().await? {
        if chunk.len() > limit - bytes.len() {
            return Err(BodyError::TooLong { limit });
        }
        bytes.extend_from_slice(&chunk);
    }
    let bytes = unpacked(&response, bytes, limit)?;
    Ok(decode(&response, bytes))
}

/// The bytes that a body stands for, `limit` at most.
fn unpacked(response: &Response, bytes: Vec<u8>, limit: usize) -> Result<Vec<u8>, BodyError> {
    let header = response.headers().get(CONTENT_ENCODING);
    let encoding = header.map(|value| String::from_utf8_lossy(value.as_bytes()).to_lowercase());
    // Some proxies lose the header; no text begins so.
    let is_gzip = bytes.starts_with(&[0x1f, 0x8b, 8]);
    let read = match encoding.as_deref().map(str::trim) {
        None | Some("" | "identity") if !is_gzip => return Ok(bytes),
        None | Some("" | "identity" | "gzip" | "x-gzip") => {
            at_most(MultiGzDecoder::new(&*bytes), limit)
        }
        // With the frame of zlib, as the standard says, or without, as some servers do.
        Some("deflate") => at_most(ZlibDecoder::new(&*bytes), limit)
            .or_else(|_| at_most(DeflateDecoder::new(&*bytes), limit)),
        Some(_) => Err(io::Error::other("gzip and deflate are known")),
    };
    let read = read.map_err(|error| BodyError::Packed {
        encoding: clip(&encoding.unwrap_or_default()),
        reason: error.to_string(),
    })?;
    match read.len() > limit {
        true => Err(BodyError::TooLong { limit }),
        false => Ok(read),
    }
}

/// What `reader` gives, and at most one byte more than `limit`.
fn at_most(reader: impl Read, limit: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(limit as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The beginning of a body as text: as much as a reason may take, and as came within ten seconds before the connection
/// broke or the time ran out. The rest is not read.
pub async fn beginning(mut response: Response) -> String {
    let mut bytes = Vec::new();
    let read = async {
        while bytes.len() < MAX_ERROR_BYTES
            && let Ok(Some(chunk)) = response.chunk().await
        {
            let wanted = chunk.len().min(MAX_ERROR_BYTES - bytes.len());
            bytes.extend_from_slice(&chunk[..wanted]);
        }
    };
    // What came so far is as good a reason as there is.
    let _ = tokio::time::timeout(MAX_ERROR_TIME, read).await;
    // A reason that cannot be unpacked is none.
    let bytes = unpacked(&response, bytes, MAX_ERROR_BYTES).unwrap_or_default();
    decode(&response, bytes)
}

fn decode(response: &Response, bytes: Vec<u8>) -> String {
    let header = response.headers().get(CONTENT_TYPE);
    let content_type = header.and_then(|value| value.to_str().ok());
    let charset = charset(content_type.unwrap_or_default());
    // The decoder takes a byte order mark off.
    let bytes = match charset == UTF_8 && !bytes.starts_with(b"\xef\xbb\xbf") {
        true => String::from_utf8(bytes).map_err(|error| error.into_bytes()),
        false => Err(bytes),
    };
    bytes.unwrap_or_else(|bytes| charset.decode(&bytes).0.into_owned())
}

/// The encoding that a `Content-Type` names.
fn charset(content_type: &str) -> &'static Encoding {
    let parameters = content_type.split(';').skip(1);
    let label = parameters
        .filter_map(|parameter| parameter.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"))
        .map(|(_, label)| label.trim().trim_matches('"'));
    label
        .and_then(|label| Encoding::for_label(label.as_bytes()))
        .unwrap_or(UTF_8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        io::{Read, Write},
        net::{TcpListener, TcpStream},
    };

    /// The answer of a server that sends `head`, and then calls `write` with the connection.
    async fn answer(
        head: &'static str,
        write: impl FnOnce(TcpStream) + Send + 'static,
    ) -> Response {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 1024];
            assert!(stream.read(&mut request).unwrap() > 0);
            stream.write_all(head.as_bytes()).unwrap();
            write(stream);
        });
        reqwest::Client::builder()
            .no_proxy()
            .build()
            .unwrap()
            .get(url)
            .send()
            .await
            .unwrap()
    }

    fn endless(mut stream: TcpStream) {
        while stream.write_all(&[b'x'; 4096]).is_ok() {}
    }

    #[tokio::test]
    async fn a_body_without_an_end_is_read_up_to_the_limit() {
        let head = "HTTP/1.1 200 OK\r\n\r\n";
        let error = text(answer(head, endless).await, 100_000).await;
        assert!(matches!(error, Err(BodyError::TooLong { limit: 100_000 })));
        let reason = beginning(answer(head, endless).await).await;
        assert_eq!(reason.len(), MAX_ERROR_BYTES);
    }

    #[tokio::test]
    async fn a_length_that_is_too_long_is_not_waited_for_or_reserved() {
        let head = "HTTP/1.1 200 OK\r\ncontent-length: 9000000000000000\r\n\r\n";
        let error = text(answer(head, drop).await, 10).await.unwrap_err();
        assert!(matches!(error, BodyError::TooLong { limit: 10 }), "{error}");
    }

    #[tokio::test]
    async fn a_body_that_breaks_off_is_no_whole_one() {
        let head = "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf";
        let error = text(answer(head, drop).await, 100).await.unwrap_err();
        assert!(matches!(error, BodyError::Broken(_)), "{error}");
    }

    #[tokio::test]
    async fn a_reason_that_drips_or_breaks_off_is_what_came_of_it() {
        let head = "HTTP/1.1 500 No\r\ncontent-length: 90000\r\n\r\nhalf";
        assert_eq!(beginning(answer(head, drop).await).await, "half");
        let drips = |mut stream: TcpStream| {
            while stream.write_all(b".").is_ok() {
                std::thread::sleep(Duration::from_millis(100));
            }
        };
        let response = answer(head, drips).await;
        let start = std::time::Instant::now();
        assert!(beginning(response).await.starts_with("half."));
        assert!(start.elapsed() < MAX_ERROR_TIME + Duration::from_secs(2));
    }

    /// The answer of a server that sends this body, packed as the header says.
    async fn packed(encoding: &'static str, body: Vec<u8>) -> Response {
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-encoding: {encoding}\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        answer(head.leak(), move |mut stream| {
            stream.write_all(&body).unwrap()
        })
        .await
    }

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        writer.write_all(text).unwrap();
        writer.finish().unwrap()
    }

    #[tokio::test]
    async fn a_packed_body_is_unpacked_up_to_the_limit() {
        for encoding in ["gzip", "X-GZIP"] {
            let text = super::text(packed(encoding, gzip(b"{\"a\": 1}")).await, 100).await;
            assert_eq!(text.unwrap(), "{\"a\": 1}");
        }
        let text = super::text(packed("identity", gzip(b"{}")).await, 100).await;
        assert_eq!(text.unwrap(), "{}", "a proxy has lost the header");
        let reason = beginning(packed("gzip", gzip(b"no such model")).await).await;
        assert_eq!(reason, "no such model");
        let bomb = gzip(&vec![b'x'; 50_000_000]);
        assert!(bomb.len() < 100_000);
        let error = super::text(packed("gzip", bomb).await, 100_000)
            .await
            .unwrap_err();
        assert!(
            matches!(error, BodyError::TooLong { limit: 100_000 }),
            "{error}"
        );
        for (encoding, body) in [
            ("gzip", vec![0x1f; 50]),
            ("br", vec![1; 50]),
            ("gzip, gzip", gzip(b"x")),
        ] {
            let error = super::text(packed(encoding, body).await, 1000)
                .await
                .unwrap_err();
            assert!(
                matches!(error, BodyError::Packed { .. }),
                "{encoding}: {error}"
            );
            assert!(error.to_string().contains(encoding), "{error}");
        }
    }

    #[tokio::test]
    async fn a_byte_order_mark_is_no_text() {
        let head = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n\u{feff}{}";
        assert_eq!(text(answer(head, drop).await, 5).await.unwrap(), "{}");
    }

    #[tokio::test]
    async fn text_is_read_in_the_charset_of_its_header() {
        let latin = "HTTP/1.1 200 OK\r\ncontent-type: text/html; Charset=\"ISO-8859-1\"\r\ncontent-length: 4\r\n\r\n";
        let ano = |mut stream: TcpStream| stream.write_all(b"a\xf1os").unwrap();
        assert_eq!(text(answer(latin, ano).await, 4).await.unwrap(), "años");
        let none = "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n";
        assert_eq!(
            text(answer(none, ano).await, 4).await.unwrap(),
            "a\u{fffd}os"
        );
    }

    #[test]
    fn charsets_that_nobody_knows_are_utf_8() {
        for content_type in [
            "",
            "text/html",
            "a/b; charset=",
            "a/b; charset=klingon",
            ";;=;",
        ] {
            assert_eq!(charset(content_type), UTF_8, "{content_type}");
        }
    }
}
