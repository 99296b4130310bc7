//! Connections to a PostgreSQL server: opened when they are needed, kept, and lent to one user at a time.
//!
//! sqlx's pool is not used, because it lends a connection whose BEGIN was cancelled in the middle of a transaction
//! (sqlx #4393), and waits for the server without a limit when a connection comes back.

use super::lease::{Lease, within};
use crate::store::database::{
    errors::is_code,
    limits::{CONNECT_TIMEOUT, PING_TIMEOUT},
};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, postgres::PgConnectOptions};
use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use tokio::{sync::Semaphore, time::timeout};

/// A connection that was used so long ago is asked whether it still is one.
const FRESH: Duration = Duration::from_secs(1);

/// Settings of the server: name, the value that it has where nobody has set it, and ours instead.
const SETTINGS: [(&str, &str, &str); 3] = [
    ("statement_timeout", "0", "660s"),
    // A client that is gone does not keep its statement running.
    ("client_connection_check_interval", "0", "2s"),
    // Frequent words are sorted in memory.
    ("work_mem", "4MB", "32MB"),
];

/// Connections to one database. Cheap to clone; clones share them.
#[derive(Clone)]
pub(in crate::store) struct Pool(Arc<Inner>);

struct Inner {
    options: PgConnectOptions,
    most: u32,
    patience: Duration,
    turns: Arc<Semaphore>,
    idle: Mutex<Vec<Idle>>,
}

struct Idle {
    connection: PgConnection,
    since: Instant,
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pool of {} connections", self.0.most)
    }
}

impl Pool {
    /// A pool of at most `most` connections, for one of which its users wait no longer than `patience`.
    pub(super) fn new(options: PgConnectOptions, most: u32, patience: Duration) -> Self {
        Self(Arc::new(Inner {
            options,
            most,
            patience,
            turns: Arc::new(Semaphore::new(most as usize)),
            idle: Mutex::default(),
        }))
    }

    /// Lends a connection.
    pub(in crate::store::database) async fn lease(&self) -> Result<Lease, sqlx::Error> {
        let turn = timeout(self.0.patience, self.0.turns.clone().acquire_owned()).await;
        let turn = turn
            .map_err(|_| {
                tracing::warn!("all {} connections of a kind are in use", self.0.most);
                sqlx::Error::PoolTimedOut
            })?
            .map_err(|_| sqlx::Error::PoolClosed)?;
        let (connection, is_new) = match self.idle().await {
            Some(connection) => (connection, false),
            None => (self.connect().await?, true),
        };
        Ok(Lease::new(connection, is_new, self.clone(), turn))
    }

    /// Keeps a connection for the next user.
    pub(super) fn put_back(&self, connection: PgConnection) {
        if !self.0.turns.is_closed() {
            let since = Instant::now();
            self.kept().push(Idle { connection, since });
        }
    }

    /// Lends no more connections, and closes those that nobody uses.
    pub(in crate::store::database) async fn close(&self) {
        self.0.turns.close();
        let idle = std::mem::take(&mut *self.kept());
        for Idle { connection, .. } in idle {
            // A server that does not answer finds out by itself.
            let _ = timeout(PING_TIMEOUT, connection.close()).await;
        }
    }

    /// A connection that was kept and still is one.
    async fn idle(&self) -> Option<PgConnection> {
        loop {
            let Idle {
                mut connection,
                since,
            } = self.kept().pop()?;
            if since.elapsed() < FRESH {
                return Some(connection);
            }
            match timeout(PING_TIMEOUT, connection.ping()).await {
                Ok(Ok(())) => return Some(connection),
                Ok(Err(error)) => tracing::info!(%error, "a connection to the database has ended"),
                Err(_) => {
                    tracing::warn!("the database does not answer; its connections are given up");
                    self.kept().clear();
                }
            }
        }
    }

    async fn connect(&self) -> Result<PgConnection, sqlx::Error> {
        let connecting = within(CONNECT_TIMEOUT, async {
            let mut connection = self.0.options.connect().await?;
            prepare(&mut connection).await?;
            Ok(connection)
        });
        connecting.await.inspect_err(|error| {
            // too_many_connections
            if is_code(error, "53300") {
                tracing::warn!(
                    "the database server has no connection left; this Examen uses up to {}",
                    super::MOST_CONNECTIONS
                );
            }
        })
    }

    fn kept(&self) -> MutexGuard<'_, Vec<Idle>> {
        self.0.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Says that this process uses the database, and sets what nobody has set on the server.
async fn prepare(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    let present = format!("SELECT pg_try_advisory_lock_shared({})", super::PRESENCE);
    sqlx::raw_sql(AssertSqlSafe(present))
        .execute(&mut *connection)
        .await?;
    for (name, usual, value) in SETTINGS {
        // Older servers do not have all of them.
        let set = format!(
            "SELECT set_config('{name}', '{value}', false) WHERE current_setting('{name}', true) = '{usual}'"
        );
        let set = sqlx::raw_sql(AssertSqlSafe(set));
        match set.execute(&mut *connection).await {
            Ok(_) => {}
            Err(sqlx::Error::Database(error)) => {
                tracing::warn!(%error, "the database server does not take the setting {name}");
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
