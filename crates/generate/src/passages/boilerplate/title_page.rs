//! The title page: short lines before the first sentences that say who wrote what, when, and in which version.

use super::WORDS;
use examen_core::Span;

/// A title page has so many lines, and no more bytes.
const MIN_LINES: usize = 3;
const MAX_BYTES: usize = 2_000;
/// It tells so many kinds of what title pages tell. A chronicle has years, and nothing else of it.
const MIN_KINDS: usize = 2;
/// A line with so many words, or letters where there are no spaces, and the end of a sentence is text.
const MIN_WORDS: usize = 9;
const MIN_CHARS: usize = 24;

/// The title page of a text, without the headings of the text behind it.
pub(super) fn find(text: &str) -> Option<Span> {
    let mut lines: Vec<(usize, &str)> = Vec::new();
    let mut end = 0;
    for line in text.split_inclusive('\n') {
        if is_text(line) || end > MAX_BYTES {
            break;
        }
        if !line.trim().is_empty() {
            lines.push((end, line.trim()));
        }
        end += line.len();
    }
    // What heads the text is a part of it; the title itself is not.
    while lines.len() > 1 && lines.last().is_some_and(|(_, line)| line.starts_with('#')) {
        end = lines.pop()?.0;
    }
    let n_kinds = KINDS
        .iter()
        .filter(|is| lines.iter().skip(1).any(|(_, line)| is(line)))
        .count();
    let is_page = lines.len() >= MIN_LINES && n_kinds >= MIN_KINDS && end <= MAX_BYTES;
    (is_page && end < text.len()).then_some(Span { start: 0, end })
}

/// True for a sentence, an entry of a list, a row of a table, code.
fn is_text(line: &str) -> bool {
    let trimmed = line.trim();
    let is_entry = trimmed.starts_with(['|', '-', '*', '+', '>', '`'])
        || trimmed
            .split_once(['.', ')'])
            .is_some_and(|(number, rest)| number.parse::<u16>().is_ok() && rest.starts_with(' '));
    let has_end = trimmed.ends_with(['.', '!', '?', '。', '।', '؟', ':', ';', ','])
        || trimmed.contains(". ")
        || trimmed.contains('。');
    let is_long = trimmed.split_whitespace().count() >= MIN_WORDS
        || !trimmed.contains(' ') && trimmed.chars().count() >= MIN_CHARS;
    let is_emphasis = trimmed.starts_with("**") || trimmed.starts_with("*");
    is_entry && !is_emphasis || is_long && has_end
}

/// What title pages tell, a kind each.
const KINDS: [fn(&str) -> bool; 5] = [has_year, has_address, has_rights, has_version, has_word];

fn has_year(line: &str) -> bool {
    let mut numbers = line.split(|c: char| !c.is_ascii_digit());
    numbers.any(|number| {
        number.len() == 4
            && number
                .parse()
                .is_ok_and(|year: u16| (1700..2100).contains(&year))
    })
}

/// An address of mail or of the net.
fn has_address(line: &str) -> bool {
    let is_mail = |word: &str| {
        let domain = word.split_once('@').map_or("", |(_, domain)| domain);
        domain.trim_end_matches(['.', '>', ',']).contains('.')
    };
    line.split_whitespace().any(is_mail) || line.contains("://") || line.contains("www.")
}

fn has_rights(line: &str) -> bool {
    let upper = line.to_uppercase();
    ["©", "(C)", "ISBN", "ISSN", "DOI", "COPYRIGHT"]
        .iter()
        .any(|sign| upper.contains(sign))
}

/// `v1.2`, `Version 4`, `Rev. 3`, `1.2.3`
fn has_version(line: &str) -> bool {
    line.split_whitespace().any(|word| {
        let number = word
            .trim_start_matches(['v', 'V', '('])
            .trim_end_matches([')', ',']);
        let parts: Vec<&str> = number.split('.').collect();
        let is_dotted = parts.len() > 1
            && parts
                .iter()
                .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
        is_dotted && (parts.len() > 2 || number.len() < word.len())
    })
}

/// A word like `author`, `edition`, `university`, in any language with a list.
fn has_word(line: &str) -> bool {
    let line = line.to_lowercase();
    let stands = |word: &String| {
        line.match_indices(word.as_str()).any(|(at, _)| {
            let before = line[..at].chars().next_back();
            let after = line[at + word.len()..].chars().next();
            !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
        })
    };
    WORDS.iter().flat_map(|words| &words.title_page).any(stands)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str =
        "The pump moves water from the lower tank to the upper one. It has three valves.\n";

    #[test]
    fn title_pages_are_found_up_to_the_text_and_its_headings() {
        for page in [
            "Halden Pump\n\nService manual\n\nRevision 4\n\n12 March 2024\n\n",
            "# Halden Pump\n\nJane Doe\nUniversity of Halden\njane@halden.example\n\n",
            "Bomba Halden\nManual de servicio\nEdición 2\n© 2023 Halden\n",
            "ハルデンポンプ\n取扱説明書\n2024年3月\nwww.halden.example\n",
        ] {
            for heading in ["", "## 1 Safety\n\n"] {
                let text = format!("{page}{heading}{}", BODY.repeat(9));
                let found = find(&text).map(|span| text[..span.end].trim());
                assert_eq!(found, Some(page.trim()), "{text}");
            }
        }
    }

    #[test]
    fn what_is_no_title_page_is_left_in() {
        for beginning in [
            "",
            "# Halden Pump\n\n",
            "# Halden Pump\n\n## 1 Safety\n\n### Valves\n\n",
            "1907 Halden is founded\n1912 It moves\n1950 It is sold\n",
            "| Version | Year |\n|---|---|\n| 1.2.3 | 2024 |\n",
            "- by Halden, 2024\n- Version 2\n- ISBN\n",
            "Dose: 5 mg\nFrequency: daily\nRoute: oral\n",
        ] {
            let text = format!("{beginning}{}", BODY.repeat(9));
            assert_eq!(find(&text), None, "{beginning}");
        }
    }
}
