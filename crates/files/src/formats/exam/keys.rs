//! The keys of an exam: which reading of a column names an option in every row.
//!
//! A column is read in one way for all rows. The way is the one in which most rows have a key; where two ways fit equally
//! many rows and name different options, the exam is refused rather than graded with a guess.

use super::options::{Options, normal, text_of};
use examen_core::text::comparable;
use serde_json::Value;

/// Way of reading a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyKind {
    /// Letter or name of the option.
    Label,
    /// Its number, from 0.
    Index0,
    /// Its number, from 1.
    Index1,
    /// Its text.
    Text,
    /// The options themselves say it.
    Marked,
}

impl KeyKind {
    /// Ways that are tried, the first preferred among those that agree.
    const TRIED: [Self; 4] = [Self::Label, Self::Text, Self::Index0, Self::Index1];

    /// The way of this name on the command line.
    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            "label" | "letter" => Some(Self::Label),
            "index0" => Some(Self::Index0),
            "index1" => Some(Self::Index1),
            "text" => Some(Self::Text),
            _ => None,
        }
    }

    /// Words for the mapping that is shown.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Label => "the option's letter or name",
            Self::Index0 => "the option's number, counted from 0",
            Self::Index1 => "the option's number, counted from 1",
            Self::Text => "the option's text",
            Self::Marked => "marked in the options",
        }
    }

    /// Indices of the options that a key names, ascending; `None` if it names none, or any that is not there.
    fn read(self, key: &Value, options: &Options) -> Option<Vec<usize>> {
        let mut keys = match (self, key) {
            (Self::Marked, _) => options.marked.clone()?,
            (_, Value::Array(parts)) => {
                let each = parts.iter().map(|part| self.one(part, options));
                each.collect::<Option<Vec<_>>>()?
            }
            (_, Value::String(text)) => match self.one(key, options) {
                Some(index) => vec![index],
                None => self.several(text, options)?,
            },
            _ => vec![self.one(key, options)?],
        };
        keys.sort_unstable();
        keys.dedup();
        (!keys.is_empty()).then_some(keys)
    }

    /// The option that a key of one part names.
    fn one(self, key: &Value, options: &Options) -> Option<usize> {
        let n = options.texts.len();
        match self {
            Self::Label => {
                let label = normal(&text_of(key)?);
                let mut labels = options.labels.iter();
                labels.position(|labels| labels.contains(&label))
            }
            Self::Index0 => number(key).filter(|&index| index < n),
            Self::Index1 => number(key)?.checked_sub(1).filter(|&index| index < n),
            Self::Text if key.is_number() && !options.are_numbers => None,
            Self::Text => {
                let text = text_of(key)?;
                let texts = &options.texts;
                let exact = texts.iter().position(|other| other.trim() == text.trim());
                let alike = || {
                    let text = comparable(&text);
                    let mut found = (0..n).filter(|&index| comparable(&texts[index]) == text);
                    found.next().filter(|_| found.next().is_none())
                };
                exact.or_else(alike)
            }
            Self::Marked => None,
        }
    }

    /// Several keys in one text: `A, C`, `0;2` or `AC`.
    fn several(self, text: &str, options: &Options) -> Option<Vec<usize>> {
        if self == Self::Text {
            return None;
        }
        let text = text.trim();
        let parts: Vec<String> = if text.contains([',', ';', '|', '/']) {
            let parts = text.split([',', ';', '|', '/']);
            parts.map(|part| part.trim().to_owned()).collect()
        } else if self == Self::Label && text.chars().all(|c| c.is_ascii_uppercase()) {
            text.chars().map(|letter| letter.to_string()).collect()
        } else {
            return None;
        };
        let each = parts.into_iter();
        each.map(|part| self.one(&Value::from(part), options))
            .collect()
    }
}

