//! What every metric must hold to, and the examples of the manual pages.

use super::*;
use crate::doc::Doc;
use examen_llm::ContinuationScore;
use std::collections::BTreeSet;

fn score(token_log_probs: &[f64]) -> ContinuationScore {
    ContinuationScore {
        tokens: vec![0; token_log_probs.len()],
        token_log_probs: token_log_probs.to_vec(),
        is_greedy: false,
    }
}

fn doc(choices: &[&str], golds: &[usize]) -> Doc {
    Doc {
        choices: choices.iter().map(ToString::to_string).collect(),
        golds: golds.to_vec(),
        ..Doc::default()
    }
}

fn metric(name: &str) -> &'static dyn Metric {
    find(name).unwrap_or_else(|| panic!("there is no metric {name}"))
}

/// The one number of a question, or the run's number of this question alone.
fn value(name: &str, sample: &Sample<'_>) -> Result<f64, Missing> {
    let (metric, numbers) = (metric(name), metric(name).score(sample)?.numbers());
    Ok(match metric.card().aggregate {
        Aggregate::Corpus => metric
            .corpus(&[&numbers])
            .expect("one question says something"),
        _ => numbers[0],
    })
}

/// The value of choices with these log-probabilities.
fn of_choices(name: &str, log_probs: &[f64], golds: &[usize]) -> f64 {
    let letters = ["A", "B", "C", "D"];
    let doc = doc(&letters[..log_probs.len()], golds);
    let scores: Vec<_> = log_probs
        .iter()
        .map(|log_prob| score(&[*log_prob]))
        .collect();
    value(name, &Sample::of_choices(&doc, &scores)).expect("everything is there")
}

/// The value of replies to a question with this reference.
fn of_replies(name: &str, replies: &[&str], reference: &str) -> Result<f64, Missing> {
    let doc = Doc {
        target: format!(" {reference}"),
        ..Doc::default()
    };
    let replies: Vec<_> = replies.iter().map(ToString::to_string).collect();
    value(name, &Sample::of_replies(&doc, &replies))
}

fn close(ours: f64, expected: f64) -> bool {
    (ours - expected).abs() < 5e-4
}

#[test]
fn names_are_unique_and_fit_for_columns() {
    let names: BTreeSet<_> = ALL
        .iter()
        .flat_map(|metric| metric.card().stored())
        .collect();
    let n: usize = ALL.iter().map(|metric| metric.card().stored().len()).sum();
    assert_eq!(names.len(), n);
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    assert!(
        names.iter().all(|name| name.chars().all(is_plain)),
        "{names:?}"
    );
}

#[test]
fn every_card_is_filled_in_and_true() {
    for metric in ALL {
        let card = metric.card();
        let is_cell = |text: &str| !text.is_empty() && !text.contains('|');
        assert!(is_cell(&card.about) && is_cell(card.quantity), "{card:?}");
        let is_corpus = metric.corpus(&[&vec![1.0; card.stored().len()]]).is_some();
        // Matthews's correlation of one class is undefined.
        assert!(
            is_corpus == (card.aggregate == Aggregate::Corpus) || card.name == "mcc",
            "{card:?}"
        );
    }
}

#[test]
fn every_metric_says_what_it_lacks() {
    let (empty, nothing) = (Doc::default(), Doc::default());
    for metric in ALL {
        let lacks = metric.score(&Sample::of_choices(&empty, &[]));
        assert!(lacks.is_err(), "{metric:?}: {lacks:?}");
        let lacks = metric.score(&Sample::of_replies(&nothing, &["heart".to_owned()]));
        assert!(lacks.is_err(), "{metric:?}: {lacks:?}");
    }
}

#[test]
fn the_likeliest_wins_and_length_may_change_which() {
    let doc = doc(&[" a", " ñandú and more"], &[1]);
    let scores = [score(&[-3.0]), score(&[-2.0, -2.0])];
    let sample = Sample::of_choices(&doc, &scores);
    let choice = |name: &str| metric(name).score(&sample).map(|score| score.choice());
    assert_eq!(choice("acc"), Ok(Some(0)));
    for name in [
        "acc_norm",
        "acc_norm_no_space",
        "acc_norm_byte",
        "acc_norm_token",
    ] {
        assert_eq!(choice(name), Ok(Some(1)), "{name}");
    }
    assert_eq!(choice("acc_pmi"), Err(Missing::Unconditional));
}

