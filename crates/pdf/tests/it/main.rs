//! Whole files.

use examen_core::{Contents, NoticeKind};
use examen_pdf::extract;
use std::{error::Error, path::Path};

fn read(name: &str) -> Result<Contents, Box<dyn Error + Send + Sync>> {
    extract(
        &Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../testdata/documents")
            .join(name),
    )
}

#[test]
fn a_pdf_has_its_accents_pages_headings_and_no_running_lines() {
    let contents = read("corazon.pdf").unwrap();
    for words in [
        "1 El corazón\n",
        "Está en el tórax",
        "siete mil litros\nde sangre",
        "Los niños y los pingüinos también",
    ] {
        assert!(
            contents.text.contains(words),
            "{words} is not in {}",
            contents.text
        );
    }
    assert_eq!(contents.running.len(), 6, "{:?}", contents.running);
    assert!(!contents.text.contains("Apuntes"));
    let headings: Vec<_> = contents
        .headings
        .iter()
        .map(|heading| (heading.level, heading.title.as_str()))
        .collect();
    assert_eq!(
        headings,
        [
            (1, "1 El corazón"),
            (1, "2 Las válvulas"),
            (1, "3 Los vasos")
        ]
    );
    for heading in &contents.headings {
        assert!(contents.text[heading.start..].starts_with(&heading.title));
    }
    let pages: Vec<_> = contents
        .pages
        .iter()
        .map(|&page| contents.text[page..].lines().next().unwrap())
        .collect();
    assert_eq!(
        pages[..2],
        [
            "1 El corazón",
            "de sangre. El miocardio es el músculo del corazón."
        ]
    );
    assert_eq!(pages[2], "3 Los vasos");
}

#[test]
fn office_files_are_markdown_with_headings_tables_and_slides() {
    let heart = read("heart.docx").unwrap();
    assert!(heart.is_markdown && heart.pages.is_empty());
    for words in [
        "# The heart\n",
        "## Its chambers\n",
        "two atria and two ventricles.",
        "| Left ventricle | left |",
    ] {
        assert!(
            heart.text.contains(words),
            "{words} is not in {}",
            heart.text
        );
    }
    let bones = read("bones.pptx").unwrap();
    assert_eq!(bones.pages.len(), 2, "{bones:?}");
    assert!(
        bones.text[..bones.pages[1]].contains("El fémur es el más largo."),
        "{}",
        bones.text
    );
    assert!(
        bones.text[bones.pages[1]..].contains("La médula"),
        "{}",
        bones.text
    );
}

#[test]
fn pages_that_are_pictures_are_named() {
    let contents = read("scanned.pdf").unwrap();
    assert_eq!(contents.text, "");
    let pages: Vec<_> = contents
        .notices
        .iter()
        .map(|notice| (notice.kind, notice.page, notice.words.as_str()))
        .collect();
    let picture = |page| (NoticeKind::Page, Some(page), "it is a picture");
    assert_eq!(pages, [picture(0), picture(1)]);
}

#[test]
fn what_cannot_be_read_says_why() {
    let reason = |name| read(name).unwrap_err().to_string();
    assert!(
        reason("broken.pdf").starts_with("cannot be read: "),
        "{}",
        reason("broken.pdf")
    );
    assert!(reason("nothing.docx").starts_with("cannot be read: "));
    assert_eq!(reason("lung.html"), "is in no format that is read");
}
