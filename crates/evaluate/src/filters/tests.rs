use super::*;
use crate::{
    metrics::{Metric, Sample},
    tasks::yaml::{HarnessExactMatch, ignored},
};
use serde_json::json;
use std::sync::Arc;

/// Made by lm_eval 0.4.13: see testdata/golden/harness_replies.py.
fn golden() -> Json {
    let text = include_str!("../../../../testdata/golden/harness_replies.json");
    serde_json::from_str(text).unwrap()
}

fn texts(value: &Json) -> Vec<String> {
    serde_json::from_value(value.clone()).unwrap()
}

#[test]
fn replies_are_filtered_as_lm_evaluation_harness_does() {
    let golden = golden();
    for case in golden["filters"].as_array().unwrap() {
        let list = [json!({"name": "f", "filter": case["filter"]})];
        let pipeline = &Pipeline::read(&list).unwrap()[0];
        let questions = golden["replies"].as_array().unwrap().iter().enumerate();
        for (n, replies) in questions {
            let doc = Doc {
                row: Some(Arc::new(golden["rows"][n].clone())),
                ..Doc::default()
            };
            let made = pipeline.apply(&texts(replies), &doc).unwrap();
            assert_eq!(
                Json::Array(made),
                case["expected"][n],
                "{} {n}",
                case["filter"]
            );
        }
    }
}

#[test]
fn exact_match_is_that_of_lm_evaluation_harness() {
    for case in golden()["matches"].as_array().unwrap() {
        let metric = HarnessExactMatch {
            ignored: ignored(&case["options"]).unwrap(),
            is_single: true,
        };
        let doc = Doc {
            references: vec![case["reference"].as_str().unwrap().to_owned()],
            ..Doc::default()
        };
        let replies = [case["reply"].as_str().unwrap().to_owned()];
        let score = metric.score(&Sample::of_replies(&doc, &replies)).unwrap();
        assert_eq!(
            score.numbers()[0],
            case["expected"].as_f64().unwrap(),
            "{case}"
        );
    }
}

#[test]
fn what_is_not_known_is_refused_by_name() {
    let refused = |filter: Json| {
        let list = [json!({"name": "mine", "filter": filter})];
        Pipeline::read(&list).unwrap_err().to_string()
    };
    let unknown = refused(json!([{"function": "utils.MyFilter"}]));
    assert!(
        unknown.contains("`utils.MyFilter` is not known here"),
        "{unknown}"
    );
    let key = refused(json!([{"function": "regex", "regex": "x"}]));
    assert!(key.contains("`regex` has a key `regex`"), "{key}");
    let pattern = refused(json!([{"function": "regex", "regex_pattern": "(x"}]));
    assert!(pattern.contains("`(x`"), "{pattern}");
    assert!(refused(json!([{"function": "take_first_k"}])).contains("`k`"));
    assert!(refused(json!("take_first")).contains("`mine` has no list `filter`"));
}

#[test]
fn a_pattern_that_does_not_end_leaves_a_question_without_a_score() {
    let list =
        [json!({"name": "f", "filter": [{"function": "regex", "regex_pattern": r"^(?=(a+)+$)b"}]})];
    let pipeline = &Pipeline::read(&list).unwrap()[0];
    let reply = format!("{}!", "a".repeat(100));
    let made = pipeline.texts(&[reply], &Doc::default());
    assert_eq!(made, Err(Missing::TooLong));
}
