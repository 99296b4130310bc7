//! What LightEval's command line says.

use examen_evaluate::{EvaluateError, TaskSpec};

fn error(text: &str) -> EvaluateError {
    text.parse::<TaskSpec>().unwrap_err()
}

#[test]
fn every_form_of_the_task_is_understood() {
    let forms = [
        "exam_questions",
        "exam_questions|0",
        "community|exam_questions|0",
        "community|exam_questions|0|0",
        "community|exam_questions|0|1",
        "custom|exam_questions|0|0",
        "community|example|0|0",
    ];
    for form in forms {
        assert_eq!(
            form.parse::<TaskSpec>().unwrap().label(),
            "exam_questions|0",
            "{form}"
        );
    }
}

#[test]
fn examples_are_read() {
    let task: TaskSpec = "community|exam_questions|5|1".parse().unwrap();
    assert_eq!(
        (task.label().as_str(), task.n_shots(), task.drops_shots()),
        ("exam_questions|5", 5, true)
    );
    let original: TaskSpec = "example".parse().unwrap();
    assert_eq!(original.label(), "exam_questions|0");
}

#[test]
fn other_tasks_are_refused_in_words() {
    assert_eq!(
        error("leaderboard|mmlu|0|0").to_string(),
        "there is no task `leaderboard|mmlu|0|0`"
    );
    assert_eq!(
        error("leaderboard|mmlu|0|0").hint().unwrap(),
        "the tasks are: exam_questions|0"
    );
    assert!(matches!(
        error("leaderboard|exam_questions|0|0"),
        EvaluateError::UnknownTask { .. }
    ));
    for malformed in [
        "a|b|c|d|e",
        "community|exam_questions|x|0",
        "exam_questions|-1",
        "community|exam_questions|0|2",
    ] {
        assert!(
            matches!(error(malformed), EvaluateError::TaskSyntax { .. }),
            "{malformed}"
        );
    }
    assert!(matches!(error(""), EvaluateError::UnknownTask { .. }));
}
