//! Pages that have no text, or letters of which nobody knows which they are.

use crate::pieces::{Page, text};
use pdf_oxide::{PdfDocument, object::Object};

/// Reason for which nothing of a page can be read; `None` where it can, or where it is blank.
pub(crate) fn reason(document: &PdfDocument, number: usize, page: &Page) -> Option<&'static str> {
    let rows = page.iter().flat_map(|(_, rows)| rows);
    let text: Vec<String> = rows.map(|row| text(row)).collect();
    let text = text.join(" ");
    if text.is_empty() {
        let has_picture = document
            .page_image_handles(number)
            .is_ok_and(|images| !images.is_empty());
        let is_drawing = || {
            document
                .extract_paths(number)
                .is_ok_and(|paths| paths.len() > DRAWING)
        };
        return (has_picture || is_drawing()).then_some("it is a picture");
    }
    let is_unknown = match unmapped_fonts(document, number) {
        Unmapped::Composite => is_gibberish(&text),
        Unmapped::Simple => is_of_marks(&text) || is_private(&text),
        Unmapped::None => is_private(&text),
    };
    is_unknown
        .then_some("its letters cannot be read: the fonts do not say which they are (no ToUnicode)")
}

/// A page without text has more lines and curves than a blank one with a frame.
const DRAWING: usize = 20;

/// Fonts of a page that have no table of their letters.
enum Unmapped {
    None,
    /// A part of a font: its codes are usually letters, but need not be.
    Simple,
    /// Its codes are numbers of glyphs.
    Composite,
}

fn unmapped_fonts(document: &PdfDocument, number: usize) -> Unmapped {
    let resolve = |object: &Object| document.resolve_object(object).ok();
    let entry = |object: &Object, name: &str| resolve(object)?.as_dict()?.get(name).cloned();
    let page = document.get_page(number).ok();
    let resources = page.and_then(|page| entry(&page, "Resources"));
    let fonts = resources.and_then(|resources| resolve(&entry(&resources, "Font")?));
    let Some(fonts) = fonts.as_ref().and_then(Object::as_dict) else {
        return Unmapped::None;
    };
    let mut unmapped = Unmapped::None;
    for font in fonts.values().filter_map(resolve) {
        let name = |key: &str| font.as_dict()?.get(key)?.as_name().map(str::to_owned);
        let is_mapped = font
            .as_dict()
            .is_some_and(|font| font.contains_key("ToUnicode"));
        let is_part = name("BaseFont").is_some_and(|name| name.contains('+'));
        match (is_mapped, name("Subtype").as_deref()) {
            (false, Some("Type0")) => return Unmapped::Composite,
            (false, _) if is_part => unmapped = Unmapped::Simple,
            _ => {}
        }
    }
    unmapped
}

/// True if marks are more than letters; dots that lead to a page's number are none.
fn is_of_marks(text: &str) -> bool {
    let n_letters = text.chars().filter(|c| c.is_alphanumeric()).count();
    let is_mark = |c: &char| !c.is_alphanumeric() && !c.is_whitespace() && *c != '.';
    text.chars().filter(is_mark).count() > n_letters
}

/// True for letters of no script: private ones, or what stands for an unknown one.
fn is_private(text: &str) -> bool {
    let n = text.chars().filter(|c| !c.is_whitespace()).count();
    let is_private = |c: &char| matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{fffd}');
    text.chars().filter(is_private).count() * 10 > n * 3
}

/// True if few words of a text are made of letters as words are.
fn is_gibberish(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.iter().filter(|word| is_odd(word)).count() * 10 > words.len() * 4 || is_private(text)
}

/// True for a word of marks alone, or with marks or capitals where no word has them.
fn is_odd(word: &str) -> bool {
    let letters: Vec<char> = word
        .trim_matches(|c: char| c.is_ascii_punctuation() || "«»“”‘’…–—、。，".contains(c))
        .chars()
        .collect();
    let is_mark =
        |c: &char| !c.is_alphanumeric() && !"-'’.,/\u{301}\u{64b}\u{64e}\u{650}".contains(*c);
    let turns = letters
        .windows(2)
        .any(|pair| pair[0].is_lowercase() && pair[1].is_uppercase());
    let is_rare = |c: &char| matches!(c, '\u{180}'..='\u{2af}');
    letters.is_empty() || letters.iter().any(is_mark) || turns || letters.iter().any(is_rare)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_told_from_the_numbers_of_glyphs() {
        for text in [
            ". . , € ƒ",
            "\"#$ %&'() *+, -./ 0123$ 4&5*",
            "ǺȖȐȓ ȘȉȇȘȕȗ",
            "aBcD eFgH iJkL",
        ] {
            assert!(is_gibberish(text), "{text}");
        }
        for text in [
            "Насос подаёт до 900 мл в час (см. 3.2).",
            "The pump - 2.5 ml/h - isn't well-known.",
            "水は摂氏百度で沸騰する。",
        ] {
            assert!(!is_gibberish(text), "{text}");
        }
        assert!(is_of_marks(". , € . ‚ ƒ") && !is_of_marks("Index ......... 4"));
        assert!(is_private("\u{f0b7}\u{f0b8} a"));
    }
}
