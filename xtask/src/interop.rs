//! `cargo xtask interop`: peers open what we write, and a real browser uses the review page.

use crate::{
    check::{cache, fetch_test_model},
    process::{Outcome, cargo, examen, root, say, step},
};
use std::{
    fs,
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command},
    thread::sleep,
    time::Duration,
};

const OWNER: (&str, &str) = ("owner", "correct horse battery staple");
const ANNOTATOR: (&str, &str) = ("annotator", "another long password");

/// Runs the demo with the real binary, then hands its files to Python and its store to a browser.
pub(crate) fn run() -> Outcome {
    step("release build", &mut cargo(&["build", "--release", "--package", "examen"]))?;
    fetch_test_model()?;
    let work = root().join("target/interop");
    if work.is_dir() {
        fs::remove_dir_all(&work).map_err(|error| format!("could not empty {}: {error}", work.display()))?;
    }
    let demo = work.join("demo");
    step("demo", Command::new(examen()).args(["demo", "--output"]).arg(&demo).env("EXAMEN_CACHE", cache()))?;
    python(&demo)?;
    browser(&work)?;
    say("interop: all passed");
    Ok(())
}

/// `datasets`, in its newest version and an older one, and distilabel open the demo's folders, and those that
/// `publish`'s tests wrote with values that are known.
fn python(demo: &Path) -> Outcome {
    // The whole workspace, so that cargo takes what `check` has built.
    let write = ["test", "--release", "--quiet", "--workspace", "--test", "it", "interop"];
    step("fixtures", &mut cargo(&write))?;
    let fixtures = root().join("target/tmp/interop");
    let expected = fixtures.join("expected.json");
    for packages in ["datasets", "datasets-3", "distilabel"] {
        let python = environment(packages)?;
        step(&format!("{packages} opens the demo's files"), &mut open(&python, packages, demo))?;
        let mut open = open(&python, packages, &fixtures);
        step(&format!("{packages} reads the same values"), open.arg("--expected").arg(&expected))?;
    }
    Ok(())
}

/// The script that opens the folders `distiset` and `published` below `folder`.
fn open(python: &Path, packages: &str, folder: &Path) -> Command {
    let mut open = Command::new(python);
    open.env("HF_HUB_OFFLINE", "1");
    let scripts = root().join("xtask/interop");
    match packages {
        "distilabel" => open.arg(scripts.join("open_distiset.py")).arg(folder.join("distiset")),
        _ => open.arg(scripts.join("open_datasets.py")).args([folder.join("distiset"), folder.join("published")]),
    };
    open
}

/// A virtual environment with the pinned packages, made once.
fn environment(name: &str) -> Outcome<PathBuf> {
    let folder = root().join("target/python").join(name);
    let python = folder.join("bin/python");
    let requirements = root().join(format!("xtask/interop/requirements-{name}.txt"));
    let installed = folder.join("installed.txt");
    let wanted = fs::read_to_string(&requirements).map_err(|error| format!("{}: {error}", requirements.display()))?;
    if fs::read_to_string(&installed).is_ok_and(|done| done == wanted) {
        return Ok(python);
    }
    step("virtual environment", Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
    let mut install = Command::new(&python);
    install
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"])
        .arg(&requirements);
    step(&format!("packages for {name}"), &mut install)?;
    fs::write(&installed, wanted).map_err(|error| error.to_string())?;
    Ok(python)
}

/// Two people review questions with a keyboard, in Chromium.
fn browser(work: &Path) -> Outcome {
    let (store, screenshots) = (work.join("store"), work.join("screenshots"));
    let distiset = root().join("testdata/distiset/medicines");
    fs::create_dir_all(&screenshots).map_err(|error| error.to_string())?;
    let mut load = Command::new(examen());
    load.args(["annotate", "--output-dataset-name", "exam", "--dataset-path"]).arg(&distiset).arg("--data").arg(&store);
    step("load questions to review", &mut load)?;
    let mut add = Command::new(examen());
    add.args(["serve", "--add-user", ANNOTATOR.0, "--password", ANNOTATOR.1, "--data"]).arg(&store);
    step("second reviewer", &mut add)?;
    let port = free_port()?;
    let server = Server::start(&store, port)?;
    let mut test = Command::new("npm");
    test.args(["run", "--silent", "test:browser"])
        .current_dir(root().join("ui"))
        .env("EXAMEN_URL", format!("http://127.0.0.1:{port}"))
        .env("EXAMEN_USERNAME", OWNER.0)
        .env("EXAMEN_PASSWORD", OWNER.1)
        .env("EXAMEN_USERNAME_2", ANNOTATOR.0)
        .env("EXAMEN_PASSWORD_2", ANNOTATOR.1)
        .env("EXAMEN_SCREENSHOTS", screenshots);
    let tested = step("reviewing in a browser", &mut test);
    drop(server);
    tested
}

/// A port that was free a moment ago.
fn free_port() -> Outcome<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(|error| error.to_string())?;
    Ok(listener.local_addr().map_err(|error| error.to_string())?.port())
}

/// A running `examen serve`, stopped when it goes out of scope.
struct Server(Child);

impl Server {
    fn start(store: &Path, port: u16) -> Outcome<Self> {
        let mut serve = Command::new(examen());
        serve.args(["serve", "--username", OWNER.0, "--password", OWNER.1, "--port", &port.to_string(), "--data"]);
        let server = Self(serve.arg(store).spawn().map_err(|error| format!("could not start examen serve: {error}"))?);
        for _ in 0..100 {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Ok(server);
            }
            sleep(Duration::from_millis(100));
        }
        Err("examen serve did not open its port within 10 s".to_owned())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself; there is nothing to do about it then.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
