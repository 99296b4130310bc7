//! What is done to a Word document before it is read: formulas become LaTeX, the headers and footers of its pages go.

use std::io::{Cursor, Read, Seek, Write};
use zip::{ZipArchive, ZipWriter, result::ZipError, write::SimpleFileOptions};

/// Part of the package that holds the text.
const DOCUMENT: &str = "word/document.xml";
/// A longer text is not touched, nor a formula nested deeper.
const MAX_BYTES: u64 = 128 << 20;
const MAX_DEPTH: usize = 80;
/// Marks of a formula's number in the text, until it takes the number's place.
const MARKS: (char, char) = ('\u{f0f00}', '\u{f0f01}');

/// A package to read instead, and the formulas of its text.
pub(crate) struct Prepared {
    pub(crate) package: Vec<u8>,
    formulas: Vec<String>,
}

/// Prepares a package; `None` where nothing has to be changed.
pub(crate) fn prepare(package: &[u8]) -> Option<Prepared> {
    let mut archive = ZipArchive::new(Cursor::new(package)).ok()?;
    let xml = document(&mut archive)?;
    let needs_change = ["<m:oMath", "<w:headerReference", "<w:footerReference"];
    if !needs_change.iter().any(|tag| xml.contains(tag)) {
        return None;
    }
    let mut formulas = Vec::new();
    let xml = without_references(&with_formulas(&xml, &mut formulas));
    let package = replaced(archive, &xml).ok()?;
    Some(Prepared { package, formulas })
}

impl Prepared {
    /// The text with its formulas.
    pub(crate) fn finish(&self, text: &str) -> String {
        let mut parts = text.split(MARKS.0);
        let mut finished = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (number, rest) = part.split_once(MARKS.1).unwrap_or(("", part));
            let formula = number
                .parse::<usize>()
                .ok()
                .and_then(|number| self.formulas.get(number));
            finished.push_str(formula.map_or("", String::as_str));
            finished.push_str(rest);
        }
        finished
    }
}

fn document<R: Read + Seek>(archive: &mut ZipArchive<R>) -> Option<String> {
    let mut xml = Vec::new();
    archive
        .by_name(DOCUMENT)
        .ok()?
        .take(MAX_BYTES + 1)
        .read_to_end(&mut xml)
        .ok()?;
    (xml.len() as u64 <= MAX_BYTES)
        .then(|| String::from_utf8(xml).ok())
        .flatten()
}

fn replaced<R: Read + Seek>(mut archive: ZipArchive<R>, xml: &str) -> Result<Vec<u8>, ZipError> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for index in 0..archive.len() {
        let file = archive.by_index_raw(index)?;
        match file.name().is_ok_and(|name| name == DOCUMENT) {
            true => {
                writer.start_file(DOCUMENT, SimpleFileOptions::default())?;
                writer.write_all(xml.as_bytes())?;
            }
            false => writer.raw_copy_file(file)?,
        }
    }
    Ok(writer.finish()?.into_inner())
}

/// Takes out what names the headers and footers of pages.
fn without_references(xml: &str) -> String {
    let mut left = xml.to_owned();
    for tag in ["<w:headerReference", "<w:footerReference"] {
        while let Some(start) = left.find(tag) {
            let Some(length) = left[start..].find('>') else {
                break;
            };
            left.replace_range(start..=start + length, "");
        }
    }
    left
}

/// Puts the number of each formula in its place.
fn with_formulas(xml: &str, formulas: &mut Vec<String>) -> String {
    let mut text = String::with_capacity(xml.len());
    let mut rest = xml;
    while let Some(start) = rest.find("<m:oMath>").or_else(|| rest.find("<m:oMath ")) {
        let Some(end) = rest[start..].find("</m:oMath>").map(|end| start + end) else {
            break;
        };
        text.push_str(&rest[..start]);
        let is_block = rest[..start]
            .rfind("<m:oMathPara")
            .is_some_and(|open| !rest[open..start].contains("</m:oMathPara>"));
        let latex = latex(&rest[start..end + "</m:oMath>".len()]);
        let mark = if is_block { "$$" } else { "$" };
        text.push_str(&format!(
            "<w:r><w:t xml:space=\"preserve\">{}{}{}</w:t></w:r>",
            MARKS.0,
            formulas.len(),
            MARKS.1
        ));
        formulas.push(format!("{mark}{latex}{mark}"));
        rest = &rest[end + "</m:oMath>".len()..];
    }
    // The paragraph of a formula is no element that the reader knows.
    (text + rest)
        .replace("<m:oMathPara>", "")
        .replace("</m:oMathPara>", "")
}

