//! Comparison of texts as a reader makes it.

use unicode_normalization::UnicodeNormalization;

/// The form in which texts are compared: NFC, lower case, full-width letters, ligatures, typographic quotes and dashes
/// made plain, white space collapsed, `¡ ¿ " '` taken off the start and `. , ; : ? " '` off the end. All else tells
/// options apart: brackets, `!`, a point at the start, super- and subscripts.
///
/// ```
/// use examen_core::text::comparable;
/// assert_eq!(comparable(" The  “Heart”. "), comparable("the \"heart\""));
/// assert_ne!(comparable("10 mg"), comparable("10 g"));
/// assert_ne!(comparable("(0, 1)"), comparable("[0, 1]"));
/// ```
pub fn comparable(text: &str) -> String {
    let plain: String = match text.is_ascii() {
        true => text
            .chars()
            .map(|c| plain_punctuation(c.to_ascii_lowercase()))
            .collect(),
        false => usual_form(text)
            .nfc()
            .flat_map(char::to_lowercase)
            .map(plain_punctuation)
            .collect(),
    };
    let collapsed = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    let is_white_or = |edge: &'static str| move |c: char| c.is_whitespace() || edge.contains(c);
    let trimmed = collapsed
        .trim_start_matches(is_white_or("¡¿\"'"))
        .trim_end_matches(is_white_or(".,;:?\"'"));
    // A text of nothing but punctuation (an option that is a symbol) is compared as it is.
    if trimmed.is_empty() {
        collapsed
    } else {
        trimmed.to_owned()
    }
}

/// Ligatures, full- and half-width forms and the micro sign as they are usually written. NFKC for all characters would
/// also make 10² and 102 one.
fn usual_form(text: &str) -> String {
    let mut usual = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            'µ' | '\u{fb00}'..='\u{fb06}' | '\u{ff00}'..='\u{ffef}' => {
                usual.extend(std::iter::once(c).nfkc())
            }
            _ => usual.push(c),
        }
    }
    usual
}

/// The ASCII twin of a typographic quote or dash (no normal form makes those plain).
pub fn plain_punctuation(c: char) -> char {
    match c {
        '‘' | '’' | '‚' | '‛' | '′' | '`' | '´' => '\'',
        '“' | '”' | '„' | '‟' | '«' | '»' | '″' => '"',
        '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' => '-',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_reader_takes_for_the_same_compares_equal() {
        assert_eq!(comparable("Café"), comparable("Cafe\u{301}"));
        assert_eq!(comparable("It’s 3–4 days"), comparable("it's 3-4 days."));
        assert_eq!(comparable("¿Sí?"), comparable("sí"));
        assert_eq!(comparable("ﬁve ５ µg"), comparable("five 5 μg"));
    }

    #[test]
    fn what_means_something_else_stays_apart() {
        for (one, other) in [
            ("(0, 1)", "[0, 1]"),
            (".5 mg", "5 mg"),
            ("3!", "3"),
            ("10²", "102"),
            ("H₂O", "H2O"),
            ("f(x)", "f(x"),
        ] {
            assert_ne!(comparable(one), comparable(other));
        }
    }

    #[test]
    fn symbols_alone_stay() {
        assert_ne!(comparable("?"), comparable("!"));
    }
}
