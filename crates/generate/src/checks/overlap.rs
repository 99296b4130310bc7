//! Options that cover the same numbers.

use super::{Check, Severity, item::Item};
use crate::text::{
    lexicon::Lexicon,
    pattern,
    words::{Token, Words, hash},
};

/// Finds two options of which one or both are ranges of numbers (`10–20`, `more than 15`, `at least 3`) that
/// have numbers in common beyond their ends: readers whose number lies there cannot choose. Limits of one direction
/// (`at least 16`, `at least 18`) are four different answers and left alone, and so are numbers of different things.
///
/// Source: guideline 21, "keep choices independent; choices should not be overlapping", of Haladyna, Downing and
/// Rodriguez (2002).
pub(super) const CHECK: Check = Check {
    name: "overlap",
    words: "ranges have numbers in common",
    guide: "ranges of numbers that have numbers in common (*10–20*; *15–30*)",
    severity: Severity::Remark,
    rules: &["single_best_answer"],
    find,
};

fn find(item: &Item<'_>) -> Option<String> {
    let lexicon = item.common;
    let covered: Vec<Option<Numbers>> = item
        .texts()
        .zip(&item.options)
        .map(|(text, words)| Numbers::of(text, words, lexicon))
        .collect();
    let texts: Vec<&String> = item.texts().collect();
    for (index, numbers) in covered.iter().enumerate() {
        let overlaps = |earlier: &usize| {
            let (Some(one), Some(other)) = (&covered[*earlier], numbers) else {
                return false;
            };
            one.overlaps(other)
        };
        if let Some(earlier) = (0..index).find(overlaps) {
            return Some(format!(
                "the options `{}` and `{}` cover the same numbers",
                texts[earlier], texts[index]
            ));
        }
    }
    None
}

/// The numbers that an option covers, and what of.
struct Numbers {
    low: f64,
    high: f64,
    /// The words beside the numbers: `days`, `mg`.
    of_what: Vec<u64>,
}

impl Numbers {
    fn of(text: &str, words: &Words, lexicon: &Lexicon) -> Option<Self> {
        let numbers = numbers(text);
        let (low, high) = match *numbers.as_slice() {
            [(low, _, end), (high, start, _)]
                if low < high && joins(&text[end..start], lexicon) =>
            {
                (low, high)
            }
            [(number, ..)] if pattern::find(&lexicon.lower_bounds, words).is_some() => {
                (number, f64::INFINITY)
            }
            [(number, ..)] if pattern::find(&lexicon.upper_bounds, words).is_some() => {
                (f64::NEG_INFINITY, number)
            }
            [(number, ..)] => (number, number),
            _ => return None,
        };
        let is_name = |token: &&Token| !token.is_number && !lexicon.function_words.has(token.hash);
        let names = words
            .tokens()
            .iter()
            .filter(is_name)
            .map(|token| token.hash);
        Some(Self {
            low,
            high,
            of_what: names.collect(),
        })
    }

    fn overlaps(&self, other: &Self) -> bool {
        let have_one_direction = self.low == other.low && self.low.is_infinite()
            || self.high == other.high && self.high.is_infinite();
        let have_common = self.low.max(other.low) < self.high.min(other.high);
        let has_point = |range: &Self, point: &Self| {
            point.low == point.high && range.low < point.low && point.low < range.high
        };
        let is_shared = have_common || has_point(self, other) || has_point(other, self);
        self.of_what == other.of_what && !have_one_direction && is_shared
    }
}

/// True if the words between two numbers make them the ends of a range.
fn joins(between: &str, lexicon: &Lexicon) -> bool {
    match between.trim_matches(|c: char| c.is_whitespace() || "%°€$".contains(c)) {
        "-" | "–" | "—" | "−" => true,
        word => lexicon.range_words.has(hash(word)),
    }
}

/// The numbers in a text, each with its first byte and one past its last. A point or comma before three digits parts
/// thousands, any other is the decimal sign.
fn numbers(text: &str) -> Vec<(f64, usize, usize)> {
    let mut numbers = Vec::new();
    let mut rest = 0;
    while let Some(start) = text[rest..]
        .find(|c: char| c.is_ascii_digit())
        .map(|start| rest + start)
    {
        let length = text[start..].find(|c: char| !(c.is_ascii_digit() || c == '.' || c == ','));
        let end = length.map_or(text.len(), |length| start + length);
        let digits = text[start..end].trim_end_matches(['.', ',']);
        if let Some(number) = parse(digits) {
            numbers.push((number, start, start + digits.len()));
        }
        rest = end;
    }
    numbers
}

fn parse(digits: &str) -> Option<f64> {
    let parts: Vec<&str> = digits.split(['.', ',']).collect();
    let is_grouped = parts[0] != "0" && parts[1..].iter().all(|part| part.len() == 3);
    let text = match parts[..] {
        _ if is_grouped => parts.concat(),
        [whole, fraction] => format!("{whole}.{fraction}"),
        _ => return None,
    };
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::tests::said;
    use examen_core::Language;

    #[test]
    fn numbers_are_read_with_their_separators() {
        let read = |text: &str| {
            numbers(text)
                .into_iter()
                .map(|(number, ..)| number)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            read("about 1,500 or 0.125 or 3,5 or 12."),
            [1500.0, 0.125, 3.5, 12.0]
        );
        assert_eq!(read("1.2.3 none"), [] as [f64; 0]);
    }

    #[test]
    fn ranges_with_numbers_in_common_are_told() {
        let english = |options| {
            said(
                "overlap",
                Language::ENGLISH,
                "How long does it last?",
                options,
            )
        };
        assert!(english(["10–20 days", "15 to 25 days", "30 days", "40 days"]).is_some());
        assert!(english(["15 days", "10–20 days", "30 days", "40 days"]).is_some());
        assert!(english(["more than 10 days", "12 days", "3 days", "4 days"]).is_some());
        for options in [
            ["10–20 days", "20–30 days", "30–40 days", "40–50 days"],
            [
                "At least 16 years",
                "At least 18 years",
                "At least 21 years",
                "At least 25 years",
            ],
            ["10–20 days", "15–20 hours", "8 weeks", "4 months"],
        ] {
            assert_eq!(english(options), None);
        }
        assert!(
            said(
                "overlap",
                Language::SPANISH,
                "¿Cuánto?",
                ["de 5 a 10", "más de 8", "uno", "dos"]
            )
            .is_some()
        );
    }
}
