//! Bytes to text, whatever the encoding; what is no text is refused.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, MACINTOSH, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use examen_core::{Notice, NoticeKind};
use std::{borrow::Cow, sync::OnceLock};

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

/// The encoding that the user named for what is no UTF-8.
static PREFERRED: OnceLock<&'static Encoding> = OnceLock::new();

/// True for the name of an encoding.
pub fn is_encoding(name: &str) -> bool {
    Encoding::for_label(name.as_bytes()).is_some()
}

/// Sets the encoding of texts that are no UTF-8 for this process, once; a name that is none is left aside.
pub fn prefer(name: &str) {
    if let Some(encoding) = Encoding::for_label(name.as_bytes()) {
        // A second call finds the first one's.
        let _ = PREFERRED.set(encoding);
    }
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
    noticed(bytes).map(|(text, _)| text)
}

/// The text, and what is doubtful about its encoding, with the place.
pub(crate) fn noticed(bytes: &[u8]) -> Result<(String, Option<Notice>), NotText> {
    let (encoding, start) = match Encoding::for_bom(bytes) {
        Some(found) => found,
        None => (without_mark(bytes), 0),
    };
    let (text, words) = match encoding == UTF_8 {
        true if bytes[start..]
            .utf8_chunks()
            .all(|part| part.invalid().is_empty()) =>
        {
            (
                encoding.decode_without_bom_handling(&bytes[start..]).0,
                None,
            )
        }
        true => mended(&bytes[start..]),
        false => {
            let text = encoding.decode_without_bom_handling(&bytes[start..]).0;
            let is_named = PREFERRED.get() == Some(&encoding);
            let is_clear = start > 0 || is_named || [UTF_16LE, UTF_16BE].contains(&encoding);
            let words = (!is_clear).then(|| guessed(bytes, encoding));
            (text, words)
        }
    };
    let notice = words.map(|words| Notice {
        kind: NoticeKind::Encoding,
        page: None,
        words,
    });
    checked(text.into_owned()).map(|text| (text, notice))
}

/// A text that is UTF-8 but for some bytes: these are read in the preferred or the commonest old encoding.
fn mended(bytes: &[u8]) -> (Cow<'static, str>, Option<String>) {
    let other = PREFERRED.get().copied().unwrap_or(WINDOWS_1252);
    let (mut text, mut n, mut first) = (String::with_capacity(bytes.len()), 0, None);
    for part in bytes.utf8_chunks() {
        text.push_str(part.valid());
        if !part.invalid().is_empty() {
            first.get_or_insert_with(|| 1 + text.matches('\n').count());
            n += 1;
            text.push_str(&other.decode_without_bom_handling(part.invalid()).0);
        }
    }
    let words = first.map(|line| {
        format!(
            "{n} characters, the first in line {line}, are not UTF-8 as the others are; they were read as {}; --encoding names another",
            other.name()
        )
    });
    (text.into(), words)
}

/// Words on a text in an encoding that was guessed.
fn guessed(bytes: &[u8], encoding: &'static Encoding) -> String {
    let valid = bytes
        .utf8_chunks()
        .next()
        .map_or(0, |part| part.valid().len());
    let line = 1 + bytes[..valid].iter().filter(|&&byte| byte == b'\n').count();
    format!(
        "it is not UTF-8 (the first such byte is in line {line}); it was read as {}; --encoding names another",
        encoding.name()
    )
}

fn checked(text: String) -> Result<String, NotText> {
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
    Ok(text)
}

fn without_mark(bytes: &[u8]) -> &'static Encoding {
    if let Some(utf_16) = utf_16_without_mark(bytes) {
        return utf_16;
    }
    if is_mostly_utf_8(bytes) {
        return UTF_8;
    }
    if let Some(named) = PREFERRED.get() {
        return named;
    }
    if is_mac_roman(bytes) {
        return MACINTOSH;
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    detector.guess(None, Utf8Detection::Deny)
}

/// True for an old text of a Mac, which no detector knows: within words of ASCII stand bytes that are letters there, and
/// marks or capitals in the encodings of Windows and Unix.
fn is_mac_roman(bytes: &[u8]) -> bool {
    let is_letter = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_lowercase);
    let (mut n_mac, mut n_other) = (0, 0);
    for (index, &byte) in bytes
        .iter()
        .enumerate()
        .filter(|(_, byte)| !byte.is_ascii())
    {
        let is_within =
            index > 0 && is_letter(bytes.get(index - 1)) && is_letter(bytes.get(index + 1));
        // á à â ä ã å ç é è ê ë í ì î ï ñ ó ò ô ö õ ú ù û ü there, and no small letter of Windows-1252.
        let is_mac = matches!(byte, 0x87..=0x9f);
        n_mac += usize::from(is_mac && is_within);
        n_other += usize::from(!is_mac && matches!(byte, 0xc0..=0xff) && is_within);
    }
    n_mac >= 2 && n_mac > n_other * 4
}

/// True if UTF-8 explains most bytes beyond ASCII: some broken characters must not turn all others into mojibake.
fn is_mostly_utf_8(bytes: &[u8]) -> bool {
    let (mut n_good, mut n_broken) = (0, 0);
    for part in bytes.utf8_chunks() {
        n_good += part.valid().chars().filter(|c| !c.is_ascii()).count();
        n_broken += usize::from(!part.invalid().is_empty());
    }
    n_broken <= n_good || n_broken == 0
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
        assert_eq!(decode(&bytes), Ok(format!("{}Ã fin", TEXT.repeat(5))));
    }

    #[test]
    fn doubts_are_told_with_their_line() {
        let (mac, _, _) = MACINTOSH.encode("x");
        assert_eq!(*mac, *b"x", "there is an encoder");
        let mac = b"La pompe\nd\x8elivre un d\x8ebit \x8etalonn\x8e.";
        let (text, notice) = noticed(mac).unwrap();
        assert_eq!(text, "La pompe\ndélivre un débit étalonné.");
        assert_eq!(
            notice.unwrap().words,
            "it is not UTF-8 (the first such byte is in line 2); it was read as macintosh; --encoding names another"
        );
        let mixed = [
            "un débit\n".as_bytes(),
            b"\xe9talonn\xe9\n",
            "été et élan".as_bytes(),
        ]
        .concat();
        let (text, notice) = noticed(&mixed).unwrap();
        assert_eq!(text, "un débit\nétalonné\nété et élan");
        assert!(
            notice
                .unwrap()
                .words
                .starts_with("2 characters, the first in line 2, are not UTF-8")
        );
        assert_eq!(noticed("señor".as_bytes()).unwrap().1, None);
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
