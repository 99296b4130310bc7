//! Shares with their intervals beside what chance gives.

use super::{across, figure, fitted, picture};
use crate::{Cell, Column, Part, Table, number};
use maud::{Markup, html};

/// Pixels from one share to the next.
const STEP: usize = 46;
/// Pixels for what is written under the picture.
const AXIS: usize = 22;

/// A share that was measured.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// Label.
    pub label: String,
    /// The share, from 0 to 1; `None` if nothing was counted.
    pub share: Option<f64>,
    /// Interval of the true share.
    pub interval: Option<(f64, f64)>,
    /// Of how many.
    pub n: u64,
    /// Verdict where it is not as it should be: `above chance`.
    pub alarm: Option<String>,
}

/// Shares, the first one on top.
#[derive(Debug, Clone)]
pub struct AgainstChance {
    /// Title above the picture.
    pub title: String,
    /// Share by chance, from 0 to 1.
    pub chance: f64,
    /// Confidence of the intervals, from 0 to 1.
    pub confidence: f64,
    /// The shares.
    pub shares: Vec<Measured>,
}

impl Part for AgainstChance {
    fn markup(&self) -> Markup {
        let bottom = STEP * self.shares.len();
        let chance = across(self.chance);
        let content = html! {
            @for (index, measured) in self.shares.iter().enumerate() { (measured.draw(STEP * index, &chance)) }
            // No room for both where chance is near an end.
            @if self.chance > 0.2 { text.quiet x="0" y=(bottom + 15) { "0 %" } }
            text.quiet.middle[self.chance > 0.2] x=(chance) y=(bottom + 15) {
                "chance " (number::percent(Some(self.chance)))
            }
            @if self.chance < 0.7 { text.quiet.end x="100%" y=(bottom + 15) { "100 %" } }
        };
        let words: Vec<String> = self
            .shares
            .iter()
            .map(|measured| format!("{}: {}", measured.label, measured.words()))
            .collect();
        let description = format!(
            "Chance gives {}. {}.",
            number::percent(Some(self.chance)),
            words.join("; ")
        );
        let picture = picture(&self.title, &description, bottom + AXIS, &content);
        figure(&self.title, &picture, &self.table())
    }
}

impl Measured {
    /// The chance is where it says, across.
    fn draw(&self, top: usize, chance: &str) -> Markup {
        let middle = top + 30;
        html! {
            text x="0" y=(top + 14) { (fitted(&self.label)) title { (self.label) } }
            text.end.alarm[self.alarm.is_some()] x="100%" y=(top + 14) {
                (self.share.map_or_else(|| "nothing to count".to_owned(), |share| number::percent(Some(share))))
                @if let Some(alarm) = &self.alarm { " ▲ " (alarm) }
            }
            line.axis x1="0" x2="100%" y1=(middle) y2=(middle) {}
            line.chance x1=(chance) x2=(chance) y1=(middle - 11) y2=(middle + 11) {}
            @if let Some((low, high)) = self.interval {
                line.interval x1=(across(low)) x2=(across(high)) y1=(middle) y2=(middle) {}
                @for end in [low, high] {
                    line.interval x1=(across(end)) x2=(across(end)) y1=(middle - 5) y2=(middle + 5) {}
                }
            }
            @if let Some(share) = self.share {
                @if self.alarm.is_some() {
                    svg.whole x=(across(share)) y=(middle) { path.dot.alarm d="M0-8 8 0 0 8-8 0z" {} }
                } @else {
                    circle.dot cx=(across(share)) cy=(middle) r="6" {}
                }
            }
        }
    }

    fn words(&self) -> String {
        let share = number::percent(self.share);
        let alarm = self
            .alarm
            .as_ref()
            .map(|alarm| format!(", {alarm}"))
            .unwrap_or_default();
        format!(
            "{share} of {}{}{alarm}",
            number::count(self.n),
            self.interval_words()
                .map(|words| format!(" ({words})"))
                .unwrap_or_default()
        )
    }

    fn interval_words(&self) -> Option<String> {
        let (low, high) = self.interval?;
        Some(format!(
            "{} to {}",
            number::percent(Some(low)),
            number::percent(Some(high))
        ))
    }
}

impl AgainstChance {
    fn table(&self) -> Table {
        let interval = format!("{:.0} % interval", 100.0 * self.confidence);
        let row = |measured: &Measured| {
            vec![
                Cell::text(&measured.label),
                Cell::count(measured.n),
                Cell::share(measured.share),
                Cell::text(measured.interval_words().unwrap_or_else(number::dash)),
                Cell::share(Some(self.chance)),
                Cell::text(measured.alarm.clone().unwrap_or_else(number::dash)),
            ]
        };
        Table {
            caption: self.title.clone(),
            columns: vec![
                Column::text("what"),
                Column::number("of"),
                Column::number("share"),
                Column::text(&interval),
                Column::number("chance"),
                Column::text("alarm"),
            ],
            rows: self.shares.iter().map(row).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::tests::lengths;

    fn chart(share: Option<f64>, interval: Option<(f64, f64)>, alarm: Option<&str>) -> String {
        let alarm = alarm.map(str::to_owned);
        let shares = vec![Measured {
            label: "<l>".to_owned(),
            share,
            interval,
            n: u64::MAX,
            alarm,
        }];
        AgainstChance {
            title: "T".to_owned(),
            chance: 0.25,
            confidence: 0.95,
            shares,
        }
        .markup()
        .into_string()
    }

    #[test]
    fn an_alarm_is_a_shape_and_words() {
        let quiet = chart(Some(0.2), Some((0.1, 0.3)), None);
        let loud = chart(Some(0.5), Some((0.4, 0.6)), Some("above chance"));
        assert!(
            quiet.contains("<circle") && !quiet.contains("<path"),
            "{quiet}"
        );
        assert!(
            loud.contains("<path") && loud.contains("▲ above chance") && !loud.contains("<circle"),
            "{loud}"
        );
        assert!(
            loud.contains(
                "50.0\u{202f}% of 18,446,744,073,709,551,615 (40.0\u{202f}% to 60.0\u{202f}%)"
            ),
            "{loud}"
        );
    }

    #[test]
    fn what_was_not_counted_is_said_and_not_drawn() {
        let html = chart(None, None, None);
        assert!(
            html.contains("nothing to count")
                && !html.contains("<circle")
                && !html.contains("0.0\u{202f}% of"),
            "{html}"
        );
        lengths(&html);
        lengths(&chart(Some(f64::NAN), Some((-1.0, f64::INFINITY)), None));
    }
}