#[test]
fn each_normalisation_divides_by_its_own_length() {
    // Sums −12 and −8: the second option wins where its share of the length is under ⅔.
    let winner = |name: &str, second: &str, n_tokens: usize| {
        let doc = doc(&[" ñandú", second], &[0]);
        let scores = [
            score(&[-2.0, -4.0, -6.0]),
            score(&vec![-8.0 / n_tokens as f64; n_tokens]),
        ];
        metric(name)
            .score(&Sample::of_choices(&doc, &scores))
            .map(|score| score.choice())
    };
    // 6 characters with the space, so 4 tie and the first of equals wins.
    assert_eq!(winner("acc_norm", " abc", 2), Ok(Some(0)));
    assert_eq!(winner("acc_norm", " abcd", 2), Ok(Some(1)));
    // 5 without it: 3 are fewer than 5 · ⅔, 4 more.
    assert_eq!(winner("acc_norm_no_space", " abc", 2), Ok(Some(0)));
    assert_eq!(winner("acc_norm_no_space", " abcd", 2), Ok(Some(1)));
    // 7 bytes: 4 are fewer than 7 · ⅔, 5 more.
    assert_eq!(winner("acc_norm_byte", " abcd", 2), Ok(Some(0)));
    assert_eq!(winner("acc_norm_byte", " abcde", 2), Ok(Some(1)));
    assert_eq!(winner("acc_norm_token", " abcd", 2), Ok(Some(0)));
    assert_eq!(winner("acc_norm_token", " abcd", 3), Ok(Some(1)));
}

#[test]
fn mutual_information_takes_off_what_an_answer_has_by_itself() {
    let doc = doc(&["rare", "common"], &[0]);
    let (with, without) = (
        [score(&[-12.0]), score(&[-9.0])],
        [score(&[-20.0]), score(&[-10.0])],
    );
    let sample = Sample {
        unconditional: Some(&without),
        ..Sample::of_choices(&doc, &with)
    };
    assert_eq!(
        metric("acc").score(&sample),
        Ok(Score::Choice {
            index: 1,
            is_right: false
        })
    );
    assert_eq!(
        metric("acc_pmi").score(&sample),
        Ok(Score::Choice {
            index: 0,
            is_right: true
        })
    );
}

#[test]
fn choices_score_as_their_manual_pages_say() {
    let ln = |shares: &[f64]| shares.iter().map(|share| share.ln()).collect::<Vec<_>>();
    let shares = ln(&[0.5, 0.2, 0.3]);
    for (name, golds, expected) in [
        ("acc", vec![2], 0.0),
        ("acc", vec![0, 2], 1.0),
        ("mc1", vec![0, 2], 1.0),
        // The likelier key counts for `acc` alone.
        ("mc1", vec![1, 2], 0.0),
        ("mc2", vec![0, 2], 0.8),
        ("norm_prob", vec![0, 2], 0.5),
        ("mrr", vec![1], 1.0 / 3.0),
        ("recall_at_2", vec![2], 1.0),
        ("recall_at_2", vec![1], 0.0),
        ("recall_at_3", vec![1], 1.0),
        ("brier", vec![0], 0.25 + 0.04 + 0.09),
        ("log_loss", vec![0], 0.693),
        ("target_perplexity", vec![0], 2.0),
        ("calibration_error", vec![0], 0.5),
        ("calibration_error_mass", vec![1], 0.5),
        ("f1_micro", vec![0], 1.0),
        ("f1_macro", vec![1], 0.0),
    ] {
        let ours = of_choices(name, &shares, &golds);
        assert!(close(ours, expected), "{name} {golds:?}: {ours}");
    }
}

