//! A PostgreSQL server for a task, with a cluster of its own that goes when the task ends.

use crate::{
    process::{Outcome, step},
    server::free_port,
};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// The user of the cluster, who may make databases.
const USER: &str = "examen";

/// A server that is stopped, and its cluster deleted, when it goes out of scope.
pub(crate) struct Postgres {
    folder: PathBuf,
    programs: PathBuf,
    port: u16,
}

impl Postgres {
    /// Makes a cluster in a temporary folder and starts a server on a free port. It runs as the user `postgres` where
    /// this task is root's, since PostgreSQL refuses to be.
    pub(crate) fn start() -> Outcome<Self> {
        let programs = programs()?;
        let folder = std::env::temp_dir().join(format!("examen-postgres-{}", std::process::id()));
        fs::create_dir_all(&folder)
            .map_err(|error| format!("could not make {}: {error}", folder.display()))?;
        let server = Self {
            folder,
            programs,
            port: free_port()?,
        };
        if is_root()? {
            step(
                "a folder for PostgreSQL",
                Command::new("chown").arg("postgres").arg(&server.folder),
            )?;
        }
        let mut make = server.command("initdb")?;
        make.args([
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--username",
            USER,
            "--pgdata",
        ]);
        step(
            "a PostgreSQL cluster",
            make.arg(server.data()).stdout(Stdio::null()),
        )?;
        let mut start = server.command("pg_ctl")?;
        let folder = server.folder.display();
        let options = format!(
            "-p {} -k {folder} -c listen_addresses=127.0.0.1 -c max_connections=200",
            server.port
        );
        start.args([
            "start",
            "--wait",
            "--silent",
            "--options",
            &options,
            "--log",
        ]);
        step(
            "PostgreSQL",
            start
                .arg(server.folder.join("log"))
                .arg("--pgdata")
                .arg(server.data()),
        )?;
        Ok(server)
    }

    /// The address of a database of this server.
    pub(crate) fn url(&self, database: &str) -> String {
        format!("postgresql://{USER}@127.0.0.1:{}/{database}", self.port)
    }

    /// Makes an empty database; returns its address.
    pub(crate) fn create_database(&self, name: &str) -> Outcome<String> {
        let mut create = self.command("createdb")?;
        create.args([
            "--host",
            "127.0.0.1",
            "--port",
            &self.port.to_string(),
            "--username",
            USER,
            name,
        ]);
        step("a database", &mut create)?;
        Ok(self.url(name))
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn command(&self, program: &str) -> Outcome<Command> {
        let program = self.programs.join(program);
        let mut command = if is_root()? {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        // Not every user may look into the folder that the task was started in.
        command.current_dir(&self.folder);
        Ok(command)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // What does not stop or go now is in the system's temporary folder; there is nothing more to do about it.
        if let Ok(mut stop) = self.command("pg_ctl") {
            let _ = stop
                .args(["stop", "--mode=immediate", "--silent", "--pgdata"])
                .arg(self.data())
                .status();
        }
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Folder of the server's programs: on the path, else the newest that Debian's packages installed.
fn programs() -> Outcome<PathBuf> {
    let on_path = std::env::var_os("PATH")
        .into_iter()
        .flat_map(|path| std::env::split_paths(&path).collect::<Vec<_>>());
    let installed = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin"));
    let mut installed: Vec<PathBuf> = installed.collect();
    installed.sort();
    let has_server = |folder: &PathBuf| {
        ["initdb", "pg_ctl", "createdb"]
            .iter()
            .all(|program| Path::new(folder).join(program).is_file())
    };
    let found = on_path.chain(installed.into_iter().rev()).find(has_server);
    found.ok_or_else(|| {
        "there is no PostgreSQL server here; install it (Debian: apt-get install postgresql)"
            .to_owned()
    })
}

fn is_root() -> Outcome<bool> {
    let output = Command::new("id")
        .arg("-u")
        .output()
        .map_err(|error| format!("could not run id: {error}"))?;
    Ok(output.stdout.starts_with(b"0\n"))
}
