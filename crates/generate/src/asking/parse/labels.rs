//! Labels before options and stems: `B) `, `(b) `, `1. `, `Option C: `, `Question 2: `. An initial (`C. elegans`, `D.
//! Melanogaster`) or a number of its own (`1. FC Köln`) is no label.

use super::names::{Part, option_key};

/// Longer words before a colon are text.
const MAX_NAME_CHARS: usize = 32;

/// A label before a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Label<'a> {
    /// Index of the option that it names, from 0.
    pub(super) index: usize,
    /// True for a number.
    pub(super) is_number: bool,
    /// True if nothing else is written so: `B) `, `(B) `, `Option B: `.
    pub(super) is_certain: bool,
    /// The text behind it.
    pub(super) rest: &'a str,
}

/// The label at the start of a text, if there is something like one with a text behind it.
pub(super) fn label(text: &str) -> Option<Label<'_>> {
    let text = text.trim_start();
    let (unnamed, is_named) = match text.split_once(char::is_whitespace) {
        Some((first, rest)) if option_key(&format!("{first} a")) == Some(0) && !rest.is_empty() => {
            (rest.trim_start(), true)
        }
        _ => (text, false),
    };
    let is_open = |c: char| matches!(c, '(' | '[' | '（' | '【');
    if let Some(label) = circled(unnamed) {
        return Some(label);
    }
    let inner = unnamed.trim_start_matches(is_open);
    let is_enclosed = inner.len() < unnamed.len();
    let (index, is_number, after) = sign(inner)?;
    // `A - one`
    let after = match after.trim_start().strip_prefix(['-', '–', '—']) {
        Some(rest) if rest.starts_with(' ') => after.trim_start(),
        _ => after,
    };
    let mark = after.chars().next()?;
    let is_closed = matches!(mark, ')' | ']' | '）' | '】' | '、' | '．');
    let behind = match mark {
        '.' | ':' | '：' if !is_enclosed => &after[mark.len_utf8()..],
        '-' | '–' | '—' if is_named || after[mark.len_utf8()..].starts_with(' ') => {
            &after[mark.len_utf8()..]
        }
        _ if is_closed => after[mark.len_utf8()..].trim_start_matches([':', '.']),
        _ => return None,
    };
    let rest = behind.trim_start();
    let is_apart = rest.len() < behind.len() || mark as u32 > 0x2000;
    (is_apart && !rest.is_empty()).then_some(Label {
        index,
        is_number,
        is_certain: is_closed || is_named,
        rest,
    })
}

/// A number or letter in a circle, which needs no other mark.
fn circled(text: &str) -> Option<Label<'_>> {
    let sign = text.chars().next()?;
    let (first, is_number) = match sign {
        '①'..='⑧' => ('①', true),
        '⑴'..='⑻' => ('⑴', true),
        'Ⓐ'..='Ⓗ' => ('Ⓐ', false),
        'ⓐ'..='ⓗ' => ('ⓐ', false),
        _ => return None,
    };
    let rest = text[sign.len_utf8()..].trim_start_matches([' ', '.', ')', ':']);
    Some(Label {
        index: sign as usize - first as usize,
        is_number,
        is_certain: true,
        rest,
    })
}

/// The letters that options have in other scripts, in their order.
const LETTERS: [&str; 11] = [
    "АБВГДЕ",
    "абвгде",
    "أبجده",
    "אבגדה",
    "アイウエオ",
    "あいうえお",
    "가나다라마",
    "ㄱㄴㄷㄹㅁ",
    "甲乙丙丁戊",
    "कखगघङ",
    "ΑΒΓΔΕ",
];

/// The Roman number at the start, as an index from 0, and what is behind it.
fn roman(text: &str) -> Option<(usize, &str)> {
    const NUMBERS: [&str; 6] = ["I", "II", "III", "IV", "V", "VI"];
    let end = text.find(|c| !matches!(c, 'I' | 'V'));
    let (number, rest) = text.split_at(end.unwrap_or(text.len()));
    let index = NUMBERS.iter().position(|known| *known == number)?;
    Some((index, rest))
}

/// The letter or number at the start, as an index from 0, and what is behind it.
fn sign(text: &str) -> Option<(usize, bool, &str)> {
    let first = text.chars().next()?;
    let rest = &text[first.len_utf8()..];
    match first {
        'A'..='H' => Some((first as usize - 'A' as usize, false, rest)),
        'a'..='h' => Some((first as usize - 'a' as usize, false, rest)),
        'Ａ'..='Ｈ' => Some((first as usize - 'Ａ' as usize, false, rest)),
        '1'..='9' => Some((first as usize - '1' as usize, true, rest)),
        'I' | 'V' => roman(text).map(|(index, rest)| (index, false, rest)),
        _ => {
            let place = |letters: &&str| letters.chars().position(|letter| letter == first);
            let index = LETTERS.iter().find_map(place)?;
            Some((index, false, rest))
        }
    }
}

