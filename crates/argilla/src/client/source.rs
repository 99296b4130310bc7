//! A dataset on a server as a source of records, in the words of the data model.

use super::{Client, ClientError, Include, WholeDataset};
use crate::answers;
use examen_core::{
    Progress,
    annotation::{DatasetSettings, Record, RecordSource, Response, Suggestion},
};
use std::{collections::HashMap, fmt};
use uuid::Uuid;

/// A dataset on a server.
pub struct RemoteDataset<'c> {
    client: &'c Client,
    whole: WholeDataset,
    settings: DatasetSettings,
    progress: &'c dyn Progress,
}

impl fmt::Debug for RemoteDataset<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteDataset")
            .field("client", self.client)
            .field("dataset", &self.whole.dataset)
            .finish()
    }
}

impl<'c> RemoteDataset<'c> {
    /// The dataset named `name`, in the workspace named `workspace`, or in any that the caller sees.
    pub async fn open(
        client: &'c Client,
        workspace: Option<&str>,
        name: &str,
        progress: &'c dyn Progress,
    ) -> Result<Self, ClientError> {
        let workspace = match workspace {
            Some(workspace) => Some(client.workspace(workspace).await?),
            None => None,
        };
        let dataset = client.dataset_named(workspace.as_ref(), name).await?;
        let whole = client.whole_dataset(dataset.id).await?;
        let settings = DatasetSettings::from(&whole.settings());
        Ok(Self {
            client,
            whole,
            settings,
            progress,
        })
    }

    /// User id → username, as far as the caller may know: everybody for an owner, the workspace's members for an admin.
    async fn usernames(&self) -> Result<HashMap<Uuid, String>, ClientError> {
        let users = match self.client.users().await {
            Err(error) if error.is_forbidden() => {
                self.client.members(self.whole.dataset.workspace_id).await
            }
            users => users,
        };
        match users {
            Ok(users) => Ok(users
                .into_iter()
                .map(|user| (user.id, user.username))
                .collect()),
            Err(error) if error.is_forbidden() => Ok(HashMap::new()),
            Err(error) => Err(error),
        }
    }
}

impl RecordSource for RemoteDataset<'_> {
    type Error = ClientError;

    fn settings(&self) -> &DatasetSettings {
        &self.settings
    }

    /// A reviewer whose name the caller may not know has their id as one.
    async fn records(&self) -> Result<Vec<Record>, ClientError> {
        let usernames = self.usernames().await?;
        let records = self
            .client
            .all_records(self.whole.dataset.id, Include::REVIEWS, self.progress)
            .await?;
        let read = |record: answers::Record| {
            let reason = |question: Uuid| {
                format!("a suggestion is for the question {question}, which is not there")
            };
            self.record(record, &usernames)
                .map_err(|question| ClientError::Unreadable {
                    url: self.client.url().to_owned(),
                    doing: "reading records".to_owned(),
                    reason: reason(question),
                })
        };
        records.into_iter().map(read).collect()
    }
}

impl RemoteDataset<'_> {
    /// The record in the words of the data model, or the id of a question that is not there.
    fn record(
        &self,
        record: answers::Record,
        usernames: &HashMap<Uuid, String>,
    ) -> Result<Record, Uuid> {
        let mut suggestions = Vec::new();
        for suggestion in record.suggestions.unwrap_or_default() {
            let id = suggestion.question_id;
            let index = self
                .whole
                .questions
                .iter()
                .position(|question| question.id == id)
                .ok_or(id)?;
            let question = self.whole.questions[index].name.clone();
            suggestions.push((
                index,
                Suggestion {
                    question,
                    value: suggestion.value,
                    agent: suggestion.agent,
                },
            ));
        }
        suggestions.sort_by_key(|(index, _)| *index);
        let mut responses = record.responses.unwrap_or_default();
        responses.sort_by_key(|response| (response.updated_at, response.id));
        let response = |response: answers::Response| Response {
            user_id: response.user_id,
            username: usernames
                .get(&response.user_id)
                .cloned()
                .unwrap_or_else(|| response.user_id.to_string()),
            status: response.status,
            values: response.unwrapped(),
        };
        Ok(Record {
            id: record.id,
            external_id: record.external_id.unwrap_or_else(|| record.id.to_string()),
            fields: record.fields,
            metadata: record.metadata.unwrap_or_default(),
            suggestions: suggestions
                .into_iter()
                .map(|(_, suggestion)| suggestion)
                .collect(),
            responses: responses.into_iter().map(response).collect(),
            status: record.status,
        })
    }
}
