//! Text as the peers' Python cuts and normalises it, so that numbers can be compared with theirs.

use regex::Regex;
use std::sync::LazyLock;

static ARTICLES: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\b(?:a|an|the)\b").expect("the pattern is constant"));

/// The words between white space, as Python's `str.split()`.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(is_space).filter(|word| !word.is_empty())
}

/// The text without white space at its ends, as Python's `str.strip()`.
pub(super) fn strip(text: &str) -> &str {
    text.trim_matches(is_space)
}

/// The text without white space at its end, as Python's `str.rstrip()`.
pub(super) fn strip_end(text: &str) -> &str {
    text.trim_end_matches(is_space)
}

/// Python counts four separators of ASCII as white space that Unicode does not.
fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}

/// SQuAD's normal form: lower case, no ASCII punctuation, no English articles, single spaces (`normalize_answer` of its
/// `evaluate-v2.0.py`).
pub(super) fn squad_form(text: &str) -> String {
    let bare = without_punctuation(&text.to_lowercase());
    words(&ARTICLES.replace_all(&bare, " "))
        .collect::<Vec<_>>()
        .join(" ")
}

/// Form in which answers are compared that only look different: SQuAD's, with hyphens as spaces and equal numbers written
/// alike (`helm_normalizer` of LightEval).
pub fn quasi_form(text: &str) -> String {
    by_token(text, without_punctuation)
}

/// DROP's normal form: as [`quasi_form`], but a number keeps its sign and its decimals (`_normalize` of
/// lm-evaluation-harness's `drop`).
pub(super) fn drop_form(text: &str) -> String {
    by_token(text, |token| match number(token) {
        Some(_) => token.to_owned(),
        None => without_punctuation(token),
    })
}

fn by_token(text: &str, bare: impl Fn(&str) -> String) -> String {
    let lower = text.to_lowercase();
    let form = |token: &str| {
        let token = bare(token);
        let token = number(&token).map_or(token, |number| format!("{number:?}"));
        let token = ARTICLES.replace_all(&token, " ");
        words(&token).collect::<Vec<_>>().join(" ")
    };
    let tokens: Vec<_> = lower.split([' ', '-']).map(form).collect();
    let tokens: Vec<_> = tokens
        .iter()
        .map(String::as_str)
        .filter(|token| !token.is_empty())
        .collect();
    tokens.join(" ")
}

fn without_punctuation(text: &str) -> String {
    text.chars().filter(|c| !c.is_ascii_punctuation()).collect()
}

/// The number that the whole text is, as Python's `float()`.
pub(super) fn number(text: &str) -> Option<f64> {
    let text = strip(text);
    let is_between_digits = |index: usize| {
        let (before, after) = (&text[..index], &text[index + 1..]);
        before.ends_with(|c: char| c.is_ascii_digit())
            && after.starts_with(|c: char| c.is_ascii_digit())
    };
    if !text
        .match_indices('_')
        .all(|(index, _)| is_between_digits(index))
    {
        return None;
    }
    text.replace('_', "").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_python() {
        for (text, expected) in [
            ("1", Some(1.0)),
            (" -2.50 ", Some(-2.5)),
            ("1e3", Some(1000.0)),
            ("1_000", Some(1000.0)),
            (".5", Some(0.5)),
            ("5.", Some(5.0)),
            ("1__0", None),
            ("_1", None),
            ("1,5", None),
            ("", None),
        ] {
            assert_eq!(number(text), expected, "{text}");
        }
    }
}
