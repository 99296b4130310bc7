//! Making a request again: which statuses are worth it, and how long the server asks to wait.

use reqwest::header::{DATE, HeaderMap, HeaderName, RETRY_AFTER};
use serde_json::Value;
use std::time::{Duration, SystemTime};

/// Longest wait that is believed: whoever asks for more is as good as gone, and clocks cannot overflow.
pub const MAX_RETRY_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// Class of a status: what may be hoped for from the same request a little later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// Nothing: the same request would be answered in the same way.
    Never,
    /// The request was refused before it was worked on, because there were too many (429): harmless to repeat.
    Always,
    /// The request did not get through, or its answer did not (408, 502, 503, 504): repeat what may run twice.
    IfIdempotent,
    /// The server failed while it worked on the request (500 and the other 5xx, Anthropic's 529): a server with much to
    /// do may succeed the next time, one that stumbles over this request will not.
    IfServerIsBusy,
}

/// The class of a status. Success and redirection are `Never` too.
pub fn repeat(status: u16) -> Repeat {
    match status {
        429 => Repeat::Always,
        408 | 502..=504 => Repeat::IfIdempotent,
        // 501 says that the server does not know the method.
        500 | 505..=599 => Repeat::IfServerIsBusy,
        _ => Repeat::Never,
    }
}

/// Wait that a response asks for by `Retry-After` (RFC 9110, 10.2.3): seconds, also with a fraction, or a date. A date
/// is compared with the response's own `Date`, so that a wrong clock on either side does no harm. At most
/// [`MAX_RETRY_AFTER`].
pub fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let header = |name: HeaderName| headers.get(name)?.to_str().ok();
    let asked = header(RETRY_AFTER)?.trim();
    seconds(asked).or_else(|| {
        let wait = date(asked)?.duration_since(date(header(DATE)?)?);
        Some(wait.unwrap_or_default().min(MAX_RETRY_AFTER))
    })
}

/// Wait that Google asks for in the body of a refusal:
/// `{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "34s"}`. At most [`MAX_RETRY_AFTER`].
pub fn retry_delay(body: &str) -> Option<Duration> {
    if !body.contains("retryDelay") {
        return None;
    }
    let value: Value = serde_json::from_str(body).ok()?;
    // Some endpoints send the error in an array.
    let error = value.get(0).unwrap_or(&value).get("error")?;
    let delay = error["details"]
        .as_array()?
        .iter()
        .find_map(|detail| detail["retryDelay"].as_str())?;
    seconds(delay.strip_suffix('s')?)
}

fn date(text: &str) -> Option<SystemTime> {
    httpdate::parse_http_date(text).ok()
}

/// Digits with at most one point among them: no sign, no exponent, no `inf` and no `nan`, which numbers may have.
fn seconds(text: &str) -> Option<Duration> {
    let is_plain = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.');
    let seconds: f64 = text.parse().ok().filter(|_| is_plain)?;
    // Digits without end are infinite.
    let wait = Duration::try_from_secs_f64(seconds).unwrap_or(MAX_RETRY_AFTER);
    Some(wait.min(MAX_RETRY_AFTER))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use reqwest::header::HeaderValue;

    const NOW: &str = "Sun, 06 Nov 1994 08:49:37 GMT";

    fn asked(retry_after: &str, date: Option<&str>) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, HeaderValue::from_str(retry_after).unwrap());
        if let Some(date) = date {
            headers.insert(DATE, HeaderValue::from_str(date).unwrap());
        }
        super::retry_after(&headers)
    }

    #[test]
    fn seconds_may_have_a_fraction() {
        assert_eq!(asked("120", None), Some(Duration::from_secs(120)));
        assert_eq!(asked(" 0.25 ", None), Some(Duration::from_millis(250)));
        assert_eq!(asked("0", None), Some(Duration::ZERO));
    }

    #[test]
    fn a_date_counts_from_the_servers_own() {
        let later = "Sun, 06 Nov 1994 08:49:47 GMT";
        assert_eq!(asked(later, Some(NOW)), Some(Duration::from_secs(10)));
        assert_eq!(asked(NOW, Some(later)), Some(Duration::ZERO));
        assert_eq!(asked(later, None), None);
        assert_eq!(asked(later, Some("yesterday")), None);
    }

    #[test]
    fn waits_have_a_bound() {
        let digits = "9".repeat(400);
        for text in ["86401", "99999999999999999999", &digits] {
            assert_eq!(asked(text, None), Some(MAX_RETRY_AFTER), "{text}");
        }
        let far = "Fri, 31 Dec 9999 23:59:59 GMT";
        assert_eq!(asked(far, Some(NOW)), Some(MAX_RETRY_AFTER));
    }

    #[test]
    fn what_is_no_wait_asks_for_none() {
        for text in [
            "", "-1", "inf", "nan", "1e3", "+1", "1.2.3", ".", "soon", "0x10", "1 s",
        ] {
            assert_eq!(asked(text, Some(NOW)), None, "{text}");
        }
        let mut headers = HeaderMap::new();
        assert_eq!(super::retry_after(&headers), None);
        headers.insert(RETRY_AFTER, HeaderValue::from_bytes(b"\xff1").unwrap());
        assert_eq!(super::retry_after(&headers), None);
    }

    #[test]
    fn google_says_in_the_body_how_long_to_wait() {
        let body =
            r#"{"error": {"code": 429, "details": [{"@type": "a"}, {"retryDelay": "34.5s"}]}}"#;
        assert_eq!(retry_delay(body), Some(Duration::from_millis(34_500)));
        assert_eq!(retry_delay(&format!("[{body}]")), retry_delay(body));
        for hostile in [
            r#"{"retryDelay": "x"}"#,
            r#"{"error": {"details": [{"retryDelay": "-3s"}]}}"#,
            r#"{"error": {"details": {"retryDelay": "3s"}}}"#,
            r#"{"error": {"details": [{"retryDelay": "3"}]}}"#,
            r#"["retryDelay"]"#,
        ] {
            assert_eq!(retry_delay(hostile), None, "{hostile}");
        }
    }

    #[test]
    fn statuses_have_their_class() {
        assert_eq!(repeat(429), Repeat::Always);
        for status in [408, 502, 503, 504] {
            assert_eq!(repeat(status), Repeat::IfIdempotent, "{status}");
        }
        for status in [500, 505, 529, 599] {
            assert_eq!(repeat(status), Repeat::IfServerIsBusy, "{status}");
        }
        for status in [0, 200, 302, 400, 401, 404, 422, 501, 600, u16::MAX] {
            assert_eq!(repeat(status), Repeat::Never, "{status}");
        }
    }

    proptest! {
        #[test]
        fn no_header_makes_a_wait_beyond_the_bound(value in prop::collection::vec(32u8.., 0..40)) {
            let mut headers = HeaderMap::new();
            if let Ok(value) = HeaderValue::from_bytes(&value) {
                headers.insert(RETRY_AFTER, value);
            }
            headers.insert(DATE, HeaderValue::from_static(NOW));
            prop_assert!(super::retry_after(&headers).is_none_or(|wait| wait <= MAX_RETRY_AFTER));
        }

        #[test]
        fn plain_seconds_are_read(whole in 0u32..86_400, thousandths in 0u32..1000) {
            let expected = Duration::from_millis(u64::from(whole) * 1000 + u64::from(thousandths));
            let found = asked(&format!("{whole}.{thousandths:03}"), None).unwrap();
            prop_assert!(found.abs_diff(expected) < Duration::from_micros(1));
        }
    }
}