/// A whole number from 0, also where a table keeps it as a fraction or a text.
fn number(key: &Value) -> Option<usize> {
    let number = match key {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    (number.fract() == 0.0 && (0.0..1e6).contains(&number)).then_some(number as usize)
}

/// The keys of all rows.
pub(super) struct Keys {
    pub(super) kind: KeyKind,
    /// Keys of each row; `None` where the key names no option.
    pub(super) keys: Vec<Option<Vec<usize>>>,
    /// Two readings that fit equally well and name different options.
    pub(super) ambiguous: Option<Ambiguous>,
    /// A sentence on what is doubtful.
    pub(super) doubt: Option<String>,
}

/// The first row in which two readings differ.
pub(super) struct Ambiguous {
    pub(super) row: usize,
    /// What each reading takes for the key, in words.
    pub(super) readings: Vec<String>,
}

/// Reads the keys in the way that was asked for, or in the one that fits most rows. `is_typed` says that numbers and texts
/// are told apart where the keys come from.
pub(super) fn find(
    values: &[Value],
    options: &[Options],
    asked: Option<KeyKind>,
    is_typed: bool,
) -> Keys {
    let read = |kind: KeyKind| -> Vec<Option<Vec<usize>>> {
        let rows = values.iter().zip(options);
        rows.map(|(value, options)| kind.read(value, options))
            .collect()
    };
    if let Some(kind) = asked {
        return certain(kind, read(kind));
    }
    let n_read = |keys: &[Option<Vec<usize>>]| keys.iter().flatten().count();
    let tried = KeyKind::TRIED.map(|kind| (kind, read(kind)));
    let most = tried.iter().map(|(_, keys)| n_read(keys)).max();
    let mut best: Vec<_> = tried
        .into_iter()
        .filter(|(_, keys)| Some(n_read(keys)) == most)
        .collect();
    let (kind, keys) = best.remove(0);
    let mut found = certain(kind, keys);
    let has_own_labels = options.iter().all(|options| options.has_own_labels);
    // A text that is an option is that option, also where it could be a number.
    let is_text = is_typed && values.iter().all(Value::is_string);
    match kind {
        KeyKind::Label if has_own_labels => {}
        KeyKind::Text if is_text => {}
        _ => found.compare(&best, options),
    }
    found
}

impl Keys {
    /// Looks whether another reading that fits as many rows names other options.
    fn compare(&mut self, others: &[(KeyKind, Vec<Option<Vec<usize>>>)], options: &[Options]) {
        for (other, keys) in others {
            let differs = |&row: &usize| keys[row] != self.keys[row];
            let Some(row) = (0..keys.len()).find(differs) else {
                continue;
            };
            if (self.kind, *other) == (KeyKind::Index0, KeyKind::Index1) {
                self.doubt = Some(UNKNOWN_START.to_owned());
                continue;
            }
            let words = |kind: KeyKind, keys: &Option<Vec<usize>>| {
                let texts = keys.iter().flatten();
                let texts: Vec<_> = texts.map(|&key| options[row].texts[key].as_str()).collect();
                format!("{} (“{}”)", kind.words(), texts.join("”, “"))
            };
            self.ambiguous = Some(Ambiguous {
                row,
                readings: vec![words(self.kind, &self.keys[row]), words(*other, &keys[row])],
            });
            return;
        }
    }
}

const UNKNOWN_START: &str = "no key says whether options are counted from 0 or from 1; they are counted from 0, as MMLU \
                             does; --columns answer=COLUMN:index1 counts from 1";

fn certain(kind: KeyKind, keys: Vec<Option<Vec<usize>>>) -> Keys {
    Keys {
        kind,
        keys,
        ambiguous: None,
        doubt: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn options(values: &[Value]) -> Vec<Options> {
        let each = values.iter().map(Options::of_value);
        each.collect::<Result<_, _>>().unwrap()
    }

    /// The way that fits, and the keys of the rows.
    fn found(keys: &[Value], choices: &[Value]) -> (KeyKind, Vec<Option<Vec<usize>>>) {
        let found = find(keys, &options(choices), None, true);
        assert!(found.ambiguous.is_none());
        (found.kind, found.keys)
    }

    #[test]
    fn letters_numbers_and_texts_are_told_apart_over_all_rows() {
        let four = json!(["w", "x", "y", "z"]);
        let all = |n: usize| vec![four.clone(); n];
        let cases = [
            (vec![json!("A"), json!("(d)")], KeyKind::Label, [0, 3]),
            (vec![json!(0), json!(3)], KeyKind::Index0, [0, 3]),
            (vec![json!(1), json!("4")], KeyKind::Index1, [0, 3]),
            (vec![json!(1.0), json!(0)], KeyKind::Index0, [1, 0]),
            (vec![json!("y"), json!("W")], KeyKind::Text, [2, 0]),
        ];
        for (keys, kind, expected) in cases {
            let expected = expected.map(|key| Some(vec![key])).to_vec();
            assert_eq!(found(&keys, &all(2)), (kind, expected), "{keys:?}");
        }
    }

    #[test]
    fn several_keys_are_a_list_or_a_text() {
        let four = [json!(["w", "x", "y", "z"])];
        for key in [json!(["A", "C"]), json!("C, A"), json!("AC"), json!([2, 0])] {
            let (_, keys) = found(std::slice::from_ref(&key), &four);
            assert_eq!(keys, [Some(vec![0, 2])], "{key}");
        }
        for key in [
            json!("A,E"),
            json!("AE"),
            json!([]),
            json!([0, 9]),
            json!(-1),
            json!(null),
        ] {
            let (_, keys) = found(std::slice::from_ref(&key), &four);
            assert_eq!(keys, [None], "{key}");
        }
    }

    #[test]
    fn a_digit_that_may_be_a_text_or_a_number_is_refused_unless_other_rows_decide() {
        let digits = json!(["1", "2", "3", "4"]);
        let one = options(std::slice::from_ref(&digits));
        let ambiguous = find(&[json!("2")], &one, None, false).ambiguous.unwrap();
        assert_eq!(ambiguous.row, 0);
        assert!(ambiguous.readings[0].contains("“2”") && ambiguous.readings[1].contains("“3”"));
        let words = json!(["one", "two", "three", "four"]);
        let both = options(&[digits, words]);
        let two = find(&[json!("2"), json!("0")], &both, None, false);
        assert_eq!(two.kind, KeyKind::Index0);
        assert!(two.ambiguous.is_none());
        // Where numbers are told apart from texts, a text is a text and a number a number.
        assert_eq!(find(&[json!("2")], &one, None, true).keys, [Some(vec![1])]);
        assert_eq!(find(&[json!(2)], &one, None, true).keys, [Some(vec![2])]);
    }

    #[test]
    fn labels_of_the_row_itself_come_before_numbers() {
        let choices = json!({"text": ["x", "y", "z"], "label": ["1", "2", "3"]});
        assert_eq!(
            found(&[json!("2")], &[choices]),
            (KeyKind::Label, vec![Some(vec![1])])
        );
    }

    #[test]
    fn a_count_that_may_begin_at_0_or_1_begins_at_0_and_is_told() {
        let found = find(&[json!(1)], &options(&[json!(["3", "4", "5"])]), None, true);
        assert_eq!(found.keys, [Some(vec![1])]);
        assert!(found.doubt.unwrap().contains("index1"));
    }
}
