//! Reasons and remarks as they are stored: `name: sentence`.

use std::collections::BTreeMap;

/// The name of a reason or remark, which is what stands before its colon.
pub(crate) fn name(reason: &str) -> &str {
    reason.split(':').next().unwrap_or_default()
}

/// Counts a reason by its name.
pub(crate) fn count(counts: &mut BTreeMap<String, usize>, reason: &str) {
    *counts.entry(name(reason).to_owned()).or_insert(0) += 1;
}
