//! DOCX and PPTX, as Markdown; of PPTX each slide is a page.

use crate::ExtractError;
use examen_core::{Contents, Format};
use office_oxide::{Document, ir::DocumentIR};
use std::path::Path;

/// A Word document: a ZIP file that is no presentation.
pub(crate) const DOCX: Format = Format {
    name: "DOCX",
    extensions: &["docx"],
    begins: |beginning| is_zip(beginning) && !has_slides(beginning),
    read: |path| Ok(extract(path)?),
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

fn is_zip(beginning: &[u8]) -> bool {
    beginning.starts_with(b"PK\x03\x04")
}

fn has_slides(beginning: &[u8]) -> bool {
    beginning.windows(4).any(|bytes| bytes == b"ppt/")
}

fn extract(path: &Path) -> Result<Contents, ExtractError> {
    let document = Document::open(path).map_err(|error| ExtractError::Broken(error.to_string()))?;
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
