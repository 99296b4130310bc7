//! Keys of a task file → a configuration. Every key is understood, kept, or refused by name.

use super::{
    error::YamlError,
    node::{FunctionName, Node},
};
use std::path::{Path, PathBuf};

/// A task as its file describes it.
#[derive(Debug, Clone)]
pub struct Config {
    /// The file.
    pub path: PathBuf,
    /// Name of the task.
    pub task: String,
    /// Name in tables.
    pub alias: Option<String>,
    /// Tags under which it can be asked for.
    pub tags: Vec<String>,
    /// Origin of the rows.
    pub source: Source,
    /// What a model is asked for.
    pub output_type: OutputType,
    pub(super) process_docs: Option<FunctionName>,
    pub(super) text: Field,
    pub(super) target: Field,
    pub(super) choice: Option<Field>,
    pub(super) prefix: Option<String>,
    pub(super) description: String,
    pub(super) target_delimiter: String,
    pub(super) fewshot_delimiter: String,
    pub(super) fewshot: Fewshot,
    /// Number of examples before each question.
    pub num_fewshot: usize,
    /// `metric_list`: names, with their other keys.
    pub metrics: Vec<MetricEntry>,
    /// `filter_list`, as it was written.
    pub filters: Vec<serde_json::Value>,
    /// `generation_kwargs`, as they were written.
    pub generation: serde_json::Value,
    /// Samples of each question.
    pub repeats: u32,
    /// `metadata.version`.
    pub version: serde_json::Value,
    /// Python that scores need: `process_results` and metrics of the task's own.
    pub scoring_hooks: Vec<String>,
    pub(super) process_results: Option<FunctionName>,
    /// What was read.
    pairs: Vec<(String, Node)>,
}

/// Origin of a task's rows.
#[derive(Debug, Clone, Default)]
pub struct Source {
    /// `dataset_path`: a repository, or the kind of files (`json`, `csv`, `parquet`).
    pub path: Option<String>,
    /// `dataset_name`: a configuration of it.
    pub name: Option<String>,
    /// `dataset_kwargs`.
    pub settings: serde_json::Value,
    /// Split that models learn from.
    pub training: Option<String>,
    /// Split to choose settings by.
    pub validation: Option<String>,
    /// Split that is asked.
    pub test: Option<String>,
    /// Function of Python that makes the rows.
    pub custom: Option<String>,
}

impl Source {
    /// The split that is asked, as lm-evaluation-harness chooses it.
    pub fn asked(&self) -> Option<&str> {
        self.test.as_deref().or(self.validation.as_deref())
    }
}

/// What a model is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputType {
    /// The likeliest of several choices.
    MultipleChoice,
    /// The log-probability of one continuation.
    Loglikelihood,
    /// The log-probability of a whole text.
    LoglikelihoodRolling,
    /// A text.
    GenerateUntil,
}

impl OutputType {
    /// Name in task files.
    pub fn name(self) -> &'static str {
        match self {
            Self::MultipleChoice => "multiple_choice",
            Self::Loglikelihood => "loglikelihood",
            Self::LoglikelihoodRolling => "loglikelihood_rolling",
            Self::GenerateUntil => "generate_until",
        }
    }
}

/// A value that is made from a row.
#[derive(Debug, Clone)]
pub(super) enum Field {
    /// A template, or the name of a column.
    Text(String),
    Int(i64),
    List(Vec<Node>),
    Function(FunctionName),
}

impl Field {
    pub(super) fn function(&self) -> Option<&FunctionName> {
        match self {
            Self::Function(function) => Some(function),
            _ => None,
        }
    }
}

/// How examples are drawn and worded.
#[derive(Debug, Clone, Default)]
pub(super) struct Fewshot {
    pub(super) is_first_n: bool,
    pub(super) split: Option<String>,
    pub(super) samples: Option<Samples>,
    pub(super) indices: Option<Vec<usize>>,
    /// `None`: as for the rows that are asked.
    pub(super) process_docs: Option<FunctionName>,
    pub(super) text: Option<Field>,
    pub(super) target: Option<Field>,
    pub(super) choice: Option<Field>,
    pub(super) prefix: Option<String>,
    pub(super) target_delimiter: Option<String>,
    pub(super) fewshot_delimiter: Option<String>,
}

