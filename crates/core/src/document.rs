//! Documents and the passages they are cut into.

use crate::{ChunkId, DocumentId, Language};
use serde::{Deserialize, Serialize};

/// A half-open range of bytes of a document's text, on character borders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// A heading of a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heading {
    /// First byte of its line in the document's text.
    pub start: usize,
    /// From 1, the document's title or its chapters, to 6.
    pub level: u8,
    /// Its text, on one line and without markup.
    pub title: String,
}

/// Contents of a document's file, before its language is known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contents {
    /// The text.
    pub text: String,
    /// `true` for a text in Markdown.
    pub is_markdown: bool,
    /// Its headings, in order.
    pub headings: Vec<Heading>,
    /// First byte of each page, the first page's too; empty where the format has no pages.
    pub pages: Vec<usize>,
    /// Headers, footers and page numbers, which are no part of the text; by page.
    pub running: Vec<String>,
    /// What of the file is not in the text, or may be wrong in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<Notice>,
}

/// A part of a file that is not in its text, or may be wrong in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Kind of the part.
    pub kind: NoticeKind,
    /// Its page, from 0, where it is one or on one.
    pub page: Option<usize>,
    /// What it is and why, as a clause: `it is a picture`.
    pub words: String,
}

/// Kinds of notices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum NoticeKind {
    /// A page without text, or with text that nobody can read.
    Page,
    /// What nobody reads: embedded data.
    Bulk,
    /// Text of which the encoding is in doubt.
    Encoding,
    /// A page whose text was recognised from a picture of it.
    Recognised,
}

/// One source text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// Made of path and text.
    pub id: DocumentId,
    /// Path below the input folder, with `/` on every system.
    pub path: String,
    /// Its text, decoded.
    pub text: String,
    /// The language of most of it.
    pub language: Language,
}

impl Document {
    /// A document as read from a file.
    pub fn new(path: impl Into<String>, text: impl Into<String>, language: Language) -> Self {
        let (path, text) = (path.into(), text.into());
        Self {
            id: DocumentId::of(&[&path, &text]),
            path,
            text,
            language,
        }
    }
}

/// A passage that questions are asked about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chunk {
    /// Made of document and span.
    pub id: ChunkId,
    /// The document that it is a part of.
    pub document_id: DocumentId,
    /// Its bytes in the document's text.
    pub span: Span,
    /// The document's text at `span`.
    pub text: String,
}

impl Chunk {
    /// The passage of `document` at `span`, which must lie on character borders.
    pub fn new(document: &Document, span: Span) -> Self {
        Self {
            id: ChunkId::of(&[
                document.id.as_str(),
                &span.start.to_string(),
                &span.end.to_string(),
            ]),
            document_id: document.id.clone(),
            span,
            text: document.text[span.start..span.end].to_owned(),
        }
    }
}
