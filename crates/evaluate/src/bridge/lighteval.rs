//! LightEval's task files: the tasks that they define, their questions, and their own metrics.

use super::{BridgeError, CHUNK, Parts, TaskFile, python::Python};
use crate::{
    doc::{Dataset, Doc},
    few_shot::{FewShot, Sampler},
    task::{ChatForm, Kind, Task},
    way::Way,
};
use examen_core::UnscoredReason;
use examen_files::child::Program;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

/// A task file that was run.
#[derive(Debug)]
pub struct CustomTasks {
    python: Python,
    /// Its tasks.
    pub tasks: Vec<CustomTask>,
    /// Version of Python.
    pub version: String,
    /// True if `lighteval` is installed for that Python.
    pub has_lighteval: bool,
}

/// A task of a file.
#[derive(Debug, Clone, Deserialize)]
pub struct CustomTask {
    /// Name.
    pub name: String,
    /// Suites that it is in.
    pub suite: Vec<String>,
    /// Version.
    pub version: Json,
    /// Dataset that it names.
    pub hf_repo: Option<String>,
    /// Configuration of the dataset.
    pub hf_subset: Option<String>,
    /// Splits that are asked.
    pub evaluation_splits: Vec<String>,
    /// Splits that examples are drawn from.
    pub few_shots_split: Vec<String>,
    /// Way of drawing them.
    pub few_shots_select: Option<String>,
    /// Splits that there are.
    pub avail_splits: Vec<String>,
    /// Tokens of a reply.
    pub generation_size: Option<u64>,
    /// Its metrics.
    pub metrics: Vec<CustomMetric>,
}

/// A metric of a task.
#[derive(Debug, Clone, Deserialize)]
pub struct CustomMetric {
    /// Names of its values.
    pub names: Vec<String>,
    /// True if the file has its code; else it is one of LightEval's, by name.
    pub own: bool,
    /// What it is computed on, in LightEval's words.
    pub category: Option<String>,
}

impl CustomMetric {
    /// True for what needs text that a model wrote.
    pub fn needs_text(&self) -> bool {
        self.category.as_deref().is_some_and(|category| {
            category.starts_with("GENERATIVE") || category.starts_with("LLM_AS")
        })
    }
}

#[derive(Debug, Deserialize)]
struct Loaded {
    tasks: Vec<CustomTask>,
    python: String,
    has_lighteval: bool,
}

#[derive(Debug, Deserialize)]
struct WireDoc {
    query: String,
    choices: Vec<String>,
    golds: Vec<i64>,
    instruction: String,
    #[serde(default)]
    id: String,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum RowDocs {
    Made(Vec<WireDoc>),
    Failed { error: String },
}

/// What a metric is told about a question.
#[derive(Debug, Clone, Serialize)]
pub struct ScoredSample {
    /// The question, as the file's `Doc` had it.
    pub query: String,
    /// Text before the choices.
    pub context: String,
    /// The choices.
    pub choices: Vec<String>,
    /// Indices of the right ones.
    pub golds: Vec<usize>,
    /// The instruction.
    pub instruction: String,
    /// Log-probability of each choice.
    pub log_probs: Vec<f64>,
    /// What the model wrote, if it was asked to.
    pub text: Vec<String>,
    /// Of each choice, true if each of its tokens is the likeliest.
    pub is_greedy: Vec<bool>,
    /// Texts that are right, where there are no choices.
    pub references: Vec<String>,
    /// The row that the question was made of, where the task kept it.
    pub row: Option<Json>,
}

/// A value of a metric that the file has the code of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OwnMetric {
    /// Name.
    pub name: String,
    /// Its value over all questions; `None` where it is no number.
    pub value: Option<f64>,
    /// Its value for each question.
    pub samples: Vec<Option<f64>>,
    /// True if more is better.
    pub higher_is_better: bool,
}

/// Rows of a dataset.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    /// Path that they were read from.
    pub path: String,
    /// Their split, where it is known.
    pub split: Option<String>,
    /// The rows.
    pub rows: Vec<Json>,
}

impl CustomTasks {
    /// Runs a task file.
    ///
    /// # Errors
    /// Python that cannot be started, or a file that fails.
    pub fn load(program: Program, file: &TaskFile, parts: Parts) -> Result<Self, BridgeError> {
        let python = Python::start(program, file.to_string())?;
        let named = match file {
            TaskFile::File(path) => json!({"op": "load", "file": path, "bridge": parts.name()}),
            TaskFile::Module(name) => json!({"op": "load", "module": name, "bridge": parts.name()}),
        };
        Self::loaded(python, &named)
    }

    /// A task file of which these are the answers, for tests of what is hostile.
    ///
    /// # Errors
    /// A first answer that is no list of tasks.
    pub fn replay(answers: &[&[u8]]) -> Result<Self, BridgeError> {
        Self::loaded(Python::replay(answers), &Json::Null)
    }

    fn loaded(python: Python, request: &Json) -> Result<Self, BridgeError> {
        let loaded: Loaded = python.ask(request)?;
        Ok(Self {
            python,
            tasks: loaded.tasks,
            version: loaded.python,
            has_lighteval: loaded.has_lighteval,
        })
    }

    /// Index of the task that a user asks for. A file with one task may be asked for by another name: the original
    /// workflow's file calls its task `example`, and its README asks for `exam_questions`.
    ///
    /// # Errors
    /// If there is none of that name among several.
    pub fn find(&self, name: &str) -> Result<usize, BridgeError> {
        let found = self.tasks.iter().position(|task| task.name == name);
        let only = (self.tasks.len() == 1).then_some(0);
        found.or(only).ok_or_else(|| BridgeError::NoTask {
            file: self.python.file.clone(),
            name: name.to_owned(),
            known: self
                .tasks
                .iter()
                .map(|task| task.name.as_str())
                .collect::<Vec<_>>()
                .join(", "),
        })
    }

