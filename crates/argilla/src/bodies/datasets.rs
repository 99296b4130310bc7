//! Datasets and what they are made of.

use crate::{
    answers::Distribution,
    schema::{
        Keys, Reader, any, boolean, integer, list, map, number, tag, text, unknown_tag, uuid, word,
    },
    shapes,
};
use examen_core::annotation::{
    FieldSettings, LabelOption, MetadataSettings, QuestionSettings,
    questions::{
        LabelSelection, MultiLabelSelection, OptionsOrder, Ranking, Rating, RatingOption, Span,
        Text,
    },
};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};
use std::ops::RangeInclusive;
use utoipa::ToSchema;
use uuid::Uuid;

/// `POST /datasets`.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct NewDataset {
    /// The name.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// The workspace.
    pub workspace_id: Uuid,
    /// Words for annotators.
    #[schema(min_length = 1, max_length = 10000)]
    pub guidelines: Option<String>,
    /// Whether records may have metadata that no property names.
    #[schema(required = false, default = true)]
    pub allow_extra_metadata: bool,
    /// Submitted responses that complete a record.
    #[serde(rename = "distribution", serialize_with = "overlap")]
    #[schema(value_type = Distribution, required = false)]
    pub min_submitted: u32,
    /// What is known about it.
    pub metadata: Option<Map<String, Value>>,
}

impl NewDataset {
    /// Reads a body.
    pub fn read(reader: &mut Reader, body: Value) -> Option<Self> {
        let mut keys = reader.object(body)?;
        let name = keys.required("name", text(1..=200));
        let guidelines = keys.optional("guidelines", text(1..=10_000));
        let allow_extra_metadata = keys.or("allow_extra_metadata", true, boolean);
        let min_submitted = keys.or("distribution", 1, distribution);
        let metadata = keys.optional("metadata", map);
        let workspace_id = keys.required("workspace_id", uuid);
        Some(Self {
            name: name?,
            workspace_id: workspace_id?,
            guidelines: guidelines?,
            allow_extra_metadata: allow_extra_metadata?,
            min_submitted: min_submitted?,
            metadata: metadata?,
        })
    }
}

/// `PATCH /datasets/{id}`: what is not given stays.
#[derive(Debug, Clone, PartialEq, ToSchema)]
pub struct DatasetChange {
    /// The name.
    #[schema(min_length = 1, max_length = 200, nullable = false)]
    pub name: Option<String>,
    /// Words for annotators.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 10000)]
    pub guidelines: Option<Option<String>>,
    /// Whether records may have metadata that no property names.
    #[schema(nullable = false)]
    pub allow_extra_metadata: Option<bool>,
    /// Submitted responses that complete a record.
    #[schema(rename = "distribution", value_type = Distribution, required = false)]
    pub min_submitted: Option<u32>,
    /// What is known about it; merged into what is there.
    pub metadata: Option<Map<String, Value>>,
}

impl DatasetChange {
    /// Reads a body.
    pub fn read(reader: &mut Reader, body: Value) -> Option<Self> {
        let mut keys = reader.object(body)?;
        keys.never_null(&["name", "allow_extra_metadata", "distribution"])?;
        let name = keys.optional("name", text(1..=200));
        let guidelines = keys.change("guidelines", text(1..=10_000));
        let allow_extra_metadata = keys.optional("allow_extra_metadata", boolean);
        let min_submitted = keys.optional("distribution", distribution);
        let metadata = keys.optional("metadata", map);
        Some(Self {
            name: name?,
            guidelines: guidelines?,
            allow_extra_metadata: allow_extra_metadata?,
            min_submitted: min_submitted?,
            metadata: metadata?,
        })
    }
}

fn overlap<S: Serializer>(min_submitted: &u32, serializer: S) -> Result<S::Ok, S::Error> {
    Distribution::overlap(*min_submitted).serialize(serializer)
}

fn distribution(reader: &mut Reader, value: Value) -> Option<u32> {
    let mut keys = reader.object(value)?;
    let strategy = keys.or("strategy", 0, word(&["overlap"]));
    let least = keys.required("min_submitted", integer(1..=i64::from(u32::MAX)));
    strategy?;
    u32::try_from(least?).ok()
}

