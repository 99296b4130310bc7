//! Hugging Face's features: the types of a dataset's columns, as JSON beside the Arrow schema.
//!
//! Lists are written in the form that `datasets` 1 to 5 read, `[feature]`, and read in every form: `[feature]`,
//! `{"_type": "Sequence", "feature": …}` (before 4) and `{"_type": "List", "feature": …}` (since 4).

use crate::error::{FilesError, Result};
use arrow_schema::{DataType, Field, Fields, Schema, TimeUnit};
use serde_json::{Map, Value, json};

/// Key of the schema's metadata.
const METADATA_KEY: &str = "huggingface";

/// Type of one column.
#[derive(Debug, Clone, PartialEq)]
pub enum Feature {
    /// A scalar, by Arrow's name for it: `string`, `int64`, `float64`, `bool`, `timestamp[us]`.
    Value(String),
    /// A whole number that stands for a name.
    ClassLabel(Vec<String>),
    /// A list of items of one kind.
    List(Box<Feature>),
    /// Named parts.
    Struct(Features),
    /// A kind that Examen has no use for, as it stands in the file: an image, an audio clip.
    Other(Value),
}

/// The columns of a dataset, in order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Features(pub Vec<(String, Feature)>);

impl Features {
    /// The features of a table with this schema.
    ///
    /// # Errors
    /// For a column type that has no feature, such as a union.
    pub(crate) fn from_schema(schema: &Schema) -> Result<Self> {
        features_of(schema.fields(), "")
    }

    /// The features that the writer of a file left in its schema, if it did.
    pub(crate) fn of_metadata(schema: &Schema) -> Option<Self> {
        let metadata: Value = serde_json::from_str(schema.metadata().get(METADATA_KEY)?).ok()?;
        Some(Self::from_json(metadata.get("info")?.get("features")?))
    }

    /// Key and value for a schema's metadata: `huggingface`, `{"info": {"features": …}}`.
    pub(crate) fn metadata(&self) -> (String, String) {
        (
            METADATA_KEY.to_owned(),
            json!({ "info": { "features": self.to_json() } }).to_string(),
        )
    }

    /// The JSON of `dataset_info.json`.
    pub fn to_json(&self) -> Value {
        Value::Object(
            self.0
                .iter()
                .map(|(name, feature)| (name.clone(), feature.to_json()))
                .collect(),
        )
    }

    /// Features from the JSON of `dataset_info.json`, or of a schema's metadata. What is not understood is kept as
    /// [`Feature::Other`].
    pub fn from_json(json: &Value) -> Self {
        let columns = json.as_object().into_iter().flatten();
        Self(
            columns
                .map(|(name, feature)| (name.clone(), Feature::from_json(feature)))
                .collect(),
        )
    }

    /// The form of a card's `dataset_info.features`: a list of `{name, dtype | list | struct | sequence}`.
    pub fn to_card(&self) -> Value {
        Value::Array(
            self.0
                .iter()
                .map(|(name, feature)| feature.to_card(Some(name)))
                .collect(),
        )
    }

    /// The feature of one column.
    pub fn get(&self, column: &str) -> Option<&Feature> {
        self.0
            .iter()
            .find(|(name, _)| name == column)
            .map(|(_, feature)| feature)
    }
}

impl Feature {
    fn to_json(&self) -> Value {
        match self {
            Self::Value(dtype) => json!({ "dtype": dtype, "_type": "Value" }),
            Self::ClassLabel(names) => json!({ "names": names, "_type": "ClassLabel" }),
            Self::List(item) => json!([item.to_json()]),
            Self::Struct(parts) => parts.to_json(),
            Self::Other(json) => json.clone(),
        }
    }

    fn from_json(json: &Value) -> Self {
        match json {
            Value::Array(items) if items.len() == 1 => {
                Self::List(Box::new(Self::from_json(&items[0])))
            }
            Value::Object(parts) => {
                Self::from_object(parts).unwrap_or_else(|| Self::Other(json.clone()))
            }
            other => Self::Other(other.clone()),
        }
    }

    fn from_object(parts: &Map<String, Value>) -> Option<Self> {
        // A struct may have a part that is called `_type`; a kind is a string.
        let Some(Value::String(kind)) = parts.get("_type") else {
            return Some(Self::Struct(Features::from_json(&Value::Object(
                parts.clone(),
            ))));
        };
        match kind.as_str() {
            "Value" => parts
                .get("dtype")?
                .as_str()
                .map(|dtype| Self::Value(dtype.to_owned())),
            "ClassLabel" => class_label(parts),
            "Sequence" => Self::from_json(parts.get("feature")?).in_sequence(),
            "List" | "LargeList" => {
                Some(Self::List(Box::new(Self::from_json(parts.get("feature")?))))
            }
            _ => None,
        }
    }

    /// The feature that `Sequence` stands for: a sequence of structs is a struct of lists.
    fn in_sequence(self) -> Option<Self> {
        Some(match self {
            Self::Struct(Features(parts)) => Self::Struct(Features(
                parts
                    .into_iter()
                    .map(|(name, part)| (name, Self::List(Box::new(part))))
                    .collect(),
            )),
            other => Self::List(Box::new(other)),
        })
    }

