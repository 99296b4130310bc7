//! Cohen's kappa: agreement of two raters beyond chance.

use std::collections::HashMap;

/// Cohen's kappa of two raters' categories, (Cohen 1960): (p − e) / (1 − e) with the share p of equal pairs and the share e that
/// independent raters with the same habits have. `None` without pairs, and where both have one and the same category throughout.
///
/// ```
/// use examen_evaluate::measures::cohens_kappa;
/// assert_eq!(cohens_kappa(&[(0, 0), (1, 1)]), Some(1.0));
/// assert_eq!(cohens_kappa(&[(0, 0), (0, 0)]), None);
/// ```
pub fn cohens_kappa(pairs: &[(usize, usize)]) -> Option<f64> {
    let n = pairs.len() as f64;
    let mut counts: HashMap<usize, (f64, f64)> = HashMap::new();
    for (first, second) in pairs {
        counts.entry(*first).or_default().0 += 1.0;
        counts.entry(*second).or_default().1 += 1.0;
    }
    // Counts and not shares, whose products are inexact: equal habits of one category are found exactly.
    let by_chance: f64 = counts.values().map(|(first, second)| first * second).sum();
    let equal = pairs
        .iter()
        .filter(|(first, second)| first == second)
        .count() as f64;
    let room = n * n - by_chance;
    (room > 0.0).then(|| (equal * n - by_chance) / room)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Deserialize)]
    struct Case {
        judge: Vec<usize>,
        labels: Vec<usize>,
        kappa: Option<f64>,
    }

    #[test]
    fn kappa_is_that_of_scikit_learn() {
        // testdata/golden/kappa.py makes them.
        let cases: Vec<Case> =
            serde_json::from_str(include_str!("../../../../testdata/golden/kappa.json")).unwrap();
        assert!(cases.len() > 10);
        for case in cases {
            let pairs: Vec<_> = case.judge.into_iter().zip(case.labels).collect();
            match (cohens_kappa(&pairs), case.kappa) {
                (Some(ours), Some(theirs)) => assert!((ours - theirs).abs() < 1e-12, "{pairs:?}"),
                (ours, theirs) => assert_eq!(ours, theirs, "{pairs:?}"),
            }
        }
    }
}
