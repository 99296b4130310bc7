//! Whole questions out of whatever a model replied: cut off, wrapped in prose or code fences, a bare list, slightly
//! broken JSON. Decides nothing about quality.

use crate::asking::schema::Item;
use serde::de::IgnoredAny;
use std::collections::BTreeMap;

/// Longer than any question; the end of a broken one is not looked for beyond.
const MAX_ITEM_BYTES: usize = 16_384;
/// Keys of an object that was meant to be a question.
const ITEM_KEYS: [&str; 11] = [
    "quote",
    "second_quote",
    "evidence",
    "kind",
    "question",
    "stem",
    "answer",
    "correct_answer",
    "distractors",
    "incorrect_answers",
    "wrong_answers",
];

/// Questions found in a reply.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Salvage {
    /// Every complete question, in order.
    pub items: Vec<Item>,
    /// Reasons why beginnings of questions could not be read.
    pub broken: Vec<Broken>,
}

/// Why something that began as a question could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// It has no end.
    #[error("the reply was cut off in the middle of a question")]
    Cut,
    /// It has an end, but is not JSON.
    #[error("a question of the reply is not valid JSON")]
    Invalid,
    /// It is JSON, but not as it was asked for.
    #[error("a question of the reply does not have the form asked for: {0}")]
    Malformed(String),
}

/// Reads every question in `reply`.
///
/// ```
/// let reply = r#"Sure! {"exam": [{"question": "2+2?", "answer": 4, "distractors": [3, 5, 6]}, {"question": "3+"#;
/// let salvage = examen_generate::asking::parse::parse(reply);
/// assert_eq!((salvage.items.len(), salvage.broken.len()), (1, 1));
/// ```
pub fn parse(reply: &str) -> Salvage {
    let mut salvage = Salvage::default();
    let mut from = 0;
    while let Some(found) = reply[from..].find('{') {
        let start = from + found;
        from = start + 1;
        let Some(first_key) = first_key(&reply[start..]) else {
            continue;
        };
        match read_whole(&reply[start..]).or_else(|unread| unread.mend(&reply[start..], first_key))
        {
            Ok((item, length)) => {
                salvage.items.push(item);
                from = start + length;
            }
            Err(Unread::Broken(broken)) => salvage.broken.push(broken),
            Err(Unread::Shape(reason)) => match object_length(&reply[start..]) {
                Some(length) if is_question(&reply[start..start + length], first_key) => {
                    salvage.take_inner(parse(&reply[from..start + length]), reason);
                    from = start + length;
                }
                None if ITEM_KEYS.contains(&first_key) => salvage.broken.push(Broken::Cut),
                _ => {}
            },
            Err(Unread::Syntax) => {}
        }
    }
    salvage
}

impl Salvage {
    /// Takes what is inside of an object that is no question itself, for this `reason`.
    fn take_inner(&mut self, inner: Self, reason: String) {
        match inner.items.is_empty() {
            true => self.broken.push(Broken::Malformed(reason)),
            false => {
                self.items.extend(inner.items);
                self.broken.extend(inner.broken);
            }
        }
    }
}

enum Unread {
    /// Not JSON, as it stands.
    Syntax,
    /// Not of a question's shape, for this reason; a question may be inside.
    Shape(String),
    /// Meant as a question, and beyond repair.
    Broken(Broken),
}

impl From<serde_json::Error> for Unread {
    fn from(error: serde_json::Error) -> Self {
        if !error.is_data() {
            return Self::Syntax;
        }
        // The position is counted from where the question begins, which nobody sees.
        let reason = error.to_string();
        Self::Shape(
            reason
                .rsplit_once(" at line ")
                .map_or(reason.as_str(), |(reason, _)| reason)
                .to_owned(),
        )
    }
}

/// The key after `{`, if that opens an object.
fn first_key(text: &str) -> Option<&str> {
    let after_quote = text[1..].trim_start().strip_prefix('"')?;
    after_quote.split_once('"').map(|(key, _)| key)
}

/// The question at the start of `text`, with its length, if it is whole.
fn read_whole(text: &str) -> Result<(Item, usize), Unread> {
    let mut stream = serde_json::Deserializer::from_str(text).into_iter::<Item>();
    let item = stream.next().ok_or(Unread::Syntax)??;
    Ok((item, stream.byte_offset()))
}

