//! Documents in XML as HTML, which the reader of pages takes: OpenDocument (ODT, ODS, ODP), DocBook and JATS. Their elements
//! have names of their own for the same things.

use super::{Format, bytes, html, markdown_contents};
use crate::reading::{ReadError, decode::noticed};
use examen_core::Contents;
use regex::{Captures, Regex};
use std::{
    io::{Cursor, Read},
    path::Path,
    sync::LazyLock,
};
use zip::ZipArchive;

/// An OpenDocument text, spreadsheet or presentation.
pub(super) const ODF: Format = Format {
    name: "OpenDocument",
    extensions: &["odt", "ods", "odp", "fodt", "fods"],
    begins: |beginning| {
        beginning.starts_with(b"PK\x03\x04")
            && beginning
                .windows(ODF_KIND.len())
                .any(|bytes| bytes == ODF_KIND)
    },
    read: |path| Ok(open_document(path)?),
    picture: None,
};

/// DocBook, JATS, and other documents in XML.
pub(super) const XML: Format = Format {
    name: "XML (DocBook, JATS)",
    extensions: &["xml", "dbk", "nxml"],
    begins: |_| false,
    read: |path| {
        let (xml, notice) = noticed(&bytes(path)?).map_err(ReadError::from)?;
        let mut contents = contents(&xml)?;
        contents.notices.extend(notice);
        Ok(contents)
    },
    picture: None,
};

const ODF_KIND: &[u8] = b"application/vnd.oasis.opendocument";
/// Bytes of the content of a package at most.
const MAX_BYTES: u64 = 128 << 20;
/// Empty cells and rows that are repeated to the end of a sheet are none.
const MAX_REPEATED: usize = 50;

fn open_document(path: &Path) -> Result<Contents, ReadError> {
    let bytes = bytes(path)?;
    if !bytes.starts_with(b"PK") {
        return contents(&noticed(&bytes)?.0);
    }
    let mut package = ZipArchive::new(Cursor::new(bytes)).map_err(ReadError::broken)?;
    let part = package.by_name("content.xml").map_err(ReadError::broken)?;
    let mut xml = Vec::new();
    part.take(MAX_BYTES + 1)
        .read_to_end(&mut xml)
        .map_err(ReadError::broken)?;
    if xml.len() as u64 > MAX_BYTES {
        return Err(ReadError::Broken(format!(
            "its content is longer than {} MB",
            MAX_BYTES >> 20
        )));
    }
    contents(&String::from_utf8_lossy(&xml))
}

fn contents(xml: &str) -> Result<Contents, ReadError> {
    let page = html::markdown(&as_html(xml))?;
    match page.markdown.trim().is_empty() {
        true => Err(ReadError::NoText),
        false => Ok(markdown_contents(page.markdown)),
    }
}

static TAG: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?s)<!--.*?-->|<\?.*?\?>|<!DOCTYPE[^>\[]*(?:\[.*?\]\s*)?>|<!\[CDATA\[(?P<data>.*?)\]\]>|<(?P<close>/?)(?P<name>[\w:.-]+)(?P<attributes>(?:[^<>\x22']|\x22[^\x22]*\x22|'[^']*')*?)(?P<empty>/?)>")
        .expect("the pattern is in order")
});
static ATTRIBUTE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')"#).expect("the pattern is in order")
});

