//! Translation edit rate as sacrebleu computes it, with Tercom's search for shifts.

use super::text::words;
use std::cmp::Reverse;

/// Longest run of words that is shifted at once.
const MAX_SHIFT_SIZE: usize = 10;
/// Farthest that words are shifted.
const MAX_SHIFT_DISTANCE: usize = 50;
/// Shifts that are tried for one pair of texts.
const MAX_CANDIDATES: usize = 1000;
/// Cells of the edit distance that are computed at each side of the diagonal.
const BEAM: usize = 25;
/// Words of the longest text that is measured. With the limits above it takes about a second.
const MAX_WORDS: usize = 5000;
const UNREACHED: u32 = u32::MAX / 2;

/// Counts of one reply, to be added up over a corpus: the fewest edits that turn it into a reference, and the mean length
/// of the references in words. Words are lower case and end at white space, sacrebleu's default. `None` without
/// references, and for a text of more than 5,000 words.
pub fn ter_counts(reply: &str, references: &[&str]) -> Option<[f64; 2]> {
    let lower = |text: &&str| {
        words(&text.to_lowercase())
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let (reply, references) = (
        lower(&reply),
        references.iter().map(lower).collect::<Vec<_>>(),
    );
    if references
        .iter()
        .chain([&reply])
        .any(|words| words.len() > MAX_WORDS)
    {
        return None;
    }
    let edits = references
        .iter()
        .map(|reference| edits(&reply, reference))
        .min()?;
    let length: usize = references.iter().map(Vec::len).sum();
    Some([f64::from(edits), length as f64 / references.len() as f64])
}

/// TER of summed [`ter_counts`] in percent: edits per word of the references; 0 is best, above 100 is possible. Source: M.
/// Snover et al., "A study of translation edit rate" (AMTA 2006); `TER` of sacrebleu.
///
/// ```
/// use examen_evaluate::measures::{ter, ter_counts};
/// // One shift of two words.
/// assert_eq!(ter(&ter_counts("on the mat sat a cat", &["a cat sat on the mat"]).unwrap()), 33.33333333333333);
/// ```
pub fn ter(counts: &[f64; 2]) -> f64 {
    match *counts {
        [edits, 0.0] if edits > 0.0 => 100.0,
        [_, 0.0] => 0.0,
        [edits, length] => 100.0 * (edits / length),
    }
}

fn edits(reply: &[String], reference: &[String]) -> u32 {
    if reference.is_empty() {
        return reply.len() as u32;
    }
    let mut words = reply.to_vec();
    let (mut n_shifts, mut n_tried) = (0, 0);
    loop {
        let shifted = best_shift(&words, reference, &mut n_tried);
        match shifted {
            Some(shifted) if n_tried < MAX_CANDIDATES => words = shifted,
            _ => return n_shifts + Alignment::of(&words, reference).cost,
        }
        n_shifts += 1;
    }
}

/// The words after the shift that saves most edits; `None` if none saves any.
fn best_shift(words: &[String], reference: &[String], n_tried: &mut usize) -> Option<Vec<String>> {
    let alignment = Alignment::of(words, reference);
    let mut best = None;
    for run in equal_runs(words, reference) {
        if alignment.forbids(run) {
            continue;
        }
        let Run {
            in_reply,
            in_reference,
            length,
        } = run;
        // In front of the run, and after each of its words.
        let after =
            (in_reference..in_reference + length).map(|index| alignment.of_reference.get(index));
        let before = in_reference
            .checked_sub(1)
            .map(|index| alignment.of_reference[index]);
        let targets = std::iter::once(before.map_or(0, |index| index + 1))
            .chain(after.map_while(|index| index.map(|index| index + 1)));
        let mut previous = None;
        for target in targets {
            let target = target as usize;
            if previous.replace(target) == Some(target) {
                continue;
            }
            let shifted = shift(words, in_reply, length, target);
            let cost = Alignment::of(&shifted, reference).cost;
            *n_tried += 1;
            // Tercom's order: the cheapest, then the longest run, then the earliest, then the nearest to the beginning.
            let rank = (Reverse(cost), length, Reverse(in_reply), Reverse(target));
            if best.as_ref().is_none_or(|(least, _)| rank > *least) {
                best = Some((rank, shifted));
            }
        }
        if *n_tried >= MAX_CANDIDATES {
            break;
        }
    }
    best.filter(|((Reverse(cost), ..), _)| *cost < alignment.cost)
        .map(|(_, shifted)| shifted)
}

/// A run of words that reply and reference have in common.
#[derive(Debug, Clone, Copy)]
struct Run {
    in_reply: usize,
    in_reference: usize,
    length: usize,
}

fn equal_runs<'a>(words: &'a [String], reference: &'a [String]) -> impl Iterator<Item = Run> + 'a {
    let pairs = (0..words.len()).flat_map(move |in_reply| {
        let first = in_reply.saturating_sub(MAX_SHIFT_DISTANCE);
        let last = reference.len().min(in_reply + MAX_SHIFT_DISTANCE + 1);
        (first..last).map(move |in_reference| (in_reply, in_reference))
    });
    pairs.flat_map(move |(in_reply, in_reference)| {
        let both = words[in_reply..].iter().zip(&reference[in_reference..]);
        let n = both
            .take(MAX_SHIFT_SIZE)
            .take_while(|(left, right)| left == right)
            .count();
        (1..=n).map(move |length| Run {
            in_reply,
            in_reference,
            length,
        })
    })
}

/// The words with those from `start` moved in front of `target`.
fn shift(words: &[String], start: usize, length: usize, target: usize) -> Vec<String> {
    let end = start + length;
    let parts = if target < start {
        [
            &words[..target],
            &words[start..end],
            &words[target..start],
            &words[end..],
        ]
    } else if target > end {
        [
            &words[..start],
            &words[end..target],
            &words[start..end],
            &words[target..],
        ]
    } else {
        let target = (length + target).min(words.len());
        [
            &words[..start],
            &words[end..target],
            &words[start..end],
            &words[target..],
        ]
    };
    parts.concat()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Edit {
    Keep,
    Substitute,
    Delete,
    Insert,
}

/// The cheapest way from the reply's words to the reference's.
struct Alignment {
    cost: u32,
    /// For each word of the reference the index of the reply's word that stands for it, or of the one before; −1 is none.
    of_reference: Vec<isize>,
    /// True for each word of the reply, and of the reference, that an edit touches.
    is_edited: (Vec<bool>, Vec<bool>),
}

impl Alignment {
    fn of(words: &[String], reference: &[String]) -> Self {
        let rows = Rows::of(words, reference);
        let mut alignment = Self {
            cost: rows.at(words.len(), reference.len()).0,
            of_reference: Vec::with_capacity(reference.len()),
            is_edited: (Vec::new(), Vec::new()),
        };
        let mut index = -1;
        for edit in rows.trace(words.len(), reference.len()) {
            let is_edited = edit != Edit::Keep;
            if edit != Edit::Insert {
                index += 1;
                alignment.is_edited.0.push(is_edited);
            }
            if edit != Edit::Delete {
                alignment.of_reference.push(index);
                alignment.is_edited.1.push(is_edited);
            }
        }
        alignment
    }

    /// True for a run that is right where it is, in one of the texts, and for a shift within the run itself.
    fn forbids(&self, run: Run) -> bool {
        let Run {
            in_reply,
            in_reference,
            length,
        } = run;
        let is_right =
            |edited: &[bool], start: usize| !edited[start..start + length].contains(&true);
        let aligned = self.of_reference[in_reference];
        is_right(&self.is_edited.0, in_reply)
            || is_right(&self.is_edited.1, in_reference)
            || (in_reply as isize..(in_reply + length) as isize).contains(&aligned)
    }
}

/// The matrix of edit distances, as far as the beam reaches: each row with its first column.
struct Rows(Vec<(usize, Vec<(u32, Edit)>)>);

impl Rows {
    fn of(words: &[String], reference: &[String]) -> Self {
        let first = (0..=reference.len())
            .map(|n| (n as u32, Edit::Insert))
            .collect();
        let mut rows = Self(vec![(0, first)]);
        let ratio = reference.len() as f64 / words.len().max(1) as f64;
        let beam = match BEAM as f64 {
            beam if beam < ratio / 2.0 => (ratio / 2.0 + beam).ceil() as usize,
            _ => BEAM,
        };
        for (index, word) in words.iter().enumerate() {
            let i = index + 1;
            let diagonal = (i as f64 * ratio).floor() as usize;
            let end = match i == words.len() {
                true => reference.len() + 1,
                false => (reference.len() + 1).min(diagonal + beam),
            };
            let start = diagonal.saturating_sub(beam);
            let mut row: Vec<(u32, Edit)> = Vec::with_capacity(end.saturating_sub(start));
            for j in start..end {
                let cell = rows.cell(i, j, row.last().copied(), |j| word == &reference[j]);
                row.push(cell);
            }
            rows.0.push((start, row));
        }
        rows
    }

    /// The cell at (i, j): of equals a kept or substituted word before a deleted before an inserted one.
    fn cell(
        &self,
        i: usize,
        j: usize,
        left: Option<(u32, Edit)>,
        is_equal: impl Fn(usize) -> bool,
    ) -> (u32, Edit) {
        let above = (self.at(i - 1, j).0 + 1, Edit::Delete);
        if j == 0 {
            return above;
        }
        let diagonal = self.at(i - 1, j - 1).0;
        let kept = match is_equal(j - 1) {
            true => (diagonal, Edit::Keep),
            false => (diagonal + 1, Edit::Substitute),
        };
        let left = (left.map_or(UNREACHED, |(cost, _)| cost) + 1, Edit::Insert);
        let cheapest = [above, left]
            .into_iter()
            .fold(kept, |best, cell| if cell.0 < best.0 { cell } else { best });
        (cheapest.0.min(UNREACHED), cheapest.1)
    }

    fn at(&self, i: usize, j: usize) -> (u32, Edit) {
        let (start, cells) = &self.0[i];
        let cell = j.checked_sub(*start).and_then(|j| cells.get(j));
        cell.copied().unwrap_or((UNREACHED, Edit::Delete))
    }

    fn trace(&self, mut i: usize, mut j: usize) -> Vec<Edit> {
        let mut edits = Vec::new();
        while i > 0 || j > 0 {
            let edit = match (i, j) {
                (0, _) => Edit::Insert,
                (_, 0) => Edit::Delete,
                _ => self.at(i, j).1,
            };
            edits.push(edit);
            i -= usize::from(edit != Edit::Insert);
            j -= usize::from(edit != Edit::Delete);
        }
        edits.reverse();
        edits
    }
}
