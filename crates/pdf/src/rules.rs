//! Lines that are drawn on a page: rules and borders of tables.

use pdf_oxide::elements::{PathContent, PathOperation};
use std::cell::OnceCell;

/// Lines, in the page's own directions.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Rules {
    /// Height, left end and right end.
    horizontal: Vec<(f32, f32, f32)>,
    /// Place, lower end and upper end.
    vertical: Vec<(f32, f32, f32)>,
}

/// A line that is drawn across or up.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Segment {
    /// Its height, or its distance from the left.
    pub(crate) at: f32,
    /// Its left or lower end.
    pub(crate) from: f32,
    /// Its right or upper end.
    pub(crate) to: f32,
}

impl From<&(f32, f32, f32)> for Segment {
    fn from(&(at, from, to): &(f32, f32, f32)) -> Self {
        Self { at, from, to }
    }
}

/// Lines that are drawn on a page, found when they are first asked for.
pub(crate) struct Drawn<'a> {
    find: &'a dyn Fn() -> Rules,
    found: OnceCell<Rules>,
}

impl<'a> Drawn<'a> {
    pub(crate) fn new(find: &'a dyn Fn() -> Rules) -> Self {
        Self {
            find,
            found: OnceCell::new(),
        }
    }

    pub(crate) fn rules(&self) -> &Rules {
        self.found.get_or_init(self.find)
    }
}

/// No shorter line is looked at, in points.
const MIN_LENGTH: f32 = 8.0;
/// Ends and heights of one line differ by so much.
const SAME: f32 = 1.5;
/// No more lines of a page are looked at: a map has any number.
const MAX_LINES: usize = 5_000;

impl Rules {
    pub(crate) fn of(paths: &[PathContent]) -> Self {
        let mut rules = Self::default();
        for path in paths {
            rules.add(path);
        }
        rules
    }

    fn add(&mut self, path: &PathContent) {
        let mut at: Option<(f32, f32)> = None;
        for operation in &path.operations {
            match *operation {
                PathOperation::MoveTo(x, y) => at = Some((x, y)),
                PathOperation::LineTo(x, y) => {
                    if let Some((from, height)) =
                        at.filter(|&(_, height)| (height - y).abs() <= SAME)
                    {
                        self.line(height, from, x);
                    }
                    if let Some((place, from)) = at.filter(|&(place, _)| (place - x).abs() <= SAME)
                    {
                        self.upright(place, from, y);
                    }
                    at = Some((x, y));
                }
                PathOperation::Rectangle(x, y, width, height) => {
                    self.line(y, x, x + width);
                    self.line(y + height, x, x + width);
                    self.upright(x, y, y + height);
                    self.upright(x + width, y, y + height);
                }
                _ => at = None,
            }
        }
    }

    fn line(&mut self, height: f32, from: f32, to: f32) {
        let (left, right) = (from.min(to), from.max(to));
        let is_line = [height, left, right]
            .iter()
            .all(|number| number.is_finite())
            && right - left >= MIN_LENGTH;
        if is_line && self.horizontal.len() < MAX_LINES {
            self.horizontal.push((height, left, right));
        }
    }

    /// Boxes, each by its left, bottom, right and top.
    #[cfg(test)]
    pub(crate) fn of_boxes(boxes: &[[f32; 4]]) -> Self {
        let mut rules = Self::default();
        for &[left, bottom, right, top] in boxes {
            for height in [bottom, top] {
                rules.line(height, left, right);
            }
            for place in [left, right] {
                rules.upright(place, bottom, top);
            }
        }
        rules
    }

    fn upright(&mut self, place: f32, from: f32, to: f32) {
        let (bottom, top) = (from.min(to), from.max(to));
        let is_line = [place, bottom, top].iter().all(|number| number.is_finite())
            && top - bottom >= MIN_LENGTH;
        if is_line && self.vertical.len() < MAX_LINES {
            self.vertical.push((place, bottom, top));
        }
    }

    /// The lines that are drawn across, and those that are drawn up.
    pub(crate) fn segments(&self) -> (Vec<Segment>, Vec<Segment>) {
        let segments = |lines: &[(f32, f32, f32)]| lines.iter().map(Segment::from).collect();
        (segments(&self.horizontal), segments(&self.vertical))
    }

    /// True if lines up, `near` to a place, cover this share of what lies between two heights.
    pub(crate) fn has_vertical(
        &self,
        at: f32,
        bottom: f32,
        top: f32,
        near: f32,
        share: f32,
    ) -> bool {
        covers(&self.vertical, at, bottom, top, near, share)
    }

    /// The same of lines across.
    pub(crate) fn has_horizontal(
        &self,
        at: f32,
        left: f32,
        right: f32,
        near: f32,
        share: f32,
    ) -> bool {
        covers(&self.horizontal, at, left, right, near, share)
    }

    /// Heights, from the top, of lines that cover most of what lies between `left` and `right`, alone or together, and
    /// lie between `bottom` and `top`.
    pub(crate) fn across(&self, left: f32, right: f32, bottom: f32, top: f32) -> Vec<f32> {
        let mut within: Vec<(f32, f32, f32)> = self
            .horizontal
            .iter()
            .filter(|&&(height, from, to)| {
                height > bottom && height < top && from < right && to > left
            })
            .copied()
            .collect();
        within.sort_by(|a, b| b.0.total_cmp(&a.0));
        let same = within.chunk_by(|a, b| a.0 - b.0 <= SAME);
        same.filter(|lines| covered(lines, left, right) >= 0.6 * (right - left))
            .map(|lines| lines[0].0)
            .collect()
    }
}

fn covers(lines: &[(f32, f32, f32)], at: f32, from: f32, to: f32, near: f32, share: f32) -> bool {
    let is_there =
        |line: &&(f32, f32, f32)| (line.0 - at).abs() <= near && line.1 < to && line.2 > from;
    let lines: Vec<(f32, f32, f32)> = lines.iter().filter(is_there).copied().collect();
    covered(&lines, from, to) >= share * (to - from)
}

/// Length of what lines cover together.
fn covered(lines: &[(f32, f32, f32)], left: f32, right: f32) -> f32 {
    let mut ends: Vec<(f32, f32)> = lines
        .iter()
        .map(|&(_, from, to)| (from.max(left), to.min(right)))
        .collect();
    ends.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut covered, mut reached) = (0.0, left);
    for (from, to) in ends {
        covered += (to - from.max(reached)).max(0.0);
        reached = reached.max(to);
    }
    covered
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_of_a_line_count_together() {
        let mut rules = Rules::default();
        for (height, from, to) in [
            (100.0, 0.0, 40.0),
            (100.5, 40.0, 100.0),
            (80.0, 0.0, 30.0),
            (60.0, 0.0, 100.0),
        ] {
            rules.line(height, from, to);
        }
        assert_eq!(rules.across(0.0, 100.0, 0.0, 200.0), [100.5, 60.0]);
        assert_eq!(rules.across(0.0, 100.0, 70.0, 200.0), [100.5]);
    }
}
