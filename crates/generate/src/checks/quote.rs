//! Does the passage say so?

use super::{Check, Severity, item::Item};

/// Fewer characters prove nothing: any passage contains them.
const MIN_QUOTE_CHARS: usize = 10;

/// *What it finds*: a quote that is missing, too short, or not in the passage (see
/// [`quote::locate`](crate::quote::locate)).
///
/// *When not to use it*: models too small to copy a sentence; `require_quote: false` turns it off.
pub(super) const CHECK: Check = Check { name: "quote", severity: Severity::Reject, find };

fn find(item: &Item<'_>) -> Option<String> {
    if !item.context.require_quote {
        return None;
    }
    match &item.question.quote {
        None => Some("there is no quote from the passage".to_owned()),
        Some(quote) if quote.chars().count() < MIN_QUOTE_CHARS => {
            Some(format!("the quote `{quote}` is too short to prove anything"))
        }
        Some(_) if item.question.quote_start.is_none() => Some("the quote is not in the passage".to_owned()),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::checks::{
        Context, item_findings,
        tests::{found_after, sound},
    };
    use examen_core::Question;

    #[test]
    fn quotes_that_prove_nothing_are_told() {
        assert_eq!(found_after(|q| q.quote = None), ["quote: there is no quote from the passage"]);
        assert_eq!(found_after(|q| q.quote_start = None), ["quote: the quote is not in the passage"]);
        let short = |q: &mut Question| (q.quote, q.quote_end) = (Some("The".to_owned()), Some(3));
        assert_eq!(found_after(short), ["quote: the quote `The` is too short to prove anything"]);
    }

    #[test]
    fn it_can_be_turned_off() {
        let question = Question { quote: None, ..sound() };
        assert_eq!(item_findings(&question, Context::default()), []);
    }
}
