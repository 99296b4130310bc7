//! Modules that hooks import: the few functions of them that are evaluated here, and files beside the module.

use super::{
    error::{PythonError, Result},
    evaluator::{Evaluator, literal},
    from_json,
    value::{Partial, Value},
};
use std::{
    fs,
    path::{Component, Path, PathBuf},
    rc::Rc,
};

/// Bytes of a JSON file beside a module.
const MAX_FILE: u64 = 16 << 20;

/// Files that a module may read: those of its folder, of the folder above, and of lm-evaluation-harness's tasks where it
/// lies among them.
pub(super) struct Files {
    roots: Vec<PathBuf>,
    folder: PathBuf,
}

impl Files {
    pub(super) fn beside(module: &Path) -> Self {
        let folder = module.parent().unwrap_or(Path::new("")).to_owned();
        let mut roots = vec![folder.clone()];
        roots.extend(folder.parent().map(Path::to_owned));
        roots.extend(tasks_folder(&folder));
        Self { roots, folder }
    }

    /// Reads a text file.
    pub(super) fn read(&self, path: &Path) -> Result<String> {
        let path = resolved(path);
        if !self
            .roots
            .iter()
            .any(|root| path.starts_with(resolved(root)))
        {
            return Err(PythonError::unsupported(format!(
                "the file {}",
                path.display()
            )));
        }
        let unread = |error: std::io::Error| {
            PythonError::unsupported(format!("{} ({error})", path.display()))
        };
        let size = fs::metadata(&path).map_err(unread)?.len();
        if size > MAX_FILE {
            return Err(PythonError::TooMuch {
                what: "bytes of a file",
                limit: MAX_FILE,
            });
        }
        fs::read_to_string(&path).map_err(unread)
    }

    /// The file of an imported module, and the name in it that is meant.
    pub(super) fn module_of(&self, name: &str) -> Option<(PathBuf, Option<String>)> {
        let base = match name.strip_prefix("lm_eval.tasks.") {
            Some(rest) => (tasks_folder(&self.folder)?, rest),
            None => (self.folder.clone(), name.strip_prefix('.')?),
        };
        if base.1.starts_with('.') {
            return None;
        }
        let relative: PathBuf = base.1.split('.').collect();
        let whole = base.0.join(relative.with_extension("py"));
        if whole.is_file() {
            return Some((whole, None));
        }
        let (module, part) = base.1.rsplit_once('.')?;
        let file = base
            .0
            .join(module.split('.').collect::<PathBuf>().with_extension("py"));
        file.is_file().then(|| (file, Some(part.to_owned())))
    }
}

/// `…/lm_eval/tasks`, where `folder` lies within it.
fn tasks_folder(folder: &Path) -> Option<PathBuf> {
    let ends = |path: &&Path| path.ends_with("lm_eval/tasks");
    folder.ancestors().find(ends).map(Path::to_owned)
}

/// A path without `..`, so that nothing outside is read by its way round.
fn resolved(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| {
        let parts = path
            .components()
            .filter(|part| !matches!(part, Component::ParentDir));
        parts.collect()
    })
}

/// A module, or a part of one, that was imported.
pub(super) fn imported(name: &str) -> Value {
    match name {
        "typing.TYPE_CHECKING" => Value::Bool(false),
        "string.ascii_uppercase" => Value::string("ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
        "string.ascii_lowercase" => Value::string("abcdefghijklmnopqrstuvwxyz"),
        "string.digits" => Value::string("0123456789"),
        "string.punctuation" => Value::string("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"),
        _ => Value::Module(name.into()),
    }
}

pub(super) fn attribute(module: &str, name: &str) -> Value {
    imported(&format!("{module}.{name}"))
}

pub(super) fn call(
    evaluator: &Evaluator,
    name: &str,
    positional: Vec<Value>,
    named: Vec<(String, Value)>,
) -> Result<Value> {
    let unsupported = || PythonError::unsupported(format!("{name}()"));
    match (name, &positional[..]) {
        ("ast.literal_eval", [Value::Str(text)]) => literal(text),
        ("functools.partial", [function, rest @ ..]) => Ok(Value::Partial(Rc::new(Partial {
            function: function.clone(),
            positional: rest.to_vec(),
            named,
        }))),
        ("pathlib.Path", [Value::Str(path)]) => Ok(Value::Path(Rc::new(PathBuf::from(&**path)))),
        ("pathlib.Path", [path @ Value::Path(_)]) => Ok(path.clone()),
        ("json.load", [Value::Path(path)]) => json(&evaluator.files.read(path)?),
        ("json.load", [Value::Str(path)]) => json(&evaluator.files.read(Path::new(&**path))?),
        ("json.loads", [Value::Str(text)]) => json(text),
        ("copy.deepcopy" | "copy.copy", [value]) => Ok(value.deep_copy()),
        ("collections.OrderedDict", _) => {
            super::builtins::call(evaluator, "dict", positional, named)
        }
        ("re.sub", [Value::Str(pattern), Value::Str(new), Value::Str(text)])
            if named.is_empty() =>
        {
            substituted(pattern, new, text).map(Value::string)
        }
        ("datasets.Dataset.from_list", [rows]) => super::rows::from_list(rows),
        ("datasets.Dataset.from_dict", [columns]) => super::rows::from_dict(columns),
        _ if is_talk(name) => Ok(Value::Module("logging.logger".into())),
        _ => Err(unsupported()),
    }
}

/// Calls that only write a log.
fn is_talk(name: &str) -> bool {
    let is_log = name.starts_with("logging.") || name.starts_with("lm_eval.utils.eval_logger.");
    is_log || name.starts_with("loguru.logger.") || name.starts_with("warnings.")
}

fn json(text: &str) -> Result<Value> {
    let value: serde_json::Value = serde_json::from_str(text)
        .map_err(|error| PythonError::raised("ValueError", error.to_string()))?;
    Ok(from_json(&value))
}

/// `re.sub`, where the pattern means the same in Rust's syntax and the replacement has no references.
pub(crate) fn substituted(pattern: &str, new: &str, text: &str) -> Result<String> {
    let unsupported = || PythonError::unsupported(format!("the pattern {pattern}"));
    if new.contains('\\') {
        return Err(unsupported());
    }
    let pattern = regex::RegexBuilder::new(pattern)
        .size_limit(1 << 20)
        .build()
        .map_err(|_| unsupported())?;
    Ok(pattern.replace_all(text, regex::NoExpand(new)).into_owned())
}

pub(super) fn call_path(path: &Path, name: &str, positional: &[Value]) -> Result<Value> {
    match (name, positional) {
        ("resolve" | "absolute", []) => Ok(Value::Path(Rc::new(resolved(path)))),
        ("open", _) => Ok(Value::Path(Rc::new(path.to_owned()))),
        _ => Err(PythonError::unsupported(format!("`.{name}` of a path"))),
    }
}

pub(super) fn path_attribute(path: &Rc<PathBuf>, name: &str) -> Result<Value> {
    Ok(match name {
        "parent" => Value::Path(Rc::new(path.parent().unwrap_or(Path::new("")).to_owned())),
        "name" => Value::string(path.file_name().unwrap_or_default().to_string_lossy()),
        "stem" => Value::string(path.file_stem().unwrap_or_default().to_string_lossy()),
        _ => Value::Method(Rc::new((Value::Path(Rc::clone(path)), name.to_owned()))),
    })
}
