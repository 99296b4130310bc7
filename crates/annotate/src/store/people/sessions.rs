//! Sessions of the review page. Only hashes of their tokens are stored.

use super::users::{User, UserRow};
use crate::store::database::from_row;
use crate::{
    AnnotateError,
    store::{
        Store,
        database::{failed, query},
        values,
    },
};
use jiff::Timestamp;
use uuid::Uuid;

/// A session that has not expired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its user.
    pub user: User,
    /// Its end, unless it is extended.
    pub expires_at: Timestamp,
}

struct SessionRow {
    expires_at: i64,
    user: UserRow,
}

from_row!(SessionRow { expires_at; user });

impl Store {
    /// Opens a session and forgets all that have expired.
    pub async fn insert_session(
        &self,
        token_hash: &str,
        user: Uuid,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<(), AnnotateError> {
        const DOING: &str = "opening a session";
        let mut transaction = self.write(DOING).await?;
        query("DELETE FROM sessions WHERE expires_at <= $1")
            .bind(now.as_microsecond())
            .execute(&mut transaction)
            .await
            .map_err(failed(DOING))?;
        query("INSERT INTO sessions (token_hash, user_id, inserted_at, expires_at) VALUES ($1, $2, $3, $4)")
            .bind(token_hash)
            .bind(user)
            .bind(now.as_microsecond())
            .bind(expires_at.as_microsecond())
            .execute(&mut transaction)
            .await
            .map_err(failed(DOING))?;
        transaction.commit().await.map_err(failed(DOING))
    }

    /// The session with this token's hash, unless it has expired.
    pub async fn session(
        &self,
        token_hash: &str,
        now: Timestamp,
    ) -> Result<Option<Session>, AnnotateError> {
        let row: Option<SessionRow> = query(
            "SELECT s.expires_at, u.id, u.username, u.first_name, u.last_name, u.role, u.inserted_at, u.updated_at
             FROM sessions s JOIN users u ON u.id = s.user_id
             WHERE s.token_hash = $1 AND s.expires_at > $2",
        )
        .bind(token_hash)
        .bind(now.as_microsecond())
        .fetch_optional(&self.database)
        .await
        .map_err(failed("looking a session up"))?;
        let session = |row: SessionRow| {
            Ok(Session {
                user: row.user.user()?,
                expires_at: values::time(row.expires_at)?,
            })
        };
        row.map(session).transpose()
    }

    /// Moves the end of a session.
    pub async fn extend_session(
        &self,
        token_hash: &str,
        expires_at: Timestamp,
    ) -> Result<(), AnnotateError> {
        const DOING: &str = "extending a session";
        let mut transaction = self.write(DOING).await?;
        query("UPDATE sessions SET expires_at = $2 WHERE token_hash = $1")
            .bind(token_hash)
            .bind(expires_at.as_microsecond())
            .execute(&mut transaction)
            .await
            .map_err(failed(DOING))?;
        transaction.commit().await.map_err(failed(DOING))
    }

    /// Ends a session.
    pub async fn delete_session(&self, token_hash: &str) -> Result<(), AnnotateError> {
        const DOING: &str = "ending a session";
        let mut transaction = self.write(DOING).await?;
        let deleted = query("DELETE FROM sessions WHERE token_hash = $1")
            .bind(token_hash)
            .execute(&mut transaction)
            .await;
        deleted.map_err(failed(DOING))?;
        transaction.commit().await.map_err(failed(DOING))
    }
}
