//! Loading Distisets: distilabel's and our own.

use crate::support::{load_options, owner, response, sample, stored, time};
use examen_annotate::{AnnotateError, LoadOptions, load_distiset};
use examen_core::{
    ChunkId, Difficulty, DocumentId, Kind, Language, Letter, Question, QuestionId, Seed, Silent,
    Verdict, annotation::ResponseStatus,
};
use examen_files::distiset::{Description, Distiset};
use serde_json::{Value, json};
use std::path::Path;

fn question(number: usize, language: Language) -> Question {
    let texts = ["key", "first", "second", "third"].map(|word| format!("{word} of {number}"));
    let [answer, distractors @ ..] = texts;
    Question {
        question_id: QuestionId::from_stored(format!("id-{number}")),
        document_id: DocumentId::from_stored("document"),
        document: "a/b.md".to_owned(),
        chunk_id: ChunkId::from_stored("chunk"),
        chunk_start: 10,
        chunk_end: 30,
        language,
        question: format!("Question {number}?"),
        answer,
        distractors: distractors.to_vec(),
        quote: (number == 0).then(|| "the quote".to_owned()),
        quote_start: None,
        quote_end: None,
        passage: "Where the quote stands.".to_owned(),
        generation_model: "model".to_owned(),
        verdict: Verdict::Accepted,
        reasons: Vec::new(),
        ..Question::default()
    }
}

fn write(folder: &Path, questions: &[Question]) {
    let distiset = Distiset::new().with_config("questions", questions).unwrap();
    let distiset = distiset.with_config::<Question>("rejected", &[]).unwrap();
    distiset.write(folder, &Description::default()).unwrap();
}

#[tokio::test]
async fn distilabels_rows_become_records() {
    let stored = stored().await;
    let summary = load_distiset(&stored.store, &sample(), &load_options(), &Silent)
        .await
        .unwrap();
    let skipped: Vec<String> = summary.skipped.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(format!(
        "{} rows, {} loaded, {}\n{}",
        summary.rows,
        summary.loaded,
        summary.language,
        skipped.join("\n")
    ));
    assert_eq!(summary.config, "default");
    let records = stored.store.records(summary.dataset_id).await.unwrap();
    assert_eq!(records.len(), summary.loaded);
    for record in &records {
        assert_eq!(
            record.external_id,
            record.metadata["question_id"].as_str().unwrap()
        );
        assert_eq!(record.metadata["shuffle_seed"], json!("7"));
        assert!(!record.metadata.contains_key("document_id"));
        assert!(record.fields["passage"].is_string());
        assert_eq!(
            record.suggestions[0].agent.as_deref(),
            record.metadata["generation_model"].as_str()
        );
    }
}

#[tokio::test]
async fn questions_in_any_language_and_of_none_are_loaded() {
    let stored = stored().await;
    let folder = tempfile::tempdir().unwrap();
    let languages = ["ar", "ar", "tlh", "x-mine", "und"].map(Language::known);
    let questions: Vec<Question> = (0..)
        .zip(languages)
        .map(|(n, language)| question(n, language))
        .collect();
    write(folder.path(), &questions);
    let summary = load_distiset(&stored.store, folder.path(), &load_options(), &Silent)
        .await
        .unwrap();
    assert_eq!((summary.loaded, summary.language.code()), (5, "ar"));
    let records = stored.store.records(summary.dataset_id).await.unwrap();
    let told: Vec<Option<&str>> = records
        .iter()
        .map(|record| record.metadata.get("language").and_then(Value::as_str))
        .collect();
    assert_eq!(
        told,
        [Some("ar"), Some("ar"), Some("tlh"), Some("x-mine"), None]
    );
}

#[tokio::test]
async fn our_own_questions_keep_their_lineage() {
    let stored = stored().await;
    let folder = tempfile::tempdir().unwrap();
    let mut questions: Vec<Question> = (0..7)
        .map(|number| question(number, Language::SPANISH))
        .collect();
    questions[0].section = Some("Doses > Adults".to_owned());
    questions[0].page = Some(3);
    questions[0].kind = Some(Kind::Recall);
    questions[0].difficulty = Some(Difficulty::Hard);
    questions[0].remarks = vec!["longest_key: the key is the longest option".to_owned()];
    questions[6].remarks = vec!["one \0 two".to_owned()];
    questions[2].verdict = Verdict::Rejected;
    questions[2].reasons = vec!["too easy".to_owned()];
    questions[3].distractors[1] = "KEY of 3.".to_owned();
    questions[4].question_id = QuestionId::from_stored("id-0");
    write(folder.path(), &questions);
    let summary = load_distiset(&stored.store, folder.path(), &load_options(), &Silent)
        .await
        .unwrap();
    assert_eq!(
        (summary.rows, summary.loaded, summary.language),
        (7, 3, Language::SPANISH)
    );
    let skipped: Vec<String> = summary.skipped.iter().map(ToString::to_string).collect();
    assert_eq!(
        skipped,
        [
            "row 3: the checks rejected it: too easy",
            "row 4: two options are the same: `key of 3`",
            "row 5: the same question is in row 1",
            "row 7: a text of it holds the character U+0000, which no store keeps",
        ]
    );
    let dataset = stored.store.dataset_by_name("exam").await.unwrap();
    assert!(dataset.settings.guidelines.unwrap().contains("Descarte"));
    let records = stored.store.records(summary.dataset_id).await.unwrap();
    let metadata = Value::Object(records[0].metadata.clone());
    assert_eq!(
        metadata,
        json!({
            "question_id": "id-0", "document_id": "document", "document": "a/b.md", "chunk_id": "chunk",
            "quote": "the quote", "language": "es", "generation_model": "model", "shuffle_seed": "7",
            "section": "Doses > Adults", "page": 3, "kind": "recall", "difficulty": "hard",
            "remarks": ["longest_key: the key is the longest option"],
        })
    );
    assert!(!records[2].metadata.contains_key("remarks"));
    assert!(!records[1].metadata.contains_key("quote"));
    for (record, number) in records.iter().zip([0, 1, 5]) {
        let key = record.suggestions[0].value.as_str().unwrap();
        assert_eq!(record.fields[key], json!(format!("key of {number}")));
        let mut answers: Vec<_> = Letter::ALL
            .map(|letter| record.fields[letter.column()].as_str().unwrap())
            .to_vec();
        answers.sort_unstable();
        assert_eq!(
            answers,
            ["first", "key", "second", "third"].map(|word| format!("{word} of {number}"))
        );
    }
}

