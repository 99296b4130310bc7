//! A quote in other words than the passage's.

use super::{Check, Severity, item::Item};
use crate::text::quote;

/// Finds a quote that is in the passage in nearly these words (see [`quote::closest`]), with the words that
/// are really there. The span that is stored is theirs.
pub(super) const CHECK: Check = Check {
    name: "reworded_quote",
    words: "the quote is not verbatim",
    guide: "a quote that is not verbatim; the span is that of the passage's own words",
    severity: Severity::Remark,
    rules: &[],
    find,
};

fn find(item: &Item<'_>) -> Option<String> {
    let (quote, found) = (item.question.quote.as_ref()?, item.found_quote()?);
    let is_verbatim = found == quote.trim() || quote::find(found, quote).is_some();
    (!is_verbatim).then(|| format!("the passage reads `{found}`"))
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::found_after;

    #[test]
    fn the_passages_own_words_are_told() {
        assert_eq!(
            found_after(|q| q.quote = Some("A left ventricle pumps into the aorta.".to_owned())),
            ["reworded_quote: the passage reads `The left ventricle pumps into the aorta.`"]
        );
        assert_eq!(
            found_after(|q| q.quote = Some("the LEFT ventricle pumps into the aorta".to_owned())),
            [""; 0]
        );
    }
}