/// `POST /datasets/{id}/fields`.
#[derive(Debug, Clone, PartialEq, ToSchema)]
pub struct NewField {
    /// The name.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// The title.
    #[schema(min_length = 1, max_length = 500)]
    pub title: String,
    /// Whether every record must have it.
    #[schema(value_type = Option<bool>, default = false)]
    pub required: bool,
    /// The kind.
    #[schema(value_type = shapes::FieldSettings)]
    pub settings: FieldSettings,
}

impl NewField {
    /// Reads a body.
    pub fn read(reader: &mut Reader, body: Value) -> Option<Self> {
        let mut keys = reader.object(body)?;
        let name = keys.required("name", text(1..=200));
        let title = keys.required("title", text(1..=500));
        let required = keys.optional("required", boolean);
        let settings = keys.required("settings", field_settings);
        Some(Self {
            name: name?,
            title: title?,
            required: required?.unwrap_or(false),
            settings: settings?,
        })
    }
}

/// `PATCH /fields/{id}`: what is not given stays.
#[derive(Debug, Clone, PartialEq, ToSchema)]
pub struct FieldChange {
    /// The title.
    #[schema(min_length = 1, max_length = 500, nullable = false)]
    pub title: Option<String>,
    /// Keys of the settings; read them with [`field_settings`] once they are merged into those that are there.
    #[schema(nullable = false)]
    pub settings: Option<Map<String, Value>>,
}

impl FieldChange {
    /// Reads a body.
    pub fn read(reader: &mut Reader, body: Value) -> Option<Self> {
        let mut keys = reader.object(body)?;
        keys.never_null(&["title", "settings"])?;
        let title = keys.optional("title", text(1..=500));
        let settings = keys.optional("settings", map);
        Some(Self {
            title: title?,
            settings: settings?,
        })
    }
}

/// The kind of a field.
pub fn field_settings(reader: &mut Reader, value: Value) -> Option<FieldSettings> {
    const EXPECTED: &str = "<FieldType.text: 'text'>, <FieldType.image: 'image'>, <FieldType.chat: 'chat'>, \
                            <FieldType.custom: 'custom'>";
    let kind = tag(reader, &value, "type", EXPECTED)?;
    if !["text", "image", "chat", "custom"].contains(&kind.as_str()) {
        return unknown_tag(reader, &kind, "type", EXPECTED);
    }
    reader.within(kind.as_str(), |reader| {
        let mut keys = reader.object(value)?;
        Some(match kind.as_str() {
            "text" => FieldSettings::Text {
                use_markdown: keys.or("use_markdown", false, boolean)?,
            },
            "image" => FieldSettings::Image,
            "chat" => FieldSettings::Chat {
                use_markdown: keys.or("use_markdown", true, boolean)?,
            },
            _ => {
                let template = keys.required("template", text(1..=1_000_000));
                let advanced_mode = keys.or("advanced_mode", false, boolean);
                FieldSettings::Custom {
                    template: template?,
                    advanced_mode: advanced_mode?,
                }
            }
        })
    })
}

/// `POST /datasets/{id}/questions`.
#[derive(Debug, Clone, PartialEq, ToSchema)]
pub struct NewQuestion {
    /// The name.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// The title.
    #[schema(min_length = 1, max_length = 500)]
    pub title: String,
    /// A word of explanation.
    #[schema(min_length = 1, max_length = 1000)]
    pub description: Option<String>,
    /// Whether a response without it can be submitted.
    #[schema(value_type = Option<bool>, default = false)]
    pub required: bool,
    /// The kind.
    #[schema(value_type = shapes::QuestionSettings)]
    pub settings: QuestionSettings,
}

