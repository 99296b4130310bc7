//! RTF: its paragraphs and the cells of its tables, without what its groups of fonts, styles and pictures hold.

use super::{Format, bytes};
use crate::reading::ReadError;
use encoding_rs::{Encoding, WINDOWS_1252};
use examen_core::Contents;

/// A document in Rich Text Format.
pub(super) const FORMAT: Format = Format {
    name: "RTF",
    extensions: &["rtf"],
    begins: |beginning| beginning.starts_with(b"{\\rtf"),
    read: |path| Ok(contents(&bytes(path)?)?),
    picture: None,
};

/// Groups nested deeper are not read.
const MAX_DEPTH: usize = 1_000;
/// Groups that are no text.
const SKIPPED: [&str; 18] = [
    "fonttbl",
    "colortbl",
    "stylesheet",
    "info",
    "pict",
    "object",
    "header",
    "footer",
    "headerl",
    "headerr",
    "headerf",
    "footerl",
    "footerr",
    "footerf",
    "listtable",
    "listoverridetable",
    "fldinst",
    "xmlnstbl",
];

fn contents(bytes: &[u8]) -> Result<Contents, ReadError> {
    if !bytes.starts_with(b"{\\rtf") {
        return Err(ReadError::broken("it is no RTF"));
    }
    let text = Reader::new(bytes).text()?;
    match text.trim().is_empty() {
        true => Err(ReadError::NoText),
        false => Ok(Contents {
            text,
            ..Contents::default()
        }),
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    text: String,
    /// Bytes of an old encoding that are not yet decoded.
    old: Vec<u8>,
    encoding: &'static Encoding,
    /// For each open group: true if it is left out, and the number of characters that follow a Unicode one instead of it.
    groups: Vec<(bool, usize)>,
}

impl<'a> Reader<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            at: 0,
            text: String::new(),
            old: Vec::new(),
            encoding: WINDOWS_1252,
            groups: vec![(false, 1)],
        }
    }

    fn text(mut self) -> Result<String, ReadError> {
        while let Some(&byte) = self.bytes.get(self.at) {
            self.at += 1;
            match byte {
                b'{' if self.groups.len() >= MAX_DEPTH => {
                    return Err(ReadError::broken("it is nested too deeply"));
                }
                b'{' => self.groups.extend(self.groups.last().copied()),
                b'}' if self.groups.len() > 1 => {
                    self.decode();
                    self.groups.pop();
                }
                b'\\' => self.control(),
                b'\r' | b'\n' | b'}' => {}
                byte => self.byte(byte),
            }
        }
        self.decode();
        Ok(self.text)
    }

    fn is_skipped(&self) -> bool {
        self.groups
            .last()
            .is_some_and(|(is_skipped, _)| *is_skipped)
    }

    fn byte(&mut self, byte: u8) {
        if !self.is_skipped() {
            self.old.push(byte);
        }
    }

    fn decode(&mut self) {
        let old = std::mem::take(&mut self.old);
        self.text
            .push_str(&self.encoding.decode_without_bom_handling(&old).0);
    }

    fn push(&mut self, text: &str) {
        if !self.is_skipped() {
            self.decode();
            self.text.push_str(text);
        }
    }

    fn control(&mut self) {
        match self.bytes.get(self.at).copied() {
            Some(b'\'') => {
                let digits = self
                    .bytes
                    .get(self.at + 1..self.at + 3)
                    .and_then(|digits| std::str::from_utf8(digits).ok());
                let byte = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
                self.at += 3;
                byte.into_iter().for_each(|byte| self.byte(byte));
            }
            Some(b'*') => {
                self.at += 1;
                self.skip();
            }
            Some(byte) if byte.is_ascii_alphabetic() => self.word(),
            Some(byte) => {
                self.at += 1;
                match byte {
                    b'~' => self.push("\u{a0}"),
                    b'_' => self.push("-"),
                    b'{' | b'}' | b'\\' => self.byte(byte),
                    b'\r' | b'\n' => self.push("\n\n"),
                    _ => {}
                }
            }
            None => {}
        }
    }

    fn skip(&mut self) {
        if let Some((is_skipped, _)) = self.groups.last_mut() {
            *is_skipped = true;
        }
    }

    fn word(&mut self) {
        let rest = &self.bytes[self.at..];
        let n_letters = rest
            .iter()
            .take_while(|byte| byte.is_ascii_alphabetic())
            .count();
        let name = String::from_utf8_lossy(&rest[..n_letters]).into_owned();
        let is_number = |byte: &&u8| byte.is_ascii_digit() || **byte == b'-';
        let n_digits = rest[n_letters..]
            .iter()
            .take_while(is_number)
            .count()
            .min(11);
        let number = String::from_utf8_lossy(&rest[n_letters..n_letters + n_digits])
            .parse::<i64>()
            .ok();
        self.at += n_letters + n_digits;
        self.at += usize::from(self.bytes.get(self.at) == Some(&b' '));
        match (name.as_str(), number) {
            ("par" | "sect" | "page", _) => self.push("\n\n"),
            ("line", _) => self.push("\n"),
            ("row", _) => self.push("\n"),
            ("cell", _) => self.push(" | "),
            ("tab", _) => self.push(" "),
            ("emdash", _) => self.push("—"),
            ("endash", _) => self.push("–"),
            ("lquote", _) => self.push("‘"),
            ("rquote", _) => self.push("’"),
            ("ldblquote", _) => self.push("“"),
            ("rdblquote", _) => self.push("”"),
            ("bullet", _) => self.push("•"),
            ("ansicpg", Some(number)) => {
                let label = format!("windows-{number}");
                self.encoding = Encoding::for_label(label.as_bytes()).unwrap_or(WINDOWS_1252);
            }
            ("uc", Some(number)) => {
                if let Some((_, n_instead)) = self.groups.last_mut() {
                    *n_instead = usize::try_from(number).unwrap_or(1).min(16);
                }
            }
            ("u", Some(number)) => self.unicode(number),
            ("bin", Some(number)) => {
                self.at = self.at.saturating_add(usize::try_from(number).unwrap_or(0))
            }
            (name, _) if SKIPPED.contains(&name) => self.skip(),
            _ => {}
        }
    }

    /// A character of Unicode, and those that old readers show instead.
    fn unicode(&mut self, number: i64) {
        let unit = if number < 0 {
            number + 0x1_0000
        } else {
            number
        };
        let letter = u32::try_from(unit).ok().and_then(char::from_u32);
        self.push(&letter.map(String::from).unwrap_or_default());
        let n_instead = self.groups.last().map_or(1, |(_, n)| *n);
        for _ in 0..n_instead {
            match self.bytes.get(self.at) {
                Some(b'\\') if self.bytes.get(self.at + 1) == Some(&b'\'') => self.at += 4,
                Some(b'\\' | b'{' | b'}') | None => break,
                Some(_) => self.at += 1,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn paragraphs_are_read_and_tables_of_fonts_are_not() {
        let rtf = br"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Times;}}{\*\generator X;}{\header Page}\f0 La pompe d\'e9livre\par Le prix: 5 \u8364?\par\trowd Drug\cell 5 mg\cell\row\{done\}}";
        let text = contents(rtf).unwrap().text;
        assert_eq!(
            text,
            "La pompe délivre\n\nLe prix: 5 €\n\nDrug | 5 mg | \n{done}"
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            let _ = contents(&[b"{\\rtf1 ", bytes.as_slice()].concat());
        }
    }
}