impl Unread {
    /// The question at the start of `text` after repair, if that is what it was meant to be.
    fn mend(self, text: &str, first_key: &str) -> Result<(Item, usize), Self> {
        if !matches!(self, Self::Syntax) || !ITEM_KEYS.contains(&first_key) {
            return Err(self);
        }
        let length = object_length(text).ok_or(Self::Broken(Broken::Cut))?;
        match serde_json::from_str(&repair(&text[..length])).map_err(Self::from) {
            Ok(item) => Ok((item, length)),
            Err(Self::Syntax) => Err(Self::Broken(Broken::Invalid)),
            Err(other) => Err(other),
        }
    }
}

/// True if an object was meant to be a question.
fn is_question(object: &str, first_key: &str) -> bool {
    let keys = || {
        serde_json::from_str::<BTreeMap<String, IgnoredAny>>(object)
            .unwrap_or_default()
            .into_keys()
    };
    ITEM_KEYS.contains(&first_key) || keys().any(|key| ITEM_KEYS.contains(&key.as_str()))
}

/// Bytes to the brace that closes the object at the start of `text`; strings are skipped.
fn object_length(text: &str) -> Option<usize> {
    let (mut depth, mut in_string, mut is_escaped) = (0_usize, false, false);
    for (index, byte) in text.bytes().take(MAX_ITEM_BYTES).enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if in_string => is_escaped = true,
            b'"' => in_string = !in_string,
            b'{' if !in_string => depth += 1,
            b'}' if !in_string => {
                depth -= 1;
                if depth == 0 {
                    return Some(index + 1);
                }
            }
            _ => {}
        }
    }
    None
}

/// Mends what models get wrong inside of otherwise whole objects: commas before a closing bracket, raw line feeds and
/// tabs in strings, backslashes that escape nothing (`\alpha`).
fn repair(object: &str) -> String {
    let mut mended = String::with_capacity(object.len() + 16);
    let mut in_string = false;
    let mut chars = object.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' => in_string = !in_string,
            '}' | ']' if !in_string => drop_trailing_comma(&mut mended),
            '\\' if in_string => match chars.peek() {
                Some('"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't' | 'u') => {
                    mended.push(c);
                    mended.extend(chars.next());
                    continue;
                }
                _ => mended.push(c),
            },
            c if in_string && c.is_control() => {
                mended.push(' ');
                continue;
            }
            _ => {}
        }
        mended.push(c);
    }
    mended
}

