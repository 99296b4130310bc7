use super::{
    signature::{jaccard, probability_of_candidate},
    *,
};
use crate::checks::{
    item_findings,
    tests::{STRICT, sound},
};
use examen_core::{DocumentId, Question};
use proptest::prelude::*;

fn question(document: &str, stem: &str, answer: &str) -> Question {
    Question {
        document_id: DocumentId::of(&[document]),
        question: stem.to_owned(),
        answer: answer.to_owned(),
        // Stems are compared here.
        quote: None,
        ..sound()
    }
}

#[test]
fn the_same_fact_in_other_words_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let mut seen = Seen::new(folder.path());
    let asked = |document: &str, stem: &str, answer: &str| Question {
        quote: sound().quote,
        ..question(document, stem, answer)
    };
    let first = sound();
    seen.insert(&Signature::of(&first)).unwrap();
    let again = asked(
        "d",
        "Name the part of the heart that feeds the great artery.",
        "the left ventricle.",
    );
    let found = seen.findings(&Signature::of(&again)).unwrap();
    assert_eq!(
        found[0].to_string(),
        format!(
            "duplicate: another question asks the same in other words (same quote, same answer): `{}`",
            first.question
        )
    );
    let part = Question {
        quote: Some("ventricle pumps into the aorta".to_owned()),
        quote_start: Some(9),
        quote_end: Some(39),
        ..again
    };
    assert_eq!(seen.findings(&Signature::of(&part)).unwrap().len(), 1);
    let other = asked(
        "d",
        "Where does the left ventricle send its blood?",
        "Into the aorta",
    );
    assert_eq!(
        seen.findings(&Signature::of(&other))
            .unwrap()
            .iter()
            .find(|found| found.reason == Reason::Duplicate),
        None
    );
}

/// The findings in the last question after the others were accepted.
fn found(limit: usize, questions: &[(&str, &str, &str)]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let mut seen = Seen::with_memory(folder.path(), limit);
    let mut found = Vec::new();
    for (document, stem, answer) in questions {
        let signature = Signature::of(&question(document, stem, answer));
        found = seen.findings(&signature).unwrap();
        seen.insert(&signature).unwrap();
    }
    found.iter().map(Finding::to_string).collect()
}

