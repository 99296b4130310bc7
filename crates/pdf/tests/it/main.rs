//! Whole files.

use examen_core::Contents;
use examen_pdf::{FORMATS, extract};
use std::{
    error::Error,
    path::{Path, PathBuf},
};

fn read(name: &str) -> Result<Contents, Box<dyn Error + Send + Sync>> {
    extract(&path(name))
}

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../testdata/documents")
        .join(name)
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
fn blank_pages_have_no_text_and_none_is_lost() {
    let contents = read("scanned.pdf").unwrap();
    assert_eq!((contents.text.as_str(), contents.pages.len()), ("", 2));
    assert_eq!(contents.notices, []);
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

#[test]
fn a_table_keeps_its_rows_cells_and_header() {
    let grid = read("pdf/table_grid.pdf").unwrap().text;
    for row in [
        "| Drug | Adult dose | Child dose | Interval |\n| --- | --- | --- | --- |\n",
        "| Amoxicillin | 500 mg | 25 mg/kg | 8 h |\n",
        "| Ondansetron | 4 mg | | 8 h |\n",
        "| Cefazolin | | 50 mg/kg | 12 h |\n\nAny dose of morphine",
    ] {
        assert!(grid.contains(row), "{row} is not in {grid}");
    }
    let wrapped = read("pdf/table_two.pdf").unwrap().text;
    assert!(
        wrapped.contains("| 1 | The supplier delivers the goods within thirty days of the order, unless both parties agree otherwise in writing. |\n| 2 |"),
        "{wrapped}"
    );
}

#[test]
fn pages_are_read_as_they_are_displayed() {
    let turned = read("pdf/true_rotate90.pdf").unwrap().text;
    assert!(
        turned
            .starts_with("The Halden pump is calibrated every 3 months by a certified technician"),
        "{turned}"
    );
    let columns = read("pdf/real_two_columns.pdf").unwrap();
    let titles = columns.headings.iter().map(|heading| &heading.title[..2]);
    assert_eq!(
        titles.collect::<Vec<_>>()[..5],
        ["1.", "2.", "3.", "4.", "5."]
    );
    assert!(
        columns
            .text
            .starts_with("1. The Halden pump\n\nThe Halden pump is calibrated every 2 months")
    );
}

#[test]
fn words_and_letters_are_whole() {
    let glyphs = read("pdf/per_glyph.pdf").unwrap().text;
    assert!(
        glyphs.contains("every twelve months by a certified technician. A\n"),
        "{glyphs}"
    );
    let arabic = read("pdf/arabic_shaped.pdf").unwrap().text;
    assert!(
        arabic.starts_with("تضخ مضخة هالدن ما بين واحد وتسعمئة مليلتر في الساعة. تتم\n"),
        "{arabic}"
    );
}

#[test]
fn pages_that_nobody_can_read_are_named() {
    let unknown = read("pdf/no_tounicode_ru.pdf").unwrap();
    assert_eq!(unknown.text, "");
    assert!(
        unknown.notices[0].words.contains("no ToUnicode"),
        "{:?}",
        unknown.notices
    );
    let scanned = read("pdf/half_scanned.pdf").unwrap();
    let pages: Vec<_> = scanned
        .notices
        .iter()
        .filter_map(|notice| notice.page)
        .collect();
    assert_eq!(pages, (1..10).collect::<Vec<_>>());
    let png = (FORMATS[0].picture.unwrap())(&path("pdf/half_scanned.pdf"), 3).unwrap();
    assert!(png.starts_with(b"\x89PNG"));
}

#[test]
fn word_has_formulas_in_latex_and_no_running_lines() {
    let formulas = read("formulas.docx").unwrap().text;
    assert!(
        formulas.contains("The flow is $\\frac{a}{b^{2}}+\\sqrt{x_{1}}$ here"),
        "{formulas}"
    );
    assert!(
        formulas.contains("$$\\sum_{i=1}^{n} a_{i}\\times \\beta$$"),
        "{formulas}"
    );
    let running = read("running.docx").unwrap().text;
    assert!(
        running.contains("The pump pumps well.")
            && !running.contains("Confidential")
            && !running.contains("footer"),
        "{running}"
    );
    let doses = read("doses.xlsx").unwrap().text;
    assert!(doses.contains("| Amoxicillin | 500 mg |"), "{doses}");
}
