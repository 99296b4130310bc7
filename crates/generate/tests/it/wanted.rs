//! What questions are asked for: of a kind, of a difficulty, for somebody, about two passages at once.

use crate::support::{
    Scripted, exam, folder, item, passage, rows, run_silently, settings, three_documents, user,
};
use examen_core::{Difficulty, Kind, Question};
use examen_generate::Settings;
use examen_llm::{ChatRequest, Constraint};
use serde_json::{Value, json};

fn schema_of_item(request: &ChatRequest) -> &Value {
    let Some(Constraint::JsonSchema(schema)) = &request.constraint else {
        panic!("{request:?}")
    };
    &schema["properties"]["exam"]["items"]["properties"]
}

#[tokio::test]
async fn what_the_exam_is_for_is_said_and_only_what_is_wanted_allowed() {
    let folder = three_documents();
    let settings = Settings {
        brief: Some("For nurses in their third year.".to_owned()),
        kinds: vec![Kind::Application],
        difficulties: vec![Difficulty::Medium, Difficulty::Hard],
        ..settings(&folder)
    };
    let model = Scripted::faithful();
    run_silently(&settings, &model).await.unwrap();
    for request in model.requests() {
        let rules = &request.messages[0].content;
        assert!(
            rules.contains("For nurses in their third year.") && !rules.contains("\"recall\""),
            "{rules}"
        );
        assert_eq!(
            schema_of_item(&request)["kind"]["enum"],
            json!(["application"])
        );
        assert_eq!(
            schema_of_item(&request)["difficulty"]["enum"],
            json!(["medium", "hard"])
        );
    }
}

#[tokio::test]
async fn what_the_model_says_of_a_question_is_kept() {
    let folder = three_documents();
    let settings = settings(&folder);
    let model = Scripted::new(|request| {
        let mut reply: Value = serde_json::from_str(&exam(request)).unwrap();
        for item in reply["exam"].as_array_mut().unwrap() {
            (item["kind"], item["difficulty"]) = (json!("Analysis"), json!("fiendish"));
        }
        Ok(reply.to_string())
    });
    run_silently(&settings, &model).await.unwrap();
    let questions = rows(&settings, "questions");
    assert!(!questions.is_empty());
    assert!(
        questions
            .iter()
            .all(|question| question.kind == Some(Kind::Analysis) && question.difficulty.is_none())
    );
}

/// One document of three passages, the first and the last of which are about the same.
fn related() -> tempfile::TempDir {
    let text = "The mitral valve closes when the left ventricle contracts and opens again when that chamber relaxes. \
                Kidneys filter about a hundred and eighty litres of plasma a day and give nearly all of it back again. \
                Rheumatic fever scars the mitral valve in many children and may make surgery necessary in later years. ";
    folder(&[("heart.txt", text.as_bytes())])
}

/// Answers a request about two passages with their first sentences.
fn pair(request: &ChatRequest) -> String {
    let [first, second]: [&str; 2] = user(request)
        .split("<passage>\n")
        .skip(1)
        .map(|part| part.split_once("\n</passage>").unwrap().0)
        .collect::<Vec<_>>()
        .try_into()
        .unwrap();
    let mut item = item("the valve and its disease");
    (item["quote"], item["second_quote"]) = (json!(first), json!(second));
    json!({ "exam": [item] }).to_string()
}

fn pair_or_exam(request: &ChatRequest) -> String {
    if is_about_two(request) {
        pair(request)
    } else {
        exam(request)
    }
}

fn is_about_two(request: &ChatRequest) -> bool {
    user(request).matches("<passage>").count() == 2
}

