//! The crate against second implementations, and what must hold for any input.

#![expect(
    clippy::unwrap_used,
    reason = "a test whose preparation fails has failed"
)]

use examen_statistics::{
    Cluster, ClusteredMean, Confidence, Draws, Interval, binomial_p_at_least, bootstrap,
    chi_square_uniform, clustered_mean, guess_corrected, standard_error_of_proportion, wilson,
};
use proptest::prelude::*;
use serde_json::Value;
use std::collections::BTreeMap;

/// The golden files carry 12 significant digits.
const TOLERANCE: f64 = 1e-11;

fn golden(file: &str) -> Value {
    let path = format!("{}/../../testdata/{file}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn assert_close(ours: f64, theirs: &Value, what: &str) {
    let theirs = theirs.as_f64().unwrap();
    assert!(
        (ours - theirs).abs() <= TOLERANCE,
        "{what}: {ours} is not {theirs}"
    );
}

#[test]
fn wilson_agrees_with_statsmodels() {
    let golden = golden("golden/wilson.json");
    let cases = golden["cases"].as_array().unwrap();
    assert!(cases.len() >= 8);
    for case in cases {
        let (k, n) = (case["k"].as_u64().unwrap(), case["n"].as_u64().unwrap());
        let interval = wilson(k, n, Confidence::P95).unwrap();
        assert_close(
            interval.low,
            &case["wilson95"][0],
            &format!("low of {k}/{n}"),
        );
        assert_close(
            interval.high,
            &case["wilson95"][1],
            &format!("high of {k}/{n}"),
        );
        let error = standard_error_of_proportion(k, n).unwrap();
        assert_close(error, &case["se_ddof1"], &format!("error of {k}/{n}"));
    }
}

#[test]
fn wilson_agrees_with_scipy_on_a_real_run() {
    let runs = golden("lighteval/stats_reference.json");
    let runs: Vec<_> = runs
        .as_object()
        .unwrap()
        .values()
        .filter(|run| run.get("wilson95").is_some())
        .collect();
    assert!(runs.len() >= 8);
    for run in runs {
        let (k, n) = (run["k"].as_u64().unwrap(), run["n"].as_u64().unwrap());
        let interval = wilson(k, n, Confidence::P95).unwrap();
        assert_close(interval.low, &run["wilson95"][0], "low");
        assert_close(interval.high, &run["wilson95"][1], "high");
        assert_close(
            standard_error_of_proportion(k, n).unwrap(),
            &run["stderr"],
            "error",
        );
    }
}

#[test]
fn baselines_agree_with_scipy() {
    let golden = golden("golden/mcq_partial_input.json");
    let cases = golden["baselines"].as_array().unwrap();
    assert!(cases.len() >= 5);
    for case in cases {
        let [k, n, options] = ["correct", "n", "options"].map(|name| case[name].as_u64().unwrap());
        let chance = 1.0 / options as f64;
        assert_close(
            binomial_p_at_least(k, n, chance).unwrap(),
            &case["p_one_sided"],
            "p",
        );
        let interval = wilson(k, n, Confidence::P95).unwrap();
        assert_close(interval.low, &case["wilson95"][0], "low");
        assert_close(interval.high, &case["wilson95"][1], "high");
        assert_close(
            guess_corrected(k as f64 / n as f64, chance).unwrap(),
            &case["guess_corrected"],
            "corrected",
        );
    }
    let expected = &golden["length_cue"]["expected"];
    let counts: Vec<u64> = expected["gold_letter_counts"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(Value::as_u64)
        .collect();
    assert_close(
        chi_square_uniform(&counts).unwrap().1,
        &expected["gold_letter_chi2_p"],
        "p of the letters",
    );
}

/// The mean of what `value` says of the items of `stats_clustered.json`, by document.
fn clustered_items(value: impl Fn(&Value) -> f64) -> ClusteredMean {
    let mut clusters = BTreeMap::<String, Cluster>::new();
    for item in golden("golden/stats_clustered.json")["items"]
        .as_array()
        .unwrap()
    {
        clusters
            .entry(item["doc"].as_str().unwrap().to_owned())
            .or_default()
            .observe(value(item));
    }
    clustered_mean(&clusters.into_values().collect::<Vec<_>>()).unwrap()
}

fn assert_interval(ours: Option<Interval>, theirs: &Value, what: &str) {
    let ours = ours.unwrap();
    assert_close(ours.low, &theirs[0], &format!("low of {what}"));
    assert_close(ours.high, &theirs[1], &format!("high of {what}"));
}

#[test]
fn clustered_means_agree_with_statsmodels() {
    for model in ["A", "B"] {
        let expected = &golden("golden/stats_clustered.json")["expected"][model];
        let mean = clustered_items(|item| item[model].as_f64().unwrap());
        assert_eq!((mean.n, mean.n_clusters), (60, 12));
        assert_close(mean.mean, &expected["mean"], "mean");
        assert_close(
            mean.naive_error.unwrap(),
            &expected["se_naive_ddof1"],
            "naive error",
        );
        assert_close(
            mean.standard_error.unwrap(),
            &expected["se_clustered_cr1"],
            "clustered error",
        );
        assert_interval(
            mean.t_interval(Confidence::P95),
            &expected["ci95_t_df_G_minus_1"],
            "t",
        );
        assert_interval(
            mean.score_interval(Confidence::P95),
            &expected["ci95_wilson_recommended"],
            "Wilson",
        );
    }
}

#[test]
fn clustered_differences_agree_with_statsmodels() {
    let expected = &golden("golden/stats_paired.json")["clustered_case"]["expected"];
    let gap = clustered_items(|item| item["A"].as_f64().unwrap() - item["B"].as_f64().unwrap());
    assert_close(gap.mean, &expected["diff"], "difference");
    assert_close(
        gap.naive_error.unwrap(),
        &expected["se_paired"],
        "paired error",
    );
    assert_close(
        gap.standard_error.unwrap(),
        &expected["se_paired_clustered_cr1"],
        "clustered error",
    );
    assert_interval(
        gap.t_interval(Confidence::P95),
        &expected["ci95_clustered_t"],
        "t",
    );
}

#[test]
fn one_cluster_has_no_interval_and_no_spread_has_none_by_t() {
    let alike = Cluster {
        n: 3,
        sum: 3.0,
        sum_of_squares: 3.0,
    };
    let one = clustered_mean(&[alike]).unwrap();
    assert_eq!((one.mean, one.standard_error), (1.0, None));
    assert_eq!(
        (
            one.t_interval(Confidence::P95),
            one.score_interval(Confidence::P95)
        ),
        (None, None)
    );
    let two = clustered_mean(&[alike, alike]).unwrap();
    assert_eq!(
        (two.standard_error, two.t_interval(Confidence::P95)),
        (Some(0.0), None)
    );
    let interval = two.score_interval(Confidence::P95).unwrap();
    assert!(interval.low < 0.9 && interval.high == 1.0, "{interval:?}");
    let mut cluster = Cluster::default();
    (0..7).for_each(|_| cluster.observe(1.0 / 3.0));
    let of_thirds = clustered_mean(&[cluster; 5]).unwrap();
    assert_eq!(
        (of_thirds.naive_error, of_thirds.standard_error),
        (Some(0.0), Some(0.0))
    );
    let outside = Cluster {
        n: 1,
        sum: 2.0,
        sum_of_squares: 4.0,
    };
    assert_eq!(
        clustered_mean(&[outside, outside])
            .unwrap()
            .score_interval(Confidence::P95),
        None
    );
}

#[test]
fn what_cannot_be_said_is_none() {
    assert_eq!(binomial_p_at_least(3, 2, 0.5), None);
    assert_eq!(binomial_p_at_least(1, 2, f64::NAN), None);
    assert_eq!(guess_corrected(f64::NAN, 0.5), None);
    assert_eq!(chi_square_uniform(&[3]), None);
    assert_eq!(wilson(0, 0, Confidence::P95), None);
    assert_eq!(wilson(3, 2, Confidence::P95), None);
    assert_eq!(standard_error_of_proportion(0, 0), None);
    assert_eq!(standard_error_of_proportion(3, 2), None);
    for level in [0.0, 1.0, -1.0, f64::NAN] {
        assert_eq!(Confidence::new(level), None);
    }
}

proptest! {
    #[test]
    fn an_interval_holds_its_estimate(n in 1_u64..1_000_000, share in 0.0..=1.0, level in 0.01..0.9999) {
        let k = (share * n as f64) as u64;
        let interval = wilson(k, n, Confidence::new(level).unwrap()).unwrap();
        prop_assert!(0.0 <= interval.low && interval.low < interval.high && interval.high <= 1.0);
        prop_assert!(interval.contains(k as f64 / n as f64));
    }

    #[test]
    fn right_and_wrong_are_mirror_images(n in 1_u64..10_000, share in 0.0..=1.0) {
        let k = (share * n as f64) as u64;
        let right = wilson(k, n, Confidence::P95).unwrap();
        let wrong = wilson(n - k, n, Confidence::P95).unwrap();
        prop_assert!((right.low - (1.0 - wrong.high)).abs() < 1e-12);
        prop_assert!((right.high - (1.0 - wrong.low)).abs() < 1e-12);
    }

    #[test]
    fn clusters_of_one_are_independent_observations(values in prop::collection::vec(0.0..=1.0, 2..60)) {
        let cluster = |&value: &f64| Cluster { n: 1, sum: value, sum_of_squares: value * value };
        let mean = clustered_mean(&values.iter().map(cluster).collect::<Vec<_>>()).unwrap();
        prop_assert!((mean.standard_error.unwrap() - mean.naive_error.unwrap()).abs() < 1e-7);
        let interval = mean.score_interval(Confidence::P95).unwrap();
        prop_assert!(interval.contains(mean.mean) && interval.low >= 0.0 && interval.high <= 1.0);
    }

    #[test]
    fn the_standard_error_is_that_of_a_list_of_zeros_and_ones(n in 2_usize..300, share in 0.0..=1.0) {
        let k = (share * n as f64) as usize;
        let list: Vec<f64> = (0..n).map(|index| f64::from(index < k)).collect();
        let p = list.iter().sum::<f64>() / n as f64;
        let squares: f64 = list.iter().map(|value| (value - p).powi(2)).sum();
        let by_list = (squares / (n - 1) as f64 / n as f64).sqrt();
        let by_count = standard_error_of_proportion(k as u64, n as u64).unwrap();
        prop_assert!((by_list - by_count).abs() < 1e-12);
    }
}

#[test]
fn the_bootstrap_of_a_mean_has_the_error_of_its_formula() {
    let values: Vec<f64> = (0..200)
        .map(|index| f64::from(index * index % 37))
        .collect();
    let mean = |drawn: &[usize]| {
        let sum: f64 = drawn.iter().map(|&index| values[index]).sum();
        Some(sum / drawn.len() as f64)
    };
    let draws = Draws { n: 4000, seed: 7 };
    for size in [1, 10] {
        let clusters: Vec<Vec<usize>> = (0..200)
            .collect::<Vec<_>>()
            .chunks(size)
            .map(<[usize]>::to_vec)
            .collect();
        let counted: Vec<_> = clusters
            .iter()
            .map(|indices| {
                let mut cluster = Cluster::default();
                indices
                    .iter()
                    .for_each(|&index| cluster.observe(values[index]));
                cluster
            })
            .collect();
        let formula = clustered_mean(&counted).unwrap().standard_error.unwrap();
        let found = bootstrap(&clusters, draws, Confidence::P95, mean).unwrap();
        assert!(
            (found.standard_error / formula - 1.0).abs() < 0.08,
            "{found:?} {formula}"
        );
        assert!(
            found
                .interval
                .contains(mean(&(0..200).collect::<Vec<_>>()).unwrap())
        );
        assert_eq!(
            bootstrap(&clusters, draws, Confidence::P95, mean),
            Some(found)
        );
    }
}

#[test]
fn a_bootstrap_says_what_it_could_not_compute() {
    let alone = |n: usize| (0..n).map(|index| vec![index]).collect::<Vec<_>>();
    let never = |_: &[usize]| None;
    assert_eq!(
        bootstrap(&alone(9), Draws::default(), Confidence::P95, never),
        None
    );
    let one = |_: &[usize]| Some(1.0);
    assert_eq!(
        bootstrap(&alone(1), Draws::default(), Confidence::P95, one),
        None
    );
    let sometimes = |drawn: &[usize]| drawn.contains(&0).then_some(1.0);
    let found = bootstrap(&alone(3), Draws::default(), Confidence::P95, sometimes).unwrap();
    assert!((200..400).contains(&found.n_undefined), "{found:?}");
}
