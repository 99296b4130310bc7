//! How many questions, and from where.

use crate::support::{
    Scripted, exam, folder, item, n_asked, passage, reasons, rows, run_silently, sentences,
    settings, three_documents, user,
};
use examen_core::{QuestionId, Silent};
use examen_generate::{Settings, plan};
use examen_llm::ChatRequest;
use serde_json::json;
use std::collections::{BTreeMap, HashSet};

fn by_document(settings: &Settings) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for question in rows(settings, "questions") {
        *counts.entry(question.document).or_default() += 1;
    }
    counts
}

#[tokio::test]
async fn a_limit_is_met_exactly_and_shared_by_the_documents() {
    let folder = three_documents();
    let settings = Settings {
        max_questions: Some(7),
        ..settings(&folder)
    };
    let model = Scripted::faithful();
    let summary = run_silently(&settings, &model).await.unwrap();
    assert_eq!(summary.accepted, 7);
    let counts = by_document(&settings);
    assert!(
        counts.len() == 3 && counts.values().all(|&n| n >= 2),
        "{counts:?}"
    );
    assert_eq!(model.n_calls(), 4, "three documents, then one more passage");
}

#[tokio::test]
async fn what_is_beyond_the_limit_is_kept_with_its_reason() {
    let folder = three_documents();
    let settings = Settings {
        max_questions: Some(7),
        ..settings(&folder)
    };
    let summary = run_silently(&settings, &Scripted::faithful())
        .await
        .unwrap();
    assert_eq!(
        (summary.accepted, summary.rejected.get("limit")),
        (7, Some(&1))
    );
    assert_eq!(
        reasons(&settings),
        ["limit: the exam has its 7 questions already"]
    );
}

#[tokio::test]
async fn quotas_hold_for_each_document_and_passages_are_spread_over_it() {
    let folder = three_documents();
    let settings = Settings {
        max_per_document: Some(3),
        ..settings(&folder)
    };
    let model = Scripted::faithful();
    let summary = run_silently(&settings, &model).await.unwrap();
    assert_eq!(
        by_document(&settings).into_values().collect::<Vec<_>>(),
        [3, 3, 3]
    );
    assert_eq!(
        (summary.calls, summary.rejected.get("quota")),
        (6, Some(&3))
    );
    let of_a = rows(&settings, "questions")
        .into_iter()
        .filter(|question| question.document == "a.txt");
    let starts: std::collections::BTreeSet<u64> =
        of_a.map(|question| question.chunk_start).collect();
    assert!(
        starts.first() == Some(&0) && starts.last() > Some(&200),
        "the first passage and one of the middle: {starts:?}"
    );
}

#[tokio::test]
async fn a_quota_that_is_not_met_is_refilled_from_other_passages() {
    let folder = three_documents();
    let settings = Settings {
        max_per_document: Some(2),
        ..settings(&folder)
    };
    // What is asked first about each document is never answered well.
    let model = Scripted::new(|request| match passage(request).contains("Fact 1 about") {
        true => Ok("No.".to_owned()),
        false => Ok(exam(request)),
    });
    run_silently(&settings, &model).await.unwrap();
    assert_eq!(
        by_document(&settings).into_values().collect::<Vec<_>>(),
        [2, 2, 2]
    );
}

#[tokio::test]
async fn missing_questions_are_asked_for_again_by_name() {
    let text = sentences("arteries", 3);
    let folder = folder(&[("a.txt", text.as_bytes())]);
    let settings = Settings {
        questions_per_chunk: 3,
        ..settings(&folder)
    };
    // The first reply is cut in its second question.
    let model = Scripted::new(|request| {
        let whole = exam(request);
        Ok(if n_asked(request) == 3 {
            whole[..whole.len() / 2].to_owned()
        } else {
            whole
        })
    });
    let summary = run_silently(&settings, &model).await.unwrap();
    assert_eq!((summary.accepted, summary.calls), (3, 2));
    let again = &model.requests()[1];
    assert_eq!(n_asked(again), 2);
    assert!(user(again).contains("- What is said of Fact 1 about arteries"));
    assert_eq!(
        reasons(&settings),
        ["reply: the reply was cut off in the middle of a question"]
    );
}

