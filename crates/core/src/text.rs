//! When two texts are the same for a reader.

use unicode_normalization::UnicodeNormalization;

/// The form in which texts are compared: NFKC, lower case, typographic quotes and dashes made plain, white space
/// collapsed, white space and `. , ; : ! ? "` and brackets taken off both ends.
///
/// ```
/// use examen_core::text::comparable;
/// assert_eq!(comparable(" The  “Heart”. "), comparable("the \"heart\""));
/// assert_ne!(comparable("10 mg"), comparable("10 g"));
/// ```
pub fn comparable(text: &str) -> String {
    let plain: String = text.nfkc().flat_map(char::to_lowercase).map(plain_punctuation).collect();
    let collapsed = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    let edge = |c: char| c.is_whitespace() || ".,;:!?¡¿\"'()[]".contains(c);
    let trimmed = collapsed.trim_matches(edge);
    // A text of nothing but punctuation (an option that is a symbol) is compared as it is.
    if trimmed.is_empty() { collapsed } else { trimmed.to_owned() }
}

/// The ASCII twin of a typographic quote or dash (NFKC leaves those as they are).
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
    }

    #[test]
    fn symbols_alone_stay() {
        assert_ne!(comparable("?"), comparable("!"));
    }
}
