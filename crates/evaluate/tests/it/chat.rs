//! Prompts through a chat template.

use crate::{exam, run_folder::Row, scorers::Hashing, settings, task, testdata};
use examen_core::Silent;
use examen_evaluate::{
    ChatForm, ChatTemplate, Doc, EvaluateError, Exam, Reading, Settings, Way, Wording, run,
};
use examen_files::table::read_parquet;
use examen_llm::{ContinuationScorer, Message, Role, ScoreError, ScoreReply, ScoreRequest};
use serde::Deserialize;
use std::{fs, ops::ControlFlow};

/// What LightEval 0.13 makes of a question.
#[derive(Deserialize)]
struct Line {
    row: usize,
    shots: Vec<usize>,
    system: Option<String>,
    messages: Vec<Message>,
    plain: String,
}

/// Scores as `Hashing` does, behind a template that writes each message in brackets.
struct Chatting(Hashing);

impl ContinuationScorer for Chatting {
    fn id(&self) -> &str {
        "chatting"
    }

    fn score_each(
        &self,
        requests: &[ScoreRequest],
        on_reply: &mut (dyn FnMut(usize, ScoreReply) -> ControlFlow<()> + Send),
    ) -> Result<(), ScoreError> {
        self.0.score_each(requests, on_reply)
    }

    fn chat_prompt(&self, messages: &[Message]) -> Option<Result<String, String>> {
        let write = |message: &Message| match (message.role, &*message.content) {
            (_, "refuse") => Err("the template refuses it".to_owned()),
            (Role::System, "no system") => Err("System role not supported".to_owned()),
            (role, content) => Ok(format!("<{role:?}>{content}")),
        };
        Some(messages.iter().map(write).collect())
    }
}

#[test]
fn messages_and_texts_are_those_of_lighteval() {
    let exam = Exam::read(&testdata("lighteval/exam.jsonl"), &Reading::default()).unwrap();
    let task = task("exam_questions", &exam);
    let docs = &task.dataset.docs;
    let lines = fs::read_to_string(testdata("lighteval/chat_messages.jsonl")).unwrap();
    for line in lines.lines() {
        let line: Line = serde_json::from_str(line).unwrap();
        let shots: Vec<&Doc> = line.shots.iter().map(|&row| &docs[row]).collect();
        let doc = &docs[line.row];
        let messages = task.messages(doc, &shots, line.system.as_deref());
        assert_eq!(messages, line.messages, "{}", line.row);
        let context = task.context(doc, &shots);
        let plain = match line.system {
            Some(system) => format!("{system}\n\n{context}"),
            None => context,
        };
        assert_eq!(plain, line.plain, "{}", line.row);
    }
}

#[test]
fn in_lm_evaluation_harness_s_form_the_instruction_is_a_system_message() {
    let mut task = task("exam_questions", &exam(3));
    task.chat = ChatForm::Harness {
        target_delimiter: " ".to_owned(),
    };
    let docs = &task.dataset.docs;
    let messages = task.messages(&docs[0], &[&docs[1]], Some("Be brief."));
    let texts: Vec<_> = messages.iter().map(|message| &*message.content).collect();
    assert_eq!(
        texts,
        [
            "Be brief.\n\nChoose the correct answer for the following exam question:",
            "What is 1?",
            "two of 1",
            "What is 0?"
        ]
    );
    assert_eq!(messages[0].role, Role::System);
}

#[test]
fn a_chat_template_is_used_where_there_is_one_unless_it_is_off() {
    let folder = tempfile::tempdir().unwrap();
    let task = task("exam_questions", &exam(3));
    let asked = |chat_template, scorer: &dyn ContinuationScorer| {
        let settings = Settings {
            chat_template,
            ..settings(folder.path())
        };
        run(&settings, &task, scorer, &Silent)
    };
    let (plain, chatting) = (Hashing::new(), Chatting(Hashing::new()));
    let is_chat = |chat_template, scorer| asked(chat_template, scorer).unwrap().chat_template;
    assert!(is_chat(ChatTemplate::Auto, &chatting) && is_chat(ChatTemplate::On, &chatting));
    assert!(!is_chat(ChatTemplate::Off, &chatting) && !is_chat(ChatTemplate::Auto, &plain));
    let error = asked(ChatTemplate::On, &plain).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the chat template of `org/hashing` cannot be used: it has none"
    );
    assert!(error.hint().unwrap().contains("--chat-template off"));
    let with = asked(ChatTemplate::On, &chatting).unwrap();
    let fact = |name| {
        with.table()
            .facts
            .into_iter()
            .find(|(fact, _)| *fact == name)
    };
    assert_eq!(
        fact("prompts").unwrap().1,
        "through the model's chat template"
    );
    assert_ne!(
        with.metrics,
        asked(ChatTemplate::Off, &chatting).unwrap().metrics
    );
}

#[test]
fn a_template_without_system_messages_has_their_text_before_the_question() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings {
        system_prompt: Some("no system".to_owned()),
        ..settings(folder.path())
    };
    let task = task("exam_questions", &exam(1));
    let summary = run(&settings, &task, &Chatting(Hashing::new()), &Silent).unwrap();
    let rows: Vec<Row> = read_parquet(&summary.files[1]).unwrap();
    assert_eq!(
        rows[0].model_response.input.as_deref(),
        Some(
            "<User>no system\n\nChoose the correct answer for the following exam question:What is 0?"
        )
    );
}

#[test]
fn a_template_that_refuses_a_question_ends_the_run_before_anything_is_scored() {
    let folder = tempfile::tempdir().unwrap();
    let mut task = task("exam_questions", &exam(3));
    task.instruction = String::new();
    task.dataset.docs[1].query = "refuse".to_owned();
    let chatting = Chatting(Hashing::new());
    let error = run(&settings(folder.path()), &task, &chatting, &Silent).unwrap_err();
    assert!(
        matches!(error, EvaluateError::ChatTemplate { .. }),
        "{error}"
    );
    assert_eq!(chatting.0.n_asked(), 0);
}

#[test]
fn letters_have_names_of_their_own_in_results() {
    let folder = tempfile::tempdir().unwrap();
    let wording = Wording::built_in("en").unwrap();
    let task = wording
        .apply(&task("exam_questions|1", &exam(4)), Way::Letters)
        .unwrap();
    let summary = run(&settings(folder.path()), &task, &Hashing::new(), &Silent).unwrap();
    assert_eq!(
        (summary.task.as_str(), summary.answer),
        ("exam_questions_letters|1", Way::Letters)
    );
    assert_eq!(summary.wording.as_deref(), Some("en"));
    assert_eq!(summary.chance, Some(0.25));
}