impl NewQuestion {
    /// Reads a body.
    pub fn read(reader: &mut Reader, body: Value) -> Option<Self> {
        let mut keys = reader.object(body)?;
        let name = keys.required("name", text(1..=200));
        let title = keys.required("title", text(1..=500));
        let description = keys.optional("description", text(1..=1_000));
        let required = keys.optional("required", boolean);
        let settings = keys.required("settings", question_settings);
        Some(Self {
            name: name?,
            title: title?,
            description: description?,
            required: required?.unwrap_or(false),
            settings: settings?,
        })
    }
}

/// `PATCH /questions/{id}`: what is not given stays.
#[derive(Debug, Clone, PartialEq, ToSchema)]
pub struct QuestionChange {
    /// The title.
    #[schema(min_length = 1, max_length = 500, nullable = false)]
    pub title: Option<String>,
    /// A word of explanation.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 1000)]
    pub description: Option<Option<String>>,
    /// Keys of the settings; read them with [`question_settings`] once they are merged into those that are there.
    #[schema(nullable = false)]
    pub settings: Option<Map<String, Value>>,
}

impl QuestionChange {
    /// Reads a body.
    pub fn read(reader: &mut Reader, body: Value) -> Option<Self> {
        let mut keys = reader.object(body)?;
        keys.never_null(&["title", "settings"])?;
        let title = keys.optional("title", text(1..=500));
        let description = keys.change("description", text(1..=1_000));
        let settings = keys.optional("settings", map);
        Some(Self {
            title: title?,
            description: description?,
            settings: settings?,
        })
    }
}

/// The kind of a question.
pub fn question_settings(reader: &mut Reader, value: Value) -> Option<QuestionSettings> {
    const EXPECTED: &str = "<QuestionType.text: 'text'>, <QuestionType.rating: 'rating'>, \
         <QuestionType.label_selection: 'label_selection'>, \
         <QuestionType.multi_label_selection: 'multi_label_selection'>, <QuestionType.ranking: 'ranking'>, \
         <QuestionType.span: 'span'>";
    let kind = tag(reader, &value, "type", EXPECTED)?;
    let read: fn(&mut Reader, Value) -> Option<QuestionSettings> = match kind.as_str() {
        "text" => text_question,
        "rating" => rating,
        "label_selection" => label_selection,
        "multi_label_selection" => multi_label_selection,
        "ranking" => ranking,
        "span" => span,
        _ => return unknown_tag(reader, &kind, "type", EXPECTED),
    };
    reader.within(kind.as_str(), |reader| read(reader, value))
}

fn text_question(reader: &mut Reader, value: Value) -> Option<QuestionSettings> {
    let use_markdown = reader.object(value)?.or("use_markdown", false, boolean)?;
    Some(QuestionSettings::Text(Text { use_markdown }))
}

fn rating(reader: &mut Reader, value: Value) -> Option<QuestionSettings> {
    let options = reader
        .object(value)?
        .required("options", list(2..=11, rating_option))?;
    let values: Vec<String> = options
        .iter()
        .map(|option| option.value.to_string())
        .collect();
    check_unique(reader, &values, str::to_owned)?;
    Some(QuestionSettings::Rating(Rating { options }))
}

fn rating_option(reader: &mut Reader, value: Value) -> Option<RatingOption> {
    Some(RatingOption {
        value: reader.object(value)?.required("value", integer(0..=10))?,
    })
}

fn label_selection(reader: &mut Reader, value: Value) -> Option<QuestionSettings> {
    let mut keys = reader.object(value)?;
    let (options, visible_options) = labels(&mut keys, 2..=500)?;
    Some(QuestionSettings::LabelSelection(LabelSelection {
        options,
        visible_options,
    }))
}

fn multi_label_selection(reader: &mut Reader, value: Value) -> Option<QuestionSettings> {
    let mut keys = reader.object(value)?;
    let order = keys.or("options_order", 0, word(&["natural", "suggestion"]));
    let (options, visible_options) = labels(&mut keys, 2..=500)?;
    let options_order = if order? == 0 {
        OptionsOrder::Natural
    } else {
        OptionsOrder::Suggestion
    };
    Some(QuestionSettings::MultiLabelSelection(MultiLabelSelection {
        options,
        visible_options,
        options_order,
    }))
}

