//! Names of tasks on the command line, in LightEval's forms, before anybody looks for the task.

use crate::error::EvaluateError;
use examen_files::bounded;
use std::{path::Path, str::FromStr};

/// A task as it is asked for: `task`, `task|shots`, `suite|task|shots` or `suite|task|shots|truncate`; options of the task stand after
/// its name, as in `task@option=value|shots`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskName {
    /// What was written.
    pub text: String,
    /// Suite, in LightEval's terms.
    pub suite: Option<String>,
    /// Name of the task.
    pub name: String,
    /// Options of the task and their values.
    pub options: Vec<(String, String)>,
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
        let mut parts = name.split('@');
        let name = parts.next().unwrap_or_default();
        let option = |part: &str| {
            let (option, value) = part.split_once('=')?;
            (!option.is_empty()).then(|| (option.trim().to_owned(), value.to_owned()))
        };
        let options = parts.map(option).collect::<Option<Vec<_>>>();
        Ok(Self {
            text: text.to_owned(),
            suite: suite.map(str::to_owned),
            name: name.to_owned(),
            options: options.ok_or_else(malformed)?,
            shots,
            drops_shots: truncate == "1",
        })
    }
}

/// Bytes of a list of tasks.
const MAX_LIST: u64 = 1 << 20;

impl TaskName {
    /// The tasks that a word stands for: the lines of a file that is a list of them (empty ones and `#` comments left out), else
    /// itself.
    ///
    /// # Errors
    /// A line or word that names no task, a list that cannot be read.
    pub fn all(word: &str) -> Result<Vec<Self>, EvaluateError> {
        let path = Path::new(word);
        let is_task = path.extension().is_some_and(|extension| {
            ["yaml", "yml", "py"]
                .iter()
                .any(|known| extension == *known)
        });
        if is_task || !path.is_file() {
            return Ok(vec![word.parse()?]);
        }
        let unread = |reason: String| EvaluateError::TaskList {
            path: path.to_owned(),
            reason,
        };
        let text = bounded::read_text(path, MAX_LIST).map_err(|error| unread(error.to_string()))?;
        let lines = text
            .lines()
            .map(|line| line.split('#').next().unwrap_or_default().trim());
        let tasks = lines.filter(|line| !line.is_empty()).map(str::parse);
        let tasks = tasks.collect::<Result<Vec<Self>, _>>()?;
        match tasks.is_empty() {
            true => Err(unread("it names no task".to_owned())),
            false => Ok(tasks),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_stand_after_the_name() {
        let name: TaskName = "suite|my_task@num_fewshot=3@description=a = b|2|0"
            .parse()
            .unwrap();
        assert_eq!((name.name.as_str(), name.shots), ("my_task", Some(2)));
        let expected = [("num_fewshot", "3"), ("description", "a = b")];
        assert_eq!(
            name.options,
            expected.map(|(a, b)| (a.to_owned(), b.to_owned()))
        );
        assert!("task@option|0".parse::<TaskName>().is_err());
        assert!("task@=1".parse::<TaskName>().is_err());
    }

    #[test]
    fn a_file_lists_tasks() {
        let folder = tempfile::tempdir().unwrap();
        let list = folder.path().join("tasks.txt");
        std::fs::write(&list, "# mine\na|5\n\n  b@x=1  # the second\n").unwrap();
        let names = TaskName::all(list.to_str().unwrap()).unwrap();
        let names: Vec<_> = names.iter().map(|name| name.name.as_str()).collect();
        assert_eq!(names, ["a", "b"]);
        std::fs::write(&list, "# nothing\n").unwrap();
        assert!(TaskName::all(list.to_str().unwrap()).is_err());
        assert_eq!(TaskName::all("a|1").unwrap().len(), 1);
    }
}
