//! API keys beside the one that Argilla's clients know: each has a name, and may end at a time or be for reading only. Only
//! their hashes are stored.

use super::{
    leaving::name_of,
    users::{COLUMNS, User, UserRow},
};
use crate::store::database::from_row;
use crate::{
    AnnotateError, Refusal,
    store::{
        Store,
        database::{failed, is_duplicate, query},
        values,
    },
};
use jiff::Timestamp;
use uuid::Uuid;

/// Most named keys of a user.
const MOST: u32 = 50;

/// Rights of a request beside those of its user's role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// All: the user's own key, a session or a token.
    Own,
    /// All but to see or make keys: a named key must not outlive itself.
    Named,
    /// To read.
    ReadOnly,
}

/// A named key, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedKey {
    /// Its id.
    pub id: Uuid,
    /// Its name, unique among its user's.
    pub name: String,
    /// True where it is for reading only.
    pub is_read_only: bool,
    /// Time of creation.
    pub inserted_at: Timestamp,
    /// Its end, if it has one.
    pub expires_at: Option<Timestamp>,
}

struct KeyRow {
    id: Uuid,
    name: String,
    is_read_only: bool,
    inserted_at: i64,
    expires_at: Option<i64>,
}

from_row!(KeyRow {
    id,
    name,
    is_read_only,
    inserted_at,
    expires_at
});

struct HolderRow {
    is_named: bool,
    is_read_only: bool,
    user: UserRow,
}

from_row!(HolderRow { is_named, is_read_only; user });

impl Store {
    /// The user whose key has this hash, unless they are disabled or the key has ended, and what it lets them do.
    pub async fn by_key(
        &self,
        key_hash: &str,
        now: Timestamp,
    ) -> Result<Option<(User, Access)>, AnnotateError> {
        let sql = format!(
            "SELECT FALSE AS is_named, FALSE AS is_read_only, {COLUMNS}
             FROM users u WHERE u.api_key_hash = $1 AND u.state = 'active'
             UNION ALL
             SELECT TRUE, k.is_read_only, {COLUMNS} FROM api_keys k JOIN users u ON u.id = k.user_id
             WHERE k.key_hash = $1 AND (k.expires_at IS NULL OR k.expires_at > $2) AND u.state = 'active'"
        );
        let row: Option<HolderRow> = query(sql)
            .bind(key_hash)
            .bind(now.as_microsecond())
            .fetch_optional(&self.database)
            .await
            .map_err(failed("looking an API key up"))?;
        let holder = |row: HolderRow| {
            let access = match (row.is_named, row.is_read_only) {
                (false, _) => Access::Own,
                (true, false) => Access::Named,
                (true, true) => Access::ReadOnly,
            };
            Ok((row.user.user()?, access))
        };
        row.map(holder).transpose()
    }

    /// The named keys of a user, oldest first; also those that have ended.
    pub async fn named_keys(&self, user: Uuid) -> Result<Vec<NamedKey>, AnnotateError> {
        let rows: Vec<KeyRow> = query(
            "SELECT id, name, is_read_only, inserted_at, expires_at FROM api_keys WHERE user_id = $1
             ORDER BY inserted_at, name",
        )
        .bind(user)
        .fetch_all(&self.database)
        .await
        .map_err(failed("listing API keys"))?;
        let key = |row: KeyRow| {
            Ok(NamedKey {
                id: row.id,
                name: row.name,
                is_read_only: row.is_read_only,
                inserted_at: values::time(row.inserted_at)?,
                expires_at: row.expires_at.map(values::time).transpose()?,
            })
        };
        rows.into_iter().map(key).collect()
    }

    /// Adds a named key to those of a user, who may have so many; a name that is taken is refused.
    pub async fn insert_named_key(
        &self,
        user: Uuid,
        key: &NamedKey,
        key_hash: &str,
    ) -> Result<(), AnnotateError> {
        const DOING: &str = "adding an API key";
        let mut transaction = self.write(DOING).await?;
        let n: i64 = query("SELECT COUNT(*) FROM api_keys WHERE user_id = $1")
            .bind(user)
            .scalar(&mut transaction)
            .await
            .map_err(failed(DOING))?;
        if n >= i64::from(MOST) {
            let reason = format!("a user has {MOST} named API keys at most: delete one first");
            return Err(Refusal::Value { reason }.into());
        }
        let inserted = query(
            "INSERT INTO api_keys (id, user_id, name, key_hash, is_read_only, inserted_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(key.id)
        .bind(user)
        .bind(&key.name)
        .bind(key_hash)
        .bind(key.is_read_only)
        .bind(key.inserted_at.as_microsecond())
        .bind(key.expires_at.map(Timestamp::as_microsecond))
        .execute(&mut transaction)
        .await;
        inserted.map_err(|source| match is_duplicate(&source, "api_keys.user_id") {
            true => Refusal::Taken {
                what: "API key",
                key: "name",
                value: key.name.clone(),
            }
            .into(),
            false => failed(DOING)(source),
        })?;
        let username = name_of(&mut transaction, user)
            .await
            .map_err(failed(DOING))?;
        let kind = if key.is_read_only { ", read only" } else { "" };
        let subject = format!("{username}: {}{kind}", key.name);
        self.tell(&mut transaction, "api_key.created", subject)
            .await?;
        transaction.commit().await.map_err(failed(DOING))
    }

    /// Ends a named key of a user; says whether there was one.
    pub async fn delete_named_key(&self, user: Uuid, id: Uuid) -> Result<bool, AnnotateError> {
        const DOING: &str = "ending an API key";
        let mut transaction = self.write(DOING).await?;
        let name: Option<String> =
            query("DELETE FROM api_keys WHERE user_id = $1 AND id = $2 RETURNING name")
                .bind(user)
                .bind(id)
                .optional_scalar(&mut transaction)
                .await
                .map_err(failed(DOING))?;
        let Some(name) = name else {
            return Ok(false);
        };
        let username = name_of(&mut transaction, user)
            .await
            .map_err(failed(DOING))?;
        let subject = format!("{username}: {name}");
        self.tell(&mut transaction, "api_key.deleted", subject)
            .await?;
        transaction.commit().await.map_err(failed(DOING))?;
        Ok(true)
    }
}
