//! Datasets and their parts other than questions.

use crate::{
    answers::Distribution,
    schema::{
        Keys, Reader, any, boolean, integer, list, map, number, tag, text, unknown_tag, uuid, word,
    },
    shapes,
};
use examen_core::annotation::{FieldSettings, MetadataSettings};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};
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
    /// Guidelines for annotators.
    #[schema(min_length = 1, max_length = 10000)]
    pub guidelines: Option<String>,
    /// Allows metadata that no property names.
    #[schema(required = false, default = true)]
    pub allow_extra_metadata: bool,
    /// Submitted responses that complete a record.
    #[serde(rename = "distribution", serialize_with = "overlap")]
    #[schema(value_type = Distribution, required = false)]
    pub min_submitted: u32,
    /// Metadata.
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
    /// Guidelines for annotators.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 10000)]
    pub guidelines: Option<Option<String>>,
    /// Allows metadata that no property names.
    #[schema(nullable = false)]
    pub allow_extra_metadata: Option<bool>,
    /// Submitted responses that complete a record.
    #[schema(rename = "distribution", value_type = Distribution, required = false)]
    pub min_submitted: Option<u32>,
    /// Metadata, merged into what is there.
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
    /// Requires it of every record.
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
    /// Shows it to annotators.
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
    /// Shows it to annotators.
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
    /// Number of dimensions of its vectors.
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
