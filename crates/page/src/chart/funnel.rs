//! From many to few: what each step leaves, and why the others were lost.

use super::{across, figure, fitted, of, picture, sums};
use crate::{Cell, Column, Part, Table, number};
use maud::{Markup, html};

/// Pixels for a step, and for each of its losses.
const STEP: usize = 40;
const LOSS: usize = 20;

/// A step: what is left of the one before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Label of what is left.
    pub label: String,
    /// Number.
    pub n: u64,
    /// Losses, by reason.
    pub losses: Vec<Loss>,
}

/// Loss of a step for one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    /// The reason.
    pub reason: String,
    /// Number.
    pub n: u64,
}

/// Steps that count the same things, from all of them on.
#[derive(Debug, Clone, Default)]
pub struct Funnel {
    /// Title above the picture.
    pub title: String,
    /// The steps.
    pub steps: Vec<Step>,
}

impl Part for Funnel {
    fn markup(&self) -> Markup {
        let all = self.steps.iter().map(|step| step.n).max().unwrap_or(0);
        let tops = sums(self.steps.iter().map(Step::height));
        let before = [None]
            .into_iter()
            .chain(self.steps.iter().map(|step| Some(step.n)));
        let content = html! {
            @for ((step, top), before) in self.steps.iter().zip(tops).zip(before) { (step.draw(top, before, all)) }
        };
        let height = self.steps.iter().map(Step::height).sum();
        let picture = picture(&self.title, &self.words(), height, &content);
        figure(&self.title, &picture, &self.table())
    }
}

impl Step {
    fn height(&self) -> usize {
        STEP + LOSS * self.losses.len()
    }

    /// A bar for what is left, an outline for what was lost since the step before, and a line for each reason.
    fn draw(&self, top: usize, before: Option<u64>, all: u64) -> Markup {
        let share = |n: u64| of(n as f64, all as f64);
        let bar = top + LOSS * self.losses.len();
        let lost = before.unwrap_or(self.n).saturating_sub(self.n);
        html! {
            @for (index, loss) in self.losses.iter().enumerate() {
                text.quiet x="14" y=(top + LOSS * index + 12) { "− " (number::count(loss.n)) " " (fitted(&loss.reason)) title { (loss.reason) } }
            }
            text.strong x="0" y=(bar + 14) { (fitted(&self.label)) title { (self.label) } }
            text.strong.end x="100%" y=(bar + 14) { (number::count(self.n)) }
            @if lost > 0 {
                rect.lost x=(across(share(self.n))) y=(bar + 20) width=(across(share(lost))) height="10" {}
            }
            rect.bar x="0" y=(bar + 20) width=(across(share(self.n))) height="10" {}
        }
    }
}

impl Funnel {
    fn words(&self) -> String {
        let step = |step: &Step| {
            let losses: Vec<String> = step
                .losses
                .iter()
                .map(|loss| format!("{} {}", number::count(loss.n), loss.reason))
                .collect();
            let lost = if losses.is_empty() {
                String::new()
            } else {
                format!(" (without {})", losses.join(", "))
            };
            format!("{}: {}{lost}", step.label, number::count(step.n))
        };
        self.steps.iter().map(step).collect::<Vec<_>>().join("; ")
    }

    fn table(&self) -> Table {
        let rows = self.steps.iter().flat_map(|step| {
            let losses = step.losses.iter().map(|loss| {
                vec![
                    Cell::text(format!("lost: {}", loss.reason)),
                    Cell::text("− ".to_owned() + &number::count(loss.n)),
                ]
            });
            losses.chain([vec![Cell::text(&step.label), Cell::count(step.n)]])
        });
        Table {
            caption: self.title.clone(),
            columns: vec![
                Column::text("step").unsorted(),
                Column::number("how many").unsorted(),
            ],
            rows: rows.collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::tests::lengths;

    fn funnel(ns: &[u64]) -> String {
        let steps = ns.iter().enumerate().map(|(index, &n)| Step {
            label: "<s>".to_owned(),
            n,
            losses: if index == 0 {
                vec![]
            } else {
                vec![Loss {
                    reason: "<r>".to_owned(),
                    n: ns[index - 1] - n,
                }]
            },
        });
        Funnel {
            title: "T".to_owned(),
            steps: steps.collect(),
        }
        .markup()
        .into_string()
    }

    #[test]
    fn nothing_and_huge_numbers_are_drawn() {
        for ns in [&[0, 0][..], &[u64::MAX, 1, 0], &[]] {
            lengths(&funnel(ns));
        }
    }

    #[test]
    fn what_was_lost_is_beside_what_is_left() {
        let html = funnel(&[8, 6]);
        assert!(
            html.contains(r#"<rect class="lost" x="75%" y="80" width="25%""#),
            "{html}"
        );
        assert!(
            html.contains("− 2 &lt;r&gt;") && !html.contains("<r>"),
            "{html}"
        );
    }
}
