//! Glyphs as `pdf_oxide` finds them, turned upright: those of each direction of writing in a frame of their own, so that
//! a page's `/Rotate` and text that is drawn at an angle need no rules of their own further on.

use crate::pieces::Piece;
use pdf_oxide::layout::{FontWeight, TextChar};
use std::collections::{BTreeMap, HashMap};

/// A character with its place in the frame of its direction. Lengths are in points; y grows upwards, and is the baseline's.
#[derive(Debug, Clone, PartialEq)]
struct Glyph<'a> {
    c: char,
    x: f32,
    y: f32,
    /// Zero if it is not known.
    width: f32,
    size: f32,
    is_bold: bool,
    font: &'a str,
}

/// The words of a page by their direction, the commonest first. Directions are in whole degrees, anticlockwise.
pub(crate) fn words(chars: &[TextChar]) -> Vec<(i32, Vec<Piece>)> {
    let mut directions: BTreeMap<i32, Vec<Glyph<'_>>> = BTreeMap::new();
    for char in chars.iter().filter(|char| is_placed(char)) {
        let (direction, glyph) = upright(char);
        directions.entry(direction).or_default().push(glyph);
    }
    let mut directions: Vec<(i32, Vec<Glyph<'_>>)> = directions.into_iter().collect();
    directions.sort_by_key(|(_, glyphs)| std::cmp::Reverse(glyphs.len()));
    directions
        .into_iter()
        .map(|(direction, glyphs)| (direction, of_one_direction(glyphs)))
        .collect()
}

fn is_placed(char: &TextChar) -> bool {
    [
        char.origin_x,
        char.origin_y,
        char.advance_width,
        char.font_size,
        char.rotation_degrees,
    ]
    .iter()
    .all(|number| number.is_finite())
}

fn upright(char: &TextChar) -> (i32, Glyph<'_>) {
    let quarter = (char.rotation_degrees / 90.0).round() * 90.0;
    let is_quarter = (char.rotation_degrees - quarter).abs() < 3.0;
    let degrees = if is_quarter {
        quarter
    } else {
        char.rotation_degrees.round()
    };
    let (sin, cos) = degrees.to_radians().sin_cos();
    // The width was measured along the page's x axis.
    let width = match cos.abs() {
        cos if cos > 0.1 => char.advance_width.abs() / cos,
        _ => 0.0,
    };
    let glyph = Glyph {
        c: char.char,
        x: char.origin_x * cos + char.origin_y * sin,
        y: char.origin_y * cos - char.origin_x * sin,
        width,
        size: char.font_size.abs().max(1.0),
        is_bold: char.font_weight >= FontWeight::SemiBold,
        font: &char.font_name,
    };
    ((degrees as i32).rem_euclid(360), glyph)
}

fn of_one_direction(mut glyphs: Vec<Glyph<'_>>) -> Vec<Piece> {
    glyphs.sort_by(|a, b| b.y.total_cmp(&a.y).then(a.x.total_cmp(&b.x)));
    let mut baselines: Vec<Vec<Glyph<'_>>> = Vec::new();
    for glyph in glyphs {
        match baselines.last_mut() {
            Some(line) if (line[0].y - glyph.y).abs() <= SAME_BASELINE * glyph.size => {
                line.push(glyph)
            }
            _ => baselines.push(vec![glyph]),
        }
    }
    for line in &mut baselines {
        line.sort_by(|a, b| a.x.total_cmp(&b.x));
        line.dedup_by(|b, a| a.c == b.c && b.x - a.x < DOUBLED * a.size);
    }
    measure(&mut baselines);
    baselines.iter().flat_map(|line| pieces(line)).collect()
}

/// Glyphs on one baseline differ by so many parts of their size.
const SAME_BASELINE: f32 = 0.06;
/// The same letter so near is drawn twice, to look bold or to cast a shadow.
const DOUBLED: f32 = 0.08;

/// Gives glyphs without a width that of the nearest neighbour they ever had, by font and letter.
fn measure(lines: &mut [Vec<Glyph<'_>>]) {
    let mut least: HashMap<(&str, char), f32> = HashMap::new();
    let unknown = |glyph: &Glyph<'_>| glyph.width <= 0.0;
    for line in lines.iter() {
        for pair in line.windows(2).filter(|pair| unknown(&pair[0])) {
            let distance = (pair[1].x - pair[0].x) / pair[0].size;
            if distance > 0.05 {
                let known = least.entry((pair[0].font, pair[0].c)).or_insert(distance);
                *known = known.min(distance);
            }
        }
    }
    for glyph in lines.iter_mut().flatten().filter(|glyph| unknown(glyph)) {
        let measured = least.get(&(glyph.font, glyph.c)).copied();
        glyph.width = measured.unwrap_or(0.5).min(1.0) * glyph.size;
    }
}

/// A gap of so many parts of the size is a space between words.
const SPACE: f32 = 0.15;

/// The words of one baseline.
fn pieces(line: &[Glyph<'_>]) -> Vec<Piece> {
    let most_within = most_within_words(line);
    let mut pieces: Vec<Piece> = Vec::new();
    let mut after_space = false;
    for glyph in line {
        if glyph.c.is_whitespace() {
            after_space = true;
            continue;
        }
        let end = glyph.x + glyph.width;
        match pieces.last_mut() {
            Some(piece)
                if !after_space
                    && glyph.x - (piece.x + piece.width)
                        <= most_within * glyph.size.min(piece.size) =>
            {
                piece.text.push(glyph.c);
                piece.width = piece.width.max(end - piece.x);
                piece.size = piece.size.max(glyph.size);
                piece.is_bold &= glyph.is_bold;
            }
            _ => pieces.push(Piece {
                text: glyph.c.into(),
                x: glyph.x,
                y: glyph.y,
                width: glyph.width,
                size: glyph.size,
                is_bold: glyph.is_bold,
                is_monospaced: is_monospaced(glyph.font),
                is_after_space: after_space,
            }),
        }
        after_space = false;
    }
    pieces
}

/// The largest gap between two letters of a word, in parts of their size: larger where all letters stand apart.
fn most_within_words(line: &[Glyph<'_>]) -> f32 {
    let mut gaps: Vec<f32> = line
        .windows(2)
        .filter(|pair| !pair[0].c.is_whitespace() && !pair[1].c.is_whitespace())
        .map(|pair| (pair[1].x - pair[0].x - pair[0].width) / pair[0].size)
        .collect();
    if gaps.len() < 6 {
        return SPACE;
    }
    gaps.sort_by(f32::total_cmp);
    let usual = gaps[gaps.len() / 2];
    let n_usual = gaps
        .iter()
        .filter(|gap| (*gap - usual).abs() < 0.08)
        .count();
    let are_apart = usual > 0.06 && usual < 0.7 && n_usual * 10 >= gaps.len() * 6;
    if are_apart { usual + SPACE } else { SPACE }
}

fn is_monospaced(font: &str) -> bool {
    let font = font.to_lowercase();
    [
        "mono",
        "courier",
        "consol",
        "cmtt",
        "typewriter",
        "menlo",
        "fixed",
    ]
    .iter()
    .any(|name| font.contains(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use pdf_oxide::geometry::Rect;

    /// Letters of half their size, from a place on in a direction, `gap` parts of their size apart.
    fn drawn(text: &str, (x, y): (f32, f32), degrees: f32, gap: f32) -> Vec<TextChar> {
        let (sin, cos) = degrees.to_radians().sin_cos();
        let char = |(n, c): (usize, char)| {
            let along = n as f32 * (5.0 + gap * 10.0);
            TextChar {
                char: c,
                bbox: Rect::new(0.0, 0.0, 0.0, 0.0),
                font_size: 10.0,
                origin_x: x + along * cos,
                origin_y: y + along * sin,
                rotation_degrees: degrees,
                advance_width: 5.0 * cos.abs(),
                ..TextChar::default()
            }
        };
        text.chars()
            .enumerate()
            .map(char)
            .filter(|char| char.char != '~')
            .collect()
    }

    fn texts(chars: &[TextChar]) -> Vec<(i32, Vec<String>)> {
        let texts = |pieces: Vec<Piece>| pieces.into_iter().map(|piece| piece.text).collect();
        words(chars)
            .into_iter()
            .map(|(direction, pieces)| (direction, texts(pieces)))
            .collect()
    }

    #[test]
    fn words_end_at_spaces_and_gaps_and_not_between_letters_that_stand_apart() {
        let one = |text, gap| texts(&drawn(text, (50.0, 700.0), 0.0, gap)).remove(0).1;
        assert_eq!(one("every technician", 0.0), ["every", "technician"]);
        assert_eq!(one("every~technician", 0.0), ["every", "technician"]);
        assert_eq!(one("every~technician", 0.3), ["every", "technician"]);
        assert_eq!(one("every~technician", 0.1), ["every", "technician"]);
    }

    #[test]
    fn text_at_any_angle_is_read_along_it() {
        let mut page = drawn("a few words", (300.0, 300.0), 0.0, 0.0);
        for (degrees, text) in [
            (90.0, "turned left"),
            (180.0, "on its head"),
            (-90.0, "turned right"),
            (45.0, "draft copy"),
        ] {
            page.extend(drawn(text, (300.0, 300.0), degrees, 0.0));
        }
        let mut read = texts(&page);
        read.sort();
        let word =
            |direction, words: &str| (direction, words.split(' ').map(str::to_owned).collect());
        assert_eq!(
            read,
            [
                word(0, "a few words"),
                word(45, "draft copy"),
                word(90, "turned left"),
                word(180, "on its head"),
                word(270, "turned right")
            ]
        );
    }

    #[test]
    fn what_is_drawn_twice_is_one_word() {
        let mut page = drawn("bold", (50.0, 700.0), 0.0, 0.0);
        page.extend(drawn("bold", (50.4, 700.0), 0.0, 0.0));
        page.extend(drawn("all", (80.0, 700.0), 0.0, 0.0));
        assert_eq!(
            texts(&page),
            [(0, vec!["bold".to_owned(), "all".to_owned()])]
        );
    }
}
