//! Chromium: two people review questions by keyboard, the report of a run and a view of runs are opened.

use crate::{
    fake_server::FakeServer,
    process::{Outcome, examen, root, step},
    server::{OWNER, Server},
};
use examen_fake_server::document;
use std::{fs, path::Path, process::Command};

const ANNOTATOR: (&str, &str) = ("annotator", "another long password");

pub(super) fn run(work: &Path) -> Outcome {
    let (store, screenshots) = (work.join("store"), work.join("screenshots"));
    let distiset = root().join("testdata/distiset/medicines");
    fs::create_dir_all(&screenshots).map_err(|error| error.to_string())?;
    let mut load = Command::new(examen());
    load.args([
        "annotate",
        "--output-dataset-name",
        "exam",
        "--dataset-path",
    ])
    .arg(&distiset)
    .arg("--data")
    .arg(&store);
    step("load questions to review", &mut load)?;
    let mut add = Command::new(examen());
    add.args([
        "serve",
        "--add-user",
        ANNOTATOR.0,
        "--password",
        ANNOTATOR.1,
        "--data",
    ])
    .arg(&store);
    step("second reviewer", &mut add)?;
    let server = Server::start(&store, &[])?;
    let mut test = Command::new("npm");
    test.args(["run", "--silent", "test:browser"])
        .current_dir(root().join("ui"))
        .env("EXAMEN_URL", server.url())
        .env("EXAMEN_USERNAME", OWNER.0)
        .env("EXAMEN_PASSWORD", OWNER.1)
        .env("EXAMEN_USERNAME_2", ANNOTATOR.0)
        .env("EXAMEN_PASSWORD_2", ANNOTATOR.1)
        .env("EXAMEN_SCREENSHOTS", &screenshots);
    step("reviewing in a browser", &mut test)?;
    report(&work.join("report"), &screenshots)?;
    view(&work.join("view"), &screenshots)
}

/// Number of short documents, beside those of every format.
const N_DOCUMENTS: u64 = 60;

fn report(work: &Path, screenshots: &Path) -> Outcome {
    let documents = work.join("documents");
    fs::create_dir_all(&documents).map_err(|error| error.to_string())?;
    for number in 0..N_DOCUMENTS {
        fs::write(documents.join(format!("{number:02}.txt")), document(number))
            .map_err(|error| error.to_string())?;
    }
    let server = FakeServer::start(0)?;
    let mut generate = Command::new(examen());
    generate.current_dir(work).args([
        "generate",
        "--model-id",
        "fake",
        "--base-url",
        &server.base_url(),
    ]);
    generate.args([
        "--output-path",
        "out",
        "--questions",
        "150",
        "--input-dir",
        "documents",
    ]);
    generate.arg(root().join("testdata/documents"));
    // Some of them cannot be read, which is what exit code 3 says.
    let ended = generate
        .status()
        .map_err(|error| format!("examen: {error}"))?;
    if ended.code() != Some(3) {
        return Err(format!("a run that leaves a report ended with {ended}"));
    }
    let mut test = Command::new("npm");
    test.args(["run", "--silent", "test:report"])
        .current_dir(root().join("ui"))
        .env("EXAMEN_REPORT", work.join("out.report.html"))
        .env("EXAMEN_SCREENSHOTS", screenshots);
    step("a report in a browser", &mut test)
}

/// Two runs of tiny models, looked at.
fn view(work: &Path, screenshots: &Path) -> Outcome {
    fs::create_dir_all(work).map_err(|error| error.to_string())?;
    let models = root().join("testdata/engine");
    let mut evaluate = Command::new(examen());
    evaluate
        .args(["evaluate", "--chat-template", "off", "--output", "evals"])
        .arg("--input")
        .arg(root().join("testdata/exams/none.parquet"));
    for model in ["qwen2", "llama3"] {
        evaluate.arg("--model").arg(models.join(model));
    }
    step("two runs", evaluate.current_dir(work))?;
    let mut view = Command::new(examen());
    view.args(["view", "evals", "--no-open"]).current_dir(work);
    step("a view of them", &mut view)?;
    let mut test = Command::new("npm");
    test.args(["run", "--silent", "test:view"])
        .current_dir(root().join("ui"))
        .env("EXAMEN_VIEW", work.join("view.html"))
        .env("EXAMEN_SCREENSHOTS", screenshots);
    step("the view in a browser", &mut test)
}