#[tokio::test]
async fn the_same_seed_gives_the_same_order() {
    let stored = stored().await;
    let mut fields = Vec::new();
    for (name, seed) in [("one", 7), ("two", 7), ("three", 8)] {
        let options = LoadOptions {
            dataset_name: name.to_owned(),
            seed: Seed(seed),
            ..load_options()
        };
        let summary = load_distiset(&stored.store, &sample(), &options, &Silent)
            .await
            .unwrap();
        let records = stored.store.records(summary.dataset_id).await.unwrap();
        fields.push(
            records
                .into_iter()
                .map(|record| record.fields)
                .collect::<Vec<_>>(),
        );
    }
    assert_eq!(fields[0], fields[1]);
    assert_ne!(fields[0], fields[2]);
}

#[tokio::test]
async fn a_dataset_with_answers_is_overwritten_only_when_asked() {
    let stored = stored().await;
    let store = &stored.store;
    let user = owner(store).await;
    let first = load_distiset(store, &sample(), &load_options(), &Silent)
        .await
        .unwrap();
    let record = store.records(first.dataset_id).await.unwrap()[0].id;
    store
        .put_response(
            &response(record, &user, ResponseStatus::Submitted, "answer_a"),
            time(1),
        )
        .await
        .unwrap();
    let refused = load_distiset(store, &sample(), &load_options(), &Silent)
        .await
        .unwrap_err();
    assert!(
        matches!(refused, AnnotateError::DatasetExists { responses: 1, .. }),
        "{refused}"
    );
    let overwriting = LoadOptions {
        overwrite: true,
        ..load_options()
    };
    let second = load_distiset(store, &sample(), &overwriting, &Silent)
        .await
        .unwrap();
    assert_eq!(second.replaced, Some((first.loaded as u64, 1)));
    assert_eq!(store.datasets().await.unwrap().len(), 1);
}

#[tokio::test]
async fn what_cannot_be_loaded_says_why_and_stores_nothing() {
    let stored = stored().await;
    let folder = tempfile::tempdir().unwrap();
    let mut only = question(0, Language::ENGLISH);
    only.distractors.pop();
    write(folder.path(), &[only]);
    let nothing = load_distiset(&stored.store, folder.path(), &load_options(), &Silent)
        .await
        .unwrap_err();
    assert!(
        nothing
            .to_string()
            .ends_with("(1 rows)\n  row 1: 2 distractors instead of 3"),
        "{nothing}"
    );
    let rejected = LoadOptions {
        config: Some("rejected".to_owned()),
        ..load_options()
    };
    let refused = load_distiset(&stored.store, folder.path(), &rejected, &Silent)
        .await
        .unwrap_err();
    assert!(
        matches!(refused, AnnotateError::RejectedConfig { .. }),
        "{refused}"
    );
    let unknown = LoadOptions {
        config: Some("elsewhere".to_owned()),
        ..load_options()
    };
    let error = load_distiset(&stored.store, folder.path(), &unknown, &Silent)
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("elsewhere") && error.hint().is_some(),
        "{error}"
    );
    let nowhere = load_distiset(
        &stored.store,
        Path::new("nowhere"),
        &load_options(),
        &Silent,
    )
    .await
    .unwrap_err();
    assert!(nowhere.to_string().contains("nowhere"), "{nowhere}");
    let unnamed = LoadOptions {
        dataset_name: " ".to_owned(),
        ..load_options()
    };
    let error = load_distiset(&stored.store, &sample(), &unnamed, &Silent)
        .await
        .unwrap_err();
    assert!(
        matches!(error, AnnotateError::DatasetName { .. }),
        "{error}"
    );
    assert_eq!(stored.store.datasets().await.unwrap(), []);
}
