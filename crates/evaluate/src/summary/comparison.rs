//! Several models side by side, by the headline metric.

use super::{MetricSummary, RunSummary, SummaryTable};

/// One row a run, the best first, with sentences where an interval holds chance or the best model's number. The runs are of
/// one task and dataset; the metric is the first run's headline.
pub fn comparison(runs: &[RunSummary]) -> SummaryTable {
    let mut runs: Vec<&RunSummary> = runs.iter().collect();
    let metric = runs.first().map(|run| run.headline().name.clone());
    let metric = metric.unwrap_or_default();
    let key = |run: &RunSummary| {
        let metric = headline(run, &metric)?;
        metric.value.map(|value| {
            if metric.higher_is_better {
                value
            } else {
                -value
            }
        })
    };
    runs.sort_by(|a, b| {
        key(b)
            .partial_cmp(&key(a))
            .unwrap_or(std::cmp::Ordering::Equal)
    });
    let mut facts = vec![(
        "headline",
        format!("{metric}; the other metrics are in each run.json"),
    )];
    facts.extend(runs.iter().filter_map(|run| doubt(run, &runs, &metric)));
    SummaryTable {
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
        rows: runs.iter().map(|run| row(run, &metric)).collect(),
        facts,
    }
}

fn headline<'a>(run: &'a RunSummary, name: &str) -> Option<&'a MetricSummary> {
    run.metrics.iter().find(|metric| metric.name == name)
}

fn row(run: &RunSummary, name: &str) -> Vec<String> {
    let (model, task) = (run.model.clone(), run.task.clone());
    let cells = headline(run, name).map(|metric| run.row(metric));
    [model, task]
        .into_iter()
        .chain(cells.into_iter().flatten())
        .collect()
}

/// A sentence where the interval of a run does not tell it from guessing or from the best run.
fn doubt(run: &RunSummary, runs: &[&RunSummary], name: &str) -> Option<(&'static str, String)> {
    let metric = headline(run, name)?;
    let interval = metric.interval?;
    let holds_chance = metric
        .chance
        .is_some_and(|chance| interval.contains(chance));
    let best = runs.first().filter(|best| !std::ptr::eq(**best, run));
    let best = best.and_then(|best| Some((best, headline(best, name)?.value?)));
    let like_best = best.filter(|(_, accuracy)| interval.contains(*accuracy));
    let text = match (holds_chance, like_best) {
        (true, _) => format!(
            "the interval of {} holds chance: it may be guessing",
            run.model
        ),
        (false, Some((best, _))) => {
            format!(
                "the interval of {} holds the number of {}",
                run.model, best.model
            )
        }
        (false, None) => return None,
    };
    Some(("note", text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use examen_statistics::{Confidence, wilson};

    fn run(model: &str, n_correct: u64) -> RunSummary {
        let value = Some(n_correct as f64 / 100.0);
        let metric = MetricSummary {
            name: "acc".to_owned(),
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
            n_scored: 100,
            metrics: vec![metric],
            ..RunSummary::default()
        }
    }

    #[test]
    fn the_best_comes_first_and_doubts_are_told() {
        let table = comparison(&[run("low", 27), run("high", 80), run("near", 75)]);
        let models: Vec<_> = table.rows.iter().map(|row| row[0].as_str()).collect();
        assert_eq!(models, ["high", "near", "low"]);
        let doubts: Vec<_> = table.facts[1..]
            .iter()
            .map(|(_, text)| text.as_str())
            .collect();
        assert_eq!(
            doubts,
            [
                "the interval of near holds the number of high",
                "the interval of low holds chance: it may be guessing"
            ]
        );
    }

    #[test]
    fn the_least_comes_first_where_less_is_better() {
        let runs = [run("more", 80), run("less", 10)].map(|mut run| {
            run.metrics[0].higher_is_better = false;
            run.metrics[0].n_correct = None;
            run
        });
        let table = comparison(&runs);
        let models: Vec<_> = table.rows.iter().map(|row| row[0].as_str()).collect();
        assert_eq!(models, ["less", "more"]);
    }
}
