//! Spending of the run, and the cost of an accepted question.

use super::super::Report;
use examen_page::{
    Cell, Column, Section, Table,
    number::{count, dash, dollars, mean},
};

pub(super) fn section(report: &Report) -> Option<Section> {
    let mut section = Section::new("cost", "Cost");
    section.text(
        "Everything that this output has cost so far, in this run and in earlier ones that it goes on from, rejected \
         questions and failed calls included; and the same divided by the accepted questions.",
    );
    section.add(&table(report));
    let spent = &report.spent;
    if spent.uncertain_tokens > 0 {
        let cost = if spent.cost.is_some() {
            format!(" ({})", dollars(spent.uncertain_cost))
        } else {
            String::new()
        };
        section.text(format!(
            "Calls without a good reply, or with one that does not say what it took, may have taken up to {} tokens{cost} \
             more.",
            count(spent.uncertain_tokens)
        ));
    }
    section.text(format!(
        "Calls that this run made: {}. Replies that it took from the journal: {}.",
        count(report.summary.calls),
        count(report.summary.replayed)
    ));
    Some(section)
}

fn table(report: &Report) -> Table {
    let (spent, each) = (&report.spent, report.per_accepted);
    let tokens = |name: &str, n: u64, each: Option<f64>| {
        let all = if n == 0 {
            "the server does not say".to_owned()
        } else {
            count(n)
        };
        vec![
            Cell::text(name),
            Cell::text(all),
            Cell::text(each.map_or_else(dash, mean)),
        ]
    };
    let cost = vec![
        Cell::text("US dollars"),
        Cell::text(spent.cost.map_or_else(
            || "unknown: the model's price is not known".to_owned(),
            dollars,
        )),
        Cell::text(each.and_then(|each| each.cost).map_or_else(dash, dollars)),
    ];
    Table {
        caption: "What was spent".to_owned(),
        columns: vec![
            Column::text("What").unsorted(),
            Column::number("In all").unsorted(),
            Column::number("For each accepted question").unsorted(),
        ],
        rows: vec![
            tokens(
                "Tokens read",
                spent.input_tokens,
                each.and_then(|each| each.input_tokens),
            ),
            tokens(
                "Tokens written",
                spent.output_tokens,
                each.and_then(|each| each.output_tokens),
            ),
            cost,
        ],
    }
}
