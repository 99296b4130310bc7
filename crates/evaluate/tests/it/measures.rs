//! Measures against second implementations: `testdata/golden/measures.json`, written by `measures.py` beside it.

use crate::testdata;
use examen_evaluate::measures::{
    Bins, Classified, Confident, Form, Part, Rouge, bleu, bleu_counts, brier, calibration_error,
    chrf, chrf_counts, drop, edit_distance, edit_similarity, exact_match, f1_macro, f1_micro,
    f1_of_class, g_pass_at_k, gold_mass, matthews, mean_g_pass_at_k, n_words, pass_at_k,
    probabilities, rank_of_gold, rouge, ter, ter_counts, token_f1,
};
use serde_json::Value;
use std::{fs, sync::LazyLock};

/// Python and Rust add up in other orders.
const TOLERANCE: f64 = 1e-9;

static GOLDEN: LazyLock<Value> = LazyLock::new(|| {
    let text = fs::read_to_string(testdata("golden/measures.json")).unwrap();
    serde_json::from_str(&text).unwrap()
});

#[track_caller]
fn assert_close(ours: f64, theirs: &Value, what: &str) {
    let theirs = theirs.as_f64().unwrap();
    assert!(
        (ours - theirs).abs() <= TOLERANCE,
        "{what}: {ours} is not {theirs}"
    );
}

