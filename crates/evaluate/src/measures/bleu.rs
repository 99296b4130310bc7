//! BLEU as sacrebleu computes it.

use super::{
    grams::{Bag, bag},
    text::{strip_end, words},
};
use regex::Regex;
use std::sync::LazyLock;

/// Longest n-gram that is counted.
const ORDER: usize = 4;

/// Names of what [`bleu_counts`] counts.
pub const BLEU_COUNTS: [&str; 2 + 2 * ORDER] = [
    "reply_length",
    "reference_length",
    "matched_1",
    "matched_2",
    "matched_3",
    "matched_4",
    "total_1",
    "total_2",
    "total_3",
    "total_4",
];

/// Counts of one reply, to be added up over a corpus: its length and that of the closest reference in tokens, and for
/// n = 1 to 4 how many of its n-grams are in a reference and how many it has. Tokens are those of `mteval-v13a`, sacrebleu's
/// default. `None` without references.
pub fn bleu_counts(reply: &str, references: &[&str]) -> Option<Vec<f64>> {
    let reply = tokenize(reply);
    let references: Vec<_> = references
        .iter()
        .map(|reference| tokenize(reference))
        .collect();
    let reply: Vec<_> = words(&reply).collect();
    let references: Vec<Vec<_>> = references
        .iter()
        .map(|text| words(text).collect())
        .collect();
    let distance = |length: &usize| (length.abs_diff(reply.len()), *length);
    let closest = references.iter().map(Vec::len).min_by_key(distance)?;
    let mut counts = vec![reply.len() as f64, closest as f64];
    let (matched, total): (Vec<_>, Vec<_>) = (1..=ORDER)
        .map(|n| of_order(&reply, &references, n))
        .unzip();
    counts.extend(matched.into_iter().chain(total));
    Some(counts)
}

fn of_order(reply: &[&str], references: &[Vec<&str>], n: usize) -> (f64, f64) {
    let mut most: Bag<&[&str]> = Bag::new();
    for reference in references {
        for (gram, count) in bag(reference.windows(n)) {
            let entry = most.entry(gram).or_default();
            *entry = count.max(*entry);
        }
    }
    let grams = bag(reply.windows(n));
    let matched = grams
        .iter()
        .map(|(gram, count)| most.get(gram).map_or(0, |most| *count.min(most)));
    (
        matched.sum::<usize>() as f64,
        super::grams::size(&grams) as f64,
    )
}

/// BLEU-`order` of summed [`bleu_counts`], from 0 to 100: the geometric mean of the precisions of 1 to `order` tokens,
/// times the brevity penalty; a precision of 0 is smoothed as NIST does (`smooth_method="exp"`). Source: K. Papineni et
/// al. (P02-1040); M. Post, "A call for clarity" (W18-6319); `BLEU(max_ngram_order=order)` of sacrebleu.
///
/// ```
/// use examen_evaluate::measures::{bleu, bleu_counts};
/// let counts = bleu_counts("the cat sat on the mat", &["the cat sat on a mat"]).unwrap();
/// assert_eq!(format!("{:.2} {:.2}", bleu(&counts, 1), bleu(&counts, 4)), "83.33 53.73");
/// ```
pub fn bleu(counts: &[f64], order: usize) -> f64 {
    let (reply, reference) = (counts[0], counts[1]);
    let (matched, total) = (&counts[2..2 + ORDER], &counts[2 + ORDER..]);
    if matched[..order].iter().all(|&n| n == 0.0) {
        return 0.0;
    }
    let brevity = if reply < reference {
        (1.0 - reference / reply).exp()
    } else {
        1.0
    };
    let mut smoothing = 1.0;
    let mut log_sum = 0.0;
    for n in 0..order {
        // Too short for any n-gram of this order: sacrebleu's logarithm of 0.
        let precision = match (matched[n], total[n]) {
            (_, 0.0) => return 0.0,
            (0.0, total) => {
                smoothing *= 2.0;
                100.0 / (smoothing * total)
            }
            (matched, total) => 100.0 * matched / total,
        };
        log_sum += precision.ln();
    }
    brevity * (log_sum / order as f64).exp()
}

static PATTERNS: LazyLock<[(Regex, &str); 4]> = LazyLock::new(|| {
    [
        (r"([\{-\~\[-\` -\&\(-\+\:-\@\/])", " $1 "),
        (r"([^0-9])([\.,])", "$1 $2 "),
        (r"([\.,])([^0-9])", " $1 $2"),
        (r"([0-9])(-)", "$1 $2 "),
    ]
    .map(|(pattern, spaced)| {
        (
            Regex::new(pattern).expect("the pattern is constant"),
            spaced,
        )
    })
});

/// The tokens of `mteval-v13a`, between spaces.
fn tokenize(text: &str) -> String {
    let mut text = strip_end(text)
        .replace("<skipped>", "")
        .replace("-\n", "")
        .replace('\n', " ");
    for (entity, character) in [
        ("&quot;", "\""),
        ("&amp;", "&"),
        ("&lt;", "<"),
        ("&gt;", ">"),
    ] {
        text = text.replace(entity, character);
    }
    let mut text = format!(" {text} ");
    for (pattern, spaced) in PATTERNS.iter() {
        text = pattern.replace_all(&text, *spaced).into_owned();
    }
    text
}
