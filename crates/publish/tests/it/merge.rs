use crate::records::{discarded, improved, mixture, record, submitted, with};
use examen_core::{
    ExamRow, KeySource, Letter, Vote,
    annotation::{
        DatasetSettings, Field, FieldSettings, Question, QuestionSettings, Record, ResponseStatus,
        ReviewMode, questions::Text,
    },
};
use examen_publish::{Plan, PlanOptions, PublishError, Reason, VoteCounts, check, plan};
use serde_json::json;
use std::slice;

const REVIEWED: PlanOptions = PlanOptions {
    include_unreviewed: false,
    min_votes: None,
};
const ALL: PlanOptions = PlanOptions {
    include_unreviewed: true,
    min_votes: None,
};

fn row(record: Record) -> ExamRow {
    let plan = plan(&[record], &REVIEWED);
    assert_eq!(plan.left_out, []);
    plan.rows.into_iter().next().unwrap()
}

/// The reason, and the detail, for which a record is no row.
fn left_out(record: Record) -> (Reason, String) {
    let plan = plan(&[record], &REVIEWED);
    assert_eq!(plan.rows, []);
    let left_out = plan.left_out.into_iter().next().unwrap();
    (left_out.reason, left_out.detail)
}

fn key(row: &ExamRow) -> (Letter, KeySource, u32, u32) {
    (row.correct_answer, row.key_source, row.n_votes, row.n_agree)
}

#[test]
fn one_reviewer_decides() {
    assert_eq!(
        key(&row(submitted(record(1), "d"))),
        (Letter::D, KeySource::Reviewed, 1, 1)
    );
}

#[test]
fn two_reviewers_agree_or_tie() {
    assert_eq!(
        key(&row(submitted(submitted(record(1), "a"), "a"))),
        (Letter::A, KeySource::Reviewed, 2, 2)
    );
    let tie = submitted(submitted(record(1), "a"), "b");
    assert_eq!(
        left_out(tie),
        (Reason::Undecided, "1 × answer_a, 1 × answer_b".to_owned())
    );
}

#[test]
fn the_majority_wins_and_half_is_none() {
    let majority = submitted(submitted(submitted(record(1), "a"), "b"), "a");
    assert_eq!(
        key(&row(majority.clone())),
        (Letter::A, KeySource::Adjudicated, 3, 2)
    );
    let half = submitted(majority, "c");
    assert_eq!(
        left_out(half),
        (
            Reason::Undecided,
            "2 × answer_a, 1 × answer_b, 1 × answer_c".to_owned()
        )
    );
}

#[test]
fn a_discard_is_a_vote_against() {
    assert_eq!(
        left_out(discarded(record(1))),
        (Reason::Discarded, "1 × discarded".to_owned())
    );
    let even = discarded(submitted(record(1), "a"));
    assert_eq!(
        left_out(even.clone()),
        (Reason::Discarded, "1 × answer_a, 1 × discarded".to_owned())
    );
    assert_eq!(
        key(&row(submitted(even, "a"))),
        (Letter::A, KeySource::Adjudicated, 2, 2)
    );
    let split = discarded(submitted(submitted(record(1), "a"), "b"));
    assert_eq!(left_out(split).0, Reason::Undecided);
}

#[test]
fn a_discard_is_not_undone_by_asking_for_unreviewed_records() {
    let plan = plan(&[discarded(record(1))], &ALL);
    assert_eq!(plan.left_out[0].reason, Reason::Discarded);
}

#[test]
fn a_row_with_fewer_answers_than_asked_for_is_partly_reviewed() {
    let asked = |min_votes, record| {
        let options = PlanOptions {
            min_votes: Some(min_votes),
            ..REVIEWED
        };
        let plan = plan(&[record], &options);
        assert_eq!(plan.min_votes, min_votes);
        (plan.rows[0].key_source, plan.counts.partly_reviewed)
    };
    let two = submitted(submitted(record(1), "a"), "a");
    assert_eq!(asked(2, two.clone()), (KeySource::Reviewed, 0));
    assert_eq!(asked(3, two.clone()), (KeySource::PartlyReviewed, 1));
    // A discard is a vote, but no answer.
    let discarded = discarded(two);
    assert_eq!(asked(2, discarded.clone()), (KeySource::Adjudicated, 0));
    assert_eq!(asked(3, discarded.clone()), (KeySource::PartlyReviewed, 1));
    let row = row(discarded);
    assert_eq!((row.n_votes, row.n_discards, row.answer), (2, 1, 0));
    let unreviewed = PlanOptions {
        min_votes: Some(3),
        ..ALL
    };
    let rows = plan(&[record(1)], &unreviewed).rows;
    assert_eq!(rows[0].key_source, KeySource::Suggested);
}

