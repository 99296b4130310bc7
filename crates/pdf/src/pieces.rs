//! Words with their places on a page, and the rows that they stand in.

use crate::bidi;

/// A word. Lengths are in points; y grows upwards.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Piece {
    pub(crate) text: String,
    pub(crate) x: f32,
    pub(crate) y: f32,
    pub(crate) width: f32,
    pub(crate) size: f32,
    pub(crate) is_bold: bool,
    pub(crate) is_monospaced: bool,
    /// True if a space is drawn before it.
    pub(crate) is_after_space: bool,
}

impl Piece {
    pub(crate) fn end(&self) -> f32 {
        self.x + self.width
    }
}

/// Words beside each other, from left to right.
pub(crate) type Row = Vec<Piece>;

/// A page's rows by their direction, the commonest first.
pub(crate) type Page = Vec<(i32, Vec<Row>)>;

/// A gap of so many parts of the letters' size is a space between words.
const SPACE: f32 = 0.15;

/// The words of a row as they are written.
pub(crate) fn text(row: &[Piece]) -> String {
    let mut text = String::new();
    let mut before: Option<&Piece> = None;
    for piece in row {
        let is_gap = before.is_some_and(|before| {
            piece.is_after_space || piece.x - before.end() > SPACE * piece.size.min(before.size)
        });
        if is_gap && !text.ends_with(' ') && !piece.text.starts_with(' ') {
            text.push(' ');
        }
        match before
            .filter(|_| !is_gap)
            .and_then(|before| raised(piece, before))
        {
            Some(raised) => text.push_str(&raised),
            None => text.push_str(&piece.text),
        }
        before = Some(piece);
    }
    bidi::logical(&text)
}

/// Digits that are set smaller and higher or lower than the word before them: an exponent is no part of its number.
fn raised(piece: &Piece, before: &Piece) -> Option<String> {
    let shift = piece.y - before.y;
    if piece.size > before.size * 0.85 || shift.abs() < 0.05 * before.size {
        return None;
    }
    let (superscripts, subscripts) = ("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "₀₁₂₃₄₅₆₇₈₉₊₋");
    let letters = if shift > 0.0 {
        superscripts
    } else {
        subscripts
    };
    let letter = |c: char| {
        let index = match c {
            '+' => 10,
            '-' | '−' => 11,
            c => c.to_digit(10)? as usize,
        };
        letters.chars().nth(index)
    };
    piece.text.chars().map(letter).collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn piece(text: &str, x: f32, y: f32, width: f32) -> Piece {
        Piece {
            text: text.to_owned(),
            x,
            y,
            width,
            size: 10.0,
            ..Piece::default()
        }
    }
}