#[test]
fn replies_score_as_their_manual_pages_say() {
    for (name, reply, reference, expected) in [
        ("exact_match", "The heart.", "heart", 0.0),
        ("quasi_exact_match", "The heart.", "heart", 1.0),
        ("prefix_exact_match", "heart, I think", "heart", 1.0),
        ("suffix_exact_match", "I think heart", "heart", 1.0),
        (
            "prefix_quasi_exact_match",
            "The Heart, I think",
            "heart",
            1.0,
        ),
        (
            "suffix_quasi_exact_match",
            "I think: the heart!",
            "heart",
            1.0,
        ),
        ("token_f1", "left atrium", "left ventricle", 0.5),
        ("drop_f1", "3 goals", "3", 0.67),
        ("drop_f1", "3 goals", "4 goals", 0.0),
        ("drop_em", "Jones\nSmith", "Smith\nJones", 1.0),
        (
            "bleu_1",
            "the cat sat on the mat",
            "the cat sat on a mat",
            83.3333,
        ),
        (
            "bleu",
            "the cat sat on the mat",
            "the cat sat on a mat",
            53.7285,
        ),
        ("chrf", "the cat sat", "the cat sits", 61.0345),
        (
            "ter",
            "on the mat sat a cat",
            "a cat sat on the mat",
            33.3333,
        ),
        ("rouge1", "the cat sat", "the cat sat down", 0.8571),
        ("rouge2", "the cat sat", "the cat sat down", 0.8),
        ("rouge_l", "sat the cat", "the cat sat", 0.6667),
        ("rouge_lsum", "sat\nthe cat", "the cat\nsat", 1.0),
        ("edit_distance", "nandu", "ñandú", 2.0),
        ("edit_similarity", "nandu", "ñandú", 0.6),
        ("number_match", "So she pays $1,200.", "1200", 1.0),
    ] {
        let ours = of_replies(name, &[reply], reference).unwrap();
        assert!(close(ours, expected), "{name}: {ours}");
    }
    assert_eq!(of_replies("number_match", &["2"], "two"), Err(Missing::Key));
    assert_eq!(
        of_replies("ter", &["word ".repeat(6000).as_str()], "word"),
        Err(Missing::TooLong)
    );
}

#[test]
fn several_replies_are_weighed() {
    let replies = ["heart", "The heart.", "kidney", "lung"];
    for (name, expected) in [
        ("avg_at_n", Ok(0.5)),
        ("maj_at_n", Ok(1.0)),
        ("pass_at_1", Ok(0.5)),
        ("pass_at_3", Ok(1.0)),
        ("pass_at_5", Err(Missing::TooFewReplies)),
        ("g_pass_50_at_2", Ok(5.0 / 6.0)),
        ("g_pass_100_at_2", Ok(1.0 / 6.0)),
        ("mg_pass_at_2", Ok(1.0 / 6.0)),
    ] {
        let ours = of_replies(name, &replies, "heart");
        let is_equal = match (ours, expected) {
            (Ok(ours), Ok(expected)) => close(ours, expected),
            (ours, expected) => ours == expected,
        };
        assert!(is_equal, "{name}: {ours:?}");
    }
    let doc = doc(&[" left", " right"], &[1]);
    let replies = ["A", "The answer is B.", "B", "no idea"].map(str::to_owned);
    let sample = Sample::of_replies(&doc, &replies);
    assert_eq!(value("maj_at_n", &sample), Ok(1.0));
    assert_eq!(value("avg_at_n", &sample), Ok(0.5));
    assert_eq!(value("letter_match", &sample), Ok(0.0));
}

#[test]
fn perplexities_are_per_word_and_per_byte() {
    let doc = Doc {
        target: "two words".to_owned(),
        ..Doc::default()
    };
    let scores = [score(&[-2.0, -4.0])];
    let sample = Sample::of_choices(&doc, &scores);
    for (name, expected) in [
        ("word_perplexity", 20.0855),
        ("byte_perplexity", 1.9477),
        ("bits_per_byte", 0.9618),
    ] {
        let ours = value(name, &sample).expect("the text was scored");
        assert!(close(ours, expected), "{name}: {ours}");
    }
}

