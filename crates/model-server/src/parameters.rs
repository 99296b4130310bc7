//! Parameters that completions and chats have in common. One that is not known, or cannot be kept, is refused by name.

use crate::{refusal::Refusal, settings::Settings, state::Shared};
use examen_llm::{Constraint, Sampling};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};
use std::num::NonZeroUsize;

/// Parameters that change nothing here, whatever their value.
const WITHOUT_EFFECT: [&str; 10] = [
    "user",
    "metadata",
    "store",
    "service_tier",
    "safety_identifier",
    "prompt_cache_key",
    "prompt_cache_retention",
    "parallel_tool_calls",
    "reasoning_effort",
    "verbosity",
];

/// Parameters of which these values are what happens anyway.
fn is_neutral(name: &str, value: &Value) -> bool {
    match name {
        "presence_penalty" | "frequency_penalty" => value.as_f64() == Some(0.0),
        "best_of" => *value == 1,
        "logit_bias" => value.as_object().is_some_and(Map::is_empty),
        "tools" | "functions" => value.as_array().is_some_and(Vec::is_empty),
        "tool_choice" => value == "none" || value == "auto",
        "skip_special_tokens" | "add_generation_prompt" => *value == true,
        "ignore_eos" | "continue_final_message" => *value == false,
        _ => false,
    }
}

/// Parameters of every request for text.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Common {
    pub(crate) model: Option<String>,
    temperature: Option<f64>,
    top_p: Option<f64>,
    top_k: Option<i64>,
    min_p: Option<f64>,
    repetition_penalty: Option<f64>,
    seed: Option<i64>,
    stop: Option<Stop>,
    n: Option<usize>,
    pub(crate) stream: Option<bool>,
    stream_options: Option<StreamOptions>,
    response_format: Option<Value>,
    structured_outputs: Option<Structure>,
    guided_json: Option<Value>,
    guided_regex: Option<String>,
    guided_choice: Option<Vec<String>>,
    /// What is not known.
    #[serde(flatten)]
    rest: Map<String, Value>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Stop {
    One(String),
    Several(Vec<String>),
}

#[derive(Debug, Deserialize)]
struct StreamOptions {
    #[serde(default)]
    include_usage: bool,
}

/// vLLM's form of constraints.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Structure {
    json: Option<Value>,
    regex: Option<String>,
    choice: Option<Vec<String>>,
}

/// Reads a body.
pub(crate) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body)
        .map_err(|error| Refusal::request(format!("the body cannot be read: {error}")))
}

/// How a reply is drawn.
#[derive(Debug, Clone)]
pub(crate) struct Draw {
    pub(crate) sampling: Sampling,
    pub(crate) constraint: Option<Constraint>,
    /// Replies to each prompt.
    pub(crate) n: usize,
}

impl Common {
    /// True if a stream should end with the usage.
    pub(crate) fn streams_usage(&self) -> bool {
        let options = self.stream_options.as_ref();
        options.is_some_and(|options| options.include_usage)
    }

    /// Checks everything and puts it together.
    pub(crate) fn draw(&self, shared: &Shared, max_tokens: usize) -> Result<Draw, Refusal> {
        self.check_rest()?;
        shared.check_model(self.model.as_deref())?;
        let n = self.n.unwrap_or(1);
        if !(1..=Settings::MAX_CHOICES).contains(&n) {
            let most = Settings::MAX_CHOICES;
            return Err(Refusal::parameter(
                "n",
                format!("it must be from 1 to {most}"),
            ));
        }
        let stop = match &self.stop {
            None => Vec::new(),
            Some(Stop::One(stop)) => vec![stop.clone()],
            Some(Stop::Several(stops)) => stops.clone(),
        };
        let seed = self
            .seed
            .map_or_else(|| shared.unique(), i64::cast_unsigned);
        let sampling = Sampling {
            temperature: self.temperature.unwrap_or(1.0),
            top_p: self.top_p.unwrap_or(1.0),
            // vLLM's -1, and 0, take all.
            top_k: self
                .top_k
                .and_then(|k| NonZeroUsize::new(k.try_into().ok()?)),
            min_p: self.min_p.unwrap_or(0.0),
            repetition_penalty: self.repetition_penalty.unwrap_or(1.0),
            seed,
            max_tokens,
            stop,
        };
        let constraint = self.constraint()?;
        Ok(Draw {
            sampling,
            constraint,
            n,
        })
    }

    fn check_rest(&self) -> Result<(), Refusal> {
        let is_fine = |(name, value): &(&String, &Value)| {
            value.is_null() || WITHOUT_EFFECT.contains(&name.as_str()) || is_neutral(name, value)
        };
        match self.rest.iter().find(|parameter| !is_fine(parameter)) {
            None => Ok(()),
            Some((name, _)) => Err(Refusal::parameter(name, "this server does not support it")),
        }
    }

