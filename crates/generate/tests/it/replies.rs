//! Replies in every shape that models send (see `testdata/replies/ORIGIN.md`), from the reply to the row of the output.

use crate::support::{Scripted, folder, passage, rows, run_silently};
use examen_core::Question;
use examen_generate::Settings;
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Debug, Deserialize)]
struct Case {
    kind: String,
    reply: String,
    question: String,
    answer: String,
    distractors: Vec<String>,
    passage: String,
}

fn cases() -> Vec<Case> {
    let path = format!(
        "{}/../../testdata/replies/replies.jsonl",
        env!("CARGO_MANIFEST_DIR")
    );
    let lines = std::fs::read_to_string(path).unwrap();
    lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The name of a case's document, which stands in its passage.
fn name(index: usize) -> String {
    format!("case{index:04}")
}

/// All questions of a run over one document a case, by document.
async fn asked(cases: &[Case]) -> BTreeMap<String, Question> {
    let documents: Vec<(String, String)> = (0..cases.len())
        .map(|index| {
            let name = name(index);
            (
                format!("{name}.txt"),
                format!("{} This is {name}.", cases[index].passage),
            )
        })
        .collect();
    let files: Vec<(&str, &[u8])> = documents
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_bytes()))
        .collect();
    let folder = folder(&files);
    let replies: Vec<String> = cases.iter().map(|case| case.reply.clone()).collect();
    let model = Scripted::new(move |request| {
        let case = (0..replies.len()).find(|index| passage(request).contains(&name(*index)));
        Ok(replies[case.unwrap()].clone())
    });
    let settings = Settings {
        questions_per_chunk: 1,
        max_re_asks: 0,
        ..Settings::new(folder.path().join("docs"), folder.path().join("out"))
    };
    run_silently(&settings, &model).await.unwrap();
    let rows = ["questions", "rejected"].map(|config| rows(&settings, config));
    rows.into_iter()
        .flatten()
        .filter(|row| !row.question.is_empty())
        .map(|row| (row.document.clone(), row))
        .collect()
}

#[tokio::test]
async fn replies_are_read_in_every_shape_that_models_send() {
    let cases = cases();
    let mut asked = asked(&cases).await;
    let mut wrong = Vec::new();
    for (index, case) in cases.iter().enumerate() {
        let seen = asked.remove(&format!("{}.txt", name(index))).map(|row| {
            // The order of distractors is the reply's.
            (row.question, row.answer, row.distractors)
        });
        let (question, answer) = (case.question.clone(), case.answer.clone());
        let expected = Some((question, answer, case.distractors.clone()));
        if seen != expected {
            wrong.push(format!(
                "{} {index}: {seen:?}\n  of {}",
                case.kind, case.reply
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        cases.len(),
        wrong.join("\n")
    );
    assert!(cases.len() >= 140);
}