fn golden() -> serde_json::Value {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../testdata/golden/quality_grounding_dedup.json"
    );
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn similarities_are_the_golden_ones() {
    let golden = golden();
    let questions: Vec<&str> = golden["questions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|q| q.as_str().unwrap())
        .collect();
    for (row, one) in questions.iter().enumerate() {
        for (column, other) in questions.iter().enumerate() {
            let expected = golden["jaccard_word3"][row][column].as_f64().unwrap();
            assert!(
                (jaccard(one, other) - expected).abs() < 1e-9,
                "{one} / {other}"
            );
        }
    }
    for case in golden["minhash_lsh"].as_array().unwrap() {
        let [bands, rows] = ["bands", "rows"].map(|name| case[name].as_i64().unwrap() as i32);
        let ours = probability_of_candidate(case["jaccard"].as_f64().unwrap(), bands, rows);
        assert!((ours - case["prob_candidate"].as_f64().unwrap()).abs() < 1e-9);
    }
    let asked_again = [("d", questions[0], "Thirty"), ("d", questions[4], "Thirty")];
    assert_eq!(
        found(1 << 20, &asked_again),
        [format!(
            "duplicate: another question asks the same: `{}`",
            questions[0]
        )]
    );
    assert_eq!(
        found(
            1 << 20,
            &[("d", questions[0], "Thirty"), ("d", questions[1], "Thirty")]
        ),
        [""; 0]
    );
}

const LONG: &str = "Within how many days after the loss of the vehicle must a policyholder notify the insurer of it in writing";

#[test]
fn nearly_the_same_words_are_told() {
    let near = format!("{LONG}, please");
    let said = format!("duplicate: another question asks nearly the same: `{LONG}`");
    assert_eq!(
        found(
            1 << 20,
            &[("d", LONG, "30 days"), ("e", &near, "within 30 days")]
        ),
        [said]
    );
    assert_eq!(
        found(1 << 20, &[("d", LONG, "30 days"), ("e", &near, "60 weeks")]),
        [""; 0]
    );
}

#[test]
fn other_numbers_and_names_make_other_questions() {
    let of = |n: &str| format!("{LONG} according to rule {n} of the code");
    assert_eq!(
        found(
            1 << 20,
            &[("d", &of("17"), "30 days"), ("e", &of("18"), "30 days")]
        ),
        [""; 0]
    );
    let of = |name: &str| format!("{LONG} in the republic of {name}");
    assert_eq!(
        found(
            1 << 20,
            &[
                ("d", &of("Peru"), "30 days"),
                ("e", &of("Chile"), "Two weeks")
            ]
        ),
        [""; 0]
    );
    assert_eq!(
        found(
            1 << 20,
            &[
                ("d", &of("Peru"), "30 days"),
                ("e", &of("Peru then"), "30 days")
            ]
        )
        .len(),
        1
    );
}

#[test]
fn signs_that_are_no_words_tell_stems_apart() {
    let of = |sign: &str| format!("What does C{sign} do?");
    assert_eq!(
        found(
            1 << 20,
            &[("d", &of("++"), "It counts"), ("e", &of("#"), "It sings")]
        ),
        [""; 0]
    );
}

#[test]
fn an_answer_in_another_stem_of_the_document_is_told() {
    let asked = (
        "d",
        "Which chamber of the heart pumps blood into the aorta?",
        "The left ventricle",
    );
    let telling = (
        "d",
        "How thick is the wall of the left ventricle, which pumps blood into the aorta?",
        "15 mm",
    );
    let telling = (
        telling.0,
        telling.1.replace("the left", "The left"),
        telling.2,
    );
    let telling = (telling.0, telling.1.as_str(), telling.2);
    assert_eq!(
        found(1 << 20, &[asked, telling]),
        [format!(
            "cued: the stem says the answer of another question: `{}`",
            asked.1
        )]
    );
    assert_eq!(
        found(1 << 20, &[telling, asked]),
        [format!(
            "cued: the stem of another question says the answer: `{}`",
            telling.1
        )]
    );
    assert_eq!(
        found(1 << 20, &[("e", telling.1, telling.2), asked]),
        [""; 0]
    );
}

/// Questions from a template, as a load test asks them: four a document.
fn templated(n: usize) -> Question {
    const FLUIDS: [&str; 5] = [
        "chilled water",
        "salted brine",
        "mineral oil",
        "treated air",
        "cold ammonia",
    ];
    let (document, k) = (n / 4, n % 4);
    let pick = |words: [&'static str; 4], salt: usize| words[(document * 7 + k * 3 + salt) % 4];
    let subject = format!(
        "{} {} {document}-{k} of the {}",
        pick(["northern", "upper", "spare", "green"], k),
        pick(["turbine", "kiln", "press", "mixer"], document / 4),
        pick(["valley", "harbour", "quarry", "dairy"], document / 16),
    );
    let fluid = |further: usize| FLUIDS[(document + k + further) % FLUIDS.len()].to_owned();
    let quote = format!("The {subject} is cooled by {}.", fluid(0));
    Question {
        distractors: vec![fluid(1), fluid(2), fluid(3)],
        quote_end: Some(quote.len() as u64),
        passage: quote.clone(),
        quote: Some(quote),
        ..question(
            &document.to_string(),
            &format!("Which fluid cools the {subject}?"),
            &fluid(0),
        )
    }
}

#[test]
fn a_template_with_other_numbers_asks_other_questions() {
    let folder = tempfile::tempdir().unwrap();
    let mut seen = Seen::new(folder.path());
    for n in 0..8000 {
        let question = templated(n);
        let signature = Signature::of(&question);
        assert_eq!(
            item_findings(&question, STRICT),
            [],
            "{}",
            question.question
        );
        assert_eq!(
            seen.findings(&signature).unwrap(),
            [],
            "{}",
            question.question
        );
        seen.insert(&signature).unwrap();
    }
    for n in (0..8000).step_by(100) {
        let again = seen.findings(&Signature::of(&templated(n))).unwrap();
        assert_eq!(
            again.first().map(|finding| finding.reason),
            Some(Reason::Duplicate)
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Wherever the questions are kept, the same is found.
    #[test]
    fn the_disk_finds_what_memory_finds(picks in prop::collection::vec((0_usize..60, 0_usize..12, 0_usize..3), 1..120)) {
        let folder = tempfile::tempdir().unwrap();
        let [mut memory, mut disk] = [1 << 24, 0].map(|limit| Seen::with_memory(folder.path(), limit));
        for (fact, place, document) in picks {
            let stem = format!("Within how many days must holder {fact} of {place} notify the insurer in writing of loss {fact}");
            let signature = Signature::of(&question(&document.to_string(), &stem, &format!("after loss {place} of it")));
            let found = memory.findings(&signature).unwrap();
            prop_assert_eq!(&found, &disk.findings(&signature).unwrap());
            memory.insert(&signature).unwrap();
            disk.insert(&signature).unwrap();
        }
    }

    #[test]
    fn any_text_can_be_remembered(texts in prop::collection::vec(("\\PC{0,40}", "\\PC{0,9}"), 1..30)) {
        let folder = tempfile::tempdir().unwrap();
        let mut seen = Seen::with_memory(folder.path(), 2000);
        for (stem, answer) in &texts {
            let signature = Signature::of(&question("d", stem, answer));
            seen.findings(&signature).unwrap();
            seen.insert(&signature).unwrap();
            prop_assert_eq!(seen.findings(&signature).unwrap()[0].reason, Reason::Duplicate);
        }
    }
}
