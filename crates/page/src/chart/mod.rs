//! Charts as inline SVG. Places across are in percent and letters in pixels, so that a chart fills any width and can be
//! read at all of them. Each says what it shows in a title and a description, and has its numbers in a table below it;
//! what colour says, shape or words say too.

mod against_chance;
mod bars;
mod funnel;
mod strip;

pub use against_chance::{AgainstChance, Measured};
pub use bars::{Bar, Bars};
pub use funnel::{Funnel, Loss, Step};
pub use strip::{Strip, StripCell};

use crate::{Part, Table, section::Folded};
use maud::{Markup, html};
use std::ops::Add;

/// Letters across the whole width of a narrow page.
const MOST_LETTERS: usize = 40;

/// A share of the width as SVG takes it: within the picture whatever the number is.
fn across(share: f64) -> String {
    let percent = if share.is_finite() {
        (100.0 * share).clamp(0.0, 100.0)
    } else {
        0.0
    };
    // Two decimals are a tenth of a pixel; zeros at the end only make files larger.
    let shown = format!("{percent:.2}");
    format!("{}%", shown.trim_end_matches('0').trim_end_matches('.'))
}

/// `value` as a share of `whole`; 0 of nothing.
fn of(value: f64, whole: f64) -> f64 {
    if whole > 0.0 { value / whole } else { 0.0 }
}

/// The sum of all before it, for each.
fn sums<T: Copy + Default + Add<Output = T>>(
    values: impl Iterator<Item = T>,
) -> impl Iterator<Item = T> {
    values.scan(T::default(), |sum, value| {
        let before = *sum;
        *sum = before + value;
        Some(before)
    })
}

/// A text that fits into a line, with an ellipsis for what does not.
fn fitted(text: &str) -> String {
    if text.chars().count() <= MOST_LETTERS {
        return text.to_owned();
    }
    let kept: String = text.chars().take(MOST_LETTERS - 1).collect();
    format!("{}…", kept.trim_end())
}

/// A picture of that height in pixels, for those who see it and those who do not.
fn picture(title: &str, description: &str, height: usize, content: &Markup) -> Markup {
    html! {
        svg role="img" width="100%" height=(height) {
            title { (title) }
            desc { (description) }
            (content)
        }
    }
}

/// A picture with its title above and its numbers below.
fn figure(title: &str, picture: &Markup, numbers: &Table) -> Markup {
    html! {
        figure {
            figcaption { (title) }
            (picture)
            (Folded { summary: "As a table".to_owned(), part: numbers }.markup())
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Every number of a picture that is a position or a length; panics at what is none.
    pub(crate) fn lengths(html: &str) -> Vec<f64> {
        let names = [
            "x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "width", "height",
        ];
        let attributes = html
            .split(['<', '>', ' '])
            .filter_map(|attribute| attribute.split_once("=\""));
        let values = attributes
            .filter(|(name, _)| names.contains(name))
            .map(|(_, value)| {
                let value = value.trim_end_matches(['"', '%']);
                value
                    .parse::<f64>()
                    .unwrap_or_else(|_| panic!("`{value}` in {html}"))
            });
        values
            .inspect(|value| assert!(value.is_finite() && *value >= 0.0, "{value} in {html}"))
            .collect()
    }

    proptest! {
        #[test]
        fn any_number_has_its_place_in_the_picture(share in prop::num::f64::ANY) {
            let value: f64 = across(share).trim_end_matches('%').parse().unwrap();
            prop_assert!((0.0..=100.0).contains(&value));
        }
    }

    #[test]
    fn places_are_short() {
        assert_eq!(
            [0.0, 1.0, 0.5, 1.0 / 3.0, f64::NAN, 2.0].map(across),
            ["0%", "100%", "50%", "33.33%", "0%", "100%"]
        );
    }

    #[test]
    fn long_labels_are_cut() {
        let long = "ñ".repeat(50);
        assert_eq!(fitted(&long).chars().count(), MOST_LETTERS);
        assert_eq!(fitted("short"), "short");
    }
}
