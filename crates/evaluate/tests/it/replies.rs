//! Questions answered by replies in words.

use crate::{exam, scorers::Hashing, settings, task};
use examen_core::Silent;
use examen_evaluate::{
    EvaluateError, Model, Reasoning, RunSummary, Settings, Task, Way, Wording, metrics, run,
};
use examen_files::table::read_parquet;
use examen_llm::{
    BoxFuture, ChatError, ChatModel, ChatReply, ChatRequest, Constraint, FinishReason, Usage,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, json};
use std::{
    ops::Range,
    path::Path,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

/// Replies by the number in the question, but to none of the requests `fails`.
pub(crate) struct Replies {
    asked: AtomicUsize,
    fails: Range<usize>,
    spent: Mutex<Usage>,
    last: Mutex<Option<ChatRequest>>,
}

impl Replies {
    pub(crate) fn limited(limit: usize) -> Self {
        Self::failing(limit..usize::MAX)
    }

    fn failing(fails: Range<usize>) -> Self {
        Self {
            asked: AtomicUsize::new(0),
            fails,
            spent: Mutex::default(),
            last: Mutex::default(),
        }
    }

    fn reply(&self, request: &ChatRequest) -> Result<ChatReply, ChatError> {
        if self
            .fails
            .contains(&self.asked.fetch_add(1, Ordering::Relaxed))
        {
            return Err(ChatError::Unreachable {
                url: "http://there".to_owned(),
                reason: "it broke down".to_owned(),
            });
        }
        *self.last.lock().unwrap() = Some(request.clone());
        let question = &request.messages.last().unwrap().content;
        let (text, finish) = match question.split_once("What is ").unwrap().1.chars().next() {
            Some('0') => ("A", FinishReason::Stop),
            Some('1') => (
                "<think>Is it C? No.</think>The answer is **B**.",
                FinishReason::Stop,
            ),
            Some('2') => ("I would rather not say.", FinishReason::Stop),
            Some('3') => ("<think>Is it A", FinishReason::Length),
            Some('4') => return Err(ChatError::Refused("too long".to_owned())),
            _ => ("D", FinishReason::Stop),
        };
        Ok(ChatReply {
            text: text.to_owned(),
            finish,
            usage: Usage {
                input_tokens: 10,
                output_tokens: 3,
            },
            extra: match text {
                "A" => Map::from_iter([("sources".to_owned(), json!(["page 3"]))]),
                _ => Map::new(),
            },
        })
    }
}

impl ChatModel for Replies {
    fn id(&self) -> &str {
        "replies"
    }

    fn count_tokens(&self, text: &str) -> usize {
        text.len() / 4
    }

    fn already_spent(&self, usage: Usage) {
        *self.spent.lock().unwrap() += usage;
    }

    fn chat<'a>(&'a self, request: &'a ChatRequest) -> BoxFuture<'a, Result<ChatReply, ChatError>> {
        Box::pin(async { self.reply(request) })
    }
}

pub(crate) fn generated(n: usize) -> Task {
    let wording = Wording::built_in("en").unwrap();
    wording
        .apply(&task("exam_questions", &exam(n)), Way::Generate)
        .unwrap()
}

pub(crate) fn written(folder: &Path) -> Settings {
    Settings {
        metrics: metrics::defaults(Way::Generate),
        ..settings(folder)
    }
}

fn asked(folder: &Path, n: usize, model: &Replies) -> Result<RunSummary, EvaluateError> {
    run(&written(folder), &generated(n), Model::Chat(model), &Silent)
}

#[derive(Serialize, Deserialize)]
struct Row {
    model_response: Response,
}

#[derive(Serialize, Deserialize)]
struct Response {
    input: String,
    text: Vec<String>,
    text_post_processed: Option<Vec<String>>,
}

#[test]
fn a_reply_is_read_for_its_letter_and_one_without_is_not_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let summary = asked(folder.path(), 6, &Replies::limited(usize::MAX)).unwrap();
    assert_eq!(
        (summary.n_scored, summary.task.as_str()),
        (3, "exam_questions_generate|0")
    );
    // A for 0 and B for 1 are keys, D for 5 is not.
    assert_eq!(summary.headline().n_correct, Some(2));
    let reasons: Vec<_> = summary
        .unscored
        .iter()
        .map(|q| format!("{}: {}", q.id, q.reason))
        .collect();
    assert_eq!(
        reasons,
        [
            "q2: the reply chooses no option: `I would rather not say.`",
            "q3: the reply was cut off before its answer",
            "q4: the model could not score it: too long"
        ]
    );
    assert_eq!(
        (summary.n_context_tokens, summary.n_answer_tokens),
        (50, 15)
    );
    let rows: Vec<Row> = read_parquet(&summary.files[1]).unwrap();
    let thought = &rows[1].model_response;
    assert_eq!(
        thought.text,
        ["<think>Is it C? No.</think>The answer is **B**."]
    );
    assert_eq!(
        thought.text_post_processed.as_ref().unwrap(),
        &["The answer is **B**."]
    );
    assert!(
        thought
            .input
            .contains("[user]\nWhat is 1?\n\nA. one of 1\n"),
        "{}",
        thought.input
    );
}

