//! Users and workspaces.

use crate::schema::{Reader, any_text, text, uuid, word};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

const ROLES: &[&str] = &["owner", "admin", "annotator"];

/// `POST /users`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewUser {
    /// An id to use.
    pub id: Option<Uuid>,
    /// The name to log in with.
    pub username: String,
    /// A name for people.
    pub first_name: String,
    /// A family's name.
    pub last_name: Option<String>,
    /// `owner`, `admin` or `annotator`.
    pub role: &'static str,
    /// The password.
    pub password: String,
}

impl NewUser {
    /// Reads a body.
    pub fn read(reader: &mut Reader, body: Value) -> Option<Self> {
        let mut keys = reader.object(body)?;
        let id = keys.optional("id", uuid);
        let first_name = keys.required("first_name", trimmed);
        let last_name = keys.optional("last_name", trimmed);
        let username = keys.required("username", text(1..=usize::MAX));
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserChange {
    /// The name to log in with.
    pub username: Option<String>,
    /// A name for people.
    pub first_name: Option<String>,
    /// A family's name.
    pub last_name: Option<Option<String>>,
    /// `owner`, `admin` or `annotator`.
    pub role: Option<&'static str>,
    /// The password.
    pub password: Option<String>,
}

impl UserChange {
    /// Reads a body.
    pub fn read(reader: &mut Reader, body: Value) -> Option<Self> {
        let mut keys = reader.object(body)?;
        keys.never_null(&["first_name", "username", "role", "password"])?;
        let first_name = keys.optional("first_name", trimmed);
        let last_name = keys.change("last_name", trimmed);
        let username = keys.optional("username", text(1..=usize::MAX));
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewWorkspace {
    /// An id to use.
    pub id: Option<Uuid>,
    /// The name.
    pub name: String,
}

impl NewWorkspace {
    /// Reads a body.
    pub fn read(reader: &mut Reader, body: Value) -> Option<Self> {
        let mut keys = reader.object(body)?;
        let id = keys.optional("id", uuid);
        let name = keys.required("name", text(1..=usize::MAX));
        Some(Self { id: id?, name: name? })
    }
}

/// `POST /workspaces/{id}/users`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Member {
    /// Who joins.
    pub user_id: Uuid,
}

impl Member {
    /// Reads a body.
    pub fn read(reader: &mut Reader, body: Value) -> Option<Self> {
        Some(Self { user_id: reader.object(body)?.required("user_id", uuid)? })
    }
}

fn role(reader: &mut Reader, value: Value) -> Option<&'static str> {
    word(ROLES)(reader, value).map(|place| ROLES[place])
}

/// A text without spaces around it, of one character at least.
fn trimmed(reader: &mut Reader, value: Value) -> Option<String> {
    let whole = any_text(reader, value)?;
    text(1..=usize::MAX)(reader, Value::from(whole.trim()))
}
