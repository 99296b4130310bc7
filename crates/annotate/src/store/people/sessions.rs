//! Sessions of the review page. Only hashes of their tokens are stored.

use super::users::{COLUMNS, User, UserRow};
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

/// Digits of the hash of a token that name its session to its user, as an id. They open nothing.
const ID_LENGTH: usize = 32;

/// A session to open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSession<'a> {
    /// The hash of its token.
    pub token_hash: &'a str,
    /// Its user.
    pub user: Uuid,
    /// Its beginning.
    pub began_at: Timestamp,
    /// Its end, unless it is extended.
    pub expires_at: Timestamp,
    /// The client's address, where it is known.
    pub address: Option<String>,
    /// The name that the client's program gives itself.
    pub agent: Option<String>,
}

/// A session that has not expired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its user.
    pub user: User,
    /// Its beginning.
    pub began_at: Timestamp,
    /// Its end, unless it is extended.
    pub expires_at: Timestamp,
}

/// A session as its user sees it among others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenSession {
    /// Its id.
    pub id: Uuid,
    /// Its beginning.
    pub began_at: Timestamp,
    /// Its end, unless it is extended.
    pub expires_at: Timestamp,
    /// The address that it was opened from, where it is known.
    pub address: Option<String>,
    /// The program that it was opened with.
    pub agent: Option<String>,
}

/// The id of the session with this token's hash.
pub fn session_id(token_hash: &str) -> Uuid {
    let digits = token_hash.get(..ID_LENGTH).unwrap_or_default();
    Uuid::try_parse(digits).unwrap_or_default()
}

struct SessionRow {
    began_at: i64,
    expires_at: i64,
    user: UserRow,
}

from_row!(SessionRow { began_at, expires_at; user });

struct OpenRow {
    token_hash: String,
    began_at: i64,
    expires_at: i64,
    address: Option<String>,
    agent: Option<String>,
}

from_row!(OpenRow {
    token_hash,
    began_at,
    expires_at,
    address,
    agent
});

impl Store {
    /// Opens a session and forgets all that have expired.
    pub async fn insert_session(&self, new: &NewSession<'_>) -> Result<(), AnnotateError> {
        const DOING: &str = "opening a session";
        let mut transaction = self.write(DOING).await?;
        query("DELETE FROM sessions WHERE expires_at <= $1")
            .bind(new.began_at.as_microsecond())
            .execute(&mut transaction)
            .await
            .map_err(failed(DOING))?;
        query(
            "INSERT INTO sessions (token_hash, user_id, inserted_at, expires_at, address, agent)
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(new.token_hash)
        .bind(new.user)
        .bind(new.began_at.as_microsecond())
        .bind(new.expires_at.as_microsecond())
        .bind(&new.address)
        .bind(&new.agent)
        .execute(&mut transaction)
        .await
        .map_err(failed(DOING))?;
        self.tell(&mut transaction, "login", "").await?;
        transaction.commit().await.map_err(failed(DOING))
    }

    /// The session with this token's hash, unless it has expired or its user is disabled.
    pub async fn session(
        &self,
        token_hash: &str,
        now: Timestamp,
    ) -> Result<Option<Session>, AnnotateError> {
        let sql = format!(
            "SELECT s.inserted_at AS began_at, s.expires_at, {COLUMNS}
             FROM sessions s JOIN users u ON u.id = s.user_id
             WHERE s.token_hash = $1 AND s.expires_at > $2 AND u.state = 'active'"
        );
        let row: Option<SessionRow> = query(sql)
            .bind(token_hash)
            .bind(now.as_microsecond())
            .fetch_optional(&self.database)
            .await
            .map_err(failed("looking a session up"))?;
        let session = |row: SessionRow| {
            Ok(Session {
                user: row.user.user()?,
                began_at: values::time(row.began_at)?,
                expires_at: values::time(row.expires_at)?,
            })
        };
        row.map(session).transpose()
    }

    /// The sessions of a user that have not expired, the latest first.
    pub async fn sessions(
        &self,
        user: Uuid,
        now: Timestamp,
    ) -> Result<Vec<OpenSession>, AnnotateError> {
        let rows: Vec<OpenRow> = query(
            "SELECT token_hash, inserted_at AS began_at, expires_at, address, agent
             FROM sessions WHERE user_id = $1 AND expires_at > $2 ORDER BY inserted_at DESC, token_hash",
        )
        .bind(user)
        .bind(now.as_microsecond())
        .fetch_all(&self.database)
        .await
        .map_err(failed("listing sessions"))?;
        let open = |row: OpenRow| {
            Ok(OpenSession {
                id: session_id(&row.token_hash),
                began_at: values::time(row.began_at)?,
                expires_at: values::time(row.expires_at)?,
                address: row.address,
                agent: row.agent,
            })
        };
        rows.into_iter().map(open).collect()
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
        if deleted.map_err(failed(DOING))? > 0 {
            self.tell(&mut transaction, "logout", "").await?;
        }
        transaction.commit().await.map_err(failed(DOING))
    }

    /// Ends the session of a user with this id; says whether there was one.
    pub async fn end_session(&self, user: Uuid, id: Uuid) -> Result<bool, AnnotateError> {
        let ended = "DELETE FROM sessions WHERE user_id = $1 AND substr(token_hash, 1, 32) = $2";
        Ok(self.end_sessions_by(ended, user, id).await? > 0)
    }

    /// Ends all sessions of a user but the one with this id; returns how many they were.
    pub async fn end_other_sessions(&self, user: Uuid, id: Uuid) -> Result<u64, AnnotateError> {
        let ended = "DELETE FROM sessions WHERE user_id = $1 AND substr(token_hash, 1, 32) <> $2";
        self.end_sessions_by(ended, user, id).await
    }

    async fn end_sessions_by(
        &self,
        sql: &'static str,
        user: Uuid,
        id: Uuid,
    ) -> Result<u64, AnnotateError> {
        const DOING: &str = "ending sessions";
        let mut transaction = self.write(DOING).await?;
        let ended = query(sql)
            .bind(user)
            .bind(id.simple().to_string())
            .execute(&mut transaction)
            .await
            .map_err(failed(DOING))?;
        if ended > 0 {
            self.tell(&mut transaction, "sessions.ended", ended.to_string())
                .await?;
        }
        transaction.commit().await.map_err(failed(DOING))?;
        Ok(ended)
    }
}
