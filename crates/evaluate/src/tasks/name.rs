//! Names of tasks on the command line, in LightEval's forms, before anybody looks for the task.

use crate::error::EvaluateError;
use std::str::FromStr;

/// A task as it is asked for: `task`, `task|shots`, `suite|task|shots` or `suite|task|shots|truncate`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskName {
    /// What was written.
    pub text: String,
    /// Suite, in LightEval's terms.
    pub suite: Option<String>,
    /// Name of the task.
    pub name: String,
    /// Number of solved questions before each question; `None` where it is the task's own.
    pub shots: Option<usize>,
    /// True drops the last of them where the model's window is too short.
    pub drops_shots: bool,
}

impl FromStr for TaskName {
    type Err = EvaluateError;

    fn from_str(text: &str) -> Result<Self, EvaluateError> {
        let malformed = || EvaluateError::TaskSyntax {
            text: text.to_owned(),
        };
        let parts: Vec<&str> = text.split('|').map(str::trim).collect();
        let (suite, name, shots, truncate) = match parts[..] {
            [name] => (None, name, None, "0"),
            [name, shots] => (None, name, Some(shots), "0"),
            [suite, name, shots] => (Some(suite), name, Some(shots), "0"),
            [suite, name, shots, truncate] => (Some(suite), name, Some(shots), truncate),
            _ => return Err(malformed()),
        };
        let shots = shots.map(str::parse).transpose().map_err(|_| malformed())?;
        if !matches!(truncate, "0" | "1") {
            return Err(malformed());
        }
        Ok(Self {
            text: text.to_owned(),
            suite: suite.map(str::to_owned),
            name: name.to_owned(),
            shots,
            drops_shots: truncate == "1",
        })
    }
}