#[test]
fn a_wording_that_one_reviewer_gave_says_so() {
    let better = |record| improved(record, "b", Some("How much is 1 + 1?"), None);
    let one = better(submitted(record(1), "b"));
    assert_eq!(plan(slice::from_ref(&one), &REVIEWED).counts.unconfirmed, 1);
    assert_eq!(row(one.clone()).n_improved, 1);
    let two = better(one);
    assert_eq!(plan(slice::from_ref(&two), &REVIEWED).counts.unconfirmed, 0);
    assert_eq!(row(two.clone()).n_improved, 2);
    // The key's text of one reviewer counts, whatever the question's.
    let key = improved(two, "b", None, Some("two"));
    assert_eq!(row(key).n_improved, 1);
    assert_eq!(row(submitted(record(1), "b")).n_improved, 0);
}

#[test]
fn every_vote_says_what_its_reviewer_had_seen() {
    let says = |record, status, values| with(record, status, values);
    let blind = |first: &str, last: &str| json!({ "correct_answer": last, "first_answer": first, "review_mode": "blind" });
    let (submitted, discarded) = (ResponseStatus::Submitted, ResponseStatus::Discarded);
    let record = says(record(1), submitted, blind("answer_b", "answer_b"));
    let record = says(record, submitted, blind("answer_c", "answer_b"));
    let record = says(record, discarded, blind("answer_a", "answer_a"));
    let record = says(
        record,
        submitted,
        json!({ "correct_answer": "answer_b", "review_mode": "assisted" }),
    );
    let record = says(
        record,
        submitted,
        json!({ "correct_answer": "answer_b", "review_mode": "asleep" }),
    );
    let record = says(record, ResponseStatus::Draft, blind("answer_d", "answer_d"));
    let plan = plan(&[record], &REVIEWED);
    let vote = |answer, first_answer, mode| Vote {
        answer,
        first_answer,
        mode,
    };
    let (a, b, c) = (Some(Letter::A), Some(Letter::B), Some(Letter::C));
    let (blind, assisted) = (Some(ReviewMode::Blind), Some(ReviewMode::Assisted));
    let votes = [
        vote(b, b, blind),
        vote(b, c, blind),
        vote(None, a, blind),
        vote(b, None, assisted),
        vote(b, None, None),
    ];
    assert_eq!(plan.rows[0].votes, votes);
    let counts = VoteCounts {
        blind: 3,
        assisted: 1,
        unknown: 1,
        agreed: 1,
        changed: 2,
        changed_to_suggestion: 1,
    };
    assert_eq!(plan.counts.votes, counts);
}

#[test]
fn flaws_and_comments_are_kept_of_rows_and_of_what_is_left_out() {
    let says = |record, status, flaws: &[&str], comment: &str| {
        let values =
            json!({ "correct_answer": "answer_b", "flaws": flaws, "review_comment": comment });
        with(record, status, values)
    };
    let (submitted, discarded) = (ResponseStatus::Submitted, ResponseStatus::Discarded);
    let kept = says(record(1), submitted, &["trivial", "ambiguous"], " Why? ");
    let kept = says(kept, submitted, &["trivial"], "");
    let kept = says(kept, discarded, &["none_right"], "No unit.");
    let kept = row(says(kept, ResponseStatus::Draft, &["other"], "Unfinished"));
    assert_eq!(
        kept.flaws,
        ["ambiguous", "none_right", "trivial", "trivial"]
    );
    assert_eq!(kept.comments, ["Why?", "No unit."]);
    assert_eq!(kept.n_discards, 1);
    let dropped = says(record(2), discarded, &["several_right"], "A and B.");
    let plan = plan(&[dropped], &REVIEWED);
    assert_eq!(plan.left_out[0].flaws, ["several_right"]);
    assert_eq!(plan.left_out[0].comments, ["A and B."]);
    assert!(plan.summary().contains("(1 × discarded; several_right)"));
}

#[test]
fn drafts_and_submissions_without_an_answer_do_not_count() {
    let draft = with(
        submitted(record(1), "a"),
        ResponseStatus::Draft,
        json!({ "correct_answer": "answer_b" }),
    );
    assert_eq!(key(&row(draft)), (Letter::A, KeySource::Reviewed, 1, 1));
    for values in [
        json!({}),
        json!({ "correct_answer": "b" }),
        json!({ "correct_answer": 2 }),
    ] {
        assert_eq!(
            left_out(with(record(1), ResponseStatus::Submitted, values)).0,
            Reason::Unreviewed
        );
    }
}

#[test]
fn unreviewed_records_are_rows_only_when_asked_for_and_are_marked() {
    assert_eq!(left_out(record(1)).0, Reason::Unreviewed);
    let rows = plan(&[record(1)], &ALL).rows;
    assert_eq!(key(&rows[0]), (Letter::B, KeySource::Suggested, 0, 0));
    let mut silent = record(1);
    silent.suggestions.clear();
    assert_eq!(plan(&[silent], &ALL).left_out[0].reason, Reason::NoKey);
}

#[test]
fn improved_wording_is_applied() {
    let row = row(improved(
        record(1),
        "b",
        Some(" How much is 1 + 1? "),
        Some("two"),
    ));
    assert_eq!(row.question, "How much is 1 + 1?");
    assert_eq!(row.answers(), ["1", "two", "3", "4"]);
    assert!(row.improved);
}