/// The document with elements of HTML.
fn as_html(xml: &str) -> String {
    let mut state = State::default();
    let body = TAG.replace_all(xml, |found: &Captures<'_>| state.tag(found));
    format!("<html><body>{body}</body></html>")
}

/// What is open where an element stands.
#[derive(Default)]
struct State {
    /// Depth of sections.
    depth: usize,
    /// Level of the heading that is open, if one is.
    heading: Vec<&'static str>,
    /// The outermost element that is left out, with the number of those of its name that are open within.
    skipped: Option<(String, usize)>,
    is_in_table: usize,
}

impl State {
    fn tag(&mut self, found: &Captures<'_>) -> String {
        if let Some(data) = found.name("data") {
            return match self.skipped {
                Some(_) => String::new(),
                None => data.as_str().replace('&', "&amp;").replace('<', "&lt;"),
            };
        }
        let Some(name) = found.name("name") else {
            return String::new();
        };
        let (is_end, is_empty) = (&found["close"] == "/", &found["empty"] == "/");
        let name = name.as_str();
        if let Some(hidden) = self.hidden(name, is_end, is_empty) {
            return hidden.to_owned();
        }
        let shown = self.shown(name, &found["attributes"], is_end);
        match (is_empty && !is_end, shown) {
            (true, Some(tag)) if tag.starts_with("<t") || tag.starts_with("<h") => {
                tag + &self.shown(name, "", true).unwrap_or_default()
            }
            (true, None) => {
                self.shown(name, "", true);
                String::new()
            }
            (_, shown) => shown.unwrap_or_default(),
        }
    }

    /// What stands for a part that is left out, its text too: it is hidden in HTML. `None` outside of one.
    fn hidden(&mut self, name: &str, is_end: bool, is_empty: bool) -> Option<&'static str> {
        match &mut self.skipped {
            Some((skipped, n_open)) => {
                if skipped == name && !is_empty {
                    *n_open = if is_end { *n_open - 1 } else { *n_open + 1 };
                }
                if *n_open > 0 {
                    return Some("");
                }
                self.skipped = None;
                Some("</template>")
            }
            None if SKIPPED.contains(&name) && !is_end => {
                if is_empty {
                    return Some("");
                }
                self.skipped = Some((name.to_owned(), 1));
                Some("<template>")
            }
            None => None,
        }
    }

    fn shown(&mut self, name: &str, attributes: &str, is_end: bool) -> Option<String> {
        let slash = if is_end { "/" } else { "" };
        let local = name.rsplit(':').next().unwrap_or(name);
        match (name, local) {
            ("text:h", _) => {
                Some(self.heading_of(is_end, || attribute(attributes, "text:outline-level")))
            }
            (_, "title" | "article-title") if self.is_in_table == 0 => {
                let level = (self.depth + 1).to_string();
                Some(self.heading_of(is_end, || Some(level.clone())))
            }
            (
                _,
                "section" | "sec" | "chapter" | "sect1" | "sect2" | "sect3" | "sect4" | "appendix"
                | "part" | "preface",
            ) => {
                self.depth = if is_end {
                    self.depth.saturating_sub(1)
                } else {
                    self.depth + 1
                };
                None
            }
            ("text:s", _) => (!is_end).then(|| " ".to_owned()),
            ("text:tab", _) => (!is_end).then(|| " ".to_owned()),
            ("text:line-break", _) => (!is_end).then(|| "<br>".to_owned()),
            ("table:table" | "table" | "informaltable" | "tgroup", _) => self.table(name, is_end),
            ("table:table-cell" | "table:covered-table-cell", _) => Some(cell(attributes, is_end)),
            _ => plain(name, local).map(|tag| format!("<{slash}{tag}>")),
        }
    }

    fn heading_of(&mut self, is_end: bool, level: impl Fn() -> Option<String>) -> String {
        if is_end {
            let tag = self.heading.pop().unwrap_or("h2");
            return format!("</{tag}>");
        }
        let level = level()
            .and_then(|level| level.parse::<usize>().ok())
            .unwrap_or(1);
        let tag = ["h1", "h2", "h3", "h4", "h5", "h6"][level.clamp(1, 6) - 1];
        self.heading.push(tag);
        format!("<{tag}>")
    }

    /// A group of rows is the table that it stands in.
    fn table(&mut self, name: &str, is_end: bool) -> Option<String> {
        if name == "tgroup" {
            return None;
        }
        self.is_in_table = match is_end {
            true => self.is_in_table.saturating_sub(1),
            false => self.is_in_table + 1,
        };
        Some(format!("<{}table>", if is_end { "/" } else { "" }))
    }
}

/// A cell of a spreadsheet, as often as it is repeated.
fn cell(attributes: &str, is_end: bool) -> String {
    if is_end {
        return "</td>".to_owned();
    }
    let number = |name: &str| attribute(attributes, name).and_then(|n| n.parse::<usize>().ok());
    let n_repeated = number("table:number-columns-repeated").unwrap_or(1);
    let blank = match n_repeated {
        n if n > MAX_REPEATED => String::new(),
        n => "<td></td>".repeat(n.saturating_sub(1)),
    };
    let spans = [
        ("colspan", "table:number-columns-spanned"),
        ("rowspan", "table:number-rows-spanned"),
    ];
    let spans: String = spans
        .iter()
        .filter_map(|(html, odf)| Some(format!(" {html}=\"{}\"", number(odf)?)))
        .collect();
    format!("{blank}<td{spans}>")
}

fn attribute(attributes: &str, wanted: &str) -> Option<String> {
    ATTRIBUTE
        .captures_iter(attributes)
        .find(|found| &found[1] == wanted)
        .and_then(|found| {
            let value = found.get(2).or_else(|| found.get(3))?;
            Some(value.as_str().to_owned())
        })
}

