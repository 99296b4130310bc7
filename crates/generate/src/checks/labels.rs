//! Letters and numbers that options name other options by: `A and C`, `I and II only`, `1 y 3`.

use super::item::Item;
use crate::text::words::hash;

/// Labels in their order; where a text has one of another kind or a later one, its letters mean something else (`A and T`).
const LABELS: [[&str; 5]; 7] = [
    ["A", "B", "C", "D", "E"],
    ["I", "II", "III", "IV", "V"],
    ["1", "2", "3", "4", "5"],
    ["①", "②", "③", "④", "⑤"],
    ["А", "Б", "В", "Г", "Д"],
    ["甲", "乙", "丙", "丁", "戊"],
    ["أ", "ب", "ج", "د", "هـ"],
];
/// Numbers, which are answers of their own unless the stem lists by them.
const NUMBERS: usize = 2;
/// Such pairs are what the question is about (vitamins, groups of blood) if so many options are some.
const MAX_PAIRS: usize = 2;

/// The option that names others, if one does.
pub(super) fn find<'a>(item: &Item<'a>) -> Option<&'a String> {
    let pairs: Vec<(&String, Named)> = item
        .texts()
        .filter_map(|text| Some((text, Named::of(text, item)?)))
        .collect();
    let (text, named) = pairs.iter().find(|(_, named)| named.n > 1)?;
    if item.texts().any(|text| has_other_letters(text, item)) {
        return None;
    }
    let n_pairs = pairs
        .iter()
        .filter(|(_, other)| other.n > 1 && other.kind == named.kind)
        .count();
    let is_listed = lists(&item.question.question, named.kind);
    let has_words = pairs
        .iter()
        .any(|(_, named)| named.n > 1 && named.has_label_word);
    let is_number = named.kind == NUMBERS;
    (is_listed || !is_number && (n_pairs <= MAX_PAIRS || has_words)).then_some(*text)
}

/// True for single capital letters of which one is no label, joined to others: `A and T`.
fn has_other_letters(text: &str, item: &Item<'_>) -> bool {
    let tokens = tokens(text);
    let joins = |word: &str| item.terms.conjunctions.has(hash(&word.to_lowercase()));
    let is_letter = |word: &str| word.chars().count() == 1 && word.chars().all(char::is_uppercase);
    let is_label = |word: &str| LABELS.iter().any(|labels| labels.contains(&word));
    tokens.len() > 1
        && tokens
            .iter()
            .all(|(word, _)| joins(word) || is_letter(word))
        && tokens
            .iter()
            .any(|(word, _)| is_letter(word) && !is_label(word))
}

/// True for an option of nothing but labels and words that join them.
pub(super) fn is_of_labels(text: &str, item: &Item<'_>) -> bool {
    Named::of(text, item).is_some_and(|named| named.n > 1)
}

/// An option of labels and of words that join them.
struct Named {
    kind: usize,
    n: usize,
    /// True if it says `only`, `both`, `neither`.
    has_label_word: bool,
}

impl Named {
    fn of(text: &str, item: &Item<'_>) -> Option<Self> {
        let (mut labels, mut has_label_word) = (Vec::new(), false);
        for (token, may_be_label) in tokens(text) {
            let kind = LABELS
                .iter()
                .position(|labels| labels.contains(&token.as_str()));
            let word = hash(&token.to_lowercase());
            match kind.filter(|_| may_be_label) {
                Some(kind) => labels.push((kind, token)),
                None if item.terms.labels.has(word) => has_label_word = true,
                None if item.terms.conjunctions.has(word) => {}
                None => return None,
            }
        }
        let kind = labels.first()?.0;
        labels.dedup();
        labels.iter().all(|(own, _)| *own == kind).then_some(Self {
            kind,
            n: labels.len(),
            has_label_word,
        })
    }
}

/// Runs of letters of one kind or digits, each with true if it may be a label: it is in capitals or has no case.
fn tokens(text: &str) -> Vec<(String, bool)> {
    let mut tokens: Vec<String> = Vec::new();
    let mut last: Option<char> = None;
    for c in text.chars() {
        let is_part = c.is_alphanumeric();
        let goes_on = last
            .is_some_and(|last| last.is_alphanumeric() && last.is_ascii() == c.is_ascii())
            && !crate::text::script::is_unspaced(c);
        match tokens.last_mut() {
            Some(token) if is_part && goes_on => token.push(c),
            _ if is_part => tokens.push(c.to_string()),
            _ => {}
        }
        last = Some(c);
    }
    let is_label = |token: &String| !token.chars().any(char::is_lowercase);
    tokens
        .into_iter()
        .map(|token| (token.clone(), is_label(&token)))
        .collect()
}

/// True if a stem lists two labels of a kind, each with a mark behind it: `I. … II. …`, `(1) … (2) …`.
fn lists(stem: &str, kind: usize) -> bool {
    let is_listed = |label: &&&str| {
        stem.match_indices(**label).any(|(at, _)| {
            let before = stem[..at].chars().next_back();
            let after = stem[at + label.len()..].chars().next();
            !before.is_some_and(char::is_alphanumeric)
                && (after.is_some_and(|c| ".):、．）".contains(c))
                    || !label.is_ascii() && kind == 3)
        })
    };
    LABELS[kind].iter().filter(is_listed).count() > 1
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::said;
    use examen_core::Language;

    #[test]
    fn letters_of_options_are_told_from_letters_of_their_own() {
        let told =
            |code, stem, options| said("combined", Language::known(code), stem, options).is_some();
        assert!(told(
            "en",
            "What is red?",
            ["Blood", "Bone", "Skin", "A and C"]
        ));
        assert!(told(
            "it",
            "Che cosa è rosso?",
            ["Sangue", "Osso", "Pelle", "A e C"]
        ));
        let listed = "Which are true? I. Blood is red. II. Bone is red. III. Skin is red.";
        assert!(told(
            "en",
            listed,
            ["I only", "II only", "I and II only", "I and III only"]
        ));
        let listed = "Какие верны? 1) Кровь красная. 2) Кость белая. 3) Кожа синяя.";
        assert!(told("ru", listed, ["1 и 2", "2 и 3", "1 и 3", "1, 2 и 3"]));
        assert!(!told(
            "en",
            "Which bases pair?",
            ["A and T", "A and C", "G and T", "A and G"]
        ));
        assert!(!told(
            "en",
            "Which numbers are even?",
            ["2 and 4", "1 and 3", "3 and 5", "1 and 5"]
        ));
        assert!(!told(
            "fr",
            "Quelles vitamines ?",
            ["A et D", "B et C", "B et D", "A et C"]
        ));
        assert!(!told(
            "en",
            "Which is it?",
            ["A cat", "B flat", "C sharp", "D minor"]
        ));
    }
}
