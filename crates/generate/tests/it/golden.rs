//! Quotes and cues against numbers from a second source (see `testdata/golden/ORIGIN.md`).

use examen_core::{Question, exam::Letter};
use examen_generate::{
    checks::Cues,
    text::{quote, similarity},
};
use serde_json::Value;

const TOLERANCE: f64 = 1e-9;

fn golden(file: &str) -> Value {
    let path = format!(
        "{}/../../testdata/golden/{file}",
        env!("CARGO_MANIFEST_DIR")
    );
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
fn quotes_are_as_near_as_the_golden_file_says() {
    let golden = golden("quality_grounding_dedup.json");
    let document = golden["document"].as_str().unwrap();
    let cases = golden["grounding"].as_array().unwrap();
    assert_eq!(cases.len(), 6);
    for case in cases {
        let quote = case["quote"].as_str().unwrap();
        let ours = similarity::of(document, quote);
        assert_close(
            ours.longest_common_substring_ratio,
            &case["longest_common_substring_ratio"],
            quote,
        );
        assert_close(ours.ngram5_containment, &case["ngram5_containment"], quote);
        // Ours also takes typographic quotation marks for plain ones, so that it finds all that is near.
        let is_near = ours
            .longest_common_substring_ratio
            .max(ours.ngram5_containment)
            >= 0.8;
        assert_eq!(quote::find(document, quote).is_some(), is_near, "{quote}");
        assert!(is_near || case["exact_normalised"] == false, "{quote}");
    }
}

#[test]
fn cues_are_as_strong_as_the_golden_file_says() {
    let golden = golden("mcq_partial_input.json");
    let (items, expected) = (
        golden["length_cue"]["items"].as_array().unwrap(),
        &golden["length_cue"]["expected"],
    );
    let mut cues = Cues::default();
    for item in items {
        let mut options: Vec<String> = serde_json::from_value(item["choices"].clone()).unwrap();
        let place = usize::try_from(item["gold"].as_u64().unwrap()).unwrap();
        let answer = options.remove(place);
        cues.observe(&Question {
            answer,
            distractors: options,
            ..Question::default()
        });
        cues.observe_place(Letter::ALL[place]);
    }
    let report = cues.report();
    let [longest, shortest] = [0, 1].map(|place| &report.cues[place]);
    assert_eq!((report.n, longest.n), (60, 60));
    assert_close(longest.hits, &expected["longest_answer_hits"], "hits");
    assert_close(
        longest.accuracy.unwrap(),
        &expected["longest_answer_accuracy"],
        "accuracy",
    );
    assert_close(longest.p.unwrap(), &expected["p_one_sided_floor"], "p");
    assert!(longest.alarm && !shortest.alarm);
    assert_close(shortest.hits, &expected["shortest_hits"], "shortest");
    assert_close(
        report.mean_length_ratio.unwrap(),
        &expected["mean_key_to_distractor_length_ratio"],
        "ratio",
    );
    assert_eq!(
        serde_json::to_value(report.length_ranks).unwrap(),
        expected["key_length_rank_counts"]
    );
    let places = report.key_places.unwrap();
    assert_eq!(
        serde_json::to_value(places.counts).unwrap(),
        expected["gold_letter_counts"]
    );
    assert_close(places.p, &expected["gold_letter_chi2_p"], "p of the places");
    assert!(!places.alarm);
}
