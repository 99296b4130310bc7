//! Bars beside each other, the longest across the whole width.

use super::{across, figure, fitted, of, picture};
use crate::{Cell, Column, Part, Table};
use maud::{Markup, html};

/// Pixels from one bar to the next.
const STEP: usize = 38;

/// One bar.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    /// Label.
    pub label: String,
    /// Length, from 0.
    pub value: f64,
    /// The number as it is written.
    pub shown: String,
}

/// Bars, the first one on top.
#[derive(Debug, Clone, Default)]
pub struct Bars {
    /// Title above the picture.
    pub title: String,
    /// The bars.
    pub bars: Vec<Bar>,
}

impl Part for Bars {
    fn markup(&self) -> Markup {
        let longest = self
            .bars
            .iter()
            .map(|bar| bar.value)
            .filter(|value| value.is_finite())
            .fold(0.0, f64::max);
        let content = html! {
            @for (index, bar) in self.bars.iter().enumerate() {
                text x="0" y=(STEP * index + 14) { (fitted(&bar.label)) title { (bar.label) } }
                text.end x="100%" y=(STEP * index + 14) { (bar.shown) }
                rect.track x="0" y=(STEP * index + 20) width="100%" height="10" {}
                rect.bar x="0" y=(STEP * index + 20) width=(across(of(bar.value, longest))) height="10" {}
            }
        };
        let words: Vec<String> = self
            .bars
            .iter()
            .map(|bar| format!("{} {}", bar.label, bar.shown))
            .collect();
        let picture = picture(
            &self.title,
            &words.join("; "),
            STEP * self.bars.len(),
            &content,
        );
        figure(&self.title, &picture, &self.table())
    }
}

impl Bars {
    fn table(&self) -> Table {
        Table {
            caption: self.title.clone(),
            columns: vec![Column::text("what"), Column::number("how many")],
            rows: self
                .bars
                .iter()
                .map(|bar| vec![Cell::text(&bar.label), Cell::number(bar.value, &bar.shown)])
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::tests::lengths;

    fn bars(values: &[f64]) -> String {
        let bar = |value: &f64| Bar {
            label: "<a>".to_owned(),
            value: *value,
            shown: value.to_string(),
        };
        Bars {
            title: "T".to_owned(),
            bars: values.iter().map(bar).collect(),
        }
        .markup()
        .into_string()
    }

    #[test]
    fn zero_huge_and_no_numbers_are_drawn() {
        for values in [
            &[0.0, 0.0][..],
            &[1e300, 1.0],
            &[f64::INFINITY, f64::NAN, 3.0],
            &[],
        ] {
            lengths(&bars(values));
        }
        assert!(bars(&[2.0, 1.0]).contains(r#"width="50%""#));
    }

    #[test]
    fn a_label_is_text() {
        assert!(!bars(&[1.0]).contains("<a>"));
    }
}