#[test]
fn a_corpus_is_no_mean_of_its_questions() {
    let bleu = metric("bleu");
    let counts = |reply: &str, reference: &str| {
        let doc = Doc {
            target: reference.to_owned(),
            ..Doc::default()
        };
        let replies = [reply.to_owned()];
        bleu.score(&Sample::of_replies(&doc, &replies))
            .expect("both are there")
            .numbers()
    };
    let (good, bad) = (
        counts("a b c d e f g h", "a b c d e f g h"),
        counts("x y", "a b"),
    );
    let (one, two, both) = (
        bleu.corpus(&[&good]),
        bleu.corpus(&[&bad]),
        bleu.corpus(&[&good, &bad]),
    );
    let mean = one.unwrap_or_default().midpoint(two.unwrap_or_default());
    assert!(
        both.is_some_and(|both| (both - mean).abs() > 10.0),
        "{both:?} {mean}"
    );
}

#[test]
fn guesses_have_the_value_of_their_metric() {
    let (one, two) = (
        doc(&["a", "b", "c", "d"], &[1]),
        doc(&["a", "b", "c", "d"], &[0, 2]),
    );
    for (name, of_one, of_two) in [
        ("acc", Some(0.25), Some(0.5)),
        ("letter_match", Some(0.25), Some(0.5)),
        ("recall_at_2", Some(0.5), Some(5.0 / 6.0)),
        ("recall_at_9", Some(1.0), Some(1.0)),
        ("mc1", Some(0.25), Some(1.0 / 3.0)),
        ("mc2", Some(0.25), Some(0.5)),
        ("brier", None, None),
        ("exact_match", None, None),
    ] {
        for (doc, expected) in [(&one, of_one), (&two, of_two)] {
            let chance = metric(name).chance(doc);
            let is_equal = chance
                .zip(expected)
                .map_or(chance == expected, |(ours, expected)| close(ours, expected));
            assert!(is_equal, "{name}: {chance:?} is not {expected:?}");
        }
    }
}

#[test]
fn letters_are_not_normalised_by_default() {
    let names = |way| {
        defaults(way)
            .iter()
            .map(|metric| metric.card().name.into_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(Way::Letters), ["acc"]);
    assert_eq!(
        names(Way::Hybrid),
        ["acc", "acc_norm", "acc_norm_no_space", "acc_norm_token"]
    );
    assert_eq!(names(Way::Generate), ["letter_match"]);
}

#[test]
fn names_of_lm_evaluation_harness_are_known() {
    for (theirs, ours) in [
        ("acc", "acc"),
        ("acc_norm", "acc_norm_no_space"),
        ("acc_bytes", "acc_norm_byte"),
        ("acc_mutual_info", "acc_pmi"),
        ("brier_score", "brier"),
        ("f1", "f1_second"),
        ("mcc", "mcc"),
        ("bleu", "bleu"),
        ("chrf", "chrf"),
        ("chrf++", "chrf_pp"),
        ("ter", "ter"),
        ("word_perplexity", "word_perplexity"),
        ("byte_perplexity", "byte_perplexity"),
        ("bits_per_byte", "bits_per_byte"),
    ] {
        let found = find_lm_eval(theirs, |reads| reads != Reads::Continuation)
            .map(|metric| metric.card().name.into_owned());
        assert_eq!(found.as_deref(), Some(ours));
    }
    let of_one_text = |theirs: &str| {
        let found = find_lm_eval(theirs, |reads| reads == Reads::Continuation);
        found.map(|metric| metric.card().name.into_owned())
    };
    assert_eq!(of_one_text("acc").as_deref(), Some("greedy_match"));
    assert_eq!(
        of_one_text("perplexity").as_deref(),
        Some("continuation_perplexity")
    );
    assert!(find_lm_eval("", |_| true).is_none());
}

#[test]
fn metrics_are_found_by_name_and_number() {
    assert_eq!(metric("recall_at_7").card().name, "recall_at_7");
    assert_eq!(metric("g_pass_75_at_16").card().name, "g_pass_75_at_16");
    for wrong in [
        "recall_at_0",
        "recall_at_x",
        "acc_at_3",
        "avg_at_3",
        "accuracy",
        "",
    ] {
        assert!(find(wrong).is_none(), "{wrong}");
    }
}