    /// The task that the rows of a dataset make. `examples` are rows to draw examples from.
    ///
    /// # Errors
    /// Python that gives no answer, or rows of which none makes a question.
    pub fn task(
        &self,
        index: usize,
        rows: Rows,
        examples: Option<Rows>,
        n_shots: usize,
    ) -> Result<Task, BridgeError> {
        let custom = &self.tasks[index];
        let dataset = self.dataset(index, rows, false)?;
        let pool = examples
            .map(|rows| self.dataset(index, rows, true))
            .transpose()?;
        Ok(Task {
            name: custom.name.clone(),
            version: custom.version.clone(),
            instruction: String::new(),
            instruction_delimiter: "\n\n".to_owned(),
            example_delimiter: "\n\n".to_owned(),
            dataset,
            way: Way::Likelihood,
            kind: Kind::Choice,
            wording: None,
            chat: ChatForm::LightEval,
            few_shot: FewShot {
                n_shots,
                pool,
                sampler: match custom.few_shots_select.as_deref() {
                    Some("sequential") => Sampler::FirstN,
                    _ => Sampler::Balanced,
                },
                ..FewShot::default()
            },
        })
    }

    fn dataset(&self, index: usize, rows: Rows, few_shots: bool) -> Result<Dataset, BridgeError> {
        #[derive(Deserialize)]
        struct Answer {
            docs: Vec<RowDocs>,
        }
        let mut docs = Vec::new();
        let mut first_failure = None;
        for chunk in rows.rows.chunks(CHUNK) {
            let request =
                json!({"op": "docs", "task": index, "rows": chunk, "few_shots": few_shots});
            let answer: Answer = self.python.ask(&request)?;
            for made in answer.docs {
                match made {
                    RowDocs::Made(made) => {
                        for wire in made {
                            let n = docs.len();
                            docs.push(doc(wire, n));
                        }
                    }
                    RowDocs::Failed { error } => {
                        first_failure.get_or_insert_with(|| error.clone());
                        docs.push(Doc {
                            id: format!("row-{:05}", docs.len() + 1),
                            unaskable: Some(UnscoredReason::Refused(error)),
                            ..Doc::default()
                        });
                    }
                }
            }
        }
        let is_useless = docs.iter().all(|doc| doc.unaskable.is_some());
        match first_failure.filter(|_| is_useless) {
            Some(reason) => Err(BridgeError::Docs {
                file: self.python.file.clone(),
                reason,
            }),
            None => Ok(Dataset::new(rows.path, rows.split, docs)),
        }
    }

    /// The values of the metrics that the file has the code of.
    ///
    /// # Errors
    /// Python that gives no answer, or a metric that fails.
    pub fn score(
        &self,
        index: usize,
        samples: &[ScoredSample],
    ) -> Result<Vec<OwnMetric>, BridgeError> {
        #[derive(Deserialize)]
        struct Answer {
            metrics: Vec<OwnMetric>,
        }
        let answer: Answer = self
            .python
            .ask(&json!({"op": "score", "task": index, "samples": samples}))?;
        Ok(answer.metrics)
    }
}

/// A question as LightEval asks it: the instruction is taken out of the query and stands before it.
fn doc(wire: WireDoc, n: usize) -> Doc {
    let WireDoc {
        query,
        choices,
        golds,
        instruction,
        id,
    } = wire;
    let bare = query
        .strip_prefix(&instruction)
        .unwrap_or(&query)
        .trim()
        .to_owned();
    let golds: Option<Vec<usize>> = golds
        .into_iter()
        .map(|gold| {
            usize::try_from(gold)
                .ok()
                .filter(|gold| *gold < choices.len())
        })
        .collect();
    let mut golds = golds.unwrap_or_default();
    golds.sort_unstable();
    golds.dedup();
    let unaskable = match (choices.is_empty(), golds.is_empty()) {
        (true, _) => Some(UnscoredReason::Refused(
            "the prompt function gave no choices".to_owned(),
        )),
        (_, true) => Some(UnscoredReason::Refused(
            "its gold_index names no choice".to_owned(),
        )),
        _ => None,
    };
    let right = golds
        .first()
        .map(|&gold| choices[gold].trim())
        .unwrap_or_default();
    Doc {
        id: if id.is_empty() {
            format!("row-{:05}", n + 1)
        } else {
            id
        },
        target: format!(" {right}"),
        query: bare,
        choices,
        golds,
        instruction: Some(instruction).filter(|text| !text.is_empty()),
        source_query: Some(query),
        unaskable,
        ..Doc::default()
    }
}

/// True if a metric is right where the *unlikeliest* choice is the key, as the original workflow's `argmin` is: told by
/// what it says of all questions, at least one of which tells it from the likeliest.
pub fn chooses_unlikeliest(metric: &OwnMetric, samples: &[ScoredSample]) -> bool {
    let rated = metric.samples.iter().zip(samples);
    let mut tells = false;
    for (value, sample) in rated {
        let Some(value) = value else { return false };
        let pick = |better: f64| {
            let best = sample
                .log_probs
                .iter()
                .enumerate()
                .max_by(|(n, a), (m, b)| (*a * better).total_cmp(&(*b * better)).then(m.cmp(n)));
            best.is_some_and(|(index, _)| sample.golds.contains(&index))
        };
        let (unlikeliest, likeliest) = (pick(-1.0), pick(1.0));
        if *value != f64::from(u8::from(unlikeliest)) {
            return false;
        }
        tells |= unlikeliest != likeliest;
    }
    tells
}
