//! A connection that is lent: for one statement, or for a transaction. Whatever happens to it meanwhile (an error, a
//! client that hangs up), the next user never finds a transaction in it.

use super::pool::Pool;
use crate::store::database::{
    errors::{is_code, is_lost},
    limits::{ANSWER_TIMEOUT, PING_TIMEOUT},
};
use futures::TryStreamExt;
use sqlx::{
    AssertSqlSafe, Either, Executor, PgConnection, Postgres,
    postgres::{PgArguments, PgRow},
};
use std::{io, time::Duration};
use tokio::{
    runtime::Handle,
    sync::OwnedSemaphorePermit,
    time::{error::Elapsed, timeout},
};

/// A connection on loan. It goes back when this is dropped.
pub(in crate::store) struct Lease {
    on: Option<Loan>,
    state: State,
    is_new: bool,
    /// Longest time for an answer, where it is longer than the statement's own.
    patience: Duration,
}

/// What goes back.
struct Loan {
    connection: PgConnection,
    pool: Pool,
    /// Held until the connection is back.
    turn: OwnedSemaphorePermit,
}

/// State of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// No transaction, no statement.
    Clean,
    /// Perhaps a transaction or a statement: it is rolled back before others use the connection.
    InUse,
    /// As `InUse`; a statement was refused, so that nothing more can be done in the transaction.
    Refused,
    /// It failed: it is closed.
    Broken,
}

/// SQLSTATE of a write on a database that is read-only. It may be so for this session, and not for the next one.
const READ_ONLY: &str = "25006";

/// Waits for an answer of the server, for so long.
pub(super) async fn within<T>(
    limit: Duration,
    answer: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    timeout(limit, answer).await.map_err(|_: Elapsed| {
        let text = format!("the database server has not answered for {limit:?}");
        sqlx::Error::Io(io::Error::new(io::ErrorKind::TimedOut, text))
    })?
}

impl Lease {
    pub(super) fn new(
        connection: PgConnection,
        is_new: bool,
        pool: Pool,
        turn: OwnedSemaphorePermit,
    ) -> Self {
        Self {
            on: Some(Loan {
                connection,
                pool,
                turn,
            }),
            state: State::Clean,
            is_new,
            patience: Duration::ZERO,
        }
    }

    /// True where the connection was there before: it may have ended meanwhile.
    pub(in crate::store::database) fn is_old(&self) -> bool {
        !self.is_new
    }

    /// Gives the server so long for each statement from now on.
    pub(in crate::store::database) fn be_patient(&mut self, patience: Duration) {
        self.patience = patience;
    }

    /// Says that the statements so far are complete by themselves.
    pub(in crate::store::database) fn is_done(&mut self) {
        if self.state == State::InUse {
            self.state = State::Clean;
        }
    }

    /// Runs statements of our own without values, and gives the rows of all.
    pub(in crate::store::database) async fn script(
        &mut self,
        sql: &str,
        limit: Duration,
    ) -> Result<Vec<PgRow>, sqlx::Error> {
        Ok(self
            .scripts(sql, limit)
            .await?
            .into_iter()
            .flatten()
            .collect())
    }

    /// The same, with the rows of each.
    pub(in crate::store::database) async fn scripts(
        &mut self,
        sql: &str,
        limit: Duration,
    ) -> Result<Vec<Vec<PgRow>>, sqlx::Error> {
        let (mut all, mut rows) = (Vec::new(), Vec::new());
        let limit = limit.max(self.patience);
        let script = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
        let mut answers = self.connection().fetch_many(script);
        let done = loop {
            match within(limit, answers.try_next()).await {
                Ok(Some(Either::Left(_))) => all.push(std::mem::take(&mut rows)),
                Ok(Some(Either::Right(row))) => rows.push(row),
                Ok(None) => break Ok(all),
                Err(error) => break Err(error),
            }
        };
        drop(answers);
        self.noted(done)
    }

    /// Runs a statement; hands each row on as it comes, and returns how many rows it changed.
    pub(in crate::store::database) async fn run(
        &mut self,
        query: sqlx::query::Query<'_, Postgres, PgArguments>,
        limit: Duration,
        mut each: impl FnMut(PgRow) -> Result<(), sqlx::Error>,
    ) -> Result<u64, sqlx::Error> {
        let mut changed = 0;
        let limit = limit.max(self.patience);
        let mut answers = self.connection().fetch_many(query);
        let done = loop {
            match within(limit, answers.try_next()).await {
                Ok(Some(Either::Left(done))) => changed += done.rows_affected(),
                Ok(Some(Either::Right(row))) => match each(row) {
                    Ok(()) => {}
                    Err(error) => break Err(error),
                },
                Ok(None) => break Ok(changed),
                Err(error) => break Err(error),
            }
        };
        drop(answers);
        self.noted(done)
    }

    /// Makes what was done in the transaction last.
    pub(in crate::store::database) async fn commit(mut self) -> Result<(), sqlx::Error> {
        if self.state != State::InUse {
            // PostgreSQL answers a COMMIT of what has failed with a rollback, and no error.
            let reason = "a statement of the transaction has failed".to_owned();
            return Err(sqlx::Error::Protocol(reason));
        }
        self.script("COMMIT", ANSWER_TIMEOUT).await?;
        self.is_done();
        Ok(())
    }

    /// The connection, for something that may fail or be broken off.
    fn connection(&mut self) -> &mut PgConnection {
        if self.state == State::Clean {
            self.state = State::InUse;
        }
        let loan = self.on.as_mut();
        &mut loan
            .expect("it goes back only when this is dropped")
            .connection
    }

    fn noted<T>(&mut self, done: Result<T, sqlx::Error>) -> Result<T, sqlx::Error> {
        if let Err(error) = &done {
            self.state = match error {
                // After any other error the session is as good as before.
                sqlx::Error::Database(_) if !is_lost(error) && !is_code(error, READ_ONLY) => {
                    State::Refused
                }
                _ => State::Broken,
            };
        }
        done
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let (Some(loan), Ok(runtime)) = (self.on.take(), Handle::try_current()) else {
            return;
        };
        match self.state {
            State::Clean => loan.pool.put_back(loan.connection),
            State::InUse | State::Refused => drop(runtime.spawn(loan.roll_back())),
            State::Broken => {}
        }
    }
}

impl Loan {
    /// Ends a transaction that was given up, if there is one. A server that takes too long ends it with the connection.
    async fn roll_back(mut self) {
        let rolling = sqlx::raw_sql("ROLLBACK").execute(&mut self.connection);
        match within(PING_TIMEOUT, rolling).await {
            Ok(_) => self.pool.put_back(self.connection),
            Err(error) => tracing::info!(%error, "a connection to the database was closed"),
        }
        drop(self.turn);
    }
}
