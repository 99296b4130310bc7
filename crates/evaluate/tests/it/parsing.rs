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
        assert_eq!(form.parse::<TaskSpec>().unwrap().label(), "exam_questions|0", "{form}");
    }
}

#[test]
fn other_tasks_and_few_shot_examples_are_refused_in_words() {
    assert_eq!(error("leaderboard|mmlu|0|0").to_string(), "there is no task `leaderboard|mmlu|0|0`");
    assert_eq!(error("leaderboard|mmlu|0|0").hint().unwrap(), "the tasks are: exam_questions|0");
    assert!(matches!(error("leaderboard|exam_questions|0|0"), EvaluateError::UnknownTask { .. }));
    assert!(matches!(error("community|exam_questions|5|0"), EvaluateError::FewShot { n_shots: 5 }));
    for malformed in ["a|b|c|d|e", "community|exam_questions|x|0", "exam_questions|-1", "community|exam_questions|0|2"]
    {
        assert!(matches!(error(malformed), EvaluateError::TaskSyntax { .. }), "{malformed}");
    }
    assert!(matches!(error(""), EvaluateError::UnknownTask { .. }));
}