    /// The one constraint that was asked for, if any.
    fn constraint(&self) -> Result<Option<Constraint>, Refusal> {
        let schema = |value: &Value| Constraint::JsonSchema(value.clone().into());
        let structure = self.structured_outputs.as_ref();
        let mut found: Vec<Constraint> = Vec::new();
        found.extend(response_format(self.response_format.as_ref())?);
        let (own, guided) = (
            structure.and_then(|s| s.json.as_ref()),
            self.guided_json.as_ref(),
        );
        found.extend(own.into_iter().chain(guided).map(schema));
        let (own, guided) = (
            structure.and_then(|s| s.regex.as_ref()),
            self.guided_regex.as_ref(),
        );
        found.extend(
            own.into_iter()
                .chain(guided)
                .cloned()
                .map(Constraint::Regex),
        );
        let (own, guided) = (
            structure.and_then(|s| s.choice.as_ref()),
            self.guided_choice.as_ref(),
        );
        found.extend(
            own.into_iter()
                .chain(guided)
                .cloned()
                .map(Constraint::Choice),
        );
        match found.len() {
            0 | 1 => Ok(found.pop()),
            n => Err(Refusal::parameter(
                "response_format",
                format!("{n} constraints were given; a reply can keep one"),
            )),
        }
    }
}

fn response_format(format: Option<&Value>) -> Result<Option<Constraint>, Refusal> {
    let refused = |fault: &str| Refusal::parameter("response_format", fault);
    let Some(format) = format.filter(|format| !format.is_null()) else {
        return Ok(None);
    };
    match format["type"].as_str() {
        Some("text") => Ok(None),
        Some("json_object") => Ok(Some(Constraint::JsonSchema(
            json!({"type": "object"}).into(),
        ))),
        Some("json_schema") => match &format["json_schema"]["schema"] {
            Value::Null => Err(refused("it has no json_schema.schema")),
            schema => Ok(Some(Constraint::JsonSchema(schema.clone().into()))),
        },
        Some("regex") => match (&format["pattern"], &format["value"]) {
            (Value::String(pattern), _) | (_, Value::String(pattern)) => {
                Ok(Some(Constraint::Regex(pattern.clone())))
            }
            _ => Err(refused("a regex needs its `pattern`")),
        },
        _ => Err(refused(
            "its type must be text, json_object, json_schema or regex",
        )),
    }
}

/// A number of alternatives beside each token.
pub(crate) fn check_top(name: &str, n: usize) -> Result<usize, Refusal> {
    let most = Settings::MAX_TOP;
    match n <= most {
        true => Ok(n),
        false => Err(Refusal::parameter(
            name,
            format!("at most {most} are told, not {n}"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn constraint(parameters: Value) -> Result<Option<Constraint>, Refusal> {
        serde_json::from_value::<Common>(parameters)
            .unwrap()
            .constraint()
    }

    #[test]
    fn constraints_are_read_in_every_form_and_two_are_refused() {
        let schema = json!({"type": "object", "properties": {}});
        for parameters in [
            json!({"response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": schema}}}),
            json!({"structured_outputs": {"json": schema}}),
            json!({"guided_json": schema}),
        ] {
            let expected = Constraint::JsonSchema(schema.clone().into());
            assert_eq!(constraint(parameters).unwrap(), Some(expected));
        }
        let regex = Some(Constraint::Regex("[ab]".into()));
        assert_eq!(constraint(json!({"guided_regex": "[ab]"})).unwrap(), regex);
        let format = json!({"response_format": {"type": "regex", "pattern": "[ab]"}});
        assert_eq!(constraint(format).unwrap(), regex);
        let both = json!({"guided_regex": "a", "guided_choice": ["a"]});
        constraint(both).unwrap_err();
        constraint(json!({"response_format": {"type": "grammar"}})).unwrap_err();
        assert_eq!(
            constraint(json!({"response_format": {"type": "text"}})).unwrap(),
            None
        );
    }

    #[test]
    fn what_is_not_supported_is_refused_by_name_unless_it_changes_nothing() {
        let check = |rest: Value| serde_json::from_value::<Common>(rest).unwrap().check_rest();
        for fine in [
            json!({"user": "a", "presence_penalty": 0, "logit_bias": {}, "suffix": null}),
            json!({"tools": [], "tool_choice": "auto", "best_of": 1}),
        ] {
            check(fine).unwrap();
        }
        for (name, value) in [
            ("presence_penalty", json!(0.5)),
            ("suffix", json!("end")),
            ("best_of", json!(4)),
            ("tools", json!([{}])),
            ("prompt_logprobs", json!(1)),
        ] {
            let refusal = check(json!({name: value})).unwrap_err().body().to_string();
            assert!(refusal.contains(name), "{refusal}");
        }
    }
}