    fn to_card(&self, name: Option<&str>) -> Value {
        let mut card = Map::new();
        if let Some(name) = name {
            card.insert("name".to_owned(), name.into());
        }
        let (key, value) = match self {
            Self::Value(dtype) => ("dtype", dtype.as_str().into()),
            Self::ClassLabel(names) => (
                "dtype",
                json!({ "class_label": { "names": card_names(names) } }),
            ),
            Self::List(item) => match item.to_card(None) {
                // A list of scalars is written `list: string`.
                Value::Object(item) if item.len() == 1 && item.contains_key("dtype") => {
                    ("list", item["dtype"].clone())
                }
                Value::Object(mut item) if item.contains_key("struct") => {
                    ("list", item.remove("struct").unwrap_or_default())
                }
                other => ("list", other),
            },
            Self::Struct(parts) => ("struct", parts.to_card()),
            Self::Other(json) => ("dtype", json.clone()),
        };
        card.insert(key.to_owned(), value);
        Value::Object(card)
    }
}

fn class_label(parts: &Map<String, Value>) -> Option<Feature> {
    let names = parts.get("names")?.as_array()?;
    Some(Feature::ClassLabel(
        names
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
    ))
}

/// A card numbers the names of a class label: `{"0": "no", "1": "yes"}`.
fn card_names(names: &[String]) -> Value {
    Value::Object(
        names
            .iter()
            .enumerate()
            .map(|(index, name)| (index.to_string(), name.as_str().into()))
            .collect(),
    )
}

fn features_of(fields: &Fields, within: &str) -> Result<Features> {
    let feature = |field: &Field| Ok((field.name().clone(), feature_of(field, within)?));
    fields
        .iter()
        .map(|field| feature(field))
        .collect::<Result<_>>()
        .map(Features)
}

fn feature_of(field: &Field, within: &str) -> Result<Feature> {
    let column = format!("{within}{}", field.name());
    match field.data_type() {
        DataType::List(item) | DataType::LargeList(item) => Ok(Feature::List(Box::new(
            feature_of(item, &format!("{column}."))?,
        ))),
        DataType::Struct(parts) => Ok(Feature::Struct(features_of(parts, &format!("{column}."))?)),
        scalar => match dtype_of(scalar) {
            Some(dtype) => Ok(Feature::Value(dtype.to_owned())),
            None => Err(FilesError::NoFeature {
                column,
                data_type: scalar.to_string(),
            }),
        },
    }
}

/// Arrow's type in the words of pyarrow, which `datasets` uses.
fn dtype_of(data_type: &DataType) -> Option<&'static str> {
    Some(match data_type {
        DataType::Null => "null",
        DataType::Boolean => "bool",
        DataType::Int8 => "int8",
        DataType::Int16 => "int16",
        DataType::Int32 => "int32",
        DataType::Int64 => "int64",
        DataType::UInt8 => "uint8",
        DataType::UInt16 => "uint16",
        DataType::UInt32 => "uint32",
        DataType::UInt64 => "uint64",
        DataType::Float16 => "float16",
        DataType::Float32 => "float32",
        DataType::Float64 => "float64",
        DataType::Utf8 => "string",
        DataType::LargeUtf8 => "large_string",
        DataType::Binary => "binary",
        DataType::LargeBinary => "large_binary",
        DataType::Date32 => "date32",
        DataType::Date64 => "date64",
        DataType::Timestamp(TimeUnit::Second, None) => "timestamp[s]",
        DataType::Timestamp(TimeUnit::Millisecond, None) => "timestamp[ms]",
        DataType::Timestamp(TimeUnit::Microsecond, None) => "timestamp[us]",
        DataType::Timestamp(TimeUnit::Nanosecond, None) => "timestamp[ns]",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings() -> Feature {
        Feature::List(Box::new(Feature::Value("string".to_owned())))
    }

    #[test]
    fn lists_are_read_in_every_form_and_written_in_the_oldest() {
        let item = json!({ "dtype": "string", "_type": "Value" });
        let forms = [
            json!([item]),
            json!({ "feature": item, "length": -1, "_type": "Sequence" }),
            json!({ "feature": item, "_type": "List" }),
            json!({ "feature": item, "_type": "LargeList" }),
        ];
        for form in &forms {
            assert_eq!(Feature::from_json(form), strings());
        }
        assert_eq!(strings().to_json(), forms[0]);
    }

    #[test]
    fn a_sequence_of_structs_is_a_struct_of_lists() {
        let json = json!({ "feature": { "role": { "dtype": "string", "_type": "Value" } }, "_type": "Sequence" });
        assert_eq!(
            Feature::from_json(&json),
            Feature::Struct(Features(vec![("role".to_owned(), strings())]))
        );
    }

    #[test]
    fn what_is_not_understood_is_kept() {
        let json = json!({ "picture": { "mode": null, "_type": "Image" }, "_type": { "dtype": "string", "_type": "Value" } });
        let features = Features::from_json(&json);
        assert!(matches!(features.get("picture"), Some(Feature::Other(_))));
        assert_eq!(
            features.get("_type"),
            Some(&Feature::Value("string".to_owned()))
        );
        assert_eq!(features.to_json(), json);
    }

    #[test]
    fn a_card_lists_its_columns() {
        let messages = Feature::List(Box::new(Feature::Struct(Features(vec![(
            "role".to_owned(),
            Feature::Value("string".to_owned()),
        )]))));
        let label = Feature::ClassLabel(vec!["no".to_owned()]);
        let features = Features(vec![
            ("words".to_owned(), strings()),
            ("messages".to_owned(), messages),
            ("label".to_owned(), label),
        ]);
        let expected = json!([
            { "name": "words", "list": "string" },
            { "name": "messages", "list": [{ "name": "role", "dtype": "string" }] },
            { "name": "label", "dtype": { "class_label": { "names": { "0": "no" } } } },
        ]);
        assert_eq!(features.to_card(), expected);
    }
}
