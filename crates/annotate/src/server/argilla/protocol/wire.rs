//! Values of the store as Argilla writes them.

use crate::store::{
    DatasetHead, FullRecord, Part, StoredResponse, StoredSuggestion, User, VectorSettings, Webhook,
    Workspace,
};
use examen_argilla::{Time, answers};
use examen_core::annotation::{Field, MetadataProperty, Question};
use serde_json::{Value, json};

pub(in crate::server) fn user(user: User, api_key: Option<String>) -> answers::User {
    answers::User {
        id: user.id,
        first_name: user.first_name,
        last_name: user.last_name,
        username: user.username,
        role: user.role.name().to_owned(),
        api_key,
        inserted_at: Time(user.inserted_at),
        updated_at: Time(user.updated_at),
    }
}

pub(in crate::server) fn workspace(workspace: Workspace) -> answers::Workspace {
    answers::Workspace {
        id: workspace.id,
        name: workspace.name,
        inserted_at: Time(workspace.inserted_at),
        updated_at: Time(workspace.updated_at),
    }
}

pub(in crate::server) fn dataset(head: DatasetHead) -> answers::Dataset {
    answers::Dataset {
        id: head.id,
        name: head.name,
        guidelines: head.guidelines,
        allow_extra_metadata: head.allow_extra_metadata,
        status: head.status.name().to_owned(),
        distribution: answers::Distribution::overlap(head.min_submitted),
        metadata: head.metadata,
        workspace_id: head.workspace_id,
        last_activity_at: Time(head.last_activity_at),
        inserted_at: Time(head.inserted_at),
        updated_at: Time(head.updated_at),
    }
}

pub(in crate::server) fn field(part: Part<Field>) -> answers::Field {
    answers::Field {
        id: part.id,
        name: part.value.name,
        title: part.value.title,
        required: part.value.required,
        settings: part.value.settings,
        dataset_id: part.dataset_id,
        inserted_at: Time(part.inserted_at),
        updated_at: Time(part.updated_at),
    }
}

pub(in crate::server) fn question(part: Part<Question>) -> answers::Question {
    answers::Question {
        id: part.id,
        name: part.value.name,
        title: part.value.title,
        description: part.value.description,
        required: part.value.required,
        settings: part.value.settings,
        dataset_id: part.dataset_id,
        inserted_at: Time(part.inserted_at),
        updated_at: Time(part.updated_at),
    }
}

pub(in crate::server) fn metadata_property(
    part: Part<MetadataProperty>,
) -> answers::MetadataProperty {
    answers::MetadataProperty {
        id: part.id,
        name: part.value.name,
        title: part.value.title,
        settings: part.value.settings,
        visible_for_annotators: part.value.visible_for_annotators,
        dataset_id: part.dataset_id,
        inserted_at: Time(part.inserted_at),
        updated_at: Time(part.updated_at),
    }
}

pub(in crate::server) fn vector_settings(part: Part<VectorSettings>) -> answers::VectorSettings {
    answers::VectorSettings {
        id: part.id,
        name: part.value.name,
        title: part.value.title,
        dimensions: part.value.dimensions,
        dataset_id: part.dataset_id,
        inserted_at: Time(part.inserted_at),
        updated_at: Time(part.updated_at),
    }
}

pub(in crate::server) fn record(record: FullRecord) -> answers::Record {
    answers::Record {
        id: record.id,
        status: record.status,
        fields: record.fields,
        metadata: record.metadata,
        external_id: record.external_id,
        responses: record
            .responses
            .map(|all| all.into_iter().map(response).collect()),
        suggestions: record
            .suggestions
            .map(|all| all.into_iter().map(suggestion).collect()),
        vectors: record.vectors.map(|all| {
            all.into_iter()
                .map(|(name, numbers)| (name, json!(numbers)))
                .collect()
        }),
        dataset_id: record.dataset_id,
        inserted_at: Time(record.inserted_at),
        updated_at: Time(record.updated_at),
    }
}

pub(in crate::server) fn response(response: StoredResponse) -> answers::Response {
    let wrapped = |(name, value): (String, Value)| (name, json!({ "value": value }));
    answers::Response {
        id: response.id,
        values: response.values.into_iter().map(wrapped).collect(),
        status: response.status,
        record_id: response.record_id,
        user_id: response.user_id,
        inserted_at: Time(response.inserted_at),
        updated_at: Time(response.updated_at),
    }
}

pub(in crate::server) fn suggestion(suggestion: StoredSuggestion) -> answers::Suggestion {
    answers::Suggestion {
        question_id: suggestion.question_id,
        kind: suggestion.kind,
        value: suggestion.value,
        agent: suggestion.agent,
        score: suggestion.score,
        id: suggestion.id,
        inserted_at: Time(suggestion.inserted_at),
        updated_at: Time(suggestion.updated_at),
    }
}

pub(in crate::server) fn webhook(webhook: Webhook) -> answers::Webhook {
    answers::Webhook {
        id: webhook.id,
        url: webhook.url,
        secret: webhook.secret,
        events: webhook.events,
        enabled: webhook.enabled,
        description: webhook.description,
        inserted_at: Time(webhook.inserted_at),
        updated_at: Time(webhook.updated_at),
    }
}
