//! A strip of columns side by side: how much of each part of something is done.

use super::{across, of, picture, sums};
use crate::{Part, number};
use maud::{Markup, html};

/// Beyond so many, neighbours are drawn as one.
const MOST_DRAWN: usize = 200;
/// Pixels from bottom to top: alone, and in a line of other things.
const HEIGHT: usize = 64;
const HEIGHT_INLINE: usize = 16;

/// A part.
#[derive(Debug, Clone, PartialEq)]
pub struct StripCell {
    /// Label.
    pub label: String,
    /// Width in proportion to the others, from 0.
    pub weight: f64,
    /// Share that is done, from 0 to 1; `None` if there is nothing to do.
    pub share: Option<f64>,
}

/// Parts, in order. Its numbers belong into a table below it.
#[derive(Debug, Clone, Default)]
pub struct Strip {
    /// Title above the picture.
    pub title: String,
    /// The parts.
    pub cells: Vec<StripCell>,
}

impl Part for Strip {
    fn markup(&self) -> Markup {
        html! {
            figure {
                figcaption { (self.title) }
                (self.draw(HEIGHT))
                p.legend {
                    span { "full height: " (number::percent(Some(1.0))) }
                    span { span.key.missing {} " nothing done" }
                    span { span.key.nothing {} " nothing to do" }
                    @if self.cells.len() > MOST_DRAWN { span { "neighbours drawn as one" } }
                }
            }
        }
    }
}

impl Strip {
    /// As small as a line of text, without title and legend.
    pub fn inline(&self) -> impl Part {
        Inline(self.draw(HEIGHT_INLINE))
    }

    fn draw(&self, height: usize) -> Markup {
        let cells = self.drawn();
        let whole: f64 = cells.iter().map(|cell| cell.weight).sum();
        let shares = || cells.iter().map(|cell| of(cell.weight, whole));
        let content = html! {
            @for ((cell, start), share) in cells.iter().zip(sums(shares())).zip(shares()) {
                (cell.draw(start, share, height))
            }
            line.axis x1="0" x2="100%" y1=(height) y2=(height) {}
        };
        picture(&self.title, &self.words(), height + 1, &content)
    }

    /// The cells that are drawn: those of the strip, or neighbours as one.
    fn drawn(&self) -> Vec<StripCell> {
        let n_together = self.cells.len().div_ceil(MOST_DRAWN).max(1);
        self.cells
            .chunks(n_together)
            .map(StripCell::together)
            .collect()
    }

    fn words(&self) -> String {
        let n = |is: fn(Option<f64>) -> bool| {
            number::count(self.cells.iter().filter(|cell| is(cell.share)).count() as u64)
        };
        format!(
            "{} parts: {} whole, {} in part, {} not at all, {} with nothing to do",
            number::count(self.cells.len() as u64),
            n(|share| share.is_some_and(|share| share >= 1.0)),
            n(|share| share.is_some_and(|share| share > 0.0 && share < 1.0)),
            n(|share| share.is_some_and(|share| share <= 0.0)),
            n(|share| share.is_none()),
        )
    }
}

impl StripCell {
    /// A column as high as its share; a mark at the bottom where nothing is done; an outline where there is nothing to do.
    fn draw(&self, start: f64, share: f64, height: usize) -> Markup {
        let (x, width) = (across(start), across(share));
        let done = self
            .share
            .filter(|share| share.is_finite())
            .unwrap_or(0.0)
            .clamp(0.0, 1.0);
        let top = height - (done * height as f64).round() as usize;
        html! {
            g {
                title { (self.label) ": " (number::percent(self.share)) }
                @if self.share.is_none() {
                    rect.nothing x=(x) y="1" width=(width) height=(height - 1) {}
                } @else {
                    rect.track x=(x) y="0" width=(width) height=(height) {}
                    @if top == height {
                        rect.missing x=(x) y=(height - 4) width=(width) height="4" {}
                    } @else {
                        rect.bar x=(x) y=(top) width=(width) height=(height - top) {}
                    }
                }
            }
        }
    }

    /// Neighbours as one: what of all of them together is done.
    fn together(cells: &[Self]) -> Self {
        let [first, .., last] = cells else {
            return cells[0].clone();
        };
        let to_do = cells
            .iter()
            .filter_map(|cell| Some((cell.weight, cell.share?)));
        let (whole, done) = to_do.fold((0.0, 0.0), |(whole, done), (weight, share)| {
            (whole + weight, done + weight * share)
        });
        Self {
            label: format!("{} … {}", first.label, last.label),
            weight: cells.iter().map(|cell| cell.weight).sum(),
            share: (whole > 0.0).then(|| done / whole),
        }
    }
}

struct Inline(Markup);

impl Part for Inline {
    fn markup(&self) -> Markup {
        html! { div.inline { (self.0) } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::tests::lengths;

    fn strip(cells: &[(f64, Option<f64>)]) -> Strip {
        let cell = |&(weight, share): &(f64, Option<f64>)| StripCell {
            label: "<d>".to_owned(),
            weight,
            share,
        };
        Strip {
            title: "T".to_owned(),
            cells: cells.iter().map(cell).collect(),
        }
    }

    #[test]
    fn nothing_and_huge_weights_are_drawn() {
        for cells in [
            &[][..],
            &[(0.0, None)],
            &[(1e300, Some(2.0)), (1.0, Some(-1.0)), (0.0, Some(f64::NAN))],
        ] {
            lengths(&strip(cells).markup().into_string());
        }
    }

    #[test]
    fn done_not_done_and_nothing_to_do_look_different() {
        let html = strip(&[(1.0, Some(0.5)), (1.0, Some(0.0)), (2.0, None)])
            .markup()
            .into_string();
        assert!(
            html.contains(r#"<rect class="bar" x="0%" y="32" width="25%" height="32">"#),
            "{html}"
        );
        assert!(
            html.contains(r#"<rect class="missing" x="25%" y="60""#),
            "{html}"
        );
        assert!(
            html.contains(r#"<rect class="nothing" x="50%" y="1" width="50%""#),
            "{html}"
        );
        assert!(
            html.contains("3 parts: 0 whole, 1 in part, 1 not at all, 1 with nothing to do"),
            "{html}"
        );
        assert!(!html.contains("<d>"));
    }

    #[test]
    fn many_neighbours_are_drawn_as_one() {
        let many = strip(&vec![(1.0, Some(0.25)); 10 * MOST_DRAWN + 1]);
        let drawn = many.drawn();
        assert!(drawn.len() <= MOST_DRAWN, "{}", drawn.len());
        assert!(drawn.iter().all(|cell| cell.share == Some(0.25)));
        assert_eq!(
            drawn.iter().map(|cell| cell.weight).sum::<f64>(),
            (10 * MOST_DRAWN + 1) as f64
        );
        assert!(
            many.markup()
                .into_string()
                .contains("neighbours drawn as one")
        );
    }
}