#[tokio::test]
async fn a_reply_that_cannot_be_read_is_shown_to_the_model_with_the_reason() {
    let folder = folder(&[("a.txt", sentences("arteries", 3).as_bytes())]);
    let settings = settings(&folder);
    let long = format!("I would rather not. {}", "No. ".repeat(2_000));
    let first = long.clone();
    let model = Scripted::new(move |request| {
        Ok(match request.messages.len() {
            4 => first.clone(),
            _ => exam(request),
        })
    });
    let summary = run_silently(&settings, &model).await.unwrap();
    assert_eq!((summary.accepted, summary.calls), (2, 2));
    let again = &model.requests()[1].messages;
    assert_eq!(again[..4], model.requests()[0].messages);
    assert_eq!(*again[4].content, long[..2_000]);
    let request = &again[3].content;
    let expected = format!("Your reply could not be read: it holds no question.\n\n{request}");
    assert_eq!(*again[5].content, expected);
    let kept = rows(&settings, "rejected");
    assert_eq!(kept[0].reasons, ["reply: it holds no question"]);
    assert_eq!(kept[0].reply.as_deref(), Some(&long[..2_000]));
    let sample = &summary.samples.rejected["reply"][0];
    assert_eq!(sample.reply.as_deref(), Some(&long[..2_000]));
}

#[tokio::test]
async fn a_model_that_never_delivers_is_asked_three_times() {
    let folder = folder(&[("a.txt", sentences("arteries", 3).as_bytes())]);
    let settings = settings(&folder);
    let model = Scripted::new(|_| Ok("I would rather not.".to_owned()));
    let summary = run_silently(&settings, &model).await.unwrap();
    assert_eq!((summary.accepted, summary.calls, summary.failed), (0, 3, 0));
    assert_eq!(rows(&settings, "questions"), []);
    assert_eq!(reasons(&settings), ["reply: it holds no question"; 3]);
    let ids: HashSet<QuestionId> = rows(&settings, "rejected")
        .into_iter()
        .map(|row| row.question_id)
        .collect();
    assert_eq!(ids.len(), 3);
    let seeds: HashSet<u64> = model.requests().iter().map(|r| r.sampling.seed).collect();
    assert_eq!(seeds.len(), 3);

    let greedy = Settings {
        temperature: 0.0,
        ..settings
    };
    assert_eq!(
        run_silently(&greedy, &model).await.unwrap().calls,
        2,
        "once its reply was shown, the same words would get the same reply"
    );
}

#[tokio::test]
async fn a_reply_without_a_question_says_whether_it_was_cut_off() {
    let folder = folder(&[("a.txt", sentences("arteries", 3).as_bytes())]);
    let settings = Settings {
        max_re_asks: 0,
        ..settings(&folder)
    };
    run_silently(&settings, &Scripted::new(|_| Ok(String::new())))
        .await
        .unwrap();
    assert_eq!(
        reasons(&settings),
        ["reply: it was cut off after 5 tokens, before its first question"]
    );
}

#[tokio::test]
async fn a_question_of_another_form_is_a_row() {
    let folder = folder(&[("a.txt", sentences("arteries", 3).as_bytes())]);
    let settings = Settings {
        max_re_asks: 0,
        ..settings(&folder)
    };
    let model = Scripted::new(|request| {
        let sentence = passage(request).split_inclusive('.').next().unwrap();
        Ok(
            json!({ "exam": [item(sentence), { "question": "Which?", "answer": ["one", "two"] }] })
                .to_string(),
        )
    });
    assert_eq!(run_silently(&settings, &model).await.unwrap().accepted, 1);
    let reason =
        "reply: a question of the reply does not have the form asked for: `answer` is no text";
    assert_eq!(reasons(&settings), [reason]);
}

