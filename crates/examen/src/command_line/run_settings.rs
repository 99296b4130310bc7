//! The `pipeline.yaml` of a run of `generate` as options: the same questions are asked for again.
//!
//! The file may be published, so it tells neither folders nor servers: the command line does.

use examen_hub::ModelSource;
use serde_json::{Map, Value};

/// Options by their names, as a file has them.
pub(super) type Options = Map<String, Value>;

/// The part that only `generate` writes.
const PROGRAM: &str = "examen_generate";

/// Settings whose option has another name.
const RENAMED: [(&str, &str); 2] = [
    ("max_questions", "questions"),
    ("difficulties", "difficulty"),
];

/// True if a file is that of a run.
pub(super) fn is_run(file: &Options) -> bool {
    file.contains_key(PROGRAM) && file.get("settings").is_some_and(Value::is_object)
}

/// The options of the run, without those of the machine.
pub(super) fn options(file: &Options) -> Options {
    let mut options = Options::new();
    let settings = file.get("settings").and_then(Value::as_object);
    for (name, value) in settings.into_iter().flatten() {
        match (name.as_str(), value) {
            // Follows from where the model is.
            ("constrain_quotes", _) => {}
            ("require_quote", Value::Bool(is_required)) => {
                options.insert("allow_unquoted".to_owned(), Value::Bool(!is_required));
            }
            ("input", Value::Object(input)) => options.extend(inputs(input)),
            ("model_checks", Value::Object(checks)) => options.extend(model_checks(checks)),
            (name, value) => {
                options.insert(option(name).to_owned(), value.clone());
            }
        }
    }
    let program = file.get(PROGRAM).and_then(Value::as_object);
    for name in ["model", "check_model"] {
        let model = program.and_then(|program| program.get(name));
        let is_found = |model: &&Value| model.as_str().is_some_and(is_source);
        options.extend(
            model
                .filter(is_found)
                .map(|model| (name.to_owned(), model.clone())),
        );
    }
    options
}

fn option(setting: &str) -> &str {
    let renamed = RENAMED.iter().find(|(name, _)| *name == setting);
    renamed.map_or(setting, |(_, option)| option)
}

fn inputs(input: &Options) -> impl Iterator<Item = (String, Value)> + '_ {
    input.iter().map(|(name, value)| {
        let name = if name == "datasets" { "input" } else { name };
        (name.to_owned(), value.clone())
    })
}

fn model_checks(checks: &Options) -> impl Iterator<Item = (String, Value)> + '_ {
    checks.iter().map(|(name, value)| {
        let name = if name == "orders" {
            "check_orders"
        } else {
            name
        };
        (name.to_owned(), value.clone())
    })
}

/// True if the name under which a model is published also finds it: that of a file of one's own does not, nor that of a
/// server's model.
fn is_source(model: &str) -> bool {
    ModelSource::parse(model).is_ok()
}
