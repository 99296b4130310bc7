//! Writing replies: alone and 32 at once, free and under a schema.

use super::{
    Arguments, at, json_lines, model, probe,
    report::{Report, Row},
    text,
};
use crate::process::{Outcome, say};
use serde_json::{Value, json};

pub(super) fn run(arguments: &Arguments, report: &mut Report) -> Outcome {
    say("── decoding");
    let ways = json_lines(&mut probe(&[
        "decode",
        &text(&model()),
        &arguments.threads.to_string(),
    ]))?;
    for way in &ways {
        row(way, report);
    }
    report.record("decode", json!(ways));
    Ok(())
}

fn row(way: &Value, report: &mut Report) {
    let (at_once, under_schema) = (at(way, "/at_once"), way["schema"] == json!(true));
    let style = if under_schema {
        "under a schema"
    } else {
        "free"
    };
    let per = |seconds: &str| at(way, "/decoded_tokens") / at(way, seconds);
    let note = format!(
        "{:.1} per wall second; {:.1} per CPU-second with the prompts",
        per("/decoding/wall_s"),
        at(way, "/tokens") / at(way, "/whole/cpu_s")
    );
    report.row(Row {
        figure: format!("tokens per CPU-second, {at_once} at once, {style}"),
        value: format!("{:.1}", per("/decoding/cpu_s")),
        aim: if under_schema && at_once > 1.0 {
            "≥ 100"
        } else {
            ""
        },
        note,
    });
}
