//! Replies that a second model judges.

use crate::{
    exam,
    replies::{Replies, generated, written},
    scorers::Hashing,
    settings, task,
};
use examen_core::Silent;
use examen_evaluate::{
    EvaluateError, Judge, JudgeLabels, JudgeSummary, Model, Rubric, RunSummary, Settings, metrics,
    run,
};
use examen_llm::{
    BoxFuture, ChatError, ChatModel, ChatReply, ChatRequest, Constraint, FinishReason, Price, Usage,
};
use serde_json::Value;
use std::{
    fs,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

/// A judge that says what `says` makes of the request.
struct Speaker {
    says: fn(&str) -> &'static str,
    asked: AtomicUsize,
    /// Requests from this one on fail.
    limit: usize,
    last: Mutex<Option<ChatRequest>>,
}

impl Speaker {
    fn new(says: fn(&str) -> &'static str, limit: usize) -> Arc<Self> {
        Arc::new(Self {
            says,
            limit,
            asked: AtomicUsize::new(0),
            last: Mutex::default(),
        })
    }
}

impl ChatModel for Speaker {
    fn id(&self) -> &str {
        "speaker"
    }

    fn count_tokens(&self, text: &str) -> usize {
        text.len() / 4
    }

    fn chat<'a>(&'a self, request: &'a ChatRequest) -> BoxFuture<'a, Result<ChatReply, ChatError>> {
        Box::pin(async {
            if self.asked.fetch_add(1, Ordering::Relaxed) >= self.limit {
                return Err(ChatError::Unreachable {
                    url: "http://there".to_owned(),
                    reason: "it broke down".to_owned(),
                });
            }
            *self.last.lock().unwrap() = Some(request.clone());
            Ok(ChatReply {
                text: (self.says)(&request.messages.last().unwrap().content).to_owned(),
                finish: FinishReason::Stop,
                usage: Usage {
                    input_tokens: 100,
                    output_tokens: 1,
                },
                extra: Default::default(),
            })
        })
    }
}

/// Of the replies `A`, `The answer is **B**.` and `D` it takes the last for wrong, and says nothing clear of the second.
fn by_reply(asked: &str) -> &'static str {
    let reply = asked.split_once("<reply>\n").unwrap().1;
    match reply.split_once("\n</reply>").unwrap().0 {
        "A" => "<think>incorrect?</think>The letters agree.\nVerdict: **correct**",
        "D" => "incorrect",
        _ => "It is hardly correct.",
    }
}

fn judging(folder: &Path, model: &Arc<Speaker>, rubric: &str) -> Settings {
    Settings {
        metrics: vec![
            metrics::find("judge").unwrap(),
            metrics::find("letter_match").unwrap(),
        ],
        records_replies: true,
        judge: Some(Judge {
            model: model.clone(),
            fingerprint: String::new(),
            rubric: Rubric::built_in(rubric, "en").unwrap(),
            labels: JudgeLabels::default(),
            is_constrained: false,
            price: Some(Price::per_million(10.0, 1000.0).unwrap()),
        }),
        ..written(folder)
    }
}

fn judged(settings: &Settings) -> Result<RunSummary, EvaluateError> {
    run(
        settings,
        &generated(6),
        Model::Chat(&Replies::limited(usize::MAX)),
        &Silent,
    )
}

fn told(summary: &RunSummary) -> JudgeSummary {
    summary.judge.clone().unwrap()
}

#[test]
fn verdicts_are_counted_metered_and_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let model = Speaker::new(by_reply, usize::MAX);
    let summary = judged(&judging(folder.path(), &model, "reference")).unwrap();
    // Three of the six questions have a reply that can be judged, and one of these no verdict.
    assert_eq!(summary.n_scored, 3);
    let metric = &summary.metrics[0];
    assert_eq!(
        (metric.name.as_str(), metric.n, metric.value),
        ("judge", 2, Some(0.5))
    );
    assert_eq!(metric.missing["the judge gave no verdict"], 1);
    let judge = told(&summary);
    assert_eq!((judge.n_calls, judge.n_without_verdict), (3, 1));
    assert_eq!((judge.input_tokens, judge.output_tokens), (300, 3));
    // 300 tokens at 10 and 3 at 1,000 US dollars a million.
    assert!((judge.cost.unwrap() - 0.006).abs() < 1e-12, "{judge:?}");
    assert_eq!(judge.agreement, None);
    let facts = summary.table().facts;
    assert!(
        facts
            .iter()
            .any(|(name, fact)| *name == "judge" && fact.contains("$0.0060")),
        "{facts:?}"
    );
    let lines = fs::read_to_string(summary.files.last().unwrap()).unwrap();
    let lines: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines[0]["judge"][0]["verdict"], "correct");
    assert_eq!(lines[1]["judge"][0]["verdict"], Value::Null);
    assert_eq!(lines[2].get("judge"), None);
    assert!(
        lines[5]["judge"][0]["messages"]
            .to_string()
            .contains("What is 5?")
    );
}

