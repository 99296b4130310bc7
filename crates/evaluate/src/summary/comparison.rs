//! Several models and tasks side by side, each task by its headline metric.

use super::{MetricSummary, RunSummary, SummaryTable};
use std::cmp::Ordering;

/// One row a run, task by task, the best first, with a sentence where an interval holds chance or another model's number.
pub fn comparison(runs: &[RunSummary]) -> SummaryTable {
    let mut table = SummaryTable {
        columns: vec![
            "model",
            "task",
            "metric",
            "value",
            "interval",
            "correct",
            "chance",
            "corrected",
        ],
        ..SummaryTable::default()
    };
    for task in tasks(runs) {
        let ranked = ranked(runs, task);
        let Some(name) = ranked.first().map(|run| run.headline().name.clone()) else {
            continue;
        };
        table.facts.push(("headline", headline_fact(task, &ranked)));
        table.rows.extend(ranked.iter().map(|run| row(run, &name)));
        table.facts.extend(doubts(&ranked, &name));
        for metric in ranked[0].metrics.iter().skip(1) {
            let rows = ranked.iter().map(|run| row(run, &metric.name));
            table.rest.extend(rows);
        }
    }
    table
}

/// The tasks, in the order of their first runs.
fn tasks(runs: &[RunSummary]) -> Vec<&str> {
    let mut tasks: Vec<&str> = Vec::new();
    for run in runs {
        if !tasks.contains(&run.task.as_str()) {
            tasks.push(&run.task);
        }
    }
    tasks
}

/// The runs of a task, the best by its headline first.
fn ranked<'a>(runs: &'a [RunSummary], task: &str) -> Vec<&'a RunSummary> {
    let mut runs: Vec<&RunSummary> = runs.iter().filter(|run| run.task == task).collect();
    let Some(name) = runs.first().map(|run| run.headline().name.clone()) else {
        return runs;
    };
    let key = |run: &RunSummary| {
        let metric = find(run, &name)?;
        let sign = if metric.higher_is_better { 1.0 } else { -1.0 };
        metric.value.map(|value| sign * value)
    };
    runs.sort_by(|a, b| key(b).partial_cmp(&key(a)).unwrap_or(Ordering::Equal));
    runs
}

fn find<'a>(run: &'a RunSummary, name: &str) -> Option<&'a MetricSummary> {
    run.metrics.iter().find(|metric| metric.name == name)
}

fn headline_fact(task: &str, ranked: &[&RunSummary]) -> String {
    format!("{task}: {}", ranked[0].headline_words())
}

fn row(run: &RunSummary, name: &str) -> Vec<String> {
    let (model, task) = (run.model.clone(), run.task.clone());
    let cells = find(run, name).map(|metric| run.row(metric));
    [model, task]
        .into_iter()
        .chain(cells.into_iter().flatten())
        .collect()
}

/// Sentences where an interval does not tell a run from guessing or from another one.
fn doubts(ranked: &[&RunSummary], name: &str) -> Vec<(&'static str, String)> {
    let mut sentences: Vec<String> = Vec::new();
    for run in ranked {
        if let Some(sentence) = find(run, name).and_then(MetricSummary::doubts_chance) {
            sentences.push(format!("{}: {sentence}", run.model));
        }
    }
    for (index, run) in ranked.iter().enumerate() {
        let holds = |one: &RunSummary, other: &RunSummary| {
            let interval = find(one, name).and_then(|metric| metric.interval);
            let value = find(other, name).and_then(|metric| metric.value);
            interval
                .zip(value)
                .is_some_and(|(interval, value)| interval.contains(value))
        };
        let better = ranked[..index].iter();
        let alike: Vec<&str> = better
            .filter(|better| holds(run, better) || holds(better, run))
            .map(|better| better.model.as_str())
            .collect();
        if !alike.is_empty() {
            sentences.push(format!(
                "{} is not told apart from {}: an interval holds the other's number",
                run.model,
                alike.join(", ")
            ));
        }
    }
    let named = sentences.into_iter().map(|sentence| ("note", sentence));
    named.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use examen_statistics::{Confidence, wilson};

    fn run(model: &str, task: &str, n_correct: u64) -> RunSummary {
        let value = Some(n_correct as f64 / 100.0);
        let metric = |name: &str| MetricSummary {
            name: name.to_owned(),
            n: 100,
            n_correct: Some(n_correct),
            value,
            accuracy: value,
            chance: Some(0.25),
            higher_is_better: true,
            interval: wilson(n_correct, 100, Confidence::P95),
            ..MetricSummary::default()
        };
        RunSummary {
            model: model.to_owned(),
            task: task.to_owned(),
            n_scored: 100,
            metrics: vec![metric("acc"), metric("acc_norm")],
            ..RunSummary::default()
        }
    }

    fn notes(table: &SummaryTable) -> Vec<&str> {
        let notes = table.facts.iter().filter(|(name, _)| *name == "note");
        notes.map(|(_, text)| text.as_str()).collect()
    }

    #[test]
    fn the_best_comes_first_and_doubts_are_told() {
        let runs = [
            run("low", "t|0", 27),
            run("high", "t|0", 80),
            run("near", "t|0", 75),
        ];
        let table = comparison(&runs);
        let models: Vec<_> = table.rows.iter().map(|row| row[0].as_str()).collect();
        assert_eq!(models, ["high", "near", "low"]);
        assert_eq!(
            notes(&table),
            [
                "low: the interval holds chance (0.2500): it may be guessing",
                "near is not told apart from high: an interval holds the other's number",
            ]
        );
    }

    #[test]
    fn each_task_has_its_rows_and_one_headline_and_the_rest_is_below() {
        let runs = [
            run("a", "x|0", 40),
            run("a", "y|0", 50),
            run("b", "x|0", 90),
        ];
        let table = comparison(&runs);
        let cells = |rows: &[Vec<String>]| -> Vec<_> {
            rows.iter().map(|row| row[..3].join(" ")).collect()
        };
        assert_eq!(cells(&table.rows), ["b x|0 acc", "a x|0 acc", "a y|0 acc"]);
        assert_eq!(
            cells(&table.rest),
            ["b x|0 acc_norm", "a x|0 acc_norm", "a y|0 acc_norm"]
        );
        let headlines = table.facts.iter().filter(|(name, _)| *name == "headline");
        assert_eq!(headlines.count(), 2);
        assert_eq!(notes(&table), Vec::<&str>::new());
    }

    #[test]
    fn the_least_comes_first_where_less_is_better() {
        let runs = [run("more", "t|0", 80), run("less", "t|0", 10)].map(|mut run| {
            run.metrics[0].higher_is_better = false;
            run.metrics[0].n_correct = None;
            run
        });
        let table = comparison(&runs);
        let models: Vec<_> = table.rows.iter().map(|row| row[0].as_str()).collect();
        assert_eq!(models, ["less", "more"]);
    }
}
