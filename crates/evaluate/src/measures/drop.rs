//! DROP's two scores: exact match and F1 of answers that may be several spans.

use super::text::{drop_form, number, words};
use std::collections::BTreeSet;

/// Spans that are compared with each other at most; more are a mistake in the data.
const MAX_SPANS: usize = 64;

/// DROP's scores of one answer, each from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Drop {
    /// 1 if the spans are the same, in any order.
    pub exact_match: f64,
    /// Mean F1 of the best pairing of spans, to two decimals as DROP rounds it.
    pub f1: f64,
}

type Words = BTreeSet<String>;

/// The better of the scores against each reference; reply and references are lists of spans. A span with numbers scores 0
/// against one that shares none of them. Source: D. Dua et al., "DROP" (N19-1246), section 5; `process_results` of
/// lm-evaluation-harness. `None` without a reference that says something, and for more than 64 spans.
///
/// ```
/// use examen_evaluate::measures::drop;
/// let score = drop(&["3 goals"], &[vec!["3"], vec!["4 goals"]]).unwrap();
/// assert_eq!((score.exact_match, score.f1), (0.0, 0.67));
/// ```
pub fn drop(reply: &[&str], references: &[Vec<&str>]) -> Option<Drop> {
    let said = |spans: &&Vec<&str>| spans.first().is_some_and(|span| !span.trim().is_empty());
    let fits = |n: usize| (1..=MAX_SPANS).contains(&n);
    let scores = references
        .iter()
        .filter(said)
        .filter(|spans| fits(spans.len()) && fits(reply.len()))
        .map(|spans| against(reply, spans));
    scores.reduce(|best, score| Drop {
        exact_match: best.exact_match.max(score.exact_match),
        f1: best.f1.max(score.f1),
    })
}

fn against(reply: &[&str], reference: &[&str]) -> Drop {
    let forms = |spans: &[&str]| spans.iter().map(|span| drop_form(span)).collect::<Vec<_>>();
    let (reply, reference) = (forms(reply), forms(reference));
    let is_equal = reply.iter().collect::<BTreeSet<_>>() == reference.iter().collect();
    let bags = |forms: &[String]| {
        let of_span = |form: &String| words(form).map(str::to_owned).collect::<Words>();
        forms.iter().map(of_span).collect::<Vec<_>>()
    };
    let n = reply.len().max(reference.len());
    let f1 = best_pairing(&bags(&reference), &bags(&reply)) / n as f64;
    Drop {
        exact_match: f64::from(u8::from(is_equal)),
        f1: (f1 * 100.0).round_ties_even() / 100.0,
    }
}

/// The largest sum of scores over pairings of rows with columns: the Hungarian algorithm with potentials (H. W. Kuhn,
/// 1955; in O(n²m) after J. Munkres, 1957), on the scores as negative costs.
fn best_pairing(gold: &[Words], reply: &[Words]) -> f64 {
    let (rows, columns, is_turned) = match gold.len() <= reply.len() {
        true => (gold, reply, false),
        false => (reply, gold, true),
    };
    let cost = |row: usize, column: usize| match is_turned {
        false => -f1(&rows[row], &columns[column]),
        true => -f1(&columns[column], &rows[row]),
    };
    let (n, m) = (rows.len(), columns.len());
    let (mut of_row, mut of_column) = (vec![0.0; n + 1], vec![0.0; m + 1]);
    // The row that each column is paired with, counted from 1; 0 is none. Column 0 holds the row that looks for one.
    let mut paired = vec![0_usize; m + 1];
    for row in 1..=n {
        paired[0] = row;
        let mut column = 0;
        let (mut least, mut seen, mut way) = (
            vec![f64::INFINITY; m + 1],
            vec![false; m + 1],
            vec![0; m + 1],
        );
        while paired[column] != 0 {
            seen[column] = true;
            let (from, mut delta, mut next) = (paired[column], f64::INFINITY, 0);
            for j in (1..=m).filter(|&j| !seen[j]) {
                let reduced = cost(from - 1, j - 1) - of_row[from] - of_column[j];
                if reduced < least[j] {
                    (least[j], way[j]) = (reduced, column);
                }
                if least[j] < delta {
                    (delta, next) = (least[j], j);
                }
            }
            for j in 0..=m {
                if seen[j] {
                    of_row[paired[j]] += delta;
                    of_column[j] -= delta;
                } else {
                    least[j] -= delta;
                }
            }
            column = next;
        }
        while column != 0 {
            paired[column] = paired[way[column]];
            column = way[column];
        }
    }
    let pairs = (1..=m).filter(|&column| paired[column] != 0);
    pairs
        .map(|column| -cost(paired[column] - 1, column - 1))
        .sum()
}

fn f1(gold: &Words, reply: &Words) -> f64 {
    let numbers = |words: &Words| -> BTreeSet<String> {
        words
            .iter()
            .filter(|word| number(word).is_some())
            .cloned()
            .collect()
    };
    let of_gold = numbers(gold);
    if !of_gold.is_empty() && of_gold.is_disjoint(&numbers(reply)) {
        return 0.0;
    }
    let n_shared = gold.intersection(reply).count() as f64;
    let share = |of: &Words| match of.len() {
        0 => 1.0,
        n => n_shared / n as f64,
    };
    let (precision, recall) = (share(reply), share(gold));
    match precision + recall {
        0.0 => 0.0,
        sum => 2.0 * precision * recall / sum,
    }
}
