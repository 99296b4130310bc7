//! Formats of a store: earlier ones are brought to the newest, once; a newer one is refused.

use crate::support::{nowhere_yet, owner, time};
use examen_annotate::{
    AnnotateError, Location,
    store::{Act, FILE_NAME},
};
use sqlx::{
    AssertSqlSafe, Connection, PgConnection, SqliteConnection, sqlite::SqliteConnectOptions,
};
use std::{
    env,
    process::{Child, Command, Stdio},
};

/// The steps as they are; each entry is one that a version of Examen was released with.
const SQLITE: [&str; 9] = [
    include_str!("../../src/store/database/migrations/sqlite/0001_foundation.sql"),
    include_str!("../../src/store/database/migrations/sqlite/0002_argilla.sql"),
    include_str!("../../src/store/database/migrations/sqlite/0003_facts.sql"),
    include_str!("../../src/store/database/migrations/sqlite/0004_deliveries.sql"),
    include_str!("../../src/store/database/migrations/sqlite/0005_audit.sql"),
    include_str!("../../src/store/database/migrations/sqlite/0006_counts.sql"),
    include_str!("../../src/store/database/migrations/sqlite/0007_people.sql"),
    include_str!("../../src/store/database/migrations/sqlite/0008_sessions.sql"),
    include_str!("../../src/store/database/migrations/sqlite/0009_keys.sql"),
];
const POSTGRES: [&str; 7] = [
    include_str!("../../src/store/database/migrations/postgres/0001_foundation.sql"),
    include_str!("../../src/store/database/migrations/postgres/0002_deliveries.sql"),
    include_str!("../../src/store/database/migrations/postgres/0003_audit.sql"),
    include_str!("../../src/store/database/migrations/postgres/0004_counts.sql"),
    include_str!("../../src/store/database/migrations/postgres/0005_people.sql"),
    include_str!("../../src/store/database/migrations/postgres/0006_sessions.sql"),
    include_str!("../../src/store/database/migrations/postgres/0007_keys.sql"),
];

const FOLDER: &str = "EXAMEN_TEST_OPENED_FOLDER";
const DATABASE: &str = "EXAMEN_TEST_OPENED_DATABASE";

/// A connection to a store's database, beside the store.
enum Beside {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Beside {
    async fn of(location: &Location) -> Self {
        match &location.database_url {
            Some(url) => Self::Postgres(PgConnection::connect(url).await.unwrap()),
            None => {
                let options = SqliteConnectOptions::new()
                    .filename(location.folder.join(FILE_NAME))
                    .create_if_missing(true);
                Self::Sqlite(SqliteConnection::connect_with(&options).await.unwrap())
            }
        }
    }

    async fn run(&mut self, sql: &str) {
        let script = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
        match self {
            Self::Sqlite(on) => drop(script.execute(on).await.unwrap()),
            Self::Postgres(on) => drop(script.execute(on).await.unwrap()),
        }
    }

    async fn texts(&mut self, sql: &'static str) -> Vec<String> {
        match self {
            Self::Sqlite(on) => sqlx::query_scalar(sql).fetch_all(on).await.unwrap(),
            Self::Postgres(on) => sqlx::query_scalar(sql).fetch_all(on).await.unwrap(),
        }
    }

    fn steps(&self) -> &'static [&'static str] {
        match self {
            Self::Sqlite(_) => &SQLITE,
            Self::Postgres(_) => &POSTGRES,
        }
    }

    /// Takes the first `n` steps and notes each, as every Examen so far has done.
    async fn make_version(&mut self, n: usize) {
        for (index, step) in self.steps().iter().take(n).enumerate() {
            self.run(step).await;
            self.note(index + 1).await;
        }
    }

    async fn note(&mut self, version: usize) {
        let noted = match self {
            Self::Sqlite(_) => {
                format!("PRAGMA user_version = {version}; PRAGMA application_id = 1165520238")
            }
            Self::Postgres(_) => format!("UPDATE store_format SET version = {version}"),
        };
        self.run(&noted).await;
    }

    async fn version(&mut self) -> String {
        let sql = match self {
            Self::Sqlite(_) => "SELECT CAST(user_version AS TEXT) FROM pragma_user_version",
            Self::Postgres(_) => "SELECT version::text FROM store_format",
        };
        self.texts(sql).await.concat()
    }

