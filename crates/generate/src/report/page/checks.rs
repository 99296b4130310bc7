//! Findings about the questions from a second model's answers.

use super::super::Report;
use crate::verify::{Figure, ModelChecks};
use examen_page::{
    Cell, Column, Section, Table,
    chart::{AgainstChance, Measured},
    number::{count, counted, dash, percent},
};
use examen_statistics::Interval;

pub(super) fn section(report: &Report) -> Option<Section> {
    let checks = report.summary.model_checks.as_ref()?;
    let mut section = Section::new("model-checks", "What a second model says");
    section.text(format!(
        "{} answered each question in {} of its options: with the passage, without it, and from the options alone. With the passage it must \
         find the key in every order, else the question is rejected; only those that it upheld were asked about further. \
         Intervals are of 95 % and know that questions of one document resemble each other.",
        checks.model,
        counted(checks.orders as u64, "order")
    ));
    section.add(&rates(checks)).add(&gaps(checks));
    if let Some(alone) = checks.stands_alone {
        section.text(format!(
            "It finds that {} of {} can be understood without the passage.",
            percent(Some(alone.mean)),
            counted(alone.questions, "question")
        ));
    }
    if checks.unreadable > 0 {
        section.text(format!(
            "{} of {} could not be read; they count as another choice than the key.",
            count(checks.unreadable),
            counted(checks.replies, "answer")
        ));
    }
    Some(section)
}

fn rates(checks: &ModelChecks) -> AgainstChance {
    let measured = |label: &str, figure: Option<Figure>| Measured {
        label: label.to_owned(),
        share: figure.map(|figure| figure.mean),
        interval: figure
            .and_then(|figure| figure.interval)
            .map(|interval| (interval.low, interval.high)),
        n: figure.map_or(0, |figure| figure.questions),
        alarm: None,
    };
    AgainstChance {
        title: "How often the second model chooses the key".to_owned(),
        chance: checks.chance,
        confidence: 0.95,
        shares: vec![
            measured("with the passage", checks.open_book),
            measured("without the passage", checks.closed_book),
            measured("from the options alone", checks.options_only),
        ],
    }
}

fn gaps(checks: &ModelChecks) -> Table {
    let points = |value: f64| format!("{:+.1}", 100.0 * value);
    let between =
        |interval: Interval| format!("{} to {}", points(interval.low), points(interval.high));
    let row = |what: &str, figure: Option<Figure>| {
        let interval = figure.and_then(|figure| figure.interval);
        vec![
            Cell::text(what),
            Cell::text(figure.map_or_else(dash, |figure| points(figure.mean))),
            Cell::text(interval.map_or_else(dash, between)),
            Cell::count(figure.map_or(0, |figure| figure.questions)),
            Cell::count(figure.map_or(0, |figure| figure.documents)),
        ]
    };
    Table {
        caption: "Differences, in percentage points".to_owned(),
        columns: vec![
            Column::text("What").unsorted(),
            Column::number("Difference").unsorted(),
            Column::text("95 % interval").unsorted(),
            Column::number("Questions").unsorted(),
            Column::number("Documents").unsorted(),
        ],
        rows: vec![
            row(
                "With the passage, over without it: what the passage adds",
                checks.open_minus_closed,
            ),
            row(
                "Without the passage, over chance: what is known anyway",
                checks.closed_minus_chance,
            ),
            row(
                "From the options alone, over chance: what they give away",
                checks.options_only_minus_chance,
            ),
        ],
    }
}
