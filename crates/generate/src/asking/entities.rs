//! Character references of HTML in a model's text (`&amp;`, `&#39;`, `&eacute;`), as the characters that they stand for.

/// The longest reference.
const MAX_CHARS: usize = 10;
/// References by name; those that models write.
const NAMED: [(&str, char); 52] = [
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("nbsp", ' '),
    ("ndash", '–'),
    ("mdash", '—'),
    ("hellip", '…'),
    ("lsquo", '‘'),
    ("rsquo", '’'),
    ("ldquo", '“'),
    ("rdquo", '”'),
    ("laquo", '«'),
    ("raquo", '»'),
    ("deg", '°'),
    ("plusmn", '±'),
    ("times", '×'),
    ("divide", '÷'),
    ("micro", 'µ'),
    ("middot", '·'),
    ("le", '≤'),
    ("ge", '≥'),
    ("ne", '≠'),
    ("larr", '←'),
    ("rarr", '→'),
    ("alpha", 'α'),
    ("beta", 'β'),
    ("gamma", 'γ'),
    ("delta", 'δ'),
    ("mu", 'μ'),
    ("pi", 'π'),
    ("copy", '©'),
    ("reg", '®'),
    ("euro", '€'),
    ("pound", '£'),
    ("sect", '§'),
    ("iquest", '¿'),
    ("iexcl", '¡'),
    ("aacute", 'á'),
    ("eacute", 'é'),
    ("iacute", 'í'),
    ("oacute", 'ó'),
    ("uacute", 'ú'),
    ("ntilde", 'ñ'),
    ("uuml", 'ü'),
    ("auml", 'ä'),
    ("ouml", 'ö'),
    ("szlig", 'ß'),
    ("egrave", 'è'),
    ("agrave", 'à'),
    ("ccedil", 'ç'),
];

/// A text with the characters instead of the references, if it has any. Those that stand in the passage too are what it is
/// about, and stay.
pub(super) fn decoded(text: &str, passage: &str) -> Option<String> {
    let (mut decoded, mut rest, mut is_changed) = (String::new(), text, false);
    while let Some(start) = rest.find('&') {
        let (before, reference) = rest.split_at(start);
        decoded.push_str(before);
        match character(reference).filter(|(_, length)| !passage.contains(&reference[..*length])) {
            Some((c, length)) => {
                decoded.push(c);
                rest = &reference[length..];
                is_changed = true;
            }
            None => {
                decoded.push('&');
                rest = &reference[1..];
            }
        }
    }
    is_changed.then(|| decoded + rest)
}

/// The character that the reference at the start of a text stands for, and the reference's length.
fn character(text: &str) -> Option<(char, usize)> {
    let (end, _) = text
        .char_indices()
        .take(MAX_CHARS)
        .find(|(_, c)| *c == ';')?;
    let name = &text[1..end];
    let number = |digits: &str, radix| {
        u32::from_str_radix(digits, radix)
            .ok()
            .and_then(char::from_u32)
    };
    let c = match name.strip_prefix('#') {
        Some(number_) => match number_.strip_prefix(['x', 'X']) {
            Some(digits) => number(digits, 16),
            None => number(number_, 10),
        },
        None => NAMED
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, c)| *c),
    }?;
    (!c.is_control()).then_some((c, end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_decoded_unless_the_passage_is_about_them() {
        assert_eq!(
            decoded("Caf&eacute; &amp; &#39;t&#x20AC;&nbsp;1 & 2; &bogus;", "").as_deref(),
            Some("Café & 't€ 1 & 2; &bogus;")
        );
        assert_eq!(
            decoded(
                "What does &amp; stand for?",
                "Write &amp; for an ampersand."
            ),
            None
        );
        assert_eq!(decoded("&#0; &#xD800;", ""), None);
    }
}
