//! Documents of Office as Markdown; of PPTX each slide is a page.

use crate::{ExtractError, docx};
use examen_core::{Contents, Format};
use office_oxide::{Document, DocumentFormat, ir::DocumentIR};
use std::{io::Cursor, path::Path};

/// A Word document: a ZIP file that is no presentation.
pub(crate) const DOCX: Format = Format {
    name: "DOCX",
    extensions: &["docx", "docm"],
    begins: |beginning| {
        is_zip(beginning)
            && !has_slides(beginning)
            && !beginning.windows(3).any(|bytes| bytes == b"xl/")
    },
    read: |path| Ok(word(path)?),
    picture: None,
};

/// A PowerPoint presentation.
pub(crate) const PPTX: Format = Format {
    name: "PPTX",
    extensions: &["pptx"],
    begins: |beginning| is_zip(beginning) && has_slides(beginning),
    read: |path| Ok(extract(path)?),
    picture: None,
};

/// An Excel workbook.
pub(crate) const XLSX: Format = Format {
    name: "XLSX",
    extensions: &["xlsx", "xlsm"],
    begins: |beginning| is_zip(beginning) && beginning.windows(3).any(|bytes| bytes == b"xl/"),
    read: |path| Ok(extract(path)?),
    picture: None,
};

/// Word, Excel and PowerPoint before 2007.
pub(crate) const OLD: Format = Format {
    name: "DOC, XLS and PPT",
    extensions: &["doc", "xls", "ppt"],
    begins: |beginning| beginning.starts_with(b"\xD0\xCF\x11\xE0"),
    read: |path| Ok(extract(path)?),
    picture: None,
};

fn is_zip(beginning: &[u8]) -> bool {
    beginning.starts_with(b"PK\x03\x04")
}

fn has_slides(beginning: &[u8]) -> bool {
    beginning.windows(4).any(|bytes| bytes == b"ppt/")
}

fn broken(error: impl std::fmt::Display) -> ExtractError {
    ExtractError::Broken(error.to_string())
}

/// A Word document with its formulas in LaTeX and without the headers and footers of its pages.
fn word(path: &Path) -> Result<Contents, ExtractError> {
    let package = std::fs::read(path).map_err(broken)?;
    let Some(prepared) = docx::prepare(&package) else {
        return extract(path);
    };
    let reader = Cursor::new(prepared.package.clone());
    let document = Document::from_reader(reader, DocumentFormat::Docx).map_err(broken)?;
    let contents = contents(&document)?;
    Ok(Contents {
        text: prepared.finish(&contents.text),
        ..contents
    })
}

fn extract(path: &Path) -> Result<Contents, ExtractError> {
    contents(&Document::open(path).map_err(broken)?)
}

fn contents(document: &Document) -> Result<Contents, ExtractError> {
    let contents = match document.as_pptx() {
        None => Contents {
            text: document.to_markdown(),
            ..Contents::default()
        },
        Some(_) => slides(document.to_ir()),
    };
    match contents.text.trim().is_empty() {
        true => Err(ExtractError::Empty),
        false => Ok(Contents {
            is_markdown: true,
            ..contents
        }),
    }
}

fn slides(mut slides: DocumentIR) -> Contents {
    let mut contents = Contents::default();
    for section in std::mem::take(&mut slides.sections) {
        contents.pages.push(contents.text.len());
        slides.sections = vec![section];
        contents.text.push_str(slides.to_markdown().trim());
        contents.text.push_str("\n\n");
    }
    contents
}
