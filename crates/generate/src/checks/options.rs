//! Options that read the same.

use super::{Check, Severity, item::Item};
use crate::text::{lexicon::Lexicon, words::hash};

/// Finds two options that read the same, or a distractor that is the answer, after
/// [`comparable`](examen_core::text::comparable) and without the article that it begins with. Empty options are left to the check of the shape.
pub(super) const CHECK: Check = Check {
    name: "options",
    words: "two options say the same",
    guide: "options that read the same (case, white space, an article or quotation marks at the beginning and `. , ; : ?` at the end do not count; brackets, `!` and exponents do), or a distractor that is the answer",
    severity: Severity::Reject,
    rules: &["single_best_answer"],
    find,
};

fn find(item: &Item<'_>) -> Option<String> {
    let forms: Vec<String> = item
        .forms
        .iter()
        .map(|form| without_article(form, item.lexicon))
        .collect();
    for (index, text) in item
        .texts()
        .enumerate()
        .filter(|(index, _)| !forms[*index].is_empty())
    {
        match forms[..index].iter().position(|form| *form == forms[index]) {
            Some(0) => return Some(format!("the distractor `{text}` is the answer")),
            Some(_) => return Some(format!("two distractors are the same: `{text}`")),
            None => {}
        }
    }
    None
}

/// Removes the article that it begins with, unless that is all of it.
fn without_article(form: &str, lexicon: Option<&Lexicon>) -> String {
    match form.split_once(' ') {
        Some((first, rest)) if lexicon.is_some_and(|lexicon| lexicon.articles.has(hash(first))) => {
            rest.to_owned()
        }
        _ => form.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::found_after;

    #[test]
    fn options_that_read_the_same_are_told() {
        assert_eq!(
            found_after(|q| q.distractors[2] = "the LEFT ventricle.".to_owned()),
            ["options: the distractor `the LEFT ventricle.` is the answer (single_best_answer)"]
        );
        assert_eq!(
            found_after(|q| q.distractors[2] = "A  left atrium".to_owned()),
            ["options: two distractors are the same: `A  left atrium` (single_best_answer)"]
        );
    }
}
