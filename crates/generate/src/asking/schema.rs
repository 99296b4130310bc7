//! The reply that is asked for: the types that read it, and the JSON schema made of them.

use crate::settings::{MAX_OPTION, MAX_STEM};
use examen_core::{Difficulty, Kind, exam::N_DISTRACTORS};
use examen_llm::SUBSTRING_OF;
use schemars::{JsonSchema, generate::SchemaSettings};
use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::{Value, json};
use std::{fmt, sync::LazyLock};

/// Length of a quote that a schema takes from the passage, in characters: fewer prove nothing, more are not read.
const QUOTE_CHARS: [usize; 2] = [25, 300];

/// A whole reply.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct Reply {
    /// The questions.
    pub exam: Vec<Item>,
}

/// One question as the model writes it. The quote comes first: a model that has copied the evidence asks about it. What
/// is missing is read as empty and left to the checks; lengths are bounded so that a small model comes to an end.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct Item {
    /// The sentence of the passage that proves the answer.
    #[serde(default, alias = "evidence")]
    #[schemars(with = "String", length(min = 1, max = 400))]
    pub quote: Text,
    /// The sentence of the second passage that the answer needs too; left out where there is one passage.
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    #[schemars(with = "String", length(min = 1, max = 400))]
    pub second_quote: Text,
    /// What it asks of the reader.
    #[serde(default)]
    #[schemars(with = "String")]
    pub kind: Text,
    /// The stem.
    #[serde(alias = "stem")]
    #[schemars(with = "String", length(min = 1, max = MAX_STEM))]
    pub question: Text,
    /// The key.
    #[serde(default, alias = "correct_answer")]
    #[schemars(with = "String", length(min = 1, max = MAX_OPTION))]
    pub answer: Text,
    /// The wrong options.
    #[serde(default, alias = "incorrect_answers", alias = "wrong_answers")]
    #[schemars(with = "Vec<String>", inner(length(min = 1, max = MAX_OPTION)))]
    pub distractors: Vec<Text>,
    /// How hard it is.
    #[serde(default)]
    #[schemars(with = "String")]
    pub difficulty: Text,
    /// What was changed to read it; no part of the reply.
    #[serde(skip)]
    pub notes: Vec<String>,
}

/// A text where a model may also write a number, a truth value or nothing. White space is collapsed: options and stems
/// are one line.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Text(pub String);