#[tokio::test]
async fn a_question_that_needs_two_passages_keeps_both() {
    let folder = related();
    let settings = Settings {
        multi_hop: 2,
        max_questions: Some(100),
        ..settings(&folder)
    };
    let model = Scripted::new(|request| Ok(pair_or_exam(request)));
    let summary = run_silently(&settings, &model).await.unwrap();
    assert_eq!(
        (summary.chunks_asked, summary.pairs, summary.pairs_asked),
        (3, 1, 1)
    );
    let questions = rows(&settings, "questions");
    let is_pair = |question: &&Question| question.second_source.is_some();
    let [both]: [&Question; 1] = questions
        .iter()
        .filter(is_pair)
        .collect::<Vec<_>>()
        .try_into()
        .unwrap();
    let second = both.second_source.as_ref().unwrap();
    assert!(
        both.passage.starts_with("The mitral valve")
            && second.passage.starts_with("Rheumatic fever")
    );
    let text = std::fs::read_to_string(folder.path().join("docs/heart.txt")).unwrap();
    let offset = |at: Option<u64>| usize::try_from(at.unwrap()).unwrap();
    let quoted = &text[offset(second.quote_start)..offset(second.quote_end)];
    assert_eq!(Some(quoted), second.quote.as_deref());
    let alone = questions
        .iter()
        .find(|question| question.chunk_id == second.chunk_id)
        .unwrap();
    assert_eq!(
        (alone.chunk_start, alone.chunk_end),
        (second.chunk_start, second.chunk_end)
    );
    let generations: Vec<String> = generations(&settings);
    assert!(
        generations
            .iter()
            .any(|document| document.contains("mitral") && document.contains("Rheumatic"))
    );
}

fn generations(settings: &Settings) -> Vec<String> {
    #[derive(serde::Serialize, serde::Deserialize)]
    struct Row {
        document: String,
    }
    let rows: Vec<Row> =
        examen_files::distiset::read_rows(&settings.output, "default", "train").unwrap();
    rows.into_iter().map(|row| row.document).collect()
}

#[tokio::test]
async fn a_question_that_quotes_only_one_of_two_passages_is_rejected() {
    let folder = related();
    let settings = Settings {
        multi_hop: 1,
        max_re_asks: 0,
        ..settings(&folder)
    };
    let model = Scripted::new(|request| {
        let mut reply: Value = serde_json::from_str(&pair_or_exam(request)).unwrap();
        if is_about_two(request) {
            reply["exam"][0]["second_quote"] =
                json!("Nobody has written this sentence about valves.");
        }
        Ok(reply.to_string())
    });
    run_silently(&settings, &model).await.unwrap();
    let rejected = rows(&settings, "rejected");
    let reasons = rejected
        .iter()
        .map(|question| question.reasons.join("; "))
        .collect::<Vec<_>>();
    assert_eq!(reasons, ["quote: the quote is not in the second passage"]);
    assert!(
        rejected[0]
            .second_source
            .as_ref()
            .unwrap()
            .quote
            .as_ref()
            .unwrap()
            .starts_with("Nobody")
    );
}

#[tokio::test]
async fn a_model_that_is_held_to_its_schema_can_only_quote() {
    let folder = related();
    let settings = Settings {
        multi_hop: 1,
        constrain_quotes: true,
        ..settings(&folder)
    };
    let model = Scripted::new(|request| Ok(pair_or_exam(request)));
    run_silently(&settings, &model).await.unwrap();
    let requests = model.requests();
    let both = requests
        .iter()
        .find(|request| is_about_two(request))
        .unwrap();
    let quote = &schema_of_item(both)["second_quote"];
    assert!(
        quote[examen_llm::SUBSTRING_OF]
            .as_str()
            .unwrap()
            .starts_with("Rheumatic fever"),
        "{quote}"
    );
    let one = requests
        .iter()
        .find(|request| !is_about_two(request))
        .unwrap();
    let Some(Constraint::JsonSchema(schema)) = &one.constraint else {
        panic!("{one:?}")
    };
    let allowed = &schema["properties"]["exam"]["prefixItems"][0]["properties"]["quote"]["enum"][0];
    assert!(
        passage(one).starts_with(allowed.as_str().unwrap()),
        "{allowed}"
    );
}