/// Elements that are no text of the document.
const SKIPPED: [&str; 22] = [
    "office:annotation",
    "office:automatic-styles",
    "office:styles",
    "office:meta",
    "office:settings",
    "office:master-styles",
    "office:font-face-decls",
    "office:scripts",
    "text:tracked-changes",
    "text:sequence-decls",
    "office:forms",
    "table:content-validations",
    "journal-meta",
    "article-id",
    "contrib-group",
    "permissions",
    "ref-list",
    "bibliography",
    "table:covered-table-cell",
    "indexterm",
    "remark",
    "xref",
];

/// The element of HTML for what has no state.
fn plain(name: &str, local: &str) -> Option<&'static str> {
    let tag = match name {
        "text:list" | "itemizedlist" | "list" | "simplelist" => "ul",
        "orderedlist" | "procedure" => "ol",
        "text:list-item" | "listitem" | "list-item" | "step" | "member" => "li",
        "table:table-row" | "row" => "tr",
        "entry" => "td",
        "programlisting" | "screen" | "literallayout" | "preformat" | "code-block" => "pre",
        "blockquote" | "disp-quote" => "blockquote",
        "emphasis" | "italic" => "em",
        "bold" => "strong",
        "subscript" => "sub",
        "superscript" => "sup",
        "literal" | "command" | "filename" | "monospace" | "function" | "option" => "code",
        _ => match local {
            "p" | "para" | "simpara" | "formalpara" | "label" | "term" => "p",
            "thead" => "thead",
            "tbody" => "tbody",
            "tr" => "tr",
            "td" => "td",
            "th" => "th",
            "sup" => "sup",
            "sub" => "sub",
            "math" => "math",
            "mi" => "mi",
            "mn" => "mn",
            "mo" => "mo",
            "mrow" => "mrow",
            "mfrac" => "mfrac",
            "msup" => "msup",
            "msub" => "msub",
            "msqrt" => "msqrt",
            "mtext" => "mtext",
            _ => return None,
        },
    };
    Some(tag)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(xml: &str) -> String {
        contents(xml).unwrap().text.trim().to_owned()
    }

    #[test]
    fn each_kind_of_document_has_its_headings_lists_and_tables() {
        let odf = r#"<?xml version="1.0"?><office:document-content><office:body><office:text>
            <office:annotation><text:p>A remark</text:p></office:annotation>
            <text:h text:outline-level="1">Pump</text:h><text:p>It <text:span>pumps</text:span>.</text:p>
            <table:table><table:table-row><table:table-cell><text:p>Drug</text:p></table:table-cell><table:table-cell><text:p>Dose</text:p></table:table-cell></table:table-row>
            <table:table-row><table:table-cell/><table:table-cell><text:p>5 mg</text:p></table:table-cell><table:table-cell table:number-columns-repeated="1000"/></table:table-row></table:table>
            </office:text></office:body></office:document-content>"#;
        let text = read(odf);
        for words in ["# Pump\n", "It pumps.", "| Drug | Dose |", "|  | 5 mg |"] {
            assert!(text.contains(words), "{words} is not in {text}");
        }
        assert!(!text.contains("remark"), "{text}");
        let docbook = "<!DOCTYPE article PUBLIC \"x\" \"y\"><article><title>Pump</title><!-- no --><section><title>Battery</title><para>It lasts <emphasis>nine</emphasis> hours.</para>\
            <informaltable><tgroup cols=\"2\"><thead><row><entry>A</entry><entry>B</entry></row></thead><tbody><row><entry>1</entry><entry>2</entry></row></tbody></tgroup></informaltable></section></article>";
        let text = read(docbook);
        for words in [
            "# Pump\n",
            "## Battery\n",
            "It lasts *nine* hours.",
            "| A | B |",
            "| 1 | 2 |",
        ] {
            assert!(text.contains(words), "{words} is not in {text}");
        }
        let jats = "<article><front><journal-meta><journal-title>J</journal-title></journal-meta><article-meta><title-group><article-title>Pumps</article-title></title-group><abstract><p>Short.</p></abstract></article-meta></front><body><sec><title>Methods</title><p>H<sub>2</sub>O &amp; more.</p></sec></body></article>";
        let text = read(jats);
        for words in ["# Pumps\n", "Short.", "## Methods\n", "H₂O & more."] {
            assert!(text.contains(words), "{words} is not in {text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_answered(xml in "(</?(sec|title|p|table|tr|td|xref|office:annotation)/?>|\\PC){0,30}") {
            let _ = contents(&xml);
        }
    }
}
