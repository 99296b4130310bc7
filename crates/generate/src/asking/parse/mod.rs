//! Whole questions out of whatever a model replied: cut off, wrapped in prose or code fences, a bare list, slightly
//! broken JSON, other names of its keys, options instead of distractors, JSON in a string, YAML, numbered prose. Decides
//! nothing about quality.
//!
//! `loose` reads values, with `escapes`; `draft` makes a question of an object, with `names`, `labels` and
//! `tidy`; `prose` is the last resort.

mod draft;
mod escapes;
mod labels;
mod loose;
mod names;
mod prose;
mod tidy;

use crate::asking::schema::Item;
use draft::NoItem;
use loose::{Fault, Value};
use names::Part;

/// So many bytes are looked at for each byte of a reply, and these besides: a hostile one ends.
const LOOKS_PER_BYTE: usize = 64;
const MIN_LOOKS: usize = 1 << 20;
/// JSON in strings of JSON, so deep.
const MAX_STRINGS: usize = 3;

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
    /// Reading the rest takes too long.
    #[error("the reply is nested too often to be read")]
    Tangled,
}

/// Reads every question in `reply`.
///
/// ```
/// let reply = r#"Sure! {"exam": [{"question": "2+2?", "answer": 4, "distractors": [3, 5, 6]}, {"question": "3+"#;
/// let salvage = examen_generate::asking::parse::parse(reply);
/// assert_eq!((salvage.items.len(), salvage.broken.len()), (1, 1));
/// ```
pub fn parse(reply: &str) -> Salvage {
    let mut search = Search {
        budget: MIN_LOOKS + LOOKS_PER_BYTE * reply.len(),
        ..Search::default()
    };
    search.text(reply, 0);
    if search.is_empty() && reply.contains("{\\") {
        // JSON in a string, without the string.
        let quoted = format!("\"{reply}\"");
        if let (Ok(Value::Text(text)), _) = loose::read(&quoted, search.budget) {
            search.text(&text, 1);
        }
    }
    if search.is_empty() && reply.contains("&quot;") {
        // JSON that went through HTML.
        search.text(&reply.replace("&quot;", "\""), 0);
    }
    if search.is_empty() {
        for members in prose::objects(reply) {
            search.object(&members, MAX_STRINGS);
        }
    }
    search.salvage
}

/// What was found so far.
#[derive(Default)]
struct Search {
    salvage: Salvage,
    /// Bytes that may still be looked at.
    budget: usize,
    has_cut: bool,
}

impl Search {
    fn is_empty(&self) -> bool {
        self.salvage.items.is_empty() && self.salvage.broken.is_empty()
    }

    /// Finds the objects in a text. What is cut or broken is looked into.
    fn text(&mut self, text: &str, n_strings: usize) {
        let mut from = 0;
        while let Some(found) = text[from..].find(['{', '"']) {
            let start = from + found;
            from = start + 1;
            let is_object = text[start..].starts_with('{');
            // A string by itself: JSON in a string.
            if !is_object && !text[..start].trim().is_empty() {
                continue;
            }
            let (value, n_bytes) = loose::read(&text[start..], self.budget);
            self.budget = self.budget.saturating_sub(n_bytes);
            match value {
                Ok(Value::Text(inner)) if !inner.contains('{') => {}
                Ok(value) => {
                    self.value(&value, n_strings);
                    from = start + n_bytes;
                }
                Err(_) if self.budget == 0 => {
                    self.salvage.broken.push(Broken::Tangled);
                    return;
                }
                Err(fault) if begins_question(&text[start..]) => self.broken(fault),
                Err(_) => {}
            }
        }
    }

    /// A beginning that cannot be read. What is cut ends the reply, so that it is told once.
    fn broken(&mut self, fault: Fault) {
        match fault {
            Fault::Cut if self.has_cut => {}
            Fault::Cut => {
                self.has_cut = true;
                self.salvage.broken.push(Broken::Cut);
            }
            Fault::Invalid => self.salvage.broken.push(Broken::Invalid),
            // What it is nested around is looked at next.
            Fault::Deep => {}
        }
    }

    fn value(&mut self, value: &Value, n_strings: usize) {
        match value {
            Value::Object(members) => self.object(members, n_strings),
            Value::List(values) => {
                for value in values {
                    self.value(value, n_strings);
                }
            }
            Value::Text(text) if n_strings < MAX_STRINGS && text.contains('{') => {
                self.text(text, n_strings + 1);
            }
            Value::Text(_) | Value::Bare(_) => {}
        }
    }

    /// A question, or what has some inside.
    fn object(&mut self, members: &[(String, Value)], n_strings: usize) {
        let reason = match draft::item(members) {
            Ok(item) => {
                self.salvage.items.push(item);
                return;
            }
            Err(NoItem::Malformed(reason)) => Some(reason),
            Err(NoItem::Other) => None,
        };
        let n_before = self.salvage.items.len() + self.salvage.broken.len();
        for (_, value) in members {
            self.value(value, n_strings);
        }
        let has_inner = self.salvage.items.len() + self.salvage.broken.len() > n_before;
        if let Some(reason) = reason.filter(|_| !has_inner) {
            self.salvage.broken.push(Broken::Malformed(reason));
        }
    }
}

/// True if an object was meant to be a question, by its first key.
fn begins_question(object: &str) -> bool {
    let key = object.get(1..).and_then(|text| {
        let text = text.trim_start();
        let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        text[1..].split_once(quote).map(|(key, _)| key)
    });
    key.is_some_and(Part::is_of_question)
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
            question: text("Which of"),
            answer: text("It is"),
            distractors,
            difficulty: text("difficulty"),
            notes: Vec::new(),
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
        let broken =
            r#"{"exam": [{"question" "Who?", "answer": "he"}, {"question": "2?", "answer": 2}]}"#;
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
                r#"{"question": "1?", "distractors": {"a": ["x", "y"]}}"#,
                "`distractors` is no text",
            ),
            (
                r#"{"question": "1?", "options": ["x", "y", "z", "w"]}"#,
                "it does not say which option is right",
            ),
            (
                r#"{"id": 1, "question": "1?", "answer": ["a", "b"]}"#,
                "`answer` is no text",
            ),
            (
                r#"{"answer": "1", "distractors": ["2"]}"#,
                "it has no question",
            ),
            (
                r#"{"answer": "1", "distractors": ["2"],}"#,
                "it has no question",
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
            // A question takes a brace, or a line of its own.
            let n_most = reply.matches('{').count() + reply.lines().count();
            prop_assert!(salvage.items.len() + salvage.broken.len() <= n_most);
        }

        #[test]
        fn arbitrary_bytes_are_answered(bytes: Vec<u8>) {
            let _ = parse(&String::from_utf8_lossy(&bytes));
        }
    }
}