#[test]
fn a_judge_that_can_be_held_to_its_verdicts_is() {
    let folder = tempfile::tempdir().unwrap();
    let model = Speaker::new(by_reply, usize::MAX);
    let mut settings = judging(folder.path(), &model, "reference");
    settings.judge.as_mut().unwrap().is_constrained = true;
    judged(&settings).unwrap();
    let request = model.last.lock().unwrap().take().unwrap();
    let words = ["correct", "incorrect"].map(str::to_owned).to_vec();
    assert_eq!(request.constraint, Some(Constraint::Choice(words)));
}

#[test]
fn a_judge_that_always_prefers_the_first_text_prefers_none() {
    let folder = tempfile::tempdir().unwrap();
    let model = Speaker::new(|_| "first", usize::MAX);
    let summary = judged(&judging(folder.path(), &model, "pair")).unwrap();
    assert_eq!(
        (summary.metrics[0].n, summary.metrics[0].value),
        (3, Some(0.5))
    );
    let judge = told(&summary);
    assert_eq!((judge.n_calls, judge.n_changed_by_order), (6, Some(3)));
}

#[test]
fn a_judge_that_broke_down_goes_on_where_it_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let whole = judged(&judging(
        folder.path(),
        &Speaker::new(by_reply, usize::MAX),
        "reference",
    ))
    .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let broken = Speaker::new(by_reply, 1);
    let first = judged(&judging(folder.path(), &broken, "reference")).unwrap();
    assert_eq!(told(&first).n_without_verdict, 2);
    let again = Speaker::new(by_reply, usize::MAX);
    let graded = Replies::limited(0);
    let settings = judging(folder.path(), &again, "reference");
    let resumed = run(&settings, &generated(6), Model::Chat(&graded), &Silent).unwrap();
    assert_eq!(
        again.asked.load(Ordering::Relaxed),
        2,
        "the finished verdict is kept"
    );
    assert_eq!(
        (resumed.metrics, resumed.judge),
        (whole.metrics, whole.judge)
    );
}

#[test]
fn agreement_with_labels_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("labels.jsonl");
    let lines = [
        r#"{"question_id": "q0", "verdict": "correct"}"#,
        r#"{"question_id": "q5", "reply": "D", "verdict": "correct"}"#,
        r#"{"question_id": "q5", "reply": "C", "verdict": "incorrect"}"#,
    ];
    fs::write(&file, lines.join("\n")).unwrap();
    let model = Speaker::new(by_reply, usize::MAX);
    let mut settings = judging(folder.path(), &model, "reference");
    let judge = settings.judge.as_mut().unwrap();
    judge.labels = JudgeLabels::read(&file, &judge.rubric).unwrap();
    let summary = judged(&settings).unwrap();
    let agreement = told(&summary).agreement.unwrap();
    assert_eq!(
        (agreement.n, agreement.n_agreed, agreement.n_unused),
        (2, 1, 1)
    );
    // sklearn.metrics.cohen_kappa_score([0, 1], [0, 0]) is 0.
    assert_eq!(agreement.kappa, Some(0.0));
    let facts = summary.table().facts;
    let told = facts.iter().find(|(name, _)| *name == "agreement").unwrap();
    assert!(
        told.1
            .contains("1 of 2 labels (50.0 %), Cohen's kappa 0.0000; 1 labels"),
        "{told:?}"
    );
}

#[test]
fn a_run_without_replies_has_no_judge() {
    let folder = tempfile::tempdir().unwrap();
    let model = Speaker::new(by_reply, usize::MAX);
    let likelihood = Settings {
        judge: judging(folder.path(), &model, "reference").judge,
        ..settings(folder.path())
    };
    let error = run(
        &likelihood,
        &task("exam_questions", &exam(2)),
        &Hashing::new(),
        &Silent,
    )
    .unwrap_err();
    assert!(
        error.to_string().contains("a judge reads replies"),
        "{error}"
    );
}
