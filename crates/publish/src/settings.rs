//! The check that a dataset is an exam.

use crate::error::PublishError;
use examen_core::{
    Letter,
    annotation::{
        DatasetSettings,
        names::{CORRECT_ANSWER, QUESTION},
    },
};

/// Checks that a dataset shows and asks what an exam needs: fields `question`, `answer_a` … `answer_d` and a question
/// `correct_answer`.
pub fn check(settings: &DatasetSettings) -> Result<(), PublishError> {
    let has_field = |name: &str| settings.fields.iter().any(|field| field.name == name);
    let fields = [QUESTION]
        .into_iter()
        .chain(Letter::ALL.map(Letter::column));
    if let Some(name) = fields.into_iter().find(|name| !has_field(name)) {
        return Err(PublishError::NotAnExam {
            what: "field",
            name,
        });
    }
    if !settings
        .questions
        .iter()
        .any(|question| question.name == CORRECT_ANSWER)
    {
        return Err(PublishError::NotAnExam {
            what: "question",
            name: CORRECT_ANSWER,
        });
    }
    Ok(())
}
