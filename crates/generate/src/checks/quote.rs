//! A quote that proves nothing.

use super::{Check, Severity, item::Item};
use crate::text::length;

/// Fewer characters prove nothing: any passage contains them. Wide ones count twice.
const MIN_QUOTE_CHARS: usize = 10;

/// Finds a quote that is missing, too short, or not in the passage (see
/// [`quote::locate`](crate::text::quote::locate)); where the question needs two passages, one from each.
///
/// *When not to use it*: models too small to copy a sentence; `require_quote: false` turns it off.
pub(super) const CHECK: Check = Check {
    name: "quote",
    words: "the quote is not in the passage",
    guide: "a quote that is missing, too short to prove anything, or not in the passage",
    severity: Severity::Reject,
    rules: &[],
    find,
};

fn find(item: &Item<'_>) -> Option<String> {
    let question = item.question;
    if !item.context.require_quote {
        return None;
    }
    let second = || {
        let second = question.second_source.as_ref()?;
        unproved(
            second.quote.as_deref(),
            second.quote_start,
            "second passage",
        )
    };
    unproved(question.quote.as_deref(), question.quote_start, "passage").or_else(second)
}

fn unproved(quote: Option<&str>, start: Option<u64>, passage: &str) -> Option<String> {
    match quote {
        None => Some(format!("there is no quote from the {passage}")),
        Some(quote) if length(quote) < MIN_QUOTE_CHARS => Some(format!(
            "the quote `{quote}` is too short to prove anything"
        )),
        Some(_) if start.is_none() => Some(format!("the quote is not in the {passage}")),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::checks::{
        Context, item_findings,
        tests::{found_after, sound},
    };
    use examen_core::{Question, SecondSource};

    #[test]
    fn quotes_that_prove_nothing_are_told() {
        assert_eq!(
            found_after(|q| q.quote = None),
            ["quote: there is no quote from the passage"]
        );
        assert_eq!(
            found_after(|q| q.quote_start = None),
            ["quote: the quote is not in the passage"]
        );
        let short = |q: &mut Question| (q.quote, q.quote_end) = (Some("The".to_owned()), Some(3));
        assert_eq!(
            found_after(short),
            ["quote: the quote `The` is too short to prove anything"]
        );
    }

    #[test]
    fn both_passages_are_quoted_where_there_are_two() {
        let with = |quote: Option<&str>, quote_start| {
            let quote = quote.map(str::to_owned);
            found_after(|q| {
                q.second_source = Some(SecondSource {
                    quote,
                    quote_start,
                    ..SecondSource::default()
                })
            })
        };
        assert_eq!(with(Some("The aorta branches."), Some(70)), [""; 0]);
        assert_eq!(
            with(Some("The aorta branches."), None),
            ["quote: the quote is not in the second passage"]
        );
        assert_eq!(
            with(None, None),
            ["quote: there is no quote from the second passage"]
        );
    }

    #[test]
    fn it_can_be_turned_off() {
        let question = Question {
            quote: None,
            ..sound()
        };
        assert_eq!(item_findings(&question, Context::default()), []);
    }
}
