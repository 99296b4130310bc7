//! Mails: subject and text, the plain part of those that are there, else the one in HTML; attachments are left out.

use super::{Format, bytes, html, markdown_contents};
use crate::reading::{ReadError, decode::noticed};
use base64::{Engine, engine::general_purpose};
use encoding_rs::{Encoding, UTF_8};
use examen_core::{Contents, Notice, NoticeKind};

/// A mail (RFC 5322, MIME).
pub(super) const FORMAT: Format = Format {
    name: "mail",
    extensions: &["eml"],
    begins: |_| false,
    read: |path| Ok(contents(&bytes(path)?)?),
    picture: None,
};

/// Parts within parts are followed to this depth.
const MAX_DEPTH: usize = 8;
/// No more parts are looked at.
const MAX_PARTS: usize = 200;

/// What is found in the parts of a mail.
#[derive(Default)]
struct Parts {
    plain: Vec<String>,
    html: Vec<String>,
    n_left_out: usize,
    n: usize,
}

fn contents(bytes: &[u8]) -> Result<Contents, ReadError> {
    let mut parts = Parts::default();
    let (head, _) = split(bytes);
    collect(bytes, &mut parts, 0)?;
    let body = match parts.plain.is_empty() {
        false => parts.plain.join("\n\n"),
        true => {
            let pages = parts
                .html
                .iter()
                .map(|page| html::markdown(page).map(|page| page.markdown));
            pages.collect::<Result<Vec<_>, _>>()?.join("\n\n")
        }
    };
    if body.trim().is_empty() {
        return Err(ReadError::NoText);
    }
    let subject = header(&head, "subject").map(|subject| words(&subject));
    let subject = subject
        .map(|subject| format!("# {subject}\n\n"))
        .unwrap_or_default();
    let mut contents = markdown_contents(subject + body.trim() + "\n");
    if parts.n_left_out > 0 {
        contents.notices.push(Notice {
            kind: NoticeKind::Bulk,
            page: None,
            words: format!("attachments that were left out: {}", parts.n_left_out),
        });
    }
    Ok(contents)
}

fn collect(part: &[u8], parts: &mut Parts, depth: usize) -> Result<(), ReadError> {
    parts.n += 1;
    if depth > MAX_DEPTH || parts.n > MAX_PARTS {
        return Err(ReadError::broken("it has too many parts"));
    }
    let (head, body) = split(part);
    let kind = header(&head, "content-type").unwrap_or_else(|| "text/plain".to_owned());
    let is_attached = header(&head, "content-disposition")
        .is_some_and(|value| value.to_lowercase().starts_with("attachment"));
    let lower = kind.to_lowercase();
    if let (true, Some(boundary)) = (
        lower.starts_with("multipart/"),
        parameter(&kind, "boundary"),
    ) {
        let boundary = format!("--{boundary}");
        let is_border = |line: &[u8]| line.starts_with(boundary.as_bytes());
        let lines: Vec<&[u8]> = body.split_inclusive(|&byte| byte == b'\n').collect();
        let sections = lines.split(|line| is_border(line)).skip(1);
        let n_borders = lines.iter().filter(|line| is_border(line)).count();
        for section in sections.take(n_borders.saturating_sub(1).max(1)) {
            collect(&section.concat(), parts, depth + 1)?;
        }
        return Ok(());
    }
    let encoding = header(&head, "content-transfer-encoding")
        .unwrap_or_default()
        .to_lowercase();
    match (is_attached, lower.as_str()) {
        (false, kind_of) if kind_of.starts_with("text/plain") => {
            parts.plain.push(text(body, &encoding, &kind)?)
        }
        (false, kind_of) if kind_of.starts_with("text/html") => {
            parts.html.push(text(body, &encoding, &kind)?)
        }
        _ => parts.n_left_out += 1,
    }
    Ok(())
}

/// Header lines, unfolded, and the body.
fn split(part: &[u8]) -> (String, &[u8]) {
    let end = |mark: &[u8]| {
        part.windows(mark.len())
            .position(|bytes| bytes == mark)
            .map(|at| (at, at + mark.len()))
    };
    let (head_end, start) = [end(b"\r\n\r\n"), end(b"\n\n")]
        .into_iter()
        .flatten()
        .min()
        .unwrap_or((part.len(), part.len()));
    let head = String::from_utf8_lossy(&part[..head_end]).replace("\r\n", "\n");
    (
        head.replace("\n ", " ").replace("\n\t", " "),
        &part[start..],
    )
}

