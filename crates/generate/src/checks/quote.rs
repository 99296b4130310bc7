//! Does the passage say so?

use super::{Check, Context};
use examen_core::Question;

/// Fewer characters prove nothing: any passage contains them.
const MIN_QUOTE_CHARS: usize = 10;

/// *What it finds*: a quote that is missing, too short, or not in the passage (see
/// [`quote::find`](crate::quote::find)).
///
/// *When not to use it*: models too small to copy a sentence; `require_quote: false` turns it off.
pub(super) struct Quote;

impl Check for Quote {
    fn name(&self) -> &'static str {
        "quote"
    }

    fn problem(&self, question: &Question, context: &Context<'_>) -> Option<String> {
        if !context.require_quote {
            return None;
        }
        match &question.quote {
            None => Some("there is no quote from the passage".to_owned()),
            Some(quote) if quote.chars().count() < MIN_QUOTE_CHARS => {
                Some(format!("the quote `{quote}` is too short to prove anything"))
            }
            Some(_) if question.quote_start.is_none() => Some("the quote is not in the passage".to_owned()),
            Some(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::{
        Stems,
        tests::{reasons_after, sound},
    };

    #[test]
    fn quotes_that_prove_nothing_are_told() {
        assert_eq!(reasons_after(|q| q.quote = None), ["quote: there is no quote from the passage"]);
        assert_eq!(reasons_after(|q| q.quote_start = None), ["quote: the quote is not in the passage"]);
        assert_eq!(
            reasons_after(|q| q.quote = Some("The".to_owned())),
            ["quote: the quote `The` is too short to prove anything"]
        );
    }

    #[test]
    fn it_can_be_turned_off() {
        let question = Question { quote: None, ..sound() };
        let context = Context { accepted: &Stems::default(), require_quote: false };
        assert_eq!(Quote.problem(&question, &context), None);
    }
}
