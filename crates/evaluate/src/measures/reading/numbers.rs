//! The number that a reply ends at.

use super::{
    Found, first, last_part,
    phrases::{MARKED, PHRASES},
};
use regex::Regex;
use std::sync::LazyLock;

static NUMBER: LazyLock<Regex> = LazyLock::new(|| {
    let digit = r"[0-9\x{660}-\x{669}\x{6f0}-\x{6f9}\x{ff10}-\x{ff19}]";
    let sign = r"[-\x{2212}\x{ff0d}+]?";
    let separator = r"[.,'’\x{a0}\x{202f}\x{2009}\x{66b}\x{66c}\x{ff0c}\x{ff0e}]";
    let pattern = format!("{sign}(?:{separator}?{digit}+)+(?:[eE][-+]?[0-9]{{1,3}})?");
    Regex::new(&pattern).expect("the pattern is constant")
});

/// The number that `reply` answers with: after a phrase such as `the answer is`, in `\boxed{}` or `<answer>`, after `####`, or the
/// only one that it holds. Digits may be Arabic, Persian or full-width. `language` (`es`) says what the sign in `1.234` means;
/// English where it is empty or unknown. `None` for no number and for several that differ.
///
/// ```
/// use examen_evaluate::measures::read_number;
/// assert_eq!(read_number("3 boxes of 14 apples each, so the answer is 42.", "en"), Some(42.0));
/// assert_eq!(read_number("Die Antwort lautet 1.234,5 Meter.", "de"), Some(1234.5));
/// assert_eq!(read_number("Either 3 or 4.", "en"), None);
/// ```
pub fn read_number(reply: &str, language: &str) -> Option<f64> {
    let reply = last_part(reply);
    let decimal = PHRASES.decimal(language);
    let all = |text: &str| -> Vec<Option<f64>> {
        NUMBER
            .find_iter(text)
            .filter_map(|found| number(found.as_str(), decimal))
            .map(Some)
            .collect()
    };
    let marked = || {
        let contents = MARKED
            .captures_iter(reply)
            .filter_map(|found| found.iter().skip(1).flatten().next());
        Found::of(contents.flat_map(|content| all(content.as_str())))
    };
    let phrased = || {
        let ends = PHRASES.before.find_iter(reply).map(|found| found.end());
        Found::of(
            ends.filter_map(|end| at_start(&reply[end..], decimal))
                .map(Some),
        )
    };
    first(&[&marked, &phrased, &|| Found::of(all(reply))])
}

/// The number at the beginning of a text, after a noun, marks and signs of currency.
fn at_start(text: &str, decimal: char) -> Option<f64> {
    let rest = PHRASES
        .noun
        .find(text)
        .map_or(text, |noun| &text[noun.end()..]);
    let rest =
        rest.trim_start_matches(|c: char| c.is_whitespace() || "*_:：=≈~$€£¥₹\\([{\"'".contains(c));
    let found = NUMBER.find(rest).filter(|found| found.start() == 0)?;
    number(found.as_str(), decimal)
}

/// The value of a number. Of two kinds of signs the last is the decimal one; one sign alone is it unless three digits follow and
/// the language writes thousands so.
fn number(text: &str, decimal: char) -> Option<f64> {
    let text: String = text.chars().map(plain).collect();
    let (text, exponent) = text.split_once(['e', 'E']).unwrap_or((&text, "0"));
    let text = text.trim_start_matches(['\'', ',']);
    let signs: Vec<(usize, char)> = text
        .char_indices()
        .filter(|(_, c)| matches!(c, '.' | ',' | '\'' | '٫'))
        .collect();
    let is_decimal = |(index, sign): (usize, char)| {
        let n_digits = text.len() - index - sign.len_utf8();
        let n_alike = signs.iter().filter(|(_, other)| *other == sign).count();
        match (n_alike, signs.len()) {
            _ if sign == '\'' => false,
            _ if sign == '٫' => true,
            (1, n) if n > 1 => true,
            (1, 1) => n_digits != 3 || sign == decimal || index == 0 || text.starts_with("0"),
            _ => false,
        }
    };
    let point = signs
        .last()
        .copied()
        .filter(|sign| is_decimal(*sign))
        .map(|(index, _)| index);
    let digits = text.char_indices().filter_map(|(index, c)| match c {
        _ if Some(index) == point => Some('.'),
        '.' | ',' | '\'' | '٫' => None,
        c => Some(c),
    });
    format!("{}e{exponent}", digits.collect::<String>())
        .parse()
        .ok()
        .filter(|number: &f64| number.is_finite())
}

/// The ASCII form of a digit or a sign; thousands between spaces as between apostrophes.
fn plain(c: char) -> char {
    let digit = |zero: char| char::from_digit(c as u32 - zero as u32, 10).unwrap_or(c);
    match c {
        '٠'..='٩' => digit('٠'),
        '۰'..='۹' => digit('۰'),
        '０'..='９' => digit('０'),
        '−' | '－' => '-',
        '’' | '\u{a0}' | '\u{202f}' | '\u{2009}' | '٬' => '\'',
        '，' => ',',
        '．' => '.',
        c => c,
    }
}
