//! Settings of the run.

use super::super::Report;
use examen_page::{Cell, Column, Folded, Section, Table};
use serde_json::Value;

pub(super) fn section(report: &Report) -> Option<Section> {
    let mut section = Section::new("settings", "Settings");
    section.add(&Folded {
        summary: "What the run was asked to do".to_owned(),
        part: &table(report),
    });
    Some(section)
}

fn table(report: &Report) -> Table {
    let row = |(name, value): (&String, &Value)| {
        let value = match value {
            Value::Null => "–".to_owned(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        vec![Cell::text(name.replace('_', " ")), Cell::text(value)]
    };
    Table {
        caption: "Settings, as in the output's pipeline.yaml".to_owned(),
        columns: vec![
            Column::text("Setting").unsorted(),
            Column::text("Value").unsorted(),
        ],
        rows: report.settings.iter().map(row).collect(),
    }
}