impl Text {
    /// The text on one line.
    pub fn of(text: &str) -> Self {
        Self(text.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    /// True if nothing was written.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor)
    }
}

struct TextVisitor;

impl de::Visitor<'_> for TextVisitor {
    type Value = Text;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_str<E>(self, text: &str) -> Result<Text, E> {
        Ok(Text::of(text))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Text, E> {
        Ok(Text(value.to_string()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Text, E> {
        Ok(Text(number.to_string()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Text, E> {
        Ok(Text(number.to_string()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Text, E> {
        Ok(Text(number.to_string()))
    }

    fn visit_unit<E>(self) -> Result<Text, E> {
        Ok(Text::default())
    }
}

/// Limits on the contents of a reply.
#[derive(Debug, Clone, Copy)]
pub struct Shape<'a> {
    /// Exactly so many questions.
    pub n_questions: usize,
    /// Kinds of questions that may be asked.
    pub kinds: &'a [Kind],
    /// Difficulties that the questions may have.
    pub difficulties: &'a [Difficulty],
    /// Texts that may be quoted.
    pub quotes: Quotes<'a>,
}

/// Quotes that a schema allows.
#[derive(Debug, Clone, Copy)]
pub enum Quotes<'a> {
    /// Any text.
    Any {
        /// True if each question quotes a second passage too.
        has_second: bool,
    },
    /// One of these sentences, in as many groups as there are questions, each question from its own group, so that no
    /// two quote the same.
    Sentences(&'a [String]),
    /// A verbatim part of each of these passages, one or two.
    PartsOf(&'a [&'a str]),
}

/// The schema of a reply. Everything is required and nothing else allowed, as OpenAI's strict mode wants it.
pub fn reply_schema(shape: Shape<'_>) -> Value {
    // Made of the types once, not for every request.
    static ANY: LazyLock<Value> = LazyLock::new(any_reply);
    let mut schema = ANY.clone();
    let exam = &mut schema["properties"]["exam"];
    set_count(exam, shape.n_questions);
    let item = &mut exam["items"];
    set_count(&mut item["properties"]["distractors"], N_DISTRACTORS);
    item["properties"]["kind"] = json!({ "enum": shape.kinds });
    item["properties"]["difficulty"] = json!({ "enum": shape.difficulties });
    if !matches!(
        shape.quotes,
        Quotes::Any { has_second: true } | Quotes::PartsOf([_, _])
    ) {
        remove_property(item, "second_quote");
    }
    match shape.quotes {
        Quotes::Any { .. } => {}
        Quotes::Sentences(quotes) => {
            let items = groups(quotes, shape.n_questions)
                .map(|group| with_quotes(item.clone(), group))
                .collect();
            exam["prefixItems"] = Value::Array(items);
            exam["items"] = json!(false);
        }
        Quotes::PartsOf(passages) => {
            for (name, passage) in ["quote", "second_quote"].into_iter().zip(passages) {
                item["properties"][name] = part_of(passage);
            }
        }
    }
    schema
}

/// The schema of a reply with any number of questions.
fn any_reply() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.inline_subschemas = true;
        settings.meta_schema = None;
    });
    let mut schema = settings
        .into_generator()
        .into_root_schema_for::<Reply>()
        .to_value();
    make_strict(&mut schema);
    schema
}

/// `n` parts of about the same size, in order; the whole for each where there are fewer quotes than parts.
fn groups(quotes: &[String], n: usize) -> impl Iterator<Item = &[String]> {
    let is_too_few = quotes.len() < n;
    (0..n).map(move |part| match is_too_few {
        true => quotes,
        false => &quotes[part * quotes.len() / n..(part + 1) * quotes.len() / n],
    })
}

fn part_of(passage: &str) -> Value {
    let [min, max] = QUOTE_CHARS;
    json!({ "type": "string", SUBSTRING_OF: passage, "minLength": min, "maxLength": max })
}

fn remove_property(object: &mut Value, name: &str) {
    if let Some(properties) = object["properties"].as_object_mut() {
        properties.shift_remove(name);
    }
    if let Some(required) = object["required"].as_array_mut() {
        required.retain(|required| required != name);
    }
}

fn with_quotes(mut item: Value, quotes: &[String]) -> Value {
    item["properties"]["quote"] = json!({ "enum": quotes });
    item
}

fn set_count(array: &mut Value, n: usize) {
    array["minItems"] = json!(n);
    array["maxItems"] = json!(n);
}

/// Leaves out what describes the Rust types, and requires what serde would forgive.
fn make_strict(schema: &mut Value) {
    let Value::Object(members) = schema else {
        return;
    };
    for name in ["title", "description", "default"] {
        members.remove(name);
    }
    if let Some(Value::Object(properties)) = members.get_mut("properties") {
        properties.values_mut().for_each(make_strict);
        let names: Vec<String> = properties.keys().cloned().collect();
        members.insert("required".to_owned(), json!(names));
        members.insert("additionalProperties".to_owned(), json!(false));
    }
    if let Some(items) = members.get_mut("items") {
        make_strict(items);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(n_questions: usize, quotes: Quotes<'_>) -> Shape<'_> {
        Shape {
            n_questions,
            kinds: &Kind::ALL,
            difficulties: &Difficulty::ALL,
            quotes,
        }
    }

    #[test]
    fn the_schema_as_it_is_sent() {
        insta::assert_snapshot!(format!(
            "{:#}",
            reply_schema(shape(2, Quotes::Any { has_second: false }))
        ));
    }

    #[test]
    fn each_question_quotes_from_its_own_sentences() {
        let quotes = ["a", "b", "c", "d", "e"].map(str::to_owned);
        let allowed = |n_questions: usize| -> Vec<Value> {
            let schema = reply_schema(shape(n_questions, Quotes::Sentences(&quotes)));
            let items = schema["properties"]["exam"]["prefixItems"]
                .as_array()
                .expect("a list")
                .clone();
            items
                .iter()
                .map(|item| item["properties"]["quote"]["enum"].clone())
                .collect()
        };
        assert_eq!(allowed(2), [json!(["a", "b"]), json!(["c", "d", "e"])]);
        assert_eq!(
            allowed(5),
            [
                json!(["a"]),
                json!(["b"]),
                json!(["c"]),
                json!(["d"]),
                json!(["e"])
            ]
        );
        assert_eq!(allowed(6), vec![json!(quotes); 6]);
    }

    #[test]
    fn a_question_about_two_passages_quotes_both() {
        let schema = reply_schema(shape(1, Quotes::PartsOf(&["one", "two"])));
        let item = &schema["properties"]["exam"]["items"];
        assert_eq!(item["properties"]["quote"][SUBSTRING_OF], "one");
        assert_eq!(item["properties"]["second_quote"][SUBSTRING_OF], "two");
        assert!(
            item["required"]
                .as_array()
                .expect("a list")
                .contains(&json!("second_quote"))
        );
        let alone = reply_schema(shape(1, Quotes::PartsOf(&["one"])));
        assert_eq!(
            alone["properties"]["exam"]["items"]["properties"]["second_quote"],
            Value::Null
        );
    }

    #[test]
    fn what_models_write_instead_of_strings_is_read() {
        let item: Item = serde_json::from_str(
            r#"{"stem": "How many?", "correct_answer": 4, "wrong_answers": [3, 5.5, null, true]}"#,
        )
        .expect("an item");
        assert_eq!(item.answer.0, "4");
        assert_eq!(
            item.distractors
                .iter()
                .map(|text| text.0.as_str())
                .collect::<Vec<_>>(),
            ["3", "5.5", "", "true"]
        );
        assert_eq!(item.quote.0, "");
    }
}
