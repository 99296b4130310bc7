//! The whole way on a fixed exam with what LightEval and lm-evaluation-harness computed on it.

use crate::{run, scorers::Replay, settings, testdata};
use examen_core::Silent;
use examen_evaluate::{Exam, MetricSummary, Reading, RunSummary};
use examen_llm::{ContinuationScore, ScoreReply, ScoreRequest};
use serde_json::Value;
use std::fs;

fn lines(file: &str) -> Vec<Value> {
    let text = fs::read_to_string(testdata(file)).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn numbers(values: &Value) -> Vec<f64> {
    values
        .as_array()
        .unwrap()
        .iter()
        .map(|value| value.as_f64().unwrap())
        .collect()
}

fn tokens(values: &Value) -> Vec<u32> {
    values
        .as_array()
        .unwrap()
        .iter()
        .map(|value| value.as_u64().unwrap() as u32)
        .collect()
}

/// LightEval's sums behind lm-evaluation-harness's exact prompts: a prompt rendered in any other way finds no reply.
fn peers() -> Replay {
    let (light, harness) = (
        lines("lighteval/lighteval_0shot_raw_fp32.jsonl"),
        lines("lighteval/lmeval_0shot_raw_fp32.jsonl"),
    );
    assert_eq!((light.len(), harness.len()), (221, 221));
    let pair = |(light, harness): (&Value, &Value)| {
        let continuations = harness["conts"].as_array().unwrap()[..4].iter();
        let request = ScoreRequest {
            context: harness["context"].as_str().unwrap().to_owned(),
            continuations: continuations
                .map(|text| text.as_str().unwrap().to_owned())
                .collect(),
        };
        (request.context.clone(), (request, reply(light)))
    };
    Replay(light.iter().zip(&harness).map(pair).collect())
}

/// The sum on the first token and nothing on the others: only sums are recorded. Some rows lack trailing tokens.
fn reply(light: &Value) -> ScoreReply {
    let score = |(index, sum): (usize, f64)| {
        let tokens = light["cont_tokens"]
            .get(index)
            .map_or_else(|| vec![0], tokens);
        let mut token_log_probs = vec![0.0; tokens.len()];
        token_log_probs[0] = sum;
        ContinuationScore {
            tokens,
            token_log_probs,
            is_greedy: light["is_greedy"][index].as_bool().unwrap(),
        }
    };
    let continuations = numbers(&light["logprobs"])
        .into_iter()
        .enumerate()
        .map(score)
        .collect();
    ScoreReply {
        context_tokens: tokens(&light["ctx_tokens"]),
        n_truncated: 0,
        continuations,
    }
}

fn metric<'a>(summary: &'a RunSummary, name: &str) -> &'a MetricSummary {
    summary
        .metrics
        .iter()
        .find(|metric| metric.name == name)
        .unwrap()
}

fn graded(exam: &str) -> RunSummary {
    let folder = tempfile::tempdir().unwrap();
    let exam = Exam::read(&testdata(exam), &Reading::default()).unwrap();
    run(&settings(folder.path()), &exam, &peers(), &Silent).unwrap()
}

#[test]
fn accuracies_equal_those_of_lighteval_and_of_lm_evaluation_harness() {
    let summary = graded("lighteval/exam.parquet");
    assert_eq!((summary.n_questions, summary.n_scored), (221, 221));
    let accuracies: Vec<_> = summary.metrics[..3]
        .iter()
        .map(|metric| {
            (
                metric.name.as_str(),
                format!("{:.4}", metric.accuracy.unwrap()),
                metric.n_correct.unwrap(),
            )
        })
        .collect();
    let expected = [
        ("acc", ".2670", 59),
        ("acc_norm", ".2760", 61),
        ("acc_norm_no_space", ".2805", 62),
    ]
    .map(|(name, accuracy, n)| (name, format!("0{accuracy}"), n));
    assert_eq!(accuracies, expected);
    assert_eq!(summary.chance, Some(0.25));
}

#[test]
fn intervals_equal_those_of_scipy() {
    let summary = graded("lighteval/exam.jsonl");
    let text = fs::read_to_string(testdata("lighteval/stats_reference.json")).unwrap();
    let reference: Value = serde_json::from_str(&text).unwrap();
    for (ours, theirs) in [
        ("acc", "raw_acc"),
        ("acc_norm", "raw_acc_norm_char_lighteval"),
        ("acc_norm_no_space", "raw_acc_norm_lmeval(no leading space)"),
    ] {
        let (ours, theirs) = (metric(&summary, ours), &reference[theirs]);
        let interval = ours.interval.unwrap();
        let pairs = [
            (interval.low, &theirs["wilson95"][0]),
            (interval.high, &theirs["wilson95"][1]),
            (ours.stderr.unwrap(), &theirs["stderr"]),
        ];
        for (ours, theirs) in pairs {
            assert!(
                (ours - theirs.as_f64().unwrap()).abs() < 1e-9,
                "{ours} {theirs}"
            );
        }
    }
}

#[test]
fn each_question_is_judged_as_lighteval_judges_it() {
    let folder = tempfile::tempdir().unwrap();
    let exam = Exam::read(&testdata("lighteval/exam.parquet"), &Reading::default()).unwrap();
    let summary = run(&settings(folder.path()), &exam, &peers(), &Silent).unwrap();
    let details: Vec<crate::run_folder::Row> =
        examen_files::table::read_parquet(&summary.files[1]).unwrap();
    let light = lines("lighteval/lighteval_0shot_raw_fp32.jsonl");
    for (ours, theirs) in details.iter().zip(&light) {
        assert_eq!(
            ours.doc.specific.question_id,
            theirs["id"].as_str().unwrap()
        );
        assert_eq!(ours.metric.acc, theirs["metric"]["acc"].as_f64());
        assert_eq!(ours.metric.acc_norm, theirs["metric"]["acc_norm"].as_f64());
        assert_eq!(ours.model_response.logprobs, numbers(&theirs["logprobs"]));
    }
}