/// Rows that are written in the file.
#[derive(Debug, Clone)]
pub(super) enum Samples {
    Rows(Vec<serde_json::Value>),
    Function(FunctionName),
}

/// One entry of `metric_list`.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricEntry {
    /// Name of the metric, or of the function that computes it.
    pub name: String,
    /// Name of its aggregation.
    pub aggregation: Option<String>,
    /// True if more is better, as the file says.
    pub higher_is_better: Option<bool>,
    /// Its other keys.
    pub arguments: serde_json::Value,
    /// True if it, or its aggregation, is a function of Python.
    pub is_python: bool,
    /// The function that it is.
    pub(super) function: Option<FunctionName>,
    /// The function that aggregates it.
    pub(super) aggregation_function: Option<FunctionName>,
}

impl MetricEntry {
    /// An entry with a name and nothing else.
    pub(super) fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            aggregation: None,
            higher_is_better: None,
            arguments: serde_json::Value::Null,
            is_python: false,
            function: None,
            aggregation_function: None,
        }
    }
}

/// Keys that say nothing about how a question is asked or scored.
const KEPT: [&str; 7] = [
    "should_decontaminate",
    "doc_to_decontamination_query",
    "unsafe_code",
    "group_alias",
    "dataset_kwargs",
    "tag",
    "task_list",
];
/// Keys of what is not done here.
const REFUSED: [(&str, &str); 3] = [
    (
        "doc_to_image",
        "asks about images, which no model here reads",
    ),
    (
        "doc_to_audio",
        "asks about sound, which no model here hears",
    ),
    (
        "use_prompt",
        "takes a prompt from promptsource, which is not read here",
    ),
];

impl Config {
    pub(super) fn wrong(&self, key: &str, reason: impl Into<String>) -> YamlError {
        YamlError::Key {
            path: self.path.clone(),
            key: key.to_owned(),
            reason: reason.into(),
        }
    }

    /// Parts of this task that need Python, each with the reason: those that make questions, then those that score.
    pub fn python_parts(&self) -> Vec<String> {
        let fewshot = &self.fewshot;
        let samples = match &fewshot.samples {
            Some(Samples::Function(function)) => Some(function),
            _ => None,
        };
        let parts = [
            ("process_docs", self.process_docs.as_ref()),
            ("doc_to_text", self.text.function()),
            ("doc_to_target", self.target.function()),
            (
                "doc_to_choice",
                self.choice.as_ref().and_then(Field::function),
            ),
            ("fewshot_config.process_docs", fewshot.process_docs.as_ref()),
            (
                "fewshot_config.doc_to_text",
                fewshot.text.as_ref().and_then(Field::function),
            ),
            (
                "fewshot_config.doc_to_target",
                fewshot.target.as_ref().and_then(Field::function),
            ),
            (
                "fewshot_config.doc_to_choice",
                fewshot.choice.as_ref().and_then(Field::function),
            ),
            ("fewshot_config.samples", samples),
        ];
        let needing = parts.into_iter().filter_map(|(part, function)| {
            let error = super::hooks::check(function?).err()?;
            Some(format!("{part}: {error}"))
        });
        let custom = self
            .source
            .custom
            .iter()
            .map(|function| format!("custom_dataset: {function}"));
        let scoring = self
            .scoring_hooks
            .iter()
            .map(|hook| format!("score: {hook}"));
        needing.chain(custom).chain(scoring).collect()
    }
}

/// Reads the pairs of a file.
struct Reader<'a> {
    path: &'a Path,
    pairs: Vec<(String, Node)>,
}

impl Config {
    /// A configuration of the pairs of `path`.
    pub(super) fn read(path: &Path, pairs: Vec<(String, Node)>) -> Result<Self, YamlError> {
        let mut reader = Reader {
            path,
            pairs: pairs.clone(),
        };
        let config = reader.config()?;
        reader.check_rest()?;
        Ok(Self { pairs, ..config })
    }