    /// Everything that the steps make.
    async fn shape(&mut self) -> Vec<String> {
        self.texts(match self {
            Self::Sqlite(_) => {
                "SELECT type || ' ' || name || ' ' || COALESCE(sql, '') FROM sqlite_schema ORDER BY type, name"
            }
            Self::Postgres(_) => {
                "SELECT 'column ' || table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable
                 FROM information_schema.columns WHERE table_schema = 'public'
                 UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
                 UNION ALL SELECT 'constraint ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
                 WHERE connamespace = 'public'::regnamespace
                 UNION ALL SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
                 ORDER BY 1"
            }
        })
        .await
    }
}

#[tokio::test]
async fn stores_of_every_earlier_format_become_the_newest() {
    let (_folder, new) = nowhere_yet().await;
    new.open().await.unwrap().close().await;
    let mut beside = Beside::of(&new).await;
    let (newest, shape) = (beside.steps().len(), beside.shape().await);
    assert!(shape.len() > 30, "{shape:?}");
    assert_eq!(beside.version().await, newest.to_string());
    for version in 0..=newest {
        let (_folder, location) = nowhere_yet().await;
        let mut beside = Beside::of(&location).await;
        beside.make_version(version).await;
        let store = location.open().await.unwrap();
        owner(&store).await;
        store.close().await;
        assert_eq!(beside.version().await, newest.to_string(), "{version}");
        assert_eq!(beside.shape().await, shape, "{version}");
        let store = location.open().await.unwrap();
        assert_eq!(store.users().await.unwrap().len(), 1, "{version}");
    }
}

#[tokio::test]
async fn a_store_of_a_newer_format_is_refused() {
    let (_folder, location) = nowhere_yet().await;
    location.open().await.unwrap().close().await;
    Beside::of(&location).await.note(99).await;
    let error = location.open().await.unwrap_err();
    assert!(
        matches!(error, AnnotateError::NewerStore { found: 99, .. }),
        "{error}"
    );
    assert!(error.to_string().contains("its format is 99"), "{error}");
    assert!(error.hint().is_some());
}

#[tokio::test]
async fn a_store_that_a_newer_examen_migrates_is_written_no_more() {
    let (_folder, location) = nowhere_yet().await;
    let store = location.open().await.unwrap();
    owner(&store).await;
    Beside::of(&location).await.note(99).await;
    let error = store.note_act(act()).await.unwrap_err();
    assert!(error.to_string().contains("format 99"), "{error}");
    assert!(error.is_unavailable());
    assert_eq!(store.acts(0, 10).await.unwrap().0, 0);
    assert_eq!(store.users().await.unwrap().len(), 1);
}

fn act() -> Act {
    Act {
        at: time(0),
        actor: "ana".to_owned(),
        address: None,
        act: "user.created".to_owned(),
        subject: None,
    }
}

/// Opens the store of which the parent tells.
#[tokio::test]
#[ignore = "the processes of `processes_that_open_a_store_at_once_migrate_it_once`"]
async fn opens_a_store() {
    let folder = env::var_os(FOLDER).expect("the parent names the folder");
    let location = Location {
        folder: folder.into(),
        database_url: env::var(DATABASE).ok(),
    };
    location.open().await.unwrap().close().await;
}

/// A step that ran twice would fail: it makes tables.
#[tokio::test]
async fn processes_that_open_a_store_at_once_migrate_it_once() {
    for version in [0, 1] {
        let (_folder, location) = nowhere_yet().await;
        Beside::of(&location).await.make_version(version).await;
        let children: Vec<Child> = (0..4).map(|_| opening(&location)).collect();
        for child in children {
            let output = child.wait_with_output().unwrap();
            let told = String::from_utf8_lossy(&output.stdout);
            assert!(output.status.success(), "{told}");
            assert!(told.contains("1 passed"), "{told}");
        }
        let mut beside = Beside::of(&location).await;
        assert_eq!(beside.version().await, beside.steps().len().to_string());
    }
}

fn opening(location: &Location) -> Child {
    Command::new(env::current_exe().unwrap())
        .args(["--ignored", "--exact", "format::opens_a_store"])
        .env(FOLDER, &location.folder)
        .envs(location.database_url.as_ref().map(|url| (DATABASE, url)))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}