/// An element of a formula.
#[derive(Default)]
struct Element {
    name: String,
    value: Option<String>,
    text: String,
    children: Vec<Element>,
}

/// A formula as LaTeX.
fn latex(xml: &str) -> String {
    let mut open = vec![Element::default()];
    for part in xml.split('<').skip(1) {
        let (tag, text) = part.split_once('>').unwrap_or((part, ""));
        let is_end = tag.starts_with('/');
        if !is_end {
            let name = tag
                .trim_end_matches('/')
                .split_whitespace()
                .next()
                .unwrap_or_default();
            let value = tag
                .split_once("m:val=\"")
                .and_then(|(_, rest)| rest.split('"').next());
            open.push(Element {
                name: name.trim_start_matches("m:").to_owned(),
                value: value.map(unescaped),
                text: if name.ends_with(":t") {
                    unescaped(text)
                } else {
                    String::new()
                },
                children: Vec::new(),
            });
        }
        if (is_end || tag.ends_with('/') || open.len() > MAX_DEPTH) && open.len() > 1 {
            let element = open.pop().unwrap_or_default();
            if let Some(outer) = open.last_mut() {
                outer.children.push(element);
            }
        }
    }
    let latex = all(&open.swap_remove(0).children);
    latex.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn unescaped(text: &str) -> String {
    [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&apos;", "'"),
        ("&amp;", "&"),
    ]
    .iter()
    .fold(text.to_owned(), |text, (entity, letter)| {
        text.replace(entity, letter)
    })
}

fn all(elements: &[Element]) -> String {
    elements.iter().map(shown).collect()
}

fn shown(element: &Element) -> String {
    let part = |name| part(element, name);
    match element.name.as_str() {
        "t" => element.text.chars().map(symbol).collect(),
        "f" => format!("\\frac{{{}}}{{{}}}", part("num"), part("den")),
        "sSup" => format!("{}^{{{}}}", base(&part("e")), part("sup")),
        "sSub" => format!("{}_{{{}}}", base(&part("e")), part("sub")),
        "sSubSup" => format!(
            "{}_{{{}}}^{{{}}}",
            base(&part("e")),
            part("sub"),
            part("sup")
        ),
        "rad" => match part("deg") {
            degree if degree.is_empty() => format!("\\sqrt{{{}}}", part("e")),
            degree => format!("\\sqrt[{degree}]{{{}}}", part("e")),
        },
        "nary" => sum_or_integral(element),
        "d" => delimited(element),
        "func" => format!("\\operatorname{{{}}}{{{}}}", part("fName"), part("e")),
        "m" => matrix(element),
        "acc" | "bar" => format!("\\overline{{{}}}", part("e")),
        name if name.ends_with("Pr") => String::new(),
        _ => all(&element.children),
    }
}

/// The named part of a formula; empty where it has none.
fn part(element: &Element, name: &str) -> String {
    let mut children = element.children.iter();
    let part = children.find(|child| child.name == name);
    part.map(|part| all(&part.children)).unwrap_or_default()
}

fn property(element: &Element, group: &str, name: &str) -> Option<String> {
    let group = element.children.iter().find(|child| child.name == group)?;
    let property = group.children.iter().find(|child| child.name == name)?;
    property.value.clone()
}

fn sum_or_integral(element: &Element) -> String {
    let sign = property(element, "naryPr", "chr").unwrap_or_else(|| "∫".to_owned());
    let sign: String = sign.chars().map(symbol).collect();
    let limit = |mark: char, limit: String| match limit.is_empty() {
        true => limit,
        false => format!("{mark}{{{limit}}}"),
    };
    let (below, above) = (part(element, "sub"), part(element, "sup"));
    format!(
        "{}{}{} {}",
        sign.trim_end(),
        limit('_', below),
        limit('^', above),
        part(element, "e")
    )
}

fn delimited(element: &Element) -> String {
    let end =
        |name, usual: &str| property(element, "dPr", name).unwrap_or_else(|| usual.to_owned());
    let parts = element.children.iter().filter(|child| child.name == "e");
    let parts: Vec<String> = parts.map(|child| all(&child.children)).collect();
    format!(
        "{}{}{}",
        end("begChr", "("),
        parts.join(", "),
        end("endChr", ")")
    )
}

fn matrix(element: &Element) -> String {
    let row = |row: &Element| {
        let cells: Vec<String> = row
            .children
            .iter()
            .map(|cell| all(&cell.children))
            .collect();
        cells.join(" & ")
    };
    let rows = element.children.iter().filter(|child| child.name == "mr");
    let rows: Vec<String> = rows.map(row).collect();
    format!("\\begin{{matrix}}{}\\end{{matrix}}", rows.join(" \\\\ "))
}

/// What bears an index or exponent, in braces where it is more than one sign.
fn base(latex: &str) -> String {
    match latex.chars().count() > 1 && !latex.starts_with('\\') {
        true => format!("{{{latex}}}"),
        false => latex.to_owned(),
    }
}

/// A sign in LaTeX; a space ends a command.
fn symbol(sign: char) -> String {
    let latex = match sign {
        '×' => "\\times ",
        '·' | '⋅' => "\\cdot ",
        '÷' => "\\div ",
        '±' => "\\pm ",
        '≤' => "\\leq ",
        '≥' => "\\geq ",
        '≠' => "\\neq ",
        '≈' => "\\approx ",
        '∞' => "\\infty ",
        '∑' => "\\sum ",
        '∏' => "\\prod ",
        '∫' => "\\int ",
        '∂' => "\\partial ",
        '→' => "\\to ",
        '−' => "-",
        'α' => "\\alpha ",
        'β' => "\\beta ",
        'γ' => "\\gamma ",
        'δ' => "\\delta ",
        'Δ' => "\\Delta ",
        'λ' => "\\lambda ",
        'μ' => "\\mu ",
        'π' => "\\pi ",
        'σ' => "\\sigma ",
        'ω' => "\\omega ",
        sign => return sign.to_string(),
    };
    latex.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FRACTION: &str = "<m:oMath><m:f><m:fPr><m:type m:val=\"bar\"/></m:fPr><m:num><m:r><m:t>a+b</m:t></m:r></m:num><m:den><m:r><m:t>2</m:t></m:r></m:den></m:f>\
        <m:r><m:t>×</m:t></m:r><m:sSup><m:e><m:r><m:t>x</m:t></m:r></m:e><m:sup><m:r><m:t>2</m:t></m:r></m:sup></m:sSup><m:rad><m:deg/><m:e><m:r><m:t>y</m:t></m:r></m:e></m:rad></m:oMath>";

    #[test]
    fn formulas_are_latex() {
        assert_eq!(latex(FRACTION), "\\frac{a+b}{2}\\times x^{2}\\sqrt{y}");
        let sum = "<m:oMath><m:nary><m:naryPr><m:chr m:val=\"∑\"/></m:naryPr><m:sub><m:r><m:t>i=1</m:t></m:r></m:sub><m:sup><m:r><m:t>n</m:t></m:r></m:sup><m:e><m:r><m:t>i&lt;k</m:t></m:r></m:e></m:nary></m:oMath>";
        assert_eq!(latex(sum), "\\sum_{i=1}^{n} i<k");
    }

    #[test]
    fn a_formula_takes_the_place_of_its_number() {
        let mut formulas = Vec::new();
        let xml = with_formulas(
            &format!("<w:p>a {FRACTION} b<m:oMathPara>{FRACTION}</m:oMathPara></w:p>"),
            &mut formulas,
        );
        let prepared = Prepared {
            package: Vec::new(),
            formulas,
        };
        let text = prepared.finish(&xml);
        assert!(
            text.contains(">$\\frac{a+b}{2}\\times x^{2}\\sqrt{y}$<") && text.contains(">$$\\frac"),
            "{text}"
        );
    }

    proptest! {
        #[test]
        fn any_formula_is_answered(xml in "(</?m:(f|e|num|t|sSup|m|mr)/?>|\\PC){0,30}") {
            latex(&xml);
        }
    }
}
