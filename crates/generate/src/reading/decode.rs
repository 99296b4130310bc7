//! Bytes to text, whatever the encoding; what is no text is refused.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// Of so many characters, one may be a control character or undecodable before a file is taken for binary data.
const CHARS_PER_ODD_ONE: usize = 200;

/// Why bytes are no text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotText {
    /// Text in no encoding that is in use has NUL characters.
    #[error("is not text: it holds NUL bytes")]
    Nul,
    /// Decodes, in the likeliest encoding, to what nobody would write.
    #[error("is not text: it holds binary data")]
    Binary,
    /// White space at most.
    #[error("is empty")]
    Empty,
}

/// The text: by its byte-order mark, else as UTF-8, else as UTF-16 without a mark, else in the legacy encoding that
/// chardetng finds likeliest. The mark is taken off; nothing else is changed.
///
/// ```
/// use examen_generate::reading::decode::{NotText, decode};
/// assert_eq!(decode(b"se\xf1or, ma\xf1ana ser\xe1 otro d\xeda"), Ok("señor, mañana será otro día".to_owned()));
/// assert_eq!(decode(b"\x7fELF\0\0"), Err(NotText::Nul));
/// ```
pub fn decode(bytes: &[u8]) -> Result<String, NotText> {
    let (encoding, start) = match Encoding::for_bom(bytes) {
        Some(found) => found,
        None => (without_mark(bytes), 0),
    };
    let (text, _) = encoding.decode_without_bom_handling(&bytes[start..]);
    if text.contains('\0') {
        return Err(NotText::Nul);
    }
    if text.trim().is_empty() {
        return Err(NotText::Empty);
    }
    let n_odd = text.chars().filter(|&c| is_odd(c)).count();
    if n_odd * CHARS_PER_ODD_ONE > text.chars().count() {
        return Err(NotText::Binary);
    }
    Ok(text.into_owned())
}

fn without_mark(bytes: &[u8]) -> &'static Encoding {
    if let Some(utf_16) = utf_16_without_mark(bytes) {
        return utf_16;
    }
    if is_mostly_utf_8(bytes) {
        return UTF_8;
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    detector.guess(None, Utf8Detection::Deny)
}

/// True if UTF-8 explains nearly all bytes beyond ASCII: one broken character must not turn all others into mojibake.
fn is_mostly_utf_8(bytes: &[u8]) -> bool {
    let (mut n_good, mut n_broken) = (0, 0);
    for part in bytes.utf8_chunks() {
        n_good += part.valid().chars().filter(|c| !c.is_ascii()).count();
        n_broken += usize::from(!part.invalid().is_empty());
    }
    n_broken * 10 < n_good || n_broken == 0
}

/// UTF-16 by its pattern: in most scripts' text every second byte of many pairs is NUL, always on the same side.
fn utf_16_without_mark(bytes: &[u8]) -> Option<&'static Encoding> {
    let n_nul = |offset: usize| {
        bytes
            .iter()
            .skip(offset)
            .step_by(2)
            .filter(|&&byte| byte == 0)
            .count()
    };
    let (even, odd) = (n_nul(0), n_nul(1));
    let many = bytes.len() / 5;
    match (even, odd) {
        _ if !bytes.len().is_multiple_of(2) => None,
        (0, odd) if odd > many => Some(UTF_16LE),
        (even, 0) if even > many => Some(UTF_16BE),
        _ => None,
    }
}

fn is_odd(c: char) -> bool {
    c == char::REPLACEMENT_CHARACTER
        || (c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{b}' | '\u{c}'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TEXT: &str = "El corazón bombea la sangre; ¿a qué ritmo? Unas 70 veces por minuto.\n";

    #[test]
    fn every_encoding_gives_the_same_text() {
        let utf_16 = |to_bytes: fn(u16) -> [u8; 2]| {
            TEXT.encode_utf16().flat_map(to_bytes).collect::<Vec<u8>>()
        };
        let (le, be) = (utf_16(u16::to_le_bytes), utf_16(u16::to_be_bytes));
        let latin_1: Vec<u8> = TEXT
            .chars()
            .map(|c| u8::try_from(c).expect("a character of Latin-1"))
            .collect();
        let marked = |mark: &[u8], bytes: &[u8]| [mark, bytes].concat();
        for bytes in [
            TEXT.as_bytes().to_vec(),
            marked(b"\xEF\xBB\xBF", TEXT.as_bytes()),
            marked(b"\xFF\xFE", &le),
            marked(b"\xFE\xFF", &be),
            le,
            be,
            latin_1,
        ] {
            assert_eq!(decode(&bytes).as_deref(), Ok(TEXT), "{bytes:?}");
        }
    }

    #[test]
    fn one_broken_character_does_not_spoil_the_others() {
        let mut bytes = TEXT.repeat(5).into_bytes();
        bytes.extend(b"\xc3 fin");
        assert_eq!(
            decode(&bytes),
            Ok(format!("{}\u{fffd} fin", TEXT.repeat(5)))
        );
    }

    #[test]
    fn what_is_no_text_is_refused() {
        assert_eq!(decode(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), Err(NotText::Nul));
        assert_eq!(
            decode(&(1..=255).cycle().take(2000).collect::<Vec<u8>>()),
            Err(NotText::Binary)
        );
        assert_eq!(decode(b" \n\t"), Err(NotText::Empty));
        assert_eq!(decode(b""), Err(NotText::Empty));
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered(bytes: Vec<u8>) {
            let _ = decode(&bytes);
        }
    }
}
