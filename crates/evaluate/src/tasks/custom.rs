//! `--custom_tasks FILE`: knows the original workflow's task file when it sees it. Runs no Python.

use super::{TaskSpec, exam_questions::INSTRUCTION};
use crate::error::EvaluateError;
use std::{fs, path::Path};

/// The parts of the original task file that are used.
#[derive(Debug, Clone)]
pub struct CustomTask {
    /// The built-in task that does what the file describes, without its `argmin`.
    pub task: TaskSpec,
    /// The dataset repository that it names, such as `ORG/NAME`. The caller may look for a folder of that name.
    pub hf_repo: Option<String>,
}

/// Parts that decide the score: a file without one of these asks something else. White space and kinds of quotes are free.
const DECISIVE: [&str; 8] = [
    "LightevalTaskConfig(",
    "'exam_question_accuracy'",
    "prompt_function=prompt_fn",
    "f'{line['answer_a']}'",
    "f'{line['answer_b']}'",
    "f'{line['answer_c']}'",
    "f'{line['answer_d']}'",
    "line['correct_answer']",
];

impl CustomTask {
    /// Reads a task file and recognises the original by what it defines: prompt function, instruction, the four answers
    /// and their key, metric and task configuration. Formatting and comments do not matter.
    ///
    /// # Errors
    /// A file that cannot be read, and any other file: Python is not run.
    pub fn recognise(path: &Path) -> Result<Self, EvaluateError> {
        let source = fs::read_to_string(path).map_err(|source| EvaluateError::ReadCustomTasks {
            path: path.to_owned(),
            source,
        })?;
        Self::from_source(&source).map_err(|missing| EvaluateError::CustomTasks {
            path: path.to_owned(),
            missing: missing.to_owned(),
        })
    }

    /// The same, from the file's text. The error is what the file lacks.
    fn from_source(source: &str) -> Result<Self, &'static str> {
        let code = without_comments(source);
        let bare = bare(&code);
        if let Some(missing) = DECISIVE.into_iter().find(|part| !bare.contains(part)) {
            return Err(missing);
        }
        // Kept apart: here white space is a part of the prompt.
        if !code.contains(INSTRUCTION) {
            return Err(INSTRUCTION);
        }
        let task = "exam_questions".parse().expect("the task is in the list");
        Ok(Self {
            task,
            hf_repo: hf_repo(&bare),
        })
    }
}

fn without_comments(source: &str) -> String {
    source
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'))
        .collect::<Vec<_>>()
        .join("\n")
}

/// The code without white space and with one kind of quotes.
fn bare(code: &str) -> String {
    code.chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| if c == '"' { '\'' } else { c })
        .collect()
}

/// The repository that the task's configuration names, literally or as the default of its argument `--hf_repo`.
fn hf_repo(bare: &str) -> Option<String> {
    let config = bare.find("LightevalTaskConfig(").map(|at| &bare[at..])?;
    literal_after(config, "hf_repo='").or_else(|| {
        let argument = bare
            .find("add_argument('--hf_repo'")
            .map(|at| &bare[at..])?;
        literal_after(argument, "default='")
    })
}

fn literal_after(code: &str, opening: &str) -> Option<String> {
    let start = code.find(opening)? + opening.len();
    let end = start + code[start..].find('\'')?;
    (end > start).then(|| code[start..end].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The original's definitions, in other words and another order.
    fn task_file(repository: &str) -> String {
        format!(
            r#"
# a comment about LightevalTaskConfig
def prompt_fn(line, task_name=None):
    rule = "Choose the correct answer for the following exam question:"
    options = [f" {{line['answer_a']}}", f" {{line["answer_b"]}}",
               f" {{line['answer_c']}}", f" {{line['answer_d']}}"]
    return Doc(query=rule, choices=options, gold_index=KEYS.index(line["correct_answer"]))

measure = SampleLevelMetric(metric_name = 'exam_question_accuracy')
task = LightevalTaskConfig(
    name="example",
    prompt_function = prompt_fn,
    {repository}
)
"#
        )
    }

    #[test]
    fn the_original_is_recognised_and_its_repository_read() {
        let custom = CustomTask::from_source(&task_file("hf_repo = \"an-org/an-exam\",")).unwrap();
        assert_eq!(custom.task.label(), "exam_questions|0");
        assert_eq!(custom.hf_repo.as_deref(), Some("an-org/an-exam"));
    }

    #[test]
    fn a_repository_may_be_an_argument_or_absent() {
        let argument = "parser.add_argument(\n    \"--hf_repo\", type=str, default=\"org/set\")\n";
        let source = format!("{argument}{}", task_file("hf_repo=args.hf_repo,"));
        assert_eq!(
            CustomTask::from_source(&source).unwrap().hf_repo.as_deref(),
            Some("org/set")
        );
        assert_eq!(
            CustomTask::from_source(&task_file("")).unwrap().hf_repo,
            None
        );
    }

    #[test]
    fn a_file_that_asks_something_else_is_refused_by_what_it_lacks() {
        let other_words = task_file("").replace("Choose the correct", "Pick the wrong");
        assert_eq!(
            CustomTask::from_source(&other_words).unwrap_err(),
            INSTRUCTION
        );
        let three_options = task_file("").replace("answer_d", "answer_e");
        assert_eq!(
            CustomTask::from_source(&three_options).unwrap_err(),
            "f'{line['answer_d']}'"
        );
        assert!(CustomTask::from_source("print('hello')").is_err());
    }

    #[test]
    fn a_refusal_names_the_file() {
        let error = CustomTask::recognise(Path::new("no/such/task.py")).unwrap_err();
        assert!(error.to_string().contains("no/such/task.py"), "{error}");
    }
}
