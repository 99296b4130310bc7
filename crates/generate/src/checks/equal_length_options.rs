//! A distractor much longer, or an option much shorter, than all others.

use super::{Check, Severity, item::Item};
use crate::text::length;

/// So many times as long as the next …
const MIN_RATIO: f64 = 2.0;
/// … and so many characters longer: below, the eye sees no difference.
const MIN_EXTRA_CHARS: usize = 20;

/// Finds a distractor that is at least twice as long as every other option and 20 characters longer, or an option that is at
/// most half as long as every other and 20 characters shorter. A key that is much the longest is told by `longest_key`.
///
/// Source: rule `equal_length_options` of BenchMarker (N. Balepur et al., arXiv 2602.06221, 2026), which gives no number; ratio
/// and difference are ours.
pub(super) const CHECK: Check = Check {
    name: "equal_length_options",
    words: "one option is much longer or shorter",
    guide: "a distractor at least twice as long as every other option, or an option at most half as long, and 20 characters",
    severity: Severity::Remark,
    rules: &["equal_length_options"],
    find,
};

fn find(item: &Item<'_>) -> Option<String> {
    if item.options.iter().any(|words| item.is_meta(words)) {
        return None;
    }
    let mut lengths: Vec<(usize, usize)> = item
        .texts()
        .map(|text| length(text.trim()))
        .enumerate()
        .map(|(index, length)| (length, index))
        .collect();
    lengths.sort_unstable();
    let [(shortest, _), (second, _), .., (third, _), (longest, index)] = *lengths else {
        return None;
    };
    let stands_out = |long: usize, short: usize| {
        long as f64 >= MIN_RATIO * short as f64 && long >= short + MIN_EXTRA_CHARS
    };
    match () {
        () if index > 0 && stands_out(longest, third) => Some(format!(
            "a distractor has {longest} characters, the other options {third} at most"
        )),
        () if stands_out(second, shortest) => Some(format!(
            "an option has {shortest} characters, the others {second} at least"
        )),
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::checks::tests::found_after;

    #[test]
    fn options_that_stand_out_by_length_are_told() {
        let long = "The right atrium, which takes in the blood of the whole body";
        assert_eq!(
            found_after(|q| q.distractors[2] = long.to_owned()),
            ["equal_length_options: a distractor has 60 characters, the other options 19 at most"]
        );
        assert_eq!(
            found_after(|q| q.distractors[2] = "Right atrium".to_owned()),
            [""; 0]
        );
    }
}
