//! Headers, footers and page numbers: lines at the top or bottom of pages that repeat, but for their digits, at the same
//! height of three pages or more; and lines there that hold a number which grows with the pages.

use crate::layout::Line;
use std::collections::HashMap;

/// So many lines at the top and as many at the bottom of a page are looked at.
const EDGE_LINES: usize = 2;
/// On so many pages a line must be found again.
const MIN_PAGES: usize = 3;
/// No such line is longer, in characters.
const MAX_CHARS: usize = 160;
/// Heights differ by so many points at most.
const SAME_HEIGHT: f32 = 4.0;

/// A line at an edge.
struct Edge {
    page: usize,
    line: usize,
    y: f32,
    /// The text in lower case, digits as `#`.
    shape: String,
    /// Differences of the line's first and last number to the page's.
    offsets: Vec<i64>,
}

/// Finds these lines: the page and the line of each, in order.
pub(crate) fn find(pages: &[Vec<Line>]) -> Vec<(usize, usize)> {
    let edges: Vec<Edge> = pages
        .iter()
        .enumerate()
        .flat_map(|(page, lines)| edges(page, lines))
        .collect();
    let mut by_shape: HashMap<&str, Vec<&Edge>> = HashMap::new();
    let mut by_offset: HashMap<i64, Vec<&Edge>> = HashMap::new();
    for edge in &edges {
        by_shape.entry(&edge.shape).or_default().push(edge);
        edge.offsets
            .iter()
            .for_each(|&offset| by_offset.entry(offset).or_default().push(edge));
    }
    let n_beside = |edge: &Edge, others: &[&Edge]| {
        others
            .iter()
            .filter(|other| (other.y - edge.y).abs() <= SAME_HEIGHT)
            .count()
    };
    let repeats = |edge: &Edge| n_beside(edge, &by_shape[edge.shape.as_str()]) >= MIN_PAGES;
    // Numbers that grow with the pages are page numbers if most pages have one.
    let counts = |edge: &Edge| {
        let n_in_step = edge
            .offsets
            .iter()
            .map(|offset| n_beside(edge, &by_offset[offset]))
            .max()
            .unwrap_or_default();
        n_in_step >= MIN_PAGES && n_in_step * 2 > pages.len()
    };
    let mut found: Vec<(usize, usize)> = edges
        .iter()
        .filter(|edge| repeats(edge) || counts(edge))
        .map(|edge| (edge.page, edge.line))
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

fn edges(page: usize, lines: &[Line]) -> Vec<Edge> {
    let mut by_height: Vec<usize> = (0..lines.len()).collect();
    by_height.sort_by(|&a, &b| lines[b].y.total_cmp(&lines[a].y));
    let bottom = by_height
        .len()
        .saturating_sub(EDGE_LINES)
        .max(EDGE_LINES.min(by_height.len()));
    let at_edges = by_height
        .iter()
        .take(EDGE_LINES)
        .chain(&by_height[bottom..]);
    let short = at_edges
        .filter(|&&line| !lines[line].is_of_table && lines[line].text.chars().count() <= MAX_CHARS);
    short.map(|&line| edge(page, line, &lines[line])).collect()
}

fn edge(page: usize, number: usize, line: &Line) -> Edge {
    let text = line.text.trim().to_lowercase();
    let is_roman = !text.is_empty() && text.chars().all(|c| "ivxlcdm".contains(c));
    let mut shape = String::new();
    for c in text.chars() {
        match c.is_ascii_digit() {
            false => shape.push(c),
            true if shape.ends_with('#') => {}
            true => shape.push('#'),
        }
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    let ends = [words.first(), words.last()].into_iter().flatten();
    let mut offsets: Vec<i64> = ends
        .filter_map(|word| {
            word.trim_matches(|c: char| !c.is_alphanumeric())
                .parse::<u32>()
                .ok()
        })
        .map(|number| i64::from(number) - page as i64)
        .collect();
    offsets.dedup();
    Edge {
        page,
        line: number,
        y: line.y,
        shape: if is_roman { "#".to_owned() } else { shape },
        offsets,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pdf::tests::page;

    #[test]
    fn repeated_lines_and_page_numbers_go() {
        let pages: Vec<Vec<Line>> = ["Alpha", "Beta", "Gamma", "Delta"]
            .iter()
            .enumerate()
            .map(|(n, chapter)| {
                let number = format!("{chapter} {}", n + 7);
                page(
                    n,
                    &[
                        "A Book of Letters",
                        &format!("About {chapter}."),
                        &format!("{chapter} is a letter."),
                        &number,
                    ],
                )
            })
            .collect();
        let edges = (0..4).flat_map(|page| [(page, 0), (page, 3)]);
        assert_eq!(find(&pages), edges.collect::<Vec<_>>());
    }

    #[test]
    fn what_does_not_repeat_stays() {
        let pages = vec![
            page(0, &["One", "two."]),
            page(1, &["Three", "four."]),
            page(2, &[]),
            page(3, &["1984"]),
        ];
        assert_eq!(find(&pages), []);
    }
}