fn array(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

fn texts(value: &Value) -> Vec<&str> {
    array(value)
        .iter()
        .map(|text| text.as_str().unwrap())
        .collect()
}

fn numbers(value: &Value) -> Vec<f64> {
    array(value)
        .iter()
        .map(|number| number.as_f64().unwrap())
        .collect()
}

/// Each reply with its references and its row.
fn pairs() -> impl Iterator<Item = (&'static str, Vec<&'static str>, &'static Value)> {
    let pairs = array(&GOLDEN["pairs"]);
    assert_eq!(pairs.len(), 30);
    pairs.iter().map(|pair| {
        (
            pair["reply"].as_str().unwrap(),
            texts(&pair["references"]),
            pair,
        )
    })
}

#[test]
fn exact_match_equals_lighteval_s() {
    for (reply, references, row) in pairs() {
        for (part, name) in [
            (Part::Whole, "full"),
            (Part::Prefix, "prefix"),
            (Part::Suffix, "suffix"),
        ] {
            for (form, index) in [(Form::Plain, 0), (Form::Quasi, 1)] {
                let ours = exact_match(reply, &references, part, form);
                let theirs = row["exact"][name][index].as_i64().unwrap() == 1;
                assert_eq!(
                    ours, theirs,
                    "{name} {form:?} of {reply:?} and {references:?}"
                );
            }
        }
    }
}

#[test]
fn token_f1_equals_squad_s() {
    for (reply, references, row) in pairs() {
        assert_close(
            token_f1(reply, &references).unwrap(),
            &row["token_f1"],
            reply,
        );
    }
    assert_eq!(token_f1("heart", &[]), None);
}

#[test]
fn drop_equals_lm_evaluation_harness_s() {
    for row in array(&GOLDEN["drop"]) {
        let references: Vec<_> = array(&row["references"]).iter().map(texts).collect();
        let score = drop(&texts(&row["reply"]), &references).unwrap();
        assert_close(score.exact_match, &row["scores"][0], &row.to_string());
        assert_close(score.f1, &row["scores"][1], &row.to_string());
    }
    assert_eq!(drop(&["heart"], &[vec![""]]), None);
}

#[test]
fn bleu_equals_sacrebleu_s() {
    let mut sums = [0.0; 10];
    for (reply, references, row) in pairs() {
        let counts = bleu_counts(reply, &references).unwrap();
        for order in 1..=4 {
            assert_close(
                bleu(&counts, order),
                &row["bleu"][order - 1],
                &format!("BLEU-{order} of {reply}"),
            );
        }
        let first = bleu_counts(reply, &references[..1]).unwrap();
        sums.iter_mut()
            .zip(first)
            .for_each(|(sum, count)| *sum += count);
    }
    for order in 1..=4 {
        assert_close(
            bleu(&sums, order),
            &GOLDEN["corpus"]["bleu"][order - 1],
            "corpus",
        );
    }
}

#[test]
fn chrf_equals_sacrebleu_s() {
    for (name, n_words) in [("chrf", 0), ("chrf++", 2)] {
        let mut sums = vec![0.0; 18 + 3 * n_words];
        for (reply, references, row) in pairs() {
            let counts = chrf_counts(reply, &references, n_words).unwrap();
            assert_close(chrf(&counts), &row[name], &format!("{name} of {reply}"));
            let first = chrf_counts(reply, &references[..1], n_words).unwrap();
            sums.iter_mut()
                .zip(first)
                .for_each(|(sum, count)| *sum += count);
        }
        assert_close(chrf(&sums), &GOLDEN["corpus"][name], "corpus");
    }
}

#[test]
fn ter_equals_sacrebleu_s() {
    let mut sums = [0.0; 2];
    for (reply, references, row) in pairs() {
        assert_close(
            ter(&ter_counts(reply, &references).unwrap()),
            &row["ter"],
            reply,
        );
        let first = ter_counts(reply, &references[..1]).unwrap();
        sums.iter_mut()
            .zip(first)
            .for_each(|(sum, count)| *sum += count);
    }
    assert_close(ter(&sums), &GOLDEN["corpus"]["ter"], "corpus");
}

#[test]
fn corpus_scores_are_right_where_lighteval_s_are_not() {
    let golden = &GOLDEN["differences"];
    let pairs: Vec<_> = texts(&golden["replies"])
        .into_iter()
        .zip(texts(&golden["references"]))
        .collect();
    let sums = |counts: &dyn Fn(&str, &[&str]) -> Vec<f64>| {
        let counts: Vec<_> = pairs
            .iter()
            .map(|(reply, reference)| counts(reply, &[*reference]))
            .collect();
        counts[0]
            .iter()
            .zip(&counts[1])
            .map(|(left, right)| left + right)
            .collect::<Vec<_>>()
    };
    let edits = sums(&|reply, references| ter_counts(reply, references).unwrap().to_vec());
    for (name, ours) in [
        (
            "chrf",
            chrf(&sums(&|reply, references| {
                chrf_counts(reply, references, 0).unwrap()
            })),
        ),
        (
            "chrf++",
            chrf(&sums(&|reply, references| {
                chrf_counts(reply, references, 2).unwrap()
            })),
        ),
        ("ter", ter(&[edits[0], edits[1]])),
    ] {
        let values = &golden["values"][name];
        assert_close(ours, &values["right"], name);
        assert!(
            (ours - values["lighteval"].as_f64().unwrap()).abs() > 10.0,
            "{name}: {ours}"
        );
    }
}

#[test]
fn rouge_equals_google_s() {
    let kinds = [Rouge::One, Rouge::Two, Rouge::L, Rouge::LSum];
    for (reply, references, row) in pairs() {
        for (index, kind) in kinds.into_iter().enumerate() {
            let ours = rouge(kind, reply, &references).unwrap();
            assert_close(ours, &row["rouge"][index], &format!("{kind:?} of {reply}"));
        }
    }
}

#[test]
fn edit_distance_equals_nltk_s_and_units_are_counted_as_python_does() {
    for (reply, references, row) in pairs() {
        let distance = edit_distance(reply, references[0]).unwrap();
        assert_close(distance as f64, &row["edit_distance"], reply);
        assert_close(
            edit_similarity(reply, references[0]).unwrap(),
            &row["edit_similarity"],
            reply,
        );
        assert_close(n_words(reply) as f64, &row["n_words"], reply);
        assert_close(reply.len() as f64, &row["n_bytes"], reply);
    }
}

#[test]
fn texts_that_would_take_minutes_are_refused() {
    let long = "word ".repeat(40_000);
    assert_eq!(edit_distance(&long, &long), None);
    assert_eq!(rouge(Rouge::L, &long, &[&long]), None);
    assert_eq!(rouge(Rouge::LSum, &long, &[&long]), None);
    assert_eq!(ter_counts(&long, &["word"]), None);
    let lines = vec!["word"; 100];
    assert_eq!(drop(&lines, std::slice::from_ref(&lines)), None);
    // What is linear is not refused.
    assert_eq!(token_f1(&long, &[&long]), Some(1.0));
    assert!(bleu_counts(&long, &[&long]).is_some());
}

#[test]
fn pass_at_k_equals_lighteval_s() {
    let cases = array(&GOLDEN["repeats"]);
    assert!(cases.len() > 50);
    for case in cases {
        let [n, n_right, k] =
            ["n", "n_right", "k"].map(|name| case[name].as_u64().unwrap() as usize);
        assert_close(
            pass_at_k(n, n_right, k).unwrap(),
            &case["pass"],
            &case.to_string(),
        );
        let shares = [0.0, 0.25, 0.5, 0.75, 1.0];
        for (index, share) in shares.into_iter().enumerate() {
            let ours = g_pass_at_k(n, n_right, k, share).unwrap();
            assert_close(ours, &case["g_pass"][index], &case.to_string());
        }
        assert_close(
            mean_g_pass_at_k(n, n_right, k).unwrap(),
            &case["g_pass"][5],
            &case.to_string(),
        );
    }
    assert_eq!(
        (pass_at_k(3, 1, 0), pass_at_k(3, 4, 1), pass_at_k(3, 1, 4)),
        (None, None, None)
    );
}

#[test]
fn probabilities_and_ranks_equal_numpy_s_and_lighteval_s() {
    for row in array(&GOLDEN["choices"]["rows"]) {
        let log_probs = numbers(&row["log_probs"]);
        let golds: Vec<_> = numbers(&row["golds"])
            .iter()
            .map(|gold| *gold as usize)
            .collect();
        let ours = probabilities(&log_probs);
        ours.iter()
            .zip(array(&row["probabilities"]))
            .for_each(|(ours, theirs)| assert_close(*ours, theirs, "softmax"));
        assert_close(gold_mass(&ours, &golds), &row["mc2"], "mc2");
        assert_close(brier(&ours, &golds), &row["brier"], "brier");
        let rank = rank_of_gold(&log_probs, &golds).unwrap();
        assert_close(1.0 / rank as f64, &row["mrr"], "mrr");
        for k in 1..=3 {
            assert_close(
                f64::from(u8::from(rank <= k)),
                &row["recall"][k - 1],
                "recall",
            );
        }
    }
}

/// The keys and probabilities of one golden question.
fn question(row: &Value) -> (Vec<usize>, Vec<f64>) {
    let golds = numbers(&row["golds"])
        .iter()
        .map(|gold| *gold as usize)
        .collect();
    (golds, numbers(&row["probabilities"]))
}

fn chosen(probabilities: &[f64]) -> usize {
    (0..probabilities.len())
        .max_by(|&left, &right| probabilities[left].total_cmp(&probabilities[right]))
        .unwrap()
}

#[test]
fn classification_equals_scikit_learn_s() {
    let golden = &GOLDEN["choices"];
    let rows = array(&golden["rows"]).iter().map(question);
    let classified: Vec<_> = rows
        .map(|(golds, p)| Classified {
            gold: golds[0],
            chosen: chosen(&p),
        })
        .collect();
    for (name, ours) in [
        ("f1_macro", f1_macro(&classified)),
        ("f1_micro", f1_micro(&classified)),
        ("f1_second", f1_of_class(&classified, 1)),
        ("matthews", matthews(&classified)),
    ] {
        assert_close(ours.unwrap(), &golden[name], name);
    }
    assert_eq!(
        (f1_macro(&[]), f1_micro(&[]), matthews(&[])),
        (None, None, None)
    );
}

#[test]
fn losses_equal_scikit_learn_s_and_lm_evaluation_harness_s() {
    let golden = &GOLDEN["choices"];
    let rows = array(&golden["rows"]).iter().map(question);
    let one_gold: Vec<_> = rows.filter(|(golds, _)| golds.len() == 1).collect();
    let mean = |of: fn(&(Vec<usize>, Vec<f64>)) -> f64| {
        one_gold.iter().map(of).sum::<f64>() / one_gold.len() as f64
    };
    let log_loss = mean(|(golds, p)| -gold_mass(p, golds).ln());
    assert_close(log_loss, &golden["log_loss_one_gold"], "log_loss");
    let brier = mean(|(golds, p)| brier(p, golds));
    assert_close(brier, &golden["brier_one_gold"], "brier");
}

#[test]
fn calibration_error_equals_numpy_s() {
    let golden = &GOLDEN["choices"];
    let rows = array(&golden["rows"]).iter().map(question);
    let confident = |(golds, p): (Vec<usize>, Vec<f64>)| Confident {
        confidence: p[chosen(&p)],
        is_right: f64::from(u8::from(golds.contains(&chosen(&p)))),
    };
    let confident: Vec<_> = rows.map(confident).collect();
    for n_bins in [1, 5, 10, 15] {
        let theirs = &golden["calibration"][n_bins.to_string()];
        for (bins, index) in [(Bins::EqualWidth, 0), (Bins::EqualMass, 1)] {
            let ours = calibration_error(&confident, n_bins, bins).unwrap();
            assert_close(ours, &theirs[index], &format!("{bins:?} {n_bins}"));
        }
    }
    assert_eq!(calibration_error(&[], 10, Bins::EqualMass), None);
}
