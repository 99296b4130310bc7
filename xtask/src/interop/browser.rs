//! Two people review questions with a keyboard, in Chromium.

use crate::{
    process::{Outcome, examen, root, step},
    server::{OWNER, Server},
};
use std::{fs, path::Path, process::Command};

const ANNOTATOR: (&str, &str) = ("annotator", "another long password");

pub(super) fn run(work: &Path) -> Outcome {
    let (store, screenshots) = (work.join("store"), work.join("screenshots"));
    let distiset = root().join("testdata/distiset/medicines");
    fs::create_dir_all(&screenshots).map_err(|error| error.to_string())?;
    let mut load = Command::new(examen());
    load.args(["annotate", "--output-dataset-name", "exam", "--dataset-path"]).arg(&distiset).arg("--data").arg(&store);
    step("load questions to review", &mut load)?;
    let mut add = Command::new(examen());
    add.args(["serve", "--add-user", ANNOTATOR.0, "--password", ANNOTATOR.1, "--data"]).arg(&store);
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
        .env("EXAMEN_SCREENSHOTS", screenshots);
    step("reviewing in a browser", &mut test)
}
