//! `Range: bytes=…`: one range, as clients that go on with a download send it.

use crate::refusal::{Answer, Refusal};
use axum::http::{HeaderMap, StatusCode, header};
use std::ops::Range;

/// The range that the request names of a content of `size` bytes; nothing where it names none, or several.
///
/// # Errors
/// If it begins after the end.
pub(crate) fn asked(headers: &HeaderMap, size: u64) -> Answer<Option<Range<u64>>> {
    let value = headers
        .get(header::RANGE)
        .and_then(|value| value.to_str().ok());
    let Some((first, last)) = value.and_then(parse) else {
        return Ok(None);
    };
    let range = match (first, last) {
        (Some(first), last) => first..last.map_or(size, |last| last.saturating_add(1).min(size)),
        (None, Some(length)) => size.saturating_sub(length)..size,
        (None, None) => return Ok(None),
    };
    match range.start < range.end {
        true => Ok(Some(range)),
        false => {
            let mut refusal = Refusal::of(
                StatusCode::RANGE_NOT_SATISFIABLE,
                format!("there are {size} bytes"),
            );
            let length = format!("bytes */{size}").parse().ok();
            refusal
                .headers
                .extend(length.map(|length| (header::CONTENT_RANGE, length)));
            Err(refusal)
        }
    }
}

fn parse(value: &str) -> Option<(Option<u64>, Option<u64>)> {
    let (first, last) = value.trim().strip_prefix("bytes=")?.split_once('-')?;
    let number = |text: &str| match text.trim() {
        "" => Some(None),
        digits => digits.parse().ok().map(Some),
    };
    Some((number(first)?, number(last)?))
}

#[cfg(test)]
mod tests {
    use super::asked;
    use axum::http::{HeaderMap, header};

    #[test]
    fn a_range_is_read_as_the_standard_says() {
        let of = |range: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::RANGE, range.parse().expect("a header"));
            asked(&headers, 10).map_err(|refusal| refusal.status().as_u16())
        };
        assert_eq!(of("bytes=0-3"), Ok(Some(0..4)));
        assert_eq!(of("bytes=4-"), Ok(Some(4..10)));
        assert_eq!(of("bytes=4-99"), Ok(Some(4..10)));
        assert_eq!(of("bytes=-3"), Ok(Some(7..10)));
        assert_eq!(of("bytes=-99"), Ok(Some(0..10)));
        assert_eq!(of("bytes=10-"), Err(416));
        assert_eq!(of("bytes=-0"), Err(416));
        assert_eq!(of("bytes=5-3"), Err(416));
        assert_eq!(of("bytes=0-1,4-5"), Ok(None));
        assert_eq!(of("lines=0-1"), Ok(None));
        assert_eq!(of("bytes=a-b"), Ok(None));
        assert_eq!(
            of("bytes=18446744073709551615-18446744073709551615"),
            Err(416)
        );
    }
}