    /// The same task with other values of some keys, each in YAML; `key.inner` is a key of a mapping.
    ///
    /// # Errors
    /// A key or value that is not known.
    pub fn with_options(&self, options: &[(String, String)]) -> Result<Self, YamlError> {
        let folder = self.path.parent().unwrap_or(Path::new(""));
        let mut pairs = self.pairs.clone();
        for (key, value) in options {
            let wrong = |reason: String| self.wrong(key, reason);
            let value = Node::parse(value, folder).map_err(wrong)?;
            match key.split_once('.') {
                None => super::loading::put(&mut pairs, key.clone(), value),
                Some((outer, inner)) => {
                    let of = pairs.iter_mut().find(|(known, _)| known == outer);
                    let mut map = match of {
                        Some((_, Node::Map(map))) => std::mem::take(map),
                        None => Vec::new(),
                        Some((_, other)) => return Err(wrong(format!("is in {}", other.kind()))),
                    };
                    map.retain(|(known, _)| known.as_text() != Some(inner));
                    map.push((Node::Text(inner.to_owned()), value));
                    super::loading::put(&mut pairs, outer.to_owned(), Node::Map(map));
                }
            }
        }
        Self::read(&self.path, pairs)
    }
}

impl Reader<'_> {
    fn config(&mut self) -> Result<Config, YamlError> {
        for (key, reason) in REFUSED {
            if self.take(key).is_some() {
                return Err(self.wrong(key, reason));
            }
        }
        let task = self.text("task")?.ok_or_else(|| YamlError::NoTask {
            path: self.path.to_owned(),
        })?;
        let tags = self
            .pairs
            .iter()
            .find(|(key, _)| key == "tag")
            .map(|(_, node)| node.texts());
        let (metrics, mut scoring_hooks) = self.metrics()?;
        let process_results = self.process_results()?;
        let told = |function: &FunctionName| format!("process_results ({})", function.name);
        scoring_hooks.extend(process_results.as_ref().map(told));
        let metadata = self.take("metadata").unwrap_or(Node::Null);
        Ok(Config {
            path: self.path.to_owned(),
            task,
            alias: self.text("task_alias")?,
            tags: tags.unwrap_or_default(),
            source: self.source()?,
            output_type: self.output_type()?,
            process_docs: self.function("process_docs")?,
            text: self
                .field("doc_to_text")?
                .unwrap_or(Field::Text(String::new())),
            target: self
                .field("doc_to_target")?
                .unwrap_or(Field::Text(String::new())),
            choice: self.field("doc_to_choice")?,
            prefix: self.text("gen_prefix")?,
            description: self.text("description")?.unwrap_or_default(),
            target_delimiter: self
                .text("target_delimiter")?
                .unwrap_or_else(|| " ".to_owned()),
            fewshot_delimiter: self
                .text("fewshot_delimiter")?
                .unwrap_or_else(|| "\n\n".to_owned()),
            fewshot: self.fewshot()?,
            num_fewshot: self.count("num_fewshot")?.unwrap_or(0),
            metrics,
            filters: self.filters()?,
            generation: self
                .take("generation_kwargs")
                .map_or(serde_json::Value::Null, |node| node.to_json()),
            repeats: self
                .count("repeats")?
                .and_then(|n| u32::try_from(n).ok())
                .unwrap_or(1),
            version: metadata
                .get("version")
                .map_or(serde_json::Value::Null, Node::to_json),
            scoring_hooks,
            process_results,
            pairs: Vec::new(),
        })
    }

    /// The function that computes metrics of a task's own.
    fn process_results(&mut self) -> Result<Option<FunctionName>, YamlError> {
        match self.take("process_results") {
            Some(Node::Function(function)) => Ok(Some(function)),
            Some(_) => Err(self.wrong("process_results", "is no function")),
            None => Ok(None),
        }
    }

    fn take(&mut self, key: &str) -> Option<Node> {
        let at = self.pairs.iter().position(|(known, _)| known == key)?;
        Some(self.pairs.remove(at).1).filter(|node| !node.is_null())
    }

    fn wrong(&self, key: &str, reason: impl Into<String>) -> YamlError {
        YamlError::Key {
            path: self.path.to_owned(),
            key: key.to_owned(),
            reason: reason.into(),
        }
    }

    fn text(&mut self, key: &str) -> Result<Option<String>, YamlError> {
        match self.take(key) {
            None => Ok(None),
            Some(Node::Function(function)) => {
                Err(self.wrong(key, format!("is the function {}, not text", function.name)))
            }
            Some(node) => match node.scalar() {
                Some(text) => Ok(Some(text)),
                None => Err(self.wrong(key, format!("is {}, not text", node.kind()))),
            },
        }
    }

    fn count(&mut self, key: &str) -> Result<Option<usize>, YamlError> {
        let Some(node) = self.take(key) else {
            return Ok(None);
        };
        let count = node
            .as_int()
            .and_then(|n| usize::try_from(n).ok())
            .filter(|n| *n <= 1000);
        match count {
            Some(count) => Ok(Some(count)),
            None => Err(self.wrong(key, "is no number from 0 to 1000")),
        }
    }

    fn function(&mut self, key: &str) -> Result<Option<FunctionName>, YamlError> {
        match self.take(key) {
            None => Ok(None),
            Some(Node::Function(function)) => Ok(Some(function)),
            Some(node) => Err(self.wrong(key, format!("is {}, not a function", node.kind()))),
        }
    }

    fn field(&mut self, key: &str) -> Result<Option<Field>, YamlError> {
        let Some(node) = self.take(key) else {
            return Ok(None);
        };
        match field(node) {
            Ok(field) => Ok(Some(field)),
            Err(kind) => Err(self.wrong(key, format!("is {kind}"))),
        }
    }

    fn source(&mut self) -> Result<Source, YamlError> {
        let settings = self
            .pairs
            .iter()
            .find(|(key, _)| key == "dataset_kwargs")
            .map(|(_, node)| node.to_json());
        Ok(Source {
            path: self.text("dataset_path")?,
            name: self.text("dataset_name")?,
            settings: settings.unwrap_or_default(),
            training: self.text("training_split")?,
            validation: self.text("validation_split")?,
            test: self.text("test_split")?,
            custom: self
                .function("custom_dataset")?
                .map(|function| function.name),
        })
    }

    fn output_type(&mut self) -> Result<OutputType, YamlError> {
        let name = self.text("output_type")?;
        let all = [
            OutputType::MultipleChoice,
            OutputType::Loglikelihood,
            OutputType::LoglikelihoodRolling,
            OutputType::GenerateUntil,
        ];
        match name {
            None => Ok(OutputType::GenerateUntil),
            Some(name) => {
                let found = all.into_iter().find(|known| known.name() == name);
                found.ok_or_else(|| self.wrong("output_type", format!("`{name}` is not known")))
            }
        }
    }

    fn fewshot(&mut self) -> Result<Fewshot, YamlError> {
        let split = self.text("fewshot_split")?;
        let pairs = match self.take("fewshot_config") {
            None => Vec::new(),
            Some(Node::Map(pairs)) => pairs
                .into_iter()
                .map(|(key, value)| (key.scalar().unwrap_or_default(), value))
                .collect(),
            Some(node) => return Err(self.wrong("fewshot_config", format!("is {}", node.kind()))),
        };
        let mut inner = Reader {
            path: self.path,
            pairs,
        };
        let sampler = inner.text("sampler")?;
        let is_first_n = match sampler.as_deref() {
            None | Some("default") => false,
            Some("first_n") => true,
            Some(other) => return Err(inner.wrong("sampler", format!("`{other}` is not known"))),
        };
        let fewshot = Fewshot {
            is_first_n,
            split: inner.text("split")?.or(split),
            samples: inner.samples()?,
            indices: inner.indices()?,
            process_docs: inner.function("process_docs")?,
            text: inner.field("doc_to_text")?,
            target: inner.field("doc_to_target")?,
            choice: inner.field("doc_to_choice")?,
            prefix: inner.text("gen_prefix")?,
            target_delimiter: inner.text("target_delimiter")?,
            fewshot_delimiter: inner.text("fewshot_delimiter")?,
        };
        inner.check_rest()?;
        Ok(fewshot)
    }

    fn samples(&mut self) -> Result<Option<Samples>, YamlError> {
        match self.take("samples") {
            None => Ok(None),
            Some(Node::List(rows)) => Ok(Some(Samples::Rows(
                rows.iter().map(Node::to_json).collect(),
            ))),
            Some(Node::Function(function)) => Ok(Some(Samples::Function(function))),
            Some(node) => {
                Err(self.wrong("samples", format!("is {}, not a list of rows", node.kind())))
            }
        }
    }

    fn indices(&mut self) -> Result<Option<Vec<usize>>, YamlError> {
        let Some(node) = self.take("fewshot_indices") else {
            return Ok(None);
        };
        let Node::List(all) = &node else {
            return Err(self.wrong("fewshot_indices", "is no list"));
        };
        let indices = all
            .iter()
            .map(|node| node.as_int().and_then(|n| usize::try_from(n).ok()));
        match indices.collect::<Option<Vec<_>>>() {
            Some(indices) => Ok(Some(indices)),
            None => Err(self.wrong("fewshot_indices", "holds what is no index")),
        }
    }

    fn metrics(&mut self) -> Result<(Vec<MetricEntry>, Vec<String>), YamlError> {
        let entries = match self.take("metric_list") {
            None => Vec::new(),
            Some(Node::List(all)) => all,
            Some(node) => {
                return Err(self.wrong("metric_list", format!("is {}, not a list", node.kind())));
            }
        };
        let (mut metrics, mut hooks) = (Vec::new(), Vec::new());
        for entry in entries {
            let Node::Map(pairs) = entry else {
                return Err(self.wrong("metric_list", "has an entry that is no mapping"));
            };
            let mut arguments = Vec::new();
            let mut metric = MetricEntry::named("");
            for (key, value) in pairs {
                if let Node::Function(function) = &value {
                    metric.is_python = true;
                    hooks.push(format!(
                        "{} ({})",
                        key.scalar().unwrap_or_default(),
                        function.name
                    ));
                }
                let text = match &value {
                    Node::Function(function) => Some(function.name.clone()),
                    other => other.scalar(),
                };
                match key.as_text() {
                    Some("metric") => {
                        metric.name = text.unwrap_or_default();
                        metric.function = value.into_function();
                    }
                    Some("aggregation") => {
                        metric.aggregation = text;
                        metric.aggregation_function = value.into_function();
                    }
                    Some("higher_is_better") => {
                        metric.higher_is_better =
                            (value == Node::Bool(true)).then_some(true).or(Some(false))
                    }
                    _ => arguments.push((key, value)),
                }
            }
            if metric.name.is_empty() {
                return Err(self.wrong("metric_list", "has an entry without `metric`"));
            }
            metric.arguments = Node::Map(arguments).to_json();
            metrics.push(metric);
        }
        Ok((metrics, hooks))
    }

    fn filters(&mut self) -> Result<Vec<serde_json::Value>, YamlError> {
        match self.take("filter_list") {
            None => Ok(Vec::new()),
            Some(Node::List(all)) => Ok(all.iter().map(Node::to_json).collect()),
            Some(node) => Err(self.wrong("filter_list", format!("is {}, not a list", node.kind()))),
        }
    }

    /// A key that is not known would be left out silently.
    fn check_rest(&self) -> Result<(), YamlError> {
        match self
            .pairs
            .iter()
            .find(|(key, node)| !node.is_null() && !KEPT.contains(&key.as_str()))
        {
            Some((key, _)) => Err(self.wrong(key, "is not a key that is known here")),
            None => Ok(()),
        }
    }
}

fn field(node: Node) -> Result<Field, &'static str> {
    match node {
        Node::Text(text) => Ok(Field::Text(text)),
        Node::Int(value) => Ok(Field::Int(value)),
        Node::Bool(value) => Ok(Field::Int(i64::from(value))),
        Node::List(all) => Ok(Field::List(all)),
        // Of a dict of choices, lm-evaluation-harness takes the values.
        Node::Map(pairs) => Ok(Field::List(
            pairs.into_iter().map(|(_, value)| value).collect(),
        )),
        Node::Function(function) => Ok(Field::Function(function)),
        other => Err(other.kind()),
    }
}
