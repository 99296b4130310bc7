//! A model of 7B shape within 24 GB.

use super::{
    Arguments, at, json_file, measure, probe,
    report::{Report, Row},
    root, text, work_folder,
};
use crate::process::Outcome;
use std::fs::{self, File};

pub(super) fn run(arguments: &Arguments, report: &mut Report) -> Outcome {
    let folder = work_folder("large")?;
    let tokenizer = root().join("testdata/engine/llama3/tokenizer.json");
    let printed = folder.join("printed.json");
    let model = folder.join("llama-2-7b-shape");
    let mut large = probe(&[
        "large",
        &text(&model),
        &text(&tokenizer),
        &arguments.threads.to_string(),
    ]);
    large.stdout(File::create(&printed).map_err(|error| error.to_string())?);
    let run = measure::run("7B shape", &mut large);
    // The file is large where the file system knows no holes.
    fs::remove_dir_all(&model)
        .map_err(|error| format!("could not remove {}: {error}", model.display()))?;
    let run = run?;
    if !run.status.success() {
        return Err(format!(
            "the model of 7B shape did not run ({})",
            run.status
        ));
    }
    let told = json_file(&printed)?;
    let mut row = |figure: &str, value: f64, aim, note| {
        let figure = format!("7B shape: {figure}");
        report.row(Row {
            figure,
            value: format!("{value:.1}"),
            aim,
            note,
        });
    };
    let file = format!("the file has {:.1} GB", at(&told, "/file_bytes") / 1e9);
    row("largest memory, GB", run.rss as f64 / 1e9, "≤ 24", file);
    row(
        "seconds to load",
        at(&told, "/loading/wall_s"),
        "",
        String::new(),
    );
    let tokens = format!("{} tokens of context in all", at(&told, "/context_tokens"));
    row(
        "seconds per short request",
        at(&told, "/scoring/wall_s") / at(&told, "/requests"),
        "",
        tokens,
    );
    report.record("large", told);
    report.record("large_process", run.to_json());
    Ok(())
}