#[test]
fn a_server_that_is_gone_ends_the_run_which_goes_on_later_with_what_it_has_spent() {
    let folder = tempfile::tempdir().unwrap();
    let error = asked(folder.path(), 30, &Replies::limited(4)).unwrap_err();
    assert!(matches!(error, EvaluateError::Chat { .. }), "{error}");
    let rest = Replies::limited(usize::MAX);
    let resumed = asked(folder.path(), 30, &rest).unwrap();
    assert_eq!(
        (rest.asked.load(Ordering::Relaxed), resumed.n_resumed),
        (26, 4)
    );
    let spent = *rest.spent.lock().unwrap();
    assert_eq!((spent.input_tokens, spent.output_tokens), (40, 12));
    let other = tempfile::tempdir().unwrap();
    let whole = asked(other.path(), 30, &Replies::limited(usize::MAX)).unwrap();
    assert_eq!(
        (resumed.metrics, resumed.unscored),
        (whole.metrics, whole.unscored)
    );
}

#[test]
fn a_question_that_fails_is_unscored_and_asked_again_by_the_next_run() {
    let folder = tempfile::tempdir().unwrap();
    let summary = asked(folder.path(), 6, &Replies::failing(0..1)).unwrap();
    let reasons: Vec<_> = summary
        .unscored
        .iter()
        .map(|q| q.reason.to_string())
        .collect();
    assert_eq!(summary.n_scored, 2);
    assert!(
        reasons.iter().any(
            |reason| reason.starts_with("no answer came: ") && reason.contains("it broke down")
        ),
        "{reasons:?}"
    );
    let again = Replies::limited(usize::MAX);
    let summary = asked(folder.path(), 6, &again).unwrap();
    assert_eq!(
        (again.asked.load(Ordering::Relaxed), summary.n_scored),
        (1, 3)
    );
}

#[test]
fn thinking_that_was_not_asked_for_or_goes_on_for_too_long_is_no_answer() {
    // Question 1 is answered after six tokens of thoughts, question 3 never.
    for (reasoning, n_scored, named) in [
        (Reasoning::Auto, 3, "cut off"),
        (Reasoning::Off, 2, "--reasoning off"),
        (Reasoning::Budget(5), 2, "thought for 6 tokens"),
        (Reasoning::Budget(6), 3, "cut off"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let mut settings = written(folder.path());
        settings.writing.reasoning = reasoning;
        settings.writing.is_constrained = true;
        let model = Replies::limited(usize::MAX);
        let summary = run(&settings, &generated(6), Model::Chat(&model), &Silent).unwrap();
        assert_eq!(summary.n_scored, n_scored, "{reasoning}");
        let reasons: Vec<_> = summary
            .unscored
            .iter()
            .map(|q| q.reason.to_string())
            .collect();
        assert!(
            reasons.iter().any(|reason| reason.contains(named)),
            "{reasons:?}"
        );
        let request = model.last.lock().unwrap().take().unwrap();
        let (max_tokens, is_held) = match reasoning {
            Reasoning::Budget(n) => (1024 + n, false),
            Reasoning::Auto | Reasoning::Off => (1024, true),
        };
        assert_eq!(request.sampling.max_tokens, max_tokens);
        assert_eq!(request.constraint.is_some(), is_held);
    }
}

#[test]
fn recorded_replies_are_whole_and_private() {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = written(folder.path());
    settings.records_replies = true;
    let model = Replies::limited(usize::MAX);
    let summary = run(&settings, &generated(5), Model::Chat(&model), &Silent).unwrap();
    let file = summary.files.last().unwrap();
    let text = std::fs::read_to_string(file).unwrap();
    let lines: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 5);
    assert_eq!(
        lines[1]["replies"][0],
        "<think>Is it C? No.</think>The answer is **B**."
    );
    assert_eq!(lines[1]["answers"][0], "The answer is **B**.");
    assert_eq!(lines[0]["extra"], json!([{"sources": ["page 3"]}]));
    assert!(lines[1].get("extra").is_none());
    assert_eq!(lines[4]["replies"], serde_json::json!([]));
    assert!(lines[4]["unscored"].as_str().unwrap().contains("too long"));
    assert!(lines[0]["messages"].to_string().contains("What is 0?"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn a_constrained_reply_can_only_be_a_letter() {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = written(folder.path());
    settings.writing.is_constrained = true;
    let model = Replies::limited(usize::MAX);
    run(&settings, &generated(1), Model::Chat(&model), &Silent).unwrap();
    let request = model.last.lock().unwrap().take().unwrap();
    let letters = ["A", "B", "C", "D"].map(str::to_owned).to_vec();
    assert_eq!(request.constraint, Some(Constraint::Choice(letters)));
}

#[test]
fn a_model_that_does_not_answer_in_the_task_s_way_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let model = Replies::limited(usize::MAX);
    let likelihood = task("exam_questions", &exam(2));
    let error = run(
        &settings(folder.path()),
        &likelihood,
        Model::Chat(&model),
        &Silent,
    )
    .unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("the model gives no log-probabilities"),
        "{error}"
    );
    let scorer = Hashing::new();
    let error = run(&written(folder.path()), &generated(2), &scorer, &Silent).unwrap_err();
    assert!(
        error.to_string().ends_with("the model writes no replies"),
        "{error}"
    );
}
