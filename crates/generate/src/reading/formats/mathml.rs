//! Formulas of a page as LaTeX: as its author wrote it where the page has that, else made of MathML.

use super::html::{attribute, each, tag, text_of};
use htmd::{
    Element, Node,
    element_handler::{HandlerResult, Handlers},
};
use std::{cell::RefCell, rc::Rc};

/// Formulas within formulas are followed to this depth.
const MAX_DEPTH: usize = 60;

/// A formula.
pub(super) fn math(_: &dyn Handlers, element: Element<'_>) -> Option<HandlerResult> {
    let latex = written(element.node).unwrap_or_else(|| latex(element.node, 0));
    let latex = latex.split_whitespace().collect::<Vec<_>>().join(" ");
    let is_block = attribute(element.node, "display").is_some_and(|display| display == "block");
    Some(match is_block {
        true => format!("\n\n$${latex}$$\n\n").into(),
        false => format!("${latex}$").into(),
    })
}

/// A formula of MathJax, which stands in a script.
pub(super) fn script(_: &dyn Handlers, element: Element<'_>) -> Option<HandlerResult> {
    let kind = attribute(element.node, "type")?;
    let latex = text_of(element.node);
    match kind.strip_prefix("math/tex")? {
        mode if mode.contains("display") => Some(format!("\n\n$${}$$\n\n", latex.trim()).into()),
        _ => Some(format!("${}$", latex.trim()).into()),
    }
}

/// The LaTeX that a formula was made of.
fn written(math: &Rc<Node>) -> Option<String> {
    let found = RefCell::new(None);
    each(math, &mut |node| {
        let is_tex = tag(node) == Some("annotation")
            && attribute(node, "encoding").is_some_and(|encoding| encoding.contains("tex"));
        if is_tex {
            *found.borrow_mut() = Some(text_of(node));
        }
    });
    let is_latex = |text: &String| text.contains('\\');
    found
        .into_inner()
        .or_else(|| super::html::value(math, "alttext").filter(is_latex))
}

fn latex(node: &Rc<Node>, depth: usize) -> String {
    if depth > MAX_DEPTH {
        return String::new();
    }
    let children: Vec<Rc<Node>> = node
        .children
        .borrow()
        .iter()
        .filter(|child| tag(child).is_some())
        .cloned()
        .collect();
    let part = |index: usize| {
        children
            .get(index)
            .map(|child| latex(child, depth + 1))
            .unwrap_or_default()
    };
    let all = || {
        children
            .iter()
            .map(|child| latex(child, depth + 1))
            .collect::<Vec<_>>()
            .join(" ")
    };
    match tag(node) {
        Some("annotation" | "annotation-xml") => String::new(),
        Some("mfrac") => format!("\\frac{{{}}}{{{}}}", part(0), part(1)),
        Some("msqrt") => format!("\\sqrt{{{}}}", all()),
        Some("mroot") => format!("\\sqrt[{}]{{{}}}", part(1), part(0)),
        Some("msup" | "mover") => format!("{}^{{{}}}", base(&part(0)), part(1)),
        Some("msub" | "munder") => format!("{}_{{{}}}", base(&part(0)), part(1)),
        Some("msubsup" | "munderover") => {
            format!("{}_{{{}}}^{{{}}}", base(&part(0)), part(1), part(2))
        }
        Some("mtable") => {
            let rows: Vec<String> = (0..children.len()).map(part).collect();
            format!("\\begin{{matrix}}{}\\end{{matrix}}", rows.join(" \\\\ "))
        }
        Some("mtr") => (0..children.len())
            .map(part)
            .collect::<Vec<_>>()
            .join(" & "),
        Some("mfenced") => format!(
            "({})",
            (0..children.len()).map(part).collect::<Vec<_>>().join(", ")
        ),
        Some("mtext") => format!("\\text{{{}}}", text_of(node)),
        Some("mo" | "mi" | "mn" | "ms") => symbol(text_of(node).trim()),
        _ if children.is_empty() => text_of(node).trim().to_owned(),
        _ => all(),
    }
}

/// What bears an index or exponent, in braces where it is more than one sign.
fn base(latex: &str) -> String {
    match latex.chars().count() > 1 && !latex.starts_with('\\') {
        true => format!("{{{latex}}}"),
        false => latex.to_owned(),
    }
}

/// A sign in LaTeX; letters and what LaTeX reads as it is stay.
fn symbol(sign: &str) -> String {
    let latex = match sign {
        "×" => "\\times",
        "·" | "⋅" => "\\cdot",
        "÷" => "\\div",
        "±" => "\\pm",
        "≤" => "\\leq",
        "≥" => "\\geq",
        "≠" => "\\neq",
        "≈" => "\\approx",
        "∞" => "\\infty",
        "∑" => "\\sum",
        "∏" => "\\prod",
        "∫" => "\\int",
        "∂" => "\\partial",
        "√" => "\\sqrt",
        "→" => "\\to",
        "∈" => "\\in",
        "−" => "-",
        "\u{2061}" | "\u{2062}" | "\u{2063}" | "\u{2064}" => "",
        "α" => "\\alpha",
        "β" => "\\beta",
        "γ" => "\\gamma",
        "δ" => "\\delta",
        "Δ" => "\\Delta",
        "ε" => "\\epsilon",
        "θ" => "\\theta",
        "λ" => "\\lambda",
        "μ" => "\\mu",
        "π" => "\\pi",
        "ρ" => "\\rho",
        "σ" => "\\sigma",
        "φ" => "\\phi",
        "ω" => "\\omega",
        "Ω" => "\\Omega",
        "%" => "\\%",
        sign => sign,
    };
    latex.to_owned()
}