#[test]
fn wording_that_says_nothing_new_improves_nothing() {
    let row = row(improved(record(1), "b", Some("  "), Some("2")));
    assert_eq!(
        (row.question.as_str(), row.improved),
        ("What is 1 + 1?", false)
    );
}

#[test]
fn the_wording_of_most_wins_then_the_latest() {
    let two = improved(
        improved(record(1), "b", Some("First?"), None),
        "b",
        Some("Second?"),
        None,
    );
    assert_eq!(row(two.clone()).question, "Second?");
    assert_eq!(
        row(improved(two, "b", Some("First?"), None)).question,
        "First?"
    );
}

#[test]
fn only_those_who_chose_the_key_are_heard() {
    let record = submitted(
        improved(
            submitted(record(1), "b"),
            "c",
            Some("Wrong?"),
            Some("wrong"),
        ),
        "b",
    );
    let row = row(record);
    assert_eq!(
        (row.question.as_str(), row.improved, row.n_agree),
        ("What is 1 + 1?", false, 2)
    );
}

#[test]
fn options_must_stay_distinct() {
    let (reason, detail) = left_out(improved(record(1), "b", None, Some("4.")));
    assert_eq!(
        (reason, detail.as_str()),
        (
            Reason::ImprovedOptionsCollide,
            "two options are the same: `4`"
        )
    );
    let mut twins = submitted(record(1), "b");
    twins.fields.insert("answer_d".to_owned(), json!("1"));
    assert_eq!(left_out(twins).0, Reason::OptionsCollide);
}

#[test]
fn a_better_key_may_tell_twins_apart() {
    let mut twins = record(1);
    twins.fields.insert("answer_d".to_owned(), json!("2"));
    assert_eq!(
        row(improved(twins, "b", None, Some("two"))).answers(),
        ["1", "two", "3", "2"]
    );
}

#[test]
fn a_missing_text_is_named() {
    for value in [json!(null), json!("  "), json!(4)] {
        let mut broken = submitted(record(1), "a");
        broken.fields.insert("answer_c".to_owned(), value);
        assert_eq!(
            left_out(broken),
            (Reason::TextMissing, "no answer_c".to_owned())
        );
    }
}

#[test]
fn provenance_is_kept_and_optional() {
    let full = row(submitted(record(1), "b"));
    assert_eq!(full.question_id, "q1");
    assert_eq!(full.document.as_deref(), Some("más | sumas.txt"));
    assert_eq!(full.quote.as_deref(), Some("gives the next number"));
    let mut bare = submitted(record(1), "b");
    bare.metadata.clear();
    let bare = row(bare);
    assert_eq!((bare.question_id.as_str(), bare.document), ("q1", None));
    assert_eq!(bare.generation_model.as_deref(), Some("smollm2"));
}

#[test]
fn the_numbers_add_up() {
    let plan = plan(&mixture(), &ALL);
    insta::assert_snapshot!(plan.summary());
    assert_eq!(plan.rows.len() + plan.left_out.len(), plan.counts.records);
    assert_eq!(plan.counts.reviewers, 3);
    let json = serde_json::to_value(&plan).unwrap();
    assert_eq!(
        json["left_out"][0],
        json!({
            "external_id": "q4", "question": "What is 4 + 1?", "reason": "discarded", "detail": "1 × discarded",
            "votes": [{ "answer": null, "first_answer": null, "mode": "assisted" }],
            "flaws": ["none_right", "trivial"], "comments": [],
        })
    );
    assert_eq!(serde_json::from_value::<Plan>(json).unwrap(), plan);
}

#[test]
fn a_dataset_that_is_no_exam_is_refused() {
    let field = |name: &str| {
        let settings = FieldSettings::Text {
            use_markdown: false,
        };
        Field {
            name: name.to_owned(),
            title: String::new(),
            required: true,
            settings,
        }
    };
    let mut settings = DatasetSettings {
        guidelines: None,
        fields: ["question", "answer_a", "answer_b", "answer_c", "answer_d"]
            .map(field)
            .to_vec(),
        questions: vec![Question {
            name: "correct_answer".to_owned(),
            title: String::new(),
            description: None,
            required: true,
            settings: QuestionSettings::Text(Text::default()),
        }],
        min_submitted: 1,
    };
    check(&settings).unwrap();
    settings.questions.clear();
    assert!(matches!(
        check(&settings),
        Err(PublishError::NotAnExam {
            what: "question",
            name: "correct_answer"
        })
    ));
    settings.fields.pop();
    let error = check(&settings).unwrap_err();
    assert_eq!(
        error.to_string(),
        "this dataset is not an exam: it has no field `answer_d`"
    );
}

#[test]
fn a_long_list_is_cut_off_with_a_word() {
    let ties: Vec<Record> = (0..25)
        .map(|number| submitted(submitted(record(number), "a"), "b"))
        .collect();
    let summary = plan(&ties, &REVIEWED).summary();
    assert_eq!(summary.lines().count(), 3 + 20 + 1);
    assert!(summary.ends_with("… and 5 more\n"), "{summary}");
}