fn header(head: &str, name: &str) -> Option<String> {
    let is = |line: &&str| {
        line.split_once(':')
            .is_some_and(|(found, _)| found.eq_ignore_ascii_case(name))
    };
    let line = head.lines().find(is)?;
    line.split_once(':')
        .map(|(_, value)| value.trim().to_owned())
}

fn parameter(value: &str, name: &str) -> Option<String> {
    value.split(';').skip(1).find_map(|parameter| {
        let (found, value) = parameter.split_once('=')?;
        found
            .trim()
            .eq_ignore_ascii_case(name)
            .then(|| value.trim().trim_matches('"').to_owned())
    })
}

fn text(body: &[u8], encoding: &str, kind: &str) -> Result<String, ReadError> {
    let bytes = decoded(body, encoding);
    let charset = parameter(kind, "charset").and_then(|name| Encoding::for_label(name.as_bytes()));
    match charset.filter(|charset| *charset != UTF_8) {
        Some(charset) => Ok(charset.decode(&bytes).0.into_owned()),
        None if bytes.trim_ascii().is_empty() => Ok(String::new()),
        None => Ok(noticed(&bytes)?.0),
    }
}

fn decoded(body: &[u8], encoding: &str) -> Vec<u8> {
    match encoding {
        "base64" => {
            let letters: Vec<u8> = body
                .iter()
                .copied()
                .filter(|byte| !byte.is_ascii_whitespace() && *byte != b'=')
                .collect();
            general_purpose::STANDARD_NO_PAD
                .decode(letters)
                .unwrap_or_default()
        }
        "quoted-printable" => quoted_printable(body),
        _ => body.to_vec(),
    }
}

fn quoted_printable(body: &[u8]) -> Vec<u8> {
    let (mut decoded, mut at) = (Vec::with_capacity(body.len()), 0);
    while at < body.len() {
        let rest = &body[at..];
        let hex = rest
            .get(1..3)
            .and_then(|digits| std::str::from_utf8(digits).ok());
        let byte = hex.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match (rest, byte) {
            ([b'=', b'\r', b'\n', ..], _) => at += 3,
            ([b'=', b'\n', ..], _) => at += 2,
            ([b'=', ..], Some(byte)) => {
                decoded.push(byte);
                at += 3;
            }
            ([byte, ..], _) => {
                decoded.push(*byte);
                at += 1;
            }
            ([], _) => {}
        }
    }
    decoded
}

/// A header's value with its encoded words (RFC 2047) as text.
fn words(value: &str) -> String {
    let mut text = String::new();
    for part in value.split(' ') {
        let fields: Vec<&str> = part.split('?').collect();
        let word = match fields.as_slice() {
            ["=", charset, kind, data, "="] => {
                let encoding = if kind.eq_ignore_ascii_case("b") {
                    "base64"
                } else {
                    "quoted-printable"
                };
                let bytes = decoded(data.replace('_', " ").as_bytes(), encoding);
                let charset = Encoding::for_label(charset.as_bytes()).unwrap_or(UTF_8);
                charset.decode(&bytes).0.into_owned()
            }
            _ => part.to_owned(),
        };
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&word);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_plain_part_is_read_and_attachments_are_counted() {
        let mail = b"From: a@b\r\nSubject: =?utf-8?Q?D=C3=A9bit?= of the pump\r\nContent-Type: multipart/mixed;\r\n boundary=\"x\"\r\n\r\nno\r\n--x\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nIl d=E9livre 5=\r\n ml.\r\n--x\r\nContent-Type: text/html\r\n\r\n<p>HTML</p>\r\n--x\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment\r\n\r\nJVBERi0=\r\n--x--\r\n";
        let contents = contents(mail).unwrap();
        assert_eq!(
            contents.text.trim(),
            "# Débit of the pump\n\nIl délivre 5 ml."
        );
        assert_eq!(
            contents.notices[0].words,
            "attachments that were left out: 1"
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..120)) {
            let _ = contents(&bytes);
            let _ = contents(&[b"Content-Type: multipart/x; boundary=a\n\n--a\n", bytes.as_slice()].concat());
        }
    }
}