/// The Roman number that a text is, as an index: `II`, `(iv)` is none.
pub(super) fn roman_number(text: &str) -> Option<usize> {
    let bare = text.trim_matches(|c: char| c.is_whitespace() || "()[].*_".contains(c));
    roman(bare)
        .filter(|(_, rest)| rest.is_empty())
        .map(|(index, _)| index)
}

/// The option that a text names by nothing but its letter: `B`, `(b)`, `B.`, `Option B`, `**B**`.
pub(super) fn letter(text: &str) -> Option<usize> {
    let bare = text.trim_matches(|c: char| c.is_whitespace() || "()[]（）【】.:*_`'\"".contains(c));
    match bare.chars().next_back()? {
        // `Option 2`, and not a number.
        '0'..='9' => option_key(bare).filter(|_| bare.starts_with(char::is_alphabetic)),
        last if last.is_ascii_alphabetic() => option_key(bare),
        _ => match circled(bare) {
            Some(label) => Some(label.index).filter(|_| label.rest.is_empty()),
            None => sign(bare)
                .filter(|(.., rest)| rest.is_empty())
                .map(|(index, ..)| index),
        },
    }
}

/// The letter at the end of a sentence that says which option is right: `The correct answer is B.`
pub(super) fn said(text: &str) -> Option<usize> {
    let sentence = text.trim().trim_end_matches(['.', '。', '!']);
    let (before, last) = sentence.rsplit_once(char::is_whitespace)?;
    let is_letter = last.chars().all(|c| !c.is_lowercase());
    let mut words = before.split(|c: char| !c.is_alphanumeric());
    let names_answer =
        words.any(|word| Part::Answer.is_named(word) || Part::Options.is_named(word));
    let is_short = before.chars().count() <= MAX_NAME_CHARS;
    letter(last).filter(|_| is_letter && names_answer && is_short)
}

/// An option without the mark behind or before it that says whether it is right.
pub(super) fn marked(text: &str) -> (&str, Option<bool>) {
    const RIGHT: [&str; 9] = [
        "(correct)",
        "(correct answer)",
        "[correct]",
        "(correcta)",
        "(richtig)",
        "(right)",
        "✓",
        "✔",
        "✅",
    ];
    const WRONG: [&str; 9] = [
        "(incorrect)",
        "[incorrect]",
        "(incorrecta)",
        "(falsch)",
        "(wrong)",
        "(false)",
        "✗",
        "✘",
        "❌",
    ];
    let text = text.trim();
    let without = |marks: &[&str]| {
        let mark = |mark: &&str| {
            text.strip_suffix(*mark)
                .or_else(|| text.strip_prefix(*mark))
        };
        marks
            .iter()
            .find_map(mark)
            .map(str::trim)
            .filter(|rest| !rest.is_empty())
    };
    match (without(&RIGHT), without(&WRONG)) {
        (Some(rest), _) => (rest, Some(true)),
        (None, Some(rest)) => (rest, Some(false)),
        (None, None) => (text, None),
    }
}

/// The words that a text begins with and that name a part of the question, with what is behind them: `Correct answer: `,
/// `Question 2. `.
pub(super) fn named(text: &str, part: Part) -> Option<&str> {
    let text = text.trim_start_matches(['*', '_', '#', ' ']);
    let (at, mark) = text
        .char_indices()
        .take(MAX_NAME_CHARS)
        .find(|(_, c)| matches!(c, ':' | '：' | '.' | ')'))?;
    let (name, rest) = (&text[..at], &text[at + mark.len_utf8()..]);
    let has_number = name.ends_with(|c: char| c.is_ascii_digit());
    let is_name = part.is_named(name) && (matches!(mark, ':' | '：') || has_number);
    let rest = rest.trim_start_matches(['*', '_', ' ', '\t', '\u{a0}']);
    (is_name && !rest.is_empty()).then_some(rest)
}

/// A stem without its number or name.
pub(super) fn stem(text: &str) -> Option<&str> {
    if let Some(rest) = named(text, Part::Question) {
        return Some(rest);
    }
    let text = text.trim_start_matches(['#', ' ']);
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let q = text.strip_prefix(['Q', 'P', 'F']).filter(|_| digits == 0);
    let numbered = q.unwrap_or(text);
    let digits = numbered.find(|c: char| !c.is_ascii_digit())?;
    let behind = numbered[digits..].strip_prefix([')', '.', ':', '、'])?;
    let rest = behind.trim_start();
    let is_sentence = rest.starts_with(|c: char| !c.is_lowercase() && !c.is_ascii_digit());
    ((1..=3).contains(&digits) && rest.len() < behind.len() && is_sentence).then_some(rest)
}