fn ranking(reader: &mut Reader, value: Value) -> Option<QuestionSettings> {
    let options = reader
        .object(value)?
        .required("options", list(2..=50, option))?;
    check_unique_options(reader, &options)?;
    Some(QuestionSettings::Ranking(Ranking { options }))
}

fn span(reader: &mut Reader, value: Value) -> Option<QuestionSettings> {
    let mut keys = reader.object(value)?;
    let field = keys.required("field", text(1..=200));
    let allow_overlapping = keys.or("allow_overlapping", false, boolean);
    let allow_character_annotation = keys.or("allow_character_annotation", true, boolean);
    let (options, visible_options) = labels(&mut keys, 1..=500)?;
    Some(QuestionSettings::Span(Span {
        field: field?,
        options,
        visible_options,
        allow_overlapping: allow_overlapping?,
        allow_character_annotation: allow_character_annotation?,
    }))
}

fn labels(
    keys: &mut Keys,
    length: RangeInclusive<usize>,
) -> Option<(Vec<LabelOption>, Option<u32>)> {
    let options = keys.required("options", list(length, option));
    let visible = keys.optional("visible_options", integer(3..=i64::MAX));
    let (options, visible) = (options?, visible?);
    check_unique_options(keys.reader(), &options)?;
    let n = options.len();
    if visible.is_some_and(|visible| visible > n as i64) {
        let message = format!(
            "the value for 'visible_options' must be less or equal to the number of items in 'options' ({n})"
        );
        return keys.reader().refuse_value(&message);
    }
    Some((
        options,
        visible.and_then(|visible| u32::try_from(visible).ok()),
    ))
}

fn option(reader: &mut Reader, value: Value) -> Option<LabelOption> {
    let mut keys = reader.object(value)?;
    let value = keys.required("value", text(1..=200));
    let text_ = keys.required("text", text(1..=500));
    let description = keys.optional("description", text(1..=1_000));
    Some(LabelOption {
        value: value?,
        text: text_?,
        description: description?,
    })
}

fn check_unique_options(reader: &mut Reader, options: &[LabelOption]) -> Option<()> {
    let values: Vec<String> = options.iter().map(|option| option.value.clone()).collect();
    check_unique(reader, &values, |value| format!("'{value}'"))
}

fn check_unique(
    reader: &mut Reader,
    values: &[String],
    shown: impl Fn(&str) -> String,
) -> Option<()> {
    let mut twice: Vec<&String> = (1..values.len())
        .filter(|&place| values[..place].contains(&values[place]))
        .map(|place| &values[place])
        .collect();
    twice.dedup();
    if twice.is_empty() {
        return Some(());
    }
    let twice: Vec<String> = twice.into_iter().map(|value| shown(value)).collect();
    reader.refuse_value(&format!(
        "Option values must be unique, found duplicates: {{{}}}",
        twice.join(", ")
    ))
}

/// `POST /datasets/{id}/metadata-properties`.
#[derive(Debug, Clone, PartialEq, ToSchema)]
pub struct NewMetadataProperty {
    /// The name.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// The title.
    #[schema(min_length = 1, max_length = 500)]
    pub title: String,
    /// The kind.
    #[schema(value_type = shapes::MetadataSettings)]
    pub settings: MetadataSettings,
    /// Whether annotators see it.
    #[schema(required = false, default = true)]
    pub visible_for_annotators: bool,
}

impl NewMetadataProperty {
    /// Reads a body.
    pub fn read(reader: &mut Reader, body: Value) -> Option<Self> {
        let mut keys = reader.object(body)?;
        let name = keys.required("name", text(1..=200));
        let title = keys.required("title", text(1..=500));
        let settings = keys.required("settings", metadata_settings);
        let visible = keys.or("visible_for_annotators", true, boolean);
        Some(Self {
            name: name?,
            title: title?,
            settings: settings?,
            visible_for_annotators: visible?,
        })
    }
}

