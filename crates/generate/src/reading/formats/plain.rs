//! Markdown without the signs that only its source needs: escapes (`2\.`), backticks around words, character references
//! (`&#124;`). Passages are shown as they are, and quoted by models that leave such signs out.

/// Punctuation that stands alone in running text, so that its escape is not needed.
const FREE: &str = ".!'\"&%+-~)";
/// What Markdown would read in words that lose their backticks.
const SIGNS: &str = "<>*$|\\[]&~`#";
/// References by name that are no signs of Markdown.
const NAMED: [(&str, char); 6] = [
    ("&amp;", '&'),
    ("&quot;", '"'),
    ("&apos;", '\''),
    ("&nbsp;", ' '),
    ("&ndash;", '–'),
    ("&mdash;", '—'),
];
/// The longest reference in bytes.
const MAX_REFERENCE: usize = 10;

/// The text without such signs. Code stays as it is, and so do lines with formulas, whose backslashes mean something.
pub(super) fn plain(markdown: &str) -> String {
    if !markdown.contains(['\\', '`', '&']) {
        return markdown.to_owned();
    }
    let mut fence: Option<&str> = None;
    let mut text = String::with_capacity(markdown.len());
    for line in markdown.split_inclusive('\n') {
        let mark = ["```", "~~~"]
            .into_iter()
            .find(|mark| line.trim_start().starts_with(mark));
        let is_code =
            fence.is_some() || mark.is_some() || line.starts_with("    ") || line.starts_with('\t');
        match (fence, mark) {
            (None, Some(_)) => fence = mark,
            (Some(open), Some(mark)) if open == mark => fence = None,
            _ => {}
        }
        let has_formula = line.contains('$') || line.contains("\\(") || line.contains("\\begin");
        match is_code || has_formula {
            true => text.push_str(line),
            false => push_plain(line, &mut text),
        }
    }
    text
}

fn push_plain(line: &str, text: &mut String) {
    let is_row = line.trim_start().starts_with('|');
    let mut rest = line;
    while let Some(at) = rest.find(['\\', '`', '&']) {
        let (before, sign) = rest.split_at(at);
        text.push_str(before);
        let (shown, length) = match sign.as_bytes()[0] {
            b'\\' => escaped(before, sign),
            b'`' => code(sign),
            _ => referred(sign, is_row),
        };
        text.push_str(&shown);
        rest = &sign[length..];
    }
    text.push_str(rest);
}

/// The shown text of an escape, and the bytes that it takes.
fn escaped(before: &str, sign: &str) -> (String, usize) {
    let next = sign[1..].chars().next();
    let after = sign[1..].chars().nth(1);
    let is_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let is_free = match next {
        // At the beginning of a line it would begin a list.
        Some('-' | '+') => !before.trim().is_empty(),
        Some('_') => is_word(before.chars().next_back()) && is_word(after),
        Some(c) => FREE.contains(c),
        None => false,
    };
    match next.filter(|_| is_free) {
        Some(c) => (c.to_string(), 1 + c.len_utf8()),
        None => ("\\".to_owned(), 1),
    }
}

/// The shown text of words between backticks, and the bytes that they take: the words alone if Markdown reads nothing in
/// them.
fn code(sign: &str) -> (String, usize) {
    let n_marks = sign.bytes().take_while(|byte| *byte == b'`').count();
    let (marks, inner) = sign.split_at(n_marks);
    let end = inner
        .find(marks)
        .filter(|end| !inner[end + n_marks..].starts_with('`'));
    let Some(end) = end else {
        return (marks.to_owned(), n_marks);
    };
    let (words, length) = (&inner[..end], end + 2 * n_marks);
    let is_within = |(at, _): (usize, &str)| {
        let neighbours = [
            words[..at].chars().next_back(),
            words[at + 1..].chars().next(),
        ];
        neighbours
            .into_iter()
            .all(|c| c.is_some_and(char::is_alphanumeric))
    };
    let is_plain =
        !words.contains(|c| SIGNS.contains(c)) && words.match_indices('_').all(is_within);
    match is_plain && !words.trim().is_empty() {
        true => (words.trim().to_owned(), length),
        false => (sign[..length].to_owned(), length),
    }
}

/// The character that a reference stands for, and the bytes that it takes. A sign of Markdown stays one, but for the bar of
/// tables, which is escaped in a row.
fn referred(sign: &str, is_row: bool) -> (String, usize) {
    let end = sign
        .bytes()
        .take(MAX_REFERENCE)
        .position(|byte| byte == b';');
    let reference = end.map_or("", |end| &sign[..=end]);
    let named = NAMED
        .iter()
        .find(|(name, _)| *name == reference)
        .map(|(_, c)| *c);
    let number = || {
        let number = reference.strip_prefix("&#")?.strip_suffix(';')?;
        let code = match number.strip_prefix(['x', 'X']) {
            Some(digits) => u32::from_str_radix(digits, 16),
            None => number.parse(),
        };
        char::from_u32(code.ok()?).filter(|c| !c.is_control())
    };
    match named.or_else(number) {
        Some('|') if is_row => ("\\|".to_owned(), reference.len()),
        Some('<' | '>' | '*' | '_' | '`' | '\\' | '[' | ']') | None => ("&".to_owned(), 1),
        Some(c) => (c.to_string(), reference.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn signs_of_the_source_go() {
        for (source, shown) in [
            ("2\\. Press `Start`.", "2. Press Start."),
            (
                "Use `apt-get install` and `snake_case`.",
                "Use apt-get install and snake_case.",
            ),
            ("A &#124; B &amp; C&#39;s", "A | B & C's"),
            ("| A &#124; B | C |", "| A \\| B | C |"),
            ("5\\% of snake\\_case\\!", "5% of snake_case!"),
        ] {
            assert_eq!(plain(source), shown);
        }
    }

    #[test]
    fn signs_that_mean_something_stay() {
        for text in [
            "`<div>` and `a * b` and `**kwargs`",
            "$\\frac{a}{b}$ is 5\\%",
            "\\(x\\) and \\[y\\]",
            "\\# no heading",
            "\\* no list",
            "&lt;p&gt; & co; &#60;",
            "```\n2\\. `x` &amp;\n```\n",
            "    2\\. code",
            "C:\\users\\new",
            "``a ` b``",
            "an open ` mark",
        ] {
            assert_eq!(plain(text), text);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in "(`{1,3}|\\\\|&#?[a-z0-9]{0,4};?|[|$ \n._*<-]|\\PC){0,40}") {
            plain(&text);
        }
    }
}