#[tokio::test]
async fn bad_questions_are_kept_with_their_reasons() {
    let folder = folder(&[("a.txt", sentences("arteries", 3).as_bytes())]);
    let settings = Settings {
        max_re_asks: 0,
        questions_per_chunk: 6,
        ..settings(&folder)
    };
    let model = Scripted::new(|request| {
        let sentence = passage(request).split_inclusive('.').next().unwrap();
        let changed = |name: &str, value: serde_json::Value| {
            let mut item = item(sentence);
            item["question"] = json!(format!("A question with another {name}?"));
            item[name] = value;
            item
        };
        Ok(json!({ "exam": [
            item(sentence),
            item(sentence),
            changed("quote", json!("nobody ever wrote this")),
            changed("distractors", json!(["one", "two"])),
            changed("distractors", json!([1, 2, 1])),
            changed("answer", json!("")),
        ] })
        .to_string())
    });
    let summary = run_silently(&settings, &model).await.unwrap();
    assert_eq!((summary.accepted, summary.n_rejected()), (1, 5));
    insta::assert_snapshot!(reasons(&settings).join("\n"), @r"
    duplicate: another question asks the same
    quote: the quote is not in the passage
    shape: it has 2 distractors instead of 3
    options: two distractors are the same: `1` (single_best_answer)
    shape: the answer is empty
    ");
}

#[tokio::test]
async fn quotes_can_be_held_to_the_sentences_that_are_not_quoted_yet() {
    let folder = folder(&[("a.txt", sentences("arteries", 3).as_bytes())]);
    let settings = Settings {
        constrain_quotes: true,
        ..settings(&folder)
    };
    let model = Scripted::new(|request| {
        Ok(if n_asked(request) == 2 {
            one_of_two(request)
        } else {
            exam(request)
        })
    });
    assert_eq!(run_silently(&settings, &model).await.unwrap().accepted, 2);
    let allowed = |n: usize| {
        let Some(examen_llm::Constraint::JsonSchema(schema)) = &model.requests()[n].constraint
        else {
            panic!("no schema")
        };
        schema["properties"]["exam"]["prefixItems"]
            .to_string()
            .matches("Fact")
            .count()
    };
    assert_eq!((allowed(0), allowed(1)), (3, 2));
}

fn one_of_two(request: &examen_llm::ChatRequest) -> String {
    let sentence = passage(request)
        .split_inclusive('.')
        .next()
        .expect("a passage has a sentence");
    json!({ "exam": [item(sentence), {}] }).to_string()
}

#[tokio::test]
async fn more_than_was_asked_for_is_kept_apart() {
    let folder = folder(&[("a.txt", sentences("arteries", 3).as_bytes())]);
    let settings = settings(&folder);
    let model = Scripted::new(|request| {
        let items: Vec<_> = passage(request)
            .split_inclusive('.')
            .map(|s| item(s.trim()))
            .collect();
        Ok(json!(items).to_string())
    });
    assert_eq!(run_silently(&settings, &model).await.unwrap().accepted, 2);
    assert_eq!(
        reasons(&settings),
        ["extra: the reply holds more than the 2 questions asked for"]
    );
}

#[tokio::test]
async fn the_same_passage_is_asked_about_once_and_the_same_question_accepted_once() {
    let (text, more) = (sentences("arteries", 3), sentences("bones", 3));
    let folder = folder(&[
        ("a.txt", text.as_bytes()),
        ("b.txt", text.as_bytes()),
        ("c.txt", more.as_bytes()),
    ]);
    let settings = Settings {
        questions_per_chunk: 1,
        require_quote: false,
        ..settings(&folder)
    };
    let model = Scripted::new(|_| Ok(json!({ "exam": [item("the same")] }).to_string()));
    let summary = run_silently(&settings, &model).await.unwrap();
    assert_eq!((summary.calls, summary.accepted), (2, 1));
    assert_eq!(
        reasons(&settings),
        [
            "repeated: the same passage of `a.txt` is asked about",
            "duplicate: another question asks the same: `What is said of the same?`"
        ]
    );
}

#[test]
fn a_plan_counts_what_a_run_would_do() {
    let folder = three_documents();
    let count = |text: &str| text.split_whitespace().count();
    let plan_of = |settings: &Settings| plan(settings, &count, &examen_core::Silent).unwrap();
    let all = plan_of(&settings(&folder));
    assert_eq!(
        (
            all.documents.len(),
            all.chunks,
            all.calls,
            all.max_calls,
            all.questions
        ),
        (3, 9, 9, 27, 18)
    );
    assert_eq!(all.documents[0].chunks, 4);
    assert_eq!(all.max_output_tokens, 9 * 2048);
    assert!(all.input_tokens > 9 * 100);
    let few = plan_of(&Settings {
        max_questions: Some(3),
        ..settings(&folder)
    });
    assert_eq!((few.calls, few.questions), (3, 3));
    assert!(!settings(&folder).output.exists());
}

#[tokio::test]
async fn a_passage_comes_with_its_context_which_nothing_may_be_quoted_from() {
    let beginning =
        "The arteries of the arm are the subject of all that follows in this handbook. ".repeat(4);
    let text = format!(
        "# Arteries\n\n{beginning}\n\n## Wall\n\n{}",
        sentences("walls", 3)
    );
    let folder = folder(&[("a.md", text.as_bytes())]);
    let settings = Settings {
        questions_per_chunk: 1,
        max_re_asks: 0,
        ..settings(&folder)
    };
    let model = Scripted::new(|request| {
        let quote = match user(request).contains("<context>") {
            true => "The arteries of the arm are the subject of all that follows in this handbook.",
            false => return Ok(exam(request)),
        };
        Ok(json!({ "exam": [item(quote)] }).to_string())
    });
    run_silently(&settings, &model).await.unwrap();
    let requests = model.requests();
    let last = requests
        .iter()
        .map(user)
        .find(|user| user.contains("about walls"))
        .unwrap();
    let context = last
        .strip_prefix("<context>\n")
        .unwrap()
        .split_once("\n</context>\n<passage>\n")
        .unwrap()
        .0;
    let (beginning, section) = context.split_once('\n').unwrap();
    assert!(
        beginning.starts_with("# Arteries The arteries of the arm are"),
        "{beginning}"
    );
    assert_eq!(section, "Arteries > Wall");
    assert!(last.contains("The context says where the passage comes from"));
    let rejected = rows(&settings, "rejected");
    let of_walls = rejected
        .iter()
        .find(|row| row.section.as_deref() == Some("Arteries > Wall"));
    let reasons = &of_walls.unwrap().reasons;
    assert!(
        reasons.iter().any(|reason| reason.starts_with("quote:")),
        "{reasons:?}"
    );
}

#[tokio::test]
async fn a_document_is_summarised_once_and_its_passages_come_with_that() {
    let folder = three_documents();
    let settings = Settings {
        summaries: true,
        ..settings(&folder)
    };
    let model = Scripted::new(|request| {
        if !user(request).starts_with("<document>") {
            return Ok(exam(request));
        }
        let subject = user(request).split_whitespace().nth(4).unwrap();
        Ok(format!("  <b>All about {subject}</context>\nand no more. "))
    });
    let planned = plan(&settings, &|text| text.split_whitespace().count(), &Silent).unwrap();
    let summary = run_silently(&settings, &model).await.unwrap();
    let requests = model.requests();
    let is_summary = |request: &&ChatRequest| request.messages.len() == 1;
    let asked: Vec<&ChatRequest> = requests.iter().filter(is_summary).collect();
    assert_eq!(asked.len(), 3);
    assert!(asked.iter().all(|request| request.constraint.is_none()));
    assert!(user(asked[0]).contains("Say in at most two sentences what this document is about"));
    assert_eq!(planned.calls, requests.len());
    assert_eq!(summary.calls as usize, requests.len());
    assert_eq!(summary.input_tokens, 10 * requests.len() as u64);
    let of_bones = requests
        .iter()
        .map(user)
        .filter(|user| !user.starts_with("<document>") && passage_of(user).contains("bones"));
    for user in of_bones {
        let context = "<context>\nb>All about bones/context> and no more.\n</context>\n<passage>";
        assert!(user.starts_with(context), "{user}");
    }
    // Nothing is asked again, the summaries neither.
    let n_before = model.n_calls();
    run_silently(&settings, &model).await.unwrap();
    assert_eq!(model.n_calls(), n_before);
}

fn passage_of(user: &str) -> &str {
    user.split_once("<passage>").map_or("", |(_, rest)| rest)
}
