//! Users and workspaces.

use crate::{
    schema::{Reader, any_text, text, uuid, word},
    shapes::{self, ROLES},
};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

/// Most characters of a name. PostgreSQL looks names up in an index whose keys have 2704 bytes at most.
const MAX_NAME: usize = 500;

/// `POST /users`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct NewUser {
    /// An id to use.
    pub id: Option<Uuid>,
    /// The name to log in with.
    #[schema(min_length = 1, max_length = 500)]
    pub username: String,
    /// Given name.
    #[schema(min_length = 1, max_length = 500)]
    pub first_name: String,
    /// Family name.
    #[schema(min_length = 1, max_length = 500)]
    pub last_name: Option<String>,
    /// `owner`, `admin` or `annotator`.
    #[schema(value_type = Option<shapes::Role>)]
    pub role: &'static str,
    /// The password.
    #[schema(min_length = 8, max_length = 100)]
    pub password: String,
}

impl NewUser {
    /// Reads a body.
    pub fn read(reader: &mut Reader, body: Value) -> Option<Self> {
        let mut keys = reader.object(body)?;
        let id = keys.optional("id", uuid);
        let first_name = keys.required("first_name", trimmed);
        let last_name = keys.optional("last_name", trimmed);
        let username = keys.required("username", text(1..=MAX_NAME));
        let role = keys.optional("role", role);
        let password = keys.required("password", text(8..=100));
        Some(Self {
            id: id?,
            username: username?,
            first_name: first_name?,
            last_name: last_name?,
            role: role?.unwrap_or("annotator"),
            password: password?,
        })
    }
}

/// `PATCH /users/{id}`: what is not given stays.
#[derive(Debug, Clone, PartialEq, Eq, ToSchema)]
pub struct UserChange {
    /// The name to log in with.
    #[schema(min_length = 1, max_length = 500, nullable = false)]
    pub username: Option<String>,
    /// Given name.
    #[schema(min_length = 1, max_length = 500, nullable = false)]
    pub first_name: Option<String>,
    /// Family name.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 500)]
    pub last_name: Option<Option<String>>,
    /// `owner`, `admin` or `annotator`.
    #[schema(value_type = shapes::Role, required = false)]
    pub role: Option<&'static str>,
    /// The password.
    #[schema(min_length = 8, max_length = 100, nullable = false)]
    pub password: Option<String>,
}

impl UserChange {
    /// Reads a body.
    pub fn read(reader: &mut Reader, body: Value) -> Option<Self> {
        let mut keys = reader.object(body)?;
        keys.never_null(&["first_name", "username", "role", "password"])?;
        let first_name = keys.optional("first_name", trimmed);
        let last_name = keys.change("last_name", trimmed);
        let username = keys.optional("username", text(1..=MAX_NAME));
        let role = keys.optional("role", role);
        let password = keys.optional("password", text(8..=100));
        Some(Self {
            username: username?,
            first_name: first_name?,
            last_name: last_name?,
            role: role?,
            password: password?,
        })
    }
}

/// `POST /workspaces`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct NewWorkspace {
    /// An id to use.
    pub id: Option<Uuid>,
    /// The name.
    #[schema(min_length = 1, max_length = 500)]
    pub name: String,
}

impl NewWorkspace {
    /// Reads a body.
    pub fn read(reader: &mut Reader, body: Value) -> Option<Self> {
        let mut keys = reader.object(body)?;
        let id = keys.optional("id", uuid);
        let name = keys.required("name", text(1..=MAX_NAME));
        Some(Self {
            id: id?,
            name: name?,
        })
    }
}

/// `POST /workspaces/{id}/users`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Member {
    /// The user who joins.
    pub user_id: Uuid,
}

impl Member {
    /// Reads a body.
    pub fn read(reader: &mut Reader, body: Value) -> Option<Self> {
        Some(Self {
            user_id: reader.object(body)?.required("user_id", uuid)?,
        })
    }
}

fn role(reader: &mut Reader, value: Value) -> Option<&'static str> {
    word(ROLES)(reader, value).map(|index| ROLES[index])
}

/// A text without spaces around it, of one character at least.
fn trimmed(reader: &mut Reader, value: Value) -> Option<String> {
    let whole = any_text(reader, value)?;
    text(1..=MAX_NAME)(reader, Value::from(whole.trim()))
}