fn metadata_settings(reader: &mut Reader, value: Value) -> Option<MetadataSettings> {
    const EXPECTED: &str = "<MetadataPropertyType.terms: 'terms'>, <MetadataPropertyType.integer: 'integer'>, \
                            <MetadataPropertyType.float: 'float'>";
    let kind = tag(reader, &value, "type", EXPECTED)?;
    if !["terms", "integer", "float"].contains(&kind.as_str()) {
        return unknown_tag(reader, &kind, "type", EXPECTED);
    }
    reader.within(kind.as_str(), |reader| {
        let mut keys = reader.object(value)?;
        Some(match kind.as_str() {
            "terms" => MetadataSettings::Terms {
                values: keys.optional("values", list(1..=250, any))?,
            },
            "integer" => {
                let (min, max) = bounds(&mut keys, integer(i64::MIN..=i64::MAX))?;
                MetadataSettings::Integer { min, max }
            }
            _ => {
                let (min, max) = bounds(&mut keys, number)?;
                MetadataSettings::Float { min, max }
            }
        })
    })
}

fn bounds<T: PartialOrd + Into<Value> + Copy>(
    keys: &mut Keys,
    bound: impl Fn(&mut Reader, Value) -> Option<T>,
) -> Option<(Option<T>, Option<T>)> {
    let min = keys.optional("min", &bound);
    let max = keys.optional("max", &bound);
    let (min, max) = (min?, max?);
    match (min, max) {
        (Some(least), Some(most)) if least >= most => {
            let (least, most): (Value, Value) = (least.into(), most.into());
            keys.reader().refuse_value(&format!(
                "'min' ({least}) must be lower than 'max' ({most})"
            ))
        }
        _ => Some((min, max)),
    }
}

/// `PATCH /metadata-properties/{id}`: what is not given stays.
#[derive(Debug, Clone, PartialEq, Eq, ToSchema)]
pub struct MetadataPropertyChange {
    /// The title.
    #[schema(min_length = 1, max_length = 500, nullable = false)]
    pub title: Option<String>,
    /// Whether annotators see it.
    #[schema(nullable = false)]
    pub visible_for_annotators: Option<bool>,
}

impl MetadataPropertyChange {
    /// Reads a body.
    pub fn read(reader: &mut Reader, body: Value) -> Option<Self> {
        let mut keys = reader.object(body)?;
        keys.never_null(&["title", "visible_for_annotators"])?;
        let title = keys.optional("title", text(1..=500));
        let visible = keys.optional("visible_for_annotators", boolean);
        Some(Self {
            title: title?,
            visible_for_annotators: visible?,
        })
    }
}

/// `POST /datasets/{id}/vectors-settings`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct NewVectorSettings {
    /// The name.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// The title.
    #[schema(min_length = 1, max_length = 500)]
    pub title: String,
    /// How many numbers a vector has.
    #[schema(minimum = 1, maximum = 65536)]
    pub dimensions: u32,
}

impl NewVectorSettings {
    /// Most numbers of a vector.
    pub const MAX_DIMENSIONS: i64 = 65_536;

    /// Reads a body.
    pub fn read(reader: &mut Reader, body: Value) -> Option<Self> {
        let mut keys = reader.object(body)?;
        let name = keys.required("name", text(1..=200));
        let title = keys.required("title", text(1..=500));
        let dimensions = keys.required("dimensions", integer(1..=Self::MAX_DIMENSIONS));
        Some(Self {
            name: name?,
            title: title?,
            dimensions: u32::try_from(dimensions?).ok()?,
        })
    }
}

/// `PATCH /vectors-settings/{id}`: what is not given stays.
#[derive(Debug, Clone, PartialEq, Eq, ToSchema)]
pub struct VectorSettingsChange {
    /// The title.
    #[schema(min_length = 1, max_length = 500, nullable = false)]
    pub title: Option<String>,
}

impl VectorSettingsChange {
    /// Reads a body.
    pub fn read(reader: &mut Reader, body: Value) -> Option<Self> {
        let mut keys = reader.object(body)?;
        keys.never_null(&["title"])?;
        Some(Self {
            title: keys.optional("title", text(1..=500))?,
        })
    }
}
