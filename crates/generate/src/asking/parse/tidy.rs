//! What models add to a text and no reader should see: emphasis of Markdown, NUL and zero-width characters, control
//! characters that were LaTeX.

use super::escapes::restored;

/// A text without them; notes what was removed.
pub(super) fn tidied(text: &str, notes: &mut Vec<String>) -> String {
    let visible = without_hidden(text);
    if visible.chars().filter(|c| !c.is_whitespace()).count()
        < restored(text)
            .chars()
            .filter(|c| !c.is_whitespace())
            .count()
    {
        notes.push("hidden characters were removed".to_owned());
    }
    let plain = without_emphasis(visible.trim());
    if plain.len() < visible.trim().len() {
        notes.push("the emphasis of Markdown was removed".to_owned());
    }
    plain
}

/// A text without NUL, other control characters and those without width. Joiners stay where scripts need them.
pub(super) fn without_hidden(text: &str) -> String {
    let text = restored(text);
    let mut visible = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let joins = matches!(c, '\u{200c}' | '\u{200d}')
            && visible
                .chars()
                .next_back()
                .is_some_and(|before| before > '\u{590}')
            && chars.peek().is_some_and(|next| *next > '\u{590}');
        let is_hidden = match c {
            '\n' | '\t' | '\r' => false,
            '\u{200c}' | '\u{200d}' => !joins,
            '\u{200b}' | '\u{2060}' | '\u{feff}' | '\u{ad}' | '\u{202a}'..='\u{202e}' => true,
            c => c.is_control(),
        };
        if !is_hidden {
            visible.push(c);
        }
    }
    visible
}

/// A text without `**bold**`, `__bold__`, `*italics*`, `_italics_` and the signs of a heading before it. Stars of products
/// and underscores of names stay.
fn without_emphasis(text: &str) -> String {
    let headless = text.trim_start_matches('#');
    let text = match headless.strip_prefix(' ') {
        Some(rest) if headless.len() < text.len() => rest.trim_start(),
        _ => text,
    };
    let mut plain = text.to_owned();
    for mark in ["**", "__", "*", "_"] {
        let mut from = 0;
        while let Some((start, end)) = emphasised(&plain, mark, from) {
            plain.replace_range(end..end + mark.len(), "");
            plain.replace_range(start..start + mark.len(), "");
            from = end - mark.len();
        }
    }
    plain
}

/// Where the next pair of marks around words stands, from `from` on.
fn emphasised(text: &str, mark: &str, from: usize) -> Option<(usize, usize)> {
    let mut open: Option<usize> = None;
    let mut at = from;
    while let Some(found) = text.get(at..)?.find(mark) {
        let start = at + found;
        at = start + mark.len();
        let before = text[..start].chars().next_back();
        let after = text[at..].chars().next();
        let is_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let is_space = |c: Option<char>| c.is_none_or(char::is_whitespace);
        // A run of more marks is none of these.
        if before == mark.chars().next() || after == mark.chars().next() {
            continue;
        }
        match open {
            Some(begin) if !is_space(before) && !is_word(after) => {
                let inner = &text[begin + mark.len()..start];
                let has_words = inner.chars().any(char::is_alphabetic) && !inner.contains('\n');
                let is_name = mark.starts_with('_') && !inner.contains(' ') && mark.len() == 2;
                if has_words && !is_name {
                    return Some((begin, start));
                }
                open = None;
            }
            _ if !is_word(before) && !is_space(after) => open = Some(start),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tidy(text: &str) -> String {
        tidied(text, &mut Vec::new())
    }

    #[test]
    fn emphasis_is_taken_off() {
        for (marked, plain) in [
            ("**The left ventricle**", "The left ventricle"),
            (
                "Which is **not** red, and *why*?",
                "Which is not red, and why?",
            ),
            ("__The left one__", "The left one"),
            ("_E. coli_", "E. coli"),
            ("### What beats?", "What beats?"),
            ("**Bold:** and **more**", "Bold: and more"),
        ] {
            assert_eq!(tidy(marked), plain);
        }
    }

    #[test]
    fn signs_that_are_no_emphasis_stay() {
        for text in [
            "2 * 3 * 4",
            "a**2 + b**2",
            "__init__",
            "snake_case_name",
            "5*x*y",
            "f(x) = x_1 + x_2",
            "*",
            "**",
            "#hashtag",
            "C# and F#",
            "char *p, *q",
            "SELECT * FROM t",
        ] {
            assert_eq!(tidy(text), text);
        }
    }

    #[test]
    fn hidden_characters_are_removed_and_noted() {
        let mut notes = Vec::new();
        assert_eq!(
            tidied("\u{feff}The\u{200b} he\u{ad}art\0", &mut notes),
            "The heart"
        );
        assert_eq!(notes, ["hidden characters were removed"]);
        assert_eq!(tidy("می\u{200c}خواهم"), "می\u{200c}خواهم");
        assert_eq!(tidy("\u{c}rac{a}{b}"), "\\frac{a}{b}");
    }
}
