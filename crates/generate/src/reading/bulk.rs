//! Data that is embedded in a text and that nobody reads: pictures as `data:` addresses, blocks of base64.

use examen_core::{Notice, NoticeKind};
use regex::Regex;
use std::{borrow::Cow, sync::LazyLock};

/// A picture of Markdown or an element of HTML with data in it, a definition of such a link, or the address alone.
static DATA: LazyLock<Regex> = LazyLock::new(|| {
    let address = r#"data:[\w.+-]*/?[\w.+-]*(?:;[\w.+=-]+)*,[^\s)"'>\]]{40,}"#;
    let forms = [
        format!(r#"!\[(?P<alt>[^\]]*)\]\(\s*<?{address}>?(?:\s+["'][^"'\n]*["'])?\s*\)"#),
        format!(r#"(?i:<(?:img|source|embed|object|image|link)\b)[^<>]*?["']?{address}[^<>]*>"#),
        format!(r"(?m:^[ ]{{0,3}}\[[^\]\n]+\]:\s*<?{address}>?.*$\n?)"),
        address.to_owned(),
    ];
    Regex::new(&forms.join("|")).expect("the pattern is in order")
});

/// A word of nothing but base64 or hexadecimal digits, longer than any word; or many lines of it.
static BLOCK: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"(?m)^[ \t>]*(?:[A-Za-z0-9+/_-]{56,}={0,2}[ \t]*\r?\n[ \t>]*){5,}[A-Za-z0-9+/_-]{0,100}={0,2}[ \t]*$|[A-Za-z0-9+/_-]{300,}={0,2}";
    Regex::new(pattern).expect("the pattern is in order")
});

/// The text without such data, and how much of it there was.
pub(crate) fn without(text: String) -> (String, Option<Notice>) {
    let (mut n, mut n_bytes) = (0, 0);
    let mut drop = |found: &regex::Captures<'_>| {
        let alt = found.name("alt").map_or("", |alt| alt.as_str());
        n += 1;
        n_bytes += found[0].len() - alt.len();
        alt.to_owned()
    };
    let dropped = match text.contains("data:") {
        true => DATA.replace_all(&text, &mut drop),
        false => Cow::Borrowed(text.as_str()),
    };
    let dropped = BLOCK.replace_all(&dropped, |found: &regex::Captures<'_>| {
        match is_data(&found[0]) {
            true => drop(found),
            false => found[0].to_owned(),
        }
    });
    let dropped = dropped.into_owned();
    if n == 0 {
        return (text, None);
    }
    let pieces = if n == 1 { "piece" } else { "pieces" };
    let words = format!(
        "{n} {pieces} of embedded data ({} kB), left out",
        n_bytes.div_ceil(1000)
    );
    let notice = Notice {
        kind: NoticeKind::Bulk,
        page: None,
        words,
    };
    (dropped, Some(notice))
}

/// True for small and capital letters and digits together, or digits alone: a rule of `-` or a long word is none.
fn is_data(block: &str) -> bool {
    let has = |is: fn(&char) -> bool| block.chars().any(|c| is(&c));
    let kinds = [
        has(char::is_ascii_lowercase),
        has(char::is_ascii_uppercase),
        has(char::is_ascii_digit),
    ];
    kinds.iter().filter(|&&kind| kind).count() >= 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_goes_and_is_counted() {
        let data = "iVBORw0KGgo9A7".repeat(40);
        let lines = format!(
            "{}\n",
            "TWFuIGlzIGRpc3Rpbmd1aXNoZWQsIG5vdCBvbmx5IGJ5IGhpcyByZWFzb24s"
        )
        .repeat(8);
        for (text, expected) in [
            (
                format!("A ![pump](data:image/png;base64,{data}) here."),
                "A pump here.",
            ),
            (
                format!("A ![pump](<data:image/png;base64,{data}> \"Its title\") here."),
                "A pump here.",
            ),
            (
                format!("A <img alt=\"x\" src=\"data:image/png;base64,{data}\" width=3> here."),
                "A  here.",
            ),
            (
                format!("A [x].\n\n[x]: data:image/svg+xml;base64,{data}\n\nEnd."),
                "A [x].\n\n\nEnd.",
            ),
            (format!("A {data}== here."), "A  here."),
            (format!("A\n{lines}\nhere."), "A\n\nhere."),
        ] {
            let (left, notice) = without(text);
            assert_eq!(left, expected);
            assert!(
                notice
                    .unwrap()
                    .words
                    .starts_with("1 piece of embedded data (")
            );
        }
    }

    #[test]
    fn text_stays() {
        for text in [
            "The word data: and more, and a data:image too.".to_owned(),
            "-".repeat(400),
            "a".repeat(400),
        ] {
            assert_eq!(without(text.clone()), (text, None));
        }
    }
}
