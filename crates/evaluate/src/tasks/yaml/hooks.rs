//! Functions that a task file names: evaluated here where they are of the small part of Python that is known, else handed
//! to a real Python where one may be used.

use super::node::FunctionName;
use crate::python::{self, Module, PythonError, Value};
use serde_json::Value as Json;
use std::{
    cell::RefCell,
    collections::HashMap,
    fmt,
    path::{Path, PathBuf},
    rc::Rc,
};

/// A real Python that runs functions of task files.
pub trait PythonRunner: fmt::Debug {
    /// Calls `function` of the file `module` with all rows at once, as `process_docs` is called.
    ///
    /// # Errors
    /// The last lines of Python's traceback.
    fn process_rows(
        &self,
        module: &Path,
        function: &str,
        rows: Vec<Json>,
    ) -> Result<Vec<Json>, String>;

    /// Calls `function` of the file `module` once a row (without rows: once, without arguments).
    ///
    /// # Errors
    /// The last lines of Python's traceback.
    fn call_each(&self, module: &Path, function: &str, rows: &[Json]) -> Result<Vec<Json>, String>;
}

/// Reason why a function gives nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum HookError {
    /// It needs a Python, and there is none to use.
    NeedsPython(String),
    /// It fails.
    Failed(String),
}

impl fmt::Display for HookError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NeedsPython(what) => write!(formatter, "{what} is not evaluated here"),
            Self::Failed(reason) => formatter.write_str(reason),
        }
    }
}

impl From<PythonError> for HookError {
    fn from(error: PythonError) -> Self {
        match error {
            PythonError::Unsupported(what) => Self::NeedsPython(what),
            other => Self::Failed(other.to_string()),
        }
    }
}

/// The functions of a task's files.
#[derive(Debug)]
pub(super) struct Hooks<'a> {
    modules: RefCell<HashMap<PathBuf, Rc<Loaded>>>,
    runner: Option<&'a dyn PythonRunner>,
    /// Names of functions that the runner ran.
    pub(super) ran: RefCell<Vec<String>>,
}

struct Loaded(Result<Module, PythonError>);

impl fmt::Debug for Loaded {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Loaded")
    }
}

impl<'a> Hooks<'a> {
    pub(super) fn new(runner: Option<&'a dyn PythonRunner>) -> Self {
        Self {
            modules: RefCell::default(),
            runner,
            ran: RefCell::default(),
        }
    }

    /// Calls a function with a dataset.
    pub(super) fn process(
        &self,
        function: &FunctionName,
        rows: Vec<Value>,
    ) -> Result<Vec<Value>, HookError> {
        let (path, name) = resolve(function)?;
        let here = self.here(&path, &name, vec![Value::Rows(Rc::new(rows.clone()))]);
        let here = here.and_then(|made| Ok(made.elements()?));
        let (Err(HookError::NeedsPython(reason)), Some(runner)) = (&here, self.runner) else {
            return here;
        };
        tracing(&self.ran, function, reason);
        let rows = rows.iter().map(python::to_json).collect::<Result<_, _>>()?;
        let made = runner
            .process_rows(&path, &name, rows)
            .map_err(HookError::Failed)?;
        Ok(made.iter().map(python::from_json).collect())
    }

    /// Calls a function with each row.
    pub(super) fn call_each(
        &self,
        function: &FunctionName,
        rows: &[Value],
    ) -> Result<Vec<Result<Value, HookError>>, HookError> {
        let (path, name) = resolve(function)?;
        let here: Vec<_> = rows
            .iter()
            .map(|row| self.here(&path, &name, vec![row.deep_copy()]))
            .collect();
        let needs = here.iter().find_map(|one| match one {
            Err(HookError::NeedsPython(reason)) => Some(reason.clone()),
            _ => None,
        });
        let (Some(reason), Some(runner)) = (needs, self.runner) else {
            return Ok(here);
        };
        tracing(&self.ran, function, &reason);
        let rows = rows
            .iter()
            .map(python::to_json)
            .collect::<Result<Vec<_>, _>>()?;
        let made = runner
            .call_each(&path, &name, &rows)
            .map_err(HookError::Failed)?;
        Ok(made
            .iter()
            .map(|value| Ok(python::from_json(value)))
            .collect())
    }

    /// Calls a function that makes rows of nothing.
    pub(super) fn rows(&self, function: &FunctionName) -> Result<Vec<Value>, HookError> {
        let (path, name) = resolve(function)?;
        let here = self
            .here(&path, &name, Vec::new())
            .and_then(|made| Ok(made.elements()?));
        let (Err(HookError::NeedsPython(reason)), Some(runner)) = (&here, self.runner) else {
            return here;
        };
        tracing(&self.ran, function, reason);
        let made = runner
            .call_each(&path, &name, &[])
            .map_err(HookError::Failed)?;
        match made.first() {
            Some(Json::Array(rows)) => Ok(rows.iter().map(python::from_json).collect()),
            _ => Err(HookError::Failed(
                "the function gives no list of rows".to_owned(),
            )),
        }
    }

    fn here(&self, path: &Path, name: &str, arguments: Vec<Value>) -> Result<Value, HookError> {
        let known = self.modules.borrow().get(path).cloned();
        let module = known.unwrap_or_else(|| {
            let loaded = Rc::new(Loaded(Module::load(path)));
            self.modules
                .borrow_mut()
                .insert(path.to_owned(), Rc::clone(&loaded));
            loaded
        });
        match &module.0 {
            Ok(module) => Ok(module.call(name, arguments)?),
            Err(error) => Err(error.clone().into()),
        }
    }
}

fn tracing(ran: &RefCell<Vec<String>>, function: &FunctionName, _reason: &str) {
    let mut ran = ran.borrow_mut();
    if !ran.contains(&function.name) {
        ran.push(function.name.clone());
    }
}

/// The file of a function, and its name there.
pub(super) fn resolve(function: &FunctionName) -> Result<(PathBuf, String), HookError> {
    let failed = |why: &str| HookError::Failed(format!("`!function {}`: {why}", function.name));
    let Some((module, name)) = function.name.rsplit_once('.') else {
        return Err(failed("no module is named"));
    };
    let relative: PathBuf = module.split('.').collect();
    let beside = function.folder.join(relative.with_extension("py"));
    if beside.is_file() {
        return Ok((beside, name.to_owned()));
    }
    // A module of lm-evaluation-harness's own tasks, where this file lies among them.
    let tasks = function
        .folder
        .ancestors()
        .find(|folder| folder.ends_with("lm_eval/tasks"));
    let within = tasks.zip(module.strip_prefix("lm_eval.tasks."));
    let within = within
        .map(|(tasks, rest)| tasks.join(rest.split('.').collect::<PathBuf>().with_extension("py")));
    match within.filter(|path| path.is_file()) {
        Some(path) => Ok((path, name.to_owned())),
        None => Err(failed("there is no such file beside the task")),
    }
}

/// What a function uses that is not evaluated here, told without rows.
pub(super) fn check(function: &FunctionName) -> Result<(), HookError> {
    let (path, name) = resolve(function)?;
    Ok(Module::load(&path).and_then(|module| module.check(&name))?)
}