/// The labels of a list of options, if that is what their beginnings are: they name different options of the first so
/// many, or nothing else is written so.
pub(super) fn of_list<'a>(texts: &[&'a str]) -> Vec<Option<Label<'a>>> {
    let labels: Vec<Option<Label<'_>>> = texts.iter().map(|text| label(text)).collect();
    let found: Vec<&Label<'_>> = labels.iter().flatten().collect();
    let is_new = |at: usize| {
        !found[..at]
            .iter()
            .any(|other| other.index == found[at].index)
    };
    let is_series = found.len() > 1
        && found.len() + 1 >= texts.len()
        && (0..found.len()).all(|at| {
            found[at].index <= texts.len()
                && found[at].is_number == found[0].is_number
                && is_new(at)
        })
        && (found.is_sorted_by_key(|label| label.index)
            || !found.iter().any(|label| is_species(label)));
    labels
        .into_iter()
        .map(|label| label.filter(|label| is_series || label.is_certain && !label.is_number))
        .collect()
}

/// True for what looks like an abbreviated genus.
fn is_species(label: &Label<'_>) -> bool {
    label.rest.starts_with(char::is_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bare(texts: &[&str]) -> Vec<String> {
        of_list(texts)
            .into_iter()
            .zip(texts)
            .map(|(label, text)| label.map_or(*text, |label| label.rest).to_owned())
            .collect()
    }

    #[test]
    fn labels_of_options_are_known() {
        for labelled in [
            ["A) x", "B) y", "C) z", "D) w"],
            ["(a) x", "(b) y", "(c) z", "(d) w"],
            ["1. x", "2. y", "3. z", "4. w"],
            ["A. x", "B. y", "C. z", "D. w"],
            ["Option A: x", "Option B: y", "Option C: z", "Option D: w"],
            ["A: x", "B: y", "C: z", "D: w"],
            ["B. X", "A. Y", "C. Z", "D. W"],
            ["A、x", "B、y", "C、z", "D、w"],
            ["A - x", "B - y", "C - z", "D - w"],
            ["①x", "② y", "③z", "④w"],
            ["А) x", "Б) y", "В) z", "Г) w"],
            ["أ. x", "ب. y", "ج. z", "د. w"],
            ["ア. x", "イ. y", "ウ. z", "エ. w"],
            ["I. x", "II. y", "III. z", "IV. w"],
        ] {
            let last: Vec<String> = bare(&labelled)
                .iter()
                .map(|text| text.to_lowercase())
                .collect();
            assert!(
                last.iter().all(|text| text.len() == 1),
                "{labelled:?}: {last:?}"
            );
        }
        assert_eq!(bare(&["x", "B) y", "z"]), ["x", "y", "z"]);
    }

    #[test]
    fn what_only_looks_like_a_label_stays() {
        for texts in [
            ["C. elegans", "E. coli", "B. subtilis", "A. niger"],
            ["1. FC Köln", "Bayer 04", "Schalke", "Borussia"],
            ["1.5 mg", "2.5 mg", "3.5 mg", "4.5 mg"],
            ["C. Darwin", "G. Mendel", "L. Pasteur", "R. Koch"],
            ["A", "B", "C", "D"],
            [
                "E - cadherin",
                "C - reactive protein",
                "D - dimer",
                "troponin",
            ],
            ["I. Newton", "V. Volterra", "A. Einstein", "N. Bohr"],
            ["A vitamin", "a protein", "B cells", "c"],
        ] {
            assert_eq!(bare(&texts), texts);
        }
    }

    #[test]
    fn names_and_numbers_of_stems_are_taken_off() {
        for text in [
            "Question 2: What beats?",
            "**Question:** What beats?",
            "1. What beats?",
            "Q3) What beats?",
            "12) What beats?",
            "Pregunta 1: What beats?",
            "Q: What beats?",
        ] {
            assert_eq!(stem(text), Some("What beats?"), "{text}");
        }
        for text in [
            "1.5 mg of what?",
            "What beats?",
            "3 of what?",
            "Key: what is it?",
            "Question time is when?",
        ] {
            assert_eq!(stem(text), None, "{text}");
        }
    }

    #[test]
    fn letters_name_options() {
        for text in [
            "B", "b", "(B)", "B.", "Option B", "**B**", "b)", "Ｂ", "option2", "②", "Б", "ب", "イ",
        ] {
            assert_eq!(letter(text), Some(1), "{text}");
        }
        for text in [
            "The correct answer is B.",
            "Correct option: B",
            "La respuesta es B",
        ] {
            assert_eq!(said(text), Some(1), "{text}");
        }
        for text in ["The answer is a", "Vitamin B", "He has blood group B"] {
            assert_eq!(said(text), None, "{text}");
        }
        for text in ["Boron", "12", "2", "B cells", "I", "Ba", "", "vitamin B"] {
            assert_eq!(letter(text), None, "{text}");
        }
    }
}
