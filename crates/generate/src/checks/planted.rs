//! A check of the tests alone, which `seams` looks for in every output.

use super::{Check, Severity, item::Item};

/// Finds a stem with the word `planted`.
pub(crate) const CHECK: Check = Check {
    name: "planted",
    words: "a stem that a test has planted",
    guide: "a stem with the word *planted*",
    severity: Severity::Reject,
    rules: &[],
    find,
};

fn find(item: &Item<'_>) -> Option<String> {
    let stem = &item.question.question;
    stem.contains("planted")
        .then(|| format!("the stem is `{stem}`"))
}