fn drop_trailing_comma(text: &mut String) {
    let trimmed = text.trim_end();
    if let Some(before) = trimmed.strip_suffix(',') {
        text.truncate(before.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::asking::schema::{Reply, Text};
    use proptest::prelude::*;

    fn item(text: &str) -> Item {
        let text = |prefix: &str| {
            Text(
                format!("{prefix} {text}")
                    .split_whitespace()
                    .collect::<Vec<_>>()
                    .join(" "),
            )
        };
        let distractors = vec![text("x"), text("y"), text("z")];
        Item {
            quote: text("quote"),
            second_quote: Text::default(),
            kind: text("kind"),
            question: text("question"),
            answer: text("answer"),
            distractors,
            difficulty: text("difficulty"),
        }
    }

    fn json(items: &[Item]) -> String {
        serde_json::to_string(&Reply {
            exam: items.to_vec(),
        })
        .expect("JSON")
    }

    #[test]
    fn wrapping_does_not_matter() {
        let items = [item("one {not} a \"brace\""), item("two")];
        let whole = json(&items);
        let list = serde_json::to_string(&items).expect("JSON");
        for reply in [
            whole.clone(),
            list.clone(),
            format!("Sure, 5\" of questions {{as asked}}:\n```json\n{whole}\n```\nEnjoy!"),
            format!("{{\"questions\": {list}, \"n\": 2}}"),
            format!("{} {}", json(&items[..1]), json(&items[1..])),
        ] {
            assert_eq!(
                parse(&reply),
                Salvage {
                    items: items.to_vec(),
                    broken: vec![]
                },
                "{reply}"
            );
        }
    }

    #[test]
    fn small_breaks_are_mended() {
        let reply =
            "{\"exam\": [{\"quote\": \"two\nlines\", \"question\": \"Is \\alpha \\\"a\\\"?\", \"answer\": \"yes\",
            \"distractors\": [\"no\", \"maybe\", \"never\",],},]}";
        let salvage = parse(reply);
        assert_eq!(salvage.broken, []);
        let item = &salvage.items[0];
        assert_eq!(
            (item.quote.0.as_str(), item.question.0.as_str()),
            ("two lines", "Is \\alpha \"a\"?")
        );
    }

    #[test]
    fn what_cannot_be_mended_is_told() {
        let broken = r#"{"exam": [{"question": "Who said "no"?", "answer": "he"}, {"question": "2?", "answer": 2}]}"#;
        let salvage = parse(broken);
        assert_eq!(
            (salvage.items.len(), salvage.broken),
            (1, vec![Broken::Invalid])
        );
        assert_eq!(parse("I cannot do that."), Salvage::default());
    }

    #[test]
    fn what_has_another_form_is_told() {
        let good = r#"{"question": "2?", "answer": 2}"#;
        for (bad, reason) in [
            (
                r#"{"question": "1?", "distractors": {"a": "x"}}"#,
                "invalid type: map, expected a sequence",
            ),
            (
                r#"{"question": "1?", "distractors": [{"answer": "x"}]}"#,
                "invalid type: map, expected a text",
            ),
            (
                r#"{"id": 1, "question": "1?", "answer": ["a", "b"]}"#,
                "invalid type: sequence, expected a text",
            ),
            (
                r#"{"answer": "1", "distractors": ["2"]}"#,
                "missing field `question`",
            ),
            (
                r#"{"answer": "1", "distractors": ["2"],}"#,
                "missing field `question`",
            ),
        ] {
            let salvage = parse(&format!(r#"{{"exam": [{bad}, {good}]}}"#));
            assert_eq!(
                (salvage.items.len(), salvage.broken),
                (1, vec![Broken::Malformed(reason.to_owned())]),
                "{bad}"
            );
        }
        let wrapped = parse(&format!(r#"{{"question": {good}}}"#));
        assert_eq!((wrapped.items.len(), wrapped.broken), (1, vec![]));
        assert_eq!(parse(r#"{"question": ["cut"#).broken, [Broken::Cut]);
    }

    #[test]
    fn deep_nesting_ends() {
        assert_eq!(parse(&"{\"a\":".repeat(20_000)).items, []);
        assert_eq!(parse(&"{\"question\":[".repeat(2_000)).items, []);
        let whole = format!("{}1{}", "{\"question\":".repeat(1_200), "}".repeat(1_200));
        assert_eq!(parse(&whole).items.len(), 1);
    }

    proptest! {
        #[test]
        fn a_cut_reply_yields_exactly_the_questions_that_were_complete(
            texts in prop::collection::vec("[a-zé{}\\[\\]\",: \\\\]{0,12}", 1..6),
            cut in 0.0_f64..1.0,
        ) {
            let items: Vec<Item> = texts.iter().map(|text| item(text)).collect();
            let whole = json(&items);
            let mut end = (whole.len() as f64 * cut) as usize;
            while !whole.is_char_boundary(end) {
                end -= 1;
            }
            // The n-th question is complete once the reply that ends with it, less the closing `]}`, fits.
            let n_complete = (1..=items.len()).filter(|&n| json(&items[..n]).len() - 2 <= end).count();
            prop_assert_eq!(parse(&whole[..end]).items, &items[..n_complete]);
        }

        #[test]
        fn anything_is_answered(reply in "(\\PC|[{}\\[\\]\",:]|\"question\":|\"answer\":\"){0,80}") {
            let salvage = parse(&reply);
            let n_braces = reply.matches('{').count();
            prop_assert!(salvage.items.len() + salvage.broken.len() <= n_braces);
        }

        #[test]
        fn arbitrary_bytes_are_answered(bytes: Vec<u8>) {
            let _ = parse(&String::from_utf8_lossy(&bytes));
        }
    }
}
