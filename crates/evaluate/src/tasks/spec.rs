//! Task names of the command line, in LightEval's forms.

use super::{ALL, BuiltIn, TaskName};
use crate::{
    error::EvaluateError,
    exam::Exam,
    few_shot::FewShot,
    task::{ChatForm, Kind, Task},
    way::Way,
};
use std::str::FromStr;

/// The suite that built-in tasks are in, in LightEval's terms.
const SUITE: &str = "community";
/// Suites under which a built-in task may be asked for: LightEval's names for tasks that are not its own.
const ACCEPTED_SUITES: [&str; 2] = [SUITE, "custom"];

/// A task and its examples: a parsed `--tasks`.
///
/// ```
/// use examen_evaluate::TaskSpec;
/// let task: TaskSpec = "community|exam_questions|0|0".parse()?;
/// assert_eq!(task.label(), "exam_questions|0");
/// assert_eq!("exam_questions".parse::<TaskSpec>()?.label(), task.label());
/// # Ok::<(), examen_evaluate::EvaluateError>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct TaskSpec {
    task: &'static BuiltIn,
    n_shots: usize,
    drops_shots: bool,
}

impl TaskSpec {
    /// The task on the rows of `exam`, with examples from `pool`, or else from `exam` itself.
    pub fn task_on(&self, exam: &Exam, pool: Option<&Exam>) -> Task {
        let dataset = self.task.dataset;
        Task {
            name: self.task.name.to_owned(),
            version: self.task.version.into(),
            instruction: self.task.instruction.to_owned(),
            instruction_delimiter: "\n\n".to_owned(),
            example_delimiter: "\n\n".to_owned(),
            dataset: dataset(exam),
            way: Way::Likelihood,
            kind: Kind::Choice,
            wording: None,
            chat: ChatForm::LightEval,
            few_shot: FewShot {
                n_shots: self.n_shots,
                drops_shots: self.drops_shots,
                pool: pool.map(dataset),
                ..FewShot::default()
            },
        }
    }

    /// Number of solved questions before each question.
    pub fn n_shots(&self) -> usize {
        self.n_shots
    }

    /// True drops the last of them where the model's window is too short; else the beginning is cut off.
    pub fn drops_shots(&self) -> bool {
        self.drops_shots
    }

    /// `task|shots`: LightEval 0.13's key of results and part of the details' file name.
    pub fn label(&self) -> String {
        format!("{}|{}", self.task.name, self.n_shots)
    }
}

impl FromStr for TaskSpec {
    type Err = EvaluateError;

    /// Reads a [`TaskName`] and looks for the built-in task.
    fn from_str(text: &str) -> Result<Self, EvaluateError> {
        Self::try_from(&text.parse::<TaskName>()?)
    }
}

impl TryFrom<&TaskName> for TaskSpec {
    type Error = EvaluateError;

    fn try_from(name: &TaskName) -> Result<Self, EvaluateError> {
        let suite = name.suite.as_deref().unwrap_or(SUITE);
        let task = find(&name.name).filter(|_| ACCEPTED_SUITES.contains(&suite));
        let task = task.ok_or_else(|| EvaluateError::UnknownTask {
            text: name.text.clone(),
            known: known(),
        })?;
        if let Some((option, _)) = name.options.first() {
            return Err(EvaluateError::TaskOption {
                task: name.name.clone(),
                option: option.clone(),
            });
        }
        Ok(Self {
            task,
            n_shots: name.shots.unwrap_or(0),
            drops_shots: name.drops_shots,
        })
    }
}

fn find(name: &str) -> Option<&'static BuiltIn> {
    ALL.iter()
        .copied()
        .find(|task| task.name == name || task.aliases.contains(&name))
}

fn known() -> String {
    let names: Vec<_> = ALL.iter().map(|task| format!("{}|0", task.name)).collect();
    names.join(", ")
}
