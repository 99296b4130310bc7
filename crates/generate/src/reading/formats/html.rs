//! HTML: its main content as Markdown, without navigation, scripts and what else surrounds it.
//!
//! Other parts are known by element, ARIA role, class or id, or because they are made of links. The main content is the
//! element that says so (`main`, `role="main"`, a single `article`), if it has a fair share of the text. Readability's
//! scores, made for news pages, cut chapters of manuals; and its Rust copies bring `selectors`, which is under the MPL.

use super::{Format, bytes, first_letter, html_table, markdown_contents, mathml};
use crate::reading::{ReadError, decode::noticed};
use encoding_rs::Encoding;
use examen_core::{Contents, Heading, Notice};
use htmd::{
    Element, HtmlToMarkdown, Node,
    element_handler::{HandlerResult, Handlers},
};
use markup5ever_rcdom::NodeData;
use std::rc::Rc;

/// An HTML file.
pub(super) const FORMAT: Format = Format {
    name: "HTML",
    extensions: &["html", "htm", "xhtml"],
    begins: |beginning| first_letter(beginning) == Some(b'<'),
    read: |path| Ok(contents(&bytes(path)?)?),
    picture: None,
};

fn contents(bytes: &[u8]) -> Result<Contents, ReadError> {
    let (html, notice) = text(bytes)?;
    let page = if html.starts_with("<?xml") {
        markdown(&with_ends(&html))
    } else {
        markdown(&html)
    }?;
    if page.markdown.trim().is_empty() {
        return Err(ReadError::NoText);
    }
    let mut contents = markdown_contents(page.markdown);
    if let (true, Some(title)) = (contents.headings.is_empty(), page.title) {
        contents.headings.push(Heading {
            start: 0,
            level: 1,
            title,
        });
    }
    contents.notices.extend(notice);
    Ok(contents)
}

/// Elements that are no content, wherever they are.
const SKIPPED_TAGS: [&str; 27] = [
    "script", "style", "noscript", "template", "head", "nav", "footer", "aside", "form", "button",
    "select", "input", "textarea", "iframe", "object", "embed", "canvas", "svg", "img", "picture",
    "video", "audio", "dialog", "menu", "map", "link", "meta",
];
const SKIPPED_ROLES: [&str; 10] = [
    "navigation",
    "banner",
    "contentinfo",
    "search",
    "complementary",
    "menu",
    "menubar",
    "dialog",
    "alertdialog",
    "toolbar",
];
/// Words of classes and ids.
const SKIPPED_NAMES: [&str; 38] = [
    "nav",
    "navbar",
    "navheader",
    "navfooter",
    "navigation",
    "breadcrumb",
    "breadcrumbs",
    "sidebar",
    "sphinxsidebar",
    "toc",
    "tableofcontents",
    "table-of-contents",
    "menu",
    "footer",
    "site-footer",
    "page-footer",
    "site-header",
    "page-header",
    "cookie",
    "cookies",
    "cookie-banner",
    "share",
    "social",
    "skip-link",
    "headerlink",
    "pagination",
    "pager",
    "comments",
    "newsletter",
    "subscribe",
    "advertisement",
    "ads",
    "noprint",
    "mw-editsection",
    "navbox",
    "printfooter",
    "catlinks",
    "list-of-tables",
];
/// Elements that hold others; made of so many links, short ones, that are so much of its text, one is navigation.
const CONTAINERS: [&str; 7] = ["div", "ul", "ol", "dl", "table", "p", "section"];
const MIN_LINKS: usize = 4;
const LINK_PERCENT: usize = 80;
const LINK_CHARS: usize = 25;
/// The main content has so much of the text at least.
const MAIN_PERCENT: usize = 25;

/// A page.
pub(super) struct Page {
    pub(super) markdown: String,
    pub(super) title: Option<String>,
}

/// The main content of a page.
pub(super) fn markdown(html: &str) -> Result<Page, ReadError> {
    let converter = HtmlToMarkdown::builder()
        .add_handler(vec!["pre"], code)
        .add_handler(vec!["table"], html_table::table)
        .add_handler(vec!["math"], mathml::math)
        .add_handler(vec!["script"], mathml::script)
        .add_handler(vec!["sup"], superscript)
        .add_handler(vec!["sub"], subscript)
        .build();
    let tree = |html| converter.html_to_tree(html).map_err(ReadError::broken);
    let whole = tree(html)?;
    let title = find(&whole, &|node| tag(node) == Some("title")).map(|node| words(&text_of(&node)));
    prune(&whole, &is_content);
    let main = main(&whole);
    prune(&main, &|node| !is_links(node));
    unlink(&main);
    let mut markdown = converter.tree_to_markdown(&main);
    if markdown.trim().is_empty() {
        let whole = tree(html)?;
        prune(&whole, &|node| {
            !matches!(
                tag(node),
                Some("script" | "style" | "noscript" | "template" | "head" | "img")
            )
        });
        unlink(&whole);
        markdown = converter.tree_to_markdown(&whole);
    }
    Ok(Page {
        markdown: without_escapes(&markdown),
        title: title.filter(|title| !title.is_empty()),
    })
}

/// Text that is set in lines of its own, between fences longer than any in it.
fn code(_: &dyn Handlers, element: Element<'_>) -> Option<HandlerResult> {
    let text = text_of(element.node);
    let longest = text
        .split(|c| c != '`')
        .map(str::len)
        .max()
        .unwrap_or_default();
    let fence = "`".repeat(longest.max(2) + 1);
    Some(format!("\n\n{fence}\n{}\n{fence}\n\n", text.trim_matches('\n')).into())
}

fn superscript(handlers: &dyn Handlers, element: Element<'_>) -> Option<HandlerResult> {
    Some(raised(handlers, &element, '^'))
}

fn subscript(handlers: &dyn Handlers, element: Element<'_>) -> Option<HandlerResult> {
    Some(raised(handlers, &element, '_'))
}

/// An exponent or index, in Unicode's own letters where it has them, else as LaTeX marks it.
fn raised(handlers: &dyn Handlers, element: &Element<'_>, mark: char) -> HandlerResult {
    let content = handlers.walk_children(element.node).content;
    let text = content.trim();
    let letters = if mark == '^' {
        SUPERSCRIPTS
    } else {
        SUBSCRIPTS
    };
    let letter = |c: char| {
        letters
            .iter()
            .find(|(plain, _)| *plain == c)
            .map(|(_, raised)| *raised)
    };
    match text.chars().map(letter).collect::<Option<String>>() {
        Some(raised) => raised.into(),
        None => format!("{mark}{{{text}}}").into(),
    }
}

const SUPERSCRIPTS: &[(char, char)] = &[
    ('0', '⁰'),
    ('1', '¹'),
    ('2', '²'),
    ('3', '³'),
    ('4', '⁴'),
    ('5', '⁵'),
    ('6', '⁶'),
    ('7', '⁷'),
    ('8', '⁸'),
    ('9', '⁹'),
    ('+', '⁺'),
    ('-', '⁻'),
    ('−', '⁻'),
    ('n', 'ⁿ'),
    ('i', 'ⁱ'),
];
const SUBSCRIPTS: &[(char, char)] = &[
    ('0', '₀'),
    ('1', '₁'),
    ('2', '₂'),
    ('3', '₃'),
    ('4', '₄'),
    ('5', '₅'),
    ('6', '₆'),
    ('7', '₇'),
    ('8', '₈'),
    ('9', '₉'),
    ('+', '₊'),
    ('-', '₋'),
    ('−', '₋'),
];

/// Elements that have no end in HTML either.
const VOID: [&str; 8] = ["br", "hr", "img", "input", "link", "meta", "col", "wbr"];

/// XHTML with `<a/>` as `<a></a>`: for a reader of HTML the first has only begun.
pub(super) fn with_ends(xhtml: &str) -> String {
    let mut html = String::with_capacity(xhtml.len());
    let mut rest = xhtml;
    while let Some(end) = rest.find("/>") {
        let start = rest[..end].rfind('<').unwrap_or(end);
        let name: String = rest[start..end]
            .chars()
            .skip(1)
            .take_while(|c| c.is_ascii_alphanumeric())
            .collect();
        html.push_str(&rest[..end]);
        match name.is_empty() || VOID.contains(&name.as_str()) {
            true => html.push_str("/>"),
            false => html.push_str(&format!("></{name}>")),
        }
        rest = &rest[end + 2..];
    }
    html + rest
}

/// Decoded as the page says that it is, where it is no UTF-8.
fn text(bytes: &[u8]) -> Result<(String, Option<Notice>), ReadError> {
    if std::str::from_utf8(bytes).is_err()
        && Encoding::for_bom(bytes).is_none()
        && let Some(encoding) = declared(bytes)
    {
        return Ok((encoding.decode(bytes).0.into_owned(), None));
    }
    Ok(noticed(bytes)?)
}

/// `charset=…` near the beginning.
fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let beginning = String::from_utf8_lossy(&bytes[..bytes.len().min(1024)]).to_lowercase();
    let after = beginning
        .split_once("charset=")?
        .1
        .trim_start_matches(['"', '\'']);
    let label = &after[..after
        .find(|c: char| !c.is_ascii_alphanumeric() && !"-_:".contains(c))
        .unwrap_or(after.len())];
    Encoding::for_label(label.as_bytes())
}

pub(super) fn tag(node: &Node) -> Option<&str> {
    match &node.data {
        NodeData::Element { name, .. } => Some(&name.local),
        _ => None,
    }
}

/// The value of an attribute in lower case.
pub(super) fn attribute(node: &Node, wanted: &str) -> Option<String> {
    value(node, wanted).map(|value| value.to_lowercase())
}

/// The value of an attribute as it is written.
pub(super) fn value(node: &Node, wanted: &str) -> Option<String> {
    match &node.data {
        NodeData::Element { attrs, .. } => {
            let attrs = attrs.borrow();
            attrs
                .iter()
                .find(|attr| &*attr.name.local == wanted)
                .map(|attr| attr.value.to_string())
        }
        _ => None,
    }
}

/// True for a formula in a script.
fn is_formula(node: &Node) -> bool {
    tag(node) == Some("script")
        && attribute(node, "type").is_some_and(|kind| kind.starts_with("math/tex"))
}

/// Takes out what is not to be kept.
fn prune(node: &Rc<Node>, keep: &dyn Fn(&Rc<Node>) -> bool) {
    node.children.borrow_mut().retain(|child| keep(child));
    node.children
        .borrow()
        .iter()
        .for_each(|child| prune(child, keep));
}

/// Replaces each link by the text that it shows.
fn unlink(node: &Rc<Node>) {
    let children = std::mem::take(&mut *node.children.borrow_mut());
    let mut kept = Vec::with_capacity(children.len());
    for child in children {
        unlink(&child);
        match tag(&child) {
            Some("a") => kept.append(&mut child.children.borrow_mut()),
            _ => kept.push(child),
        }
    }
    *node.children.borrow_mut() = kept;
}

fn is_content(node: &Rc<Node>) -> bool {
    let Some(tag) = tag(node) else { return true };
    if is_formula(node) {
        return true;
    }
    if SKIPPED_TAGS.contains(&tag) || attribute(node, "hidden").is_some() {
        return false;
    }
    if matches!(tag, "html" | "body" | "main" | "article") {
        return true;
    }
    let is = |name: &str, value: &str| attribute(node, name).is_some_and(|found| found == value);
    let is_invisible = is("aria-hidden", "true")
        || attribute(node, "style")
            .is_some_and(|style| style.replace(' ', "").contains("display:none"));
    let is_header = tag == "header" && find(node, &|node| self::tag(node) == Some("h1")).is_none();
    let role = attribute(node, "role").unwrap_or_default();
    let names = ["class", "id"]
        .map(|name| attribute(node, name).unwrap_or_default())
        .join(" ");
    let has_name = names
        .split_whitespace()
        .any(|name| SKIPPED_NAMES.contains(&name));
    !is_invisible && !is_header && !has_name && !SKIPPED_ROLES.contains(&role.as_str())
}

/// True if an element is little more than links.
fn is_links(node: &Rc<Node>) -> bool {
    if !tag(node).is_some_and(|tag| CONTAINERS.contains(&tag)) {
        return false;
    }
    let (mut n_links, mut n_linked) = (0, 0);
    each(node, &mut |node| {
        if tag(node) == Some("a") {
            n_links += 1;
            n_linked += n_chars(node);
        }
    });
    n_links >= MIN_LINKS
        && n_linked <= n_links * LINK_CHARS
        && n_linked * 100 >= n_chars(node) * LINK_PERCENT
}

/// The element that says that it is the main content; the whole where none does, or what it has is too little.
fn main(whole: &Rc<Node>) -> Rc<Node> {
    let is_main = |node: &Rc<Node>| {
        tag(node) == Some("main") || attribute(node, "role").as_deref() == Some("main")
    };
    let total = n_chars(whole);
    let mut articles = Vec::new();
    each(whole, &mut |node| {
        if tag(node) == Some("article") {
            articles.push(Rc::clone(node));
        }
    });
    let article = if articles.len() == 1 {
        articles.pop()
    } else {
        None
    };
    let candidates = [find(whole, &is_main), article];
    let main = candidates
        .into_iter()
        .flatten()
        .find(|node| n_chars(node) * 100 >= total * MAIN_PERCENT);
    main.unwrap_or_else(|| Rc::clone(whole))
}

fn find(node: &Rc<Node>, is: &dyn Fn(&Rc<Node>) -> bool) -> Option<Rc<Node>> {
    if is(node) {
        return Some(Rc::clone(node));
    }
    node.children
        .borrow()
        .iter()
        .find_map(|child| find(child, is))
}

pub(super) fn each(node: &Rc<Node>, see: &mut dyn FnMut(&Rc<Node>)) {
    see(node);
    node.children
        .borrow()
        .iter()
        .for_each(|child| each(child, see));
}

pub(super) fn text_of(node: &Node) -> String {
    fn add(node: &Node, text: &mut String) {
        if let NodeData::Text { contents } = &node.data {
            text.push_str(&contents.borrow());
        }
        node.children
            .borrow()
            .iter()
            .for_each(|child| add(child, text));
    }
    let mut text = String::new();
    add(node, &mut text);
    text
}

fn n_chars(node: &Rc<Node>) -> usize {
    text_of(node).chars().filter(|c| !c.is_whitespace()).count()
}

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The Markdown without addresses of links, and without backslashes before what may stand alone in running text: the
/// passage is to read as the page does. Code is left as it is.
fn without_escapes(markdown: &str) -> String {
    let mut is_code = false;
    let mut text = String::with_capacity(markdown.len());
    for line in markdown.split_inclusive('\n') {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        match is_code || is_fence {
            true => text.push_str(line),
            false => unescape(line, &mut text),
        }
    }
    text
}

fn unescape(line: &str, text: &mut String) {
    let mut letters = line.chars().peekable();
    let mut is_code = false;
    while let Some(c) = letters.next() {
        is_code ^= c == '`';
        match (c, letters.peek()) {
            ('\\', Some('_' | '*' | '[' | ']' | '`' | '~' | '.' | ')' | '-' | '+' | '\\'))
                if !is_code =>
            {
                text.extend(letters.next());
            }
            _ => text.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(html: &str) -> Contents {
        contents(html.as_bytes()).unwrap()
    }

    #[test]
    fn navigation_is_left_out_and_structure_kept() {
        let html = r##"<html><head><title>The heart - A book</title><style>p{}</style></head><body class="sidebar">
            <header><a href="/">Home</a></header><div class="navheader"><a href="x">Next</a></div>
            <div id="main"><h1>The heart<a class="headerlink" href="#x">¶</a></h1><p>It <em>pumps</em> blood_of <a href="b.html">the body</a>.</p>
            <ul><li>Four chambers</li></ul><table><tr><th>Rate</th></tr><tr><td>70</td></tr></table><pre>a\_b</pre>
            <ul><li><a href="1">Part one</a></li><li><a href="2">Part two</a></li><li><a href="3">Three</a></li><li><a href="4">Four</a></li></ul></div>
            <footer>Imprint</footer><script>var x;</script></body></html>"##;
        let contents = read(html);
        for word in [
            "# The heart\n",
            "It *pumps* blood_of the body.",
            "Four chambers",
            "| 70",
            "a\\_b",
        ] {
            assert!(
                contents.text.contains(word),
                "{word} is not in {}",
                contents.text
            );
        }
        for word in ["Home", "Next", "¶", "Part", "Imprint", "var", "b.html"] {
            assert!(
                !contents.text.contains(word),
                "{word} is in {}",
                contents.text
            );
        }
        assert_eq!(
            contents.headings,
            [Heading {
                start: 0,
                level: 1,
                title: "The heart".into()
            }]
        );
    }

    #[test]
    fn cells_stand_in_all_rows_and_columns_that_they_span() {
        let html = "<table><tr><th>Drug</th><th colspan=2>Dose</th></tr><tr><th rowspan=2>Ibuprofen</th><td>adult</td><td>400 mg</td></tr>\
            <tr><td>child</td><td>10 | 20</td></tr></table>";
        let text = read(html).text;
        for row in [
            "| Drug | Dose | Dose |\n| --- | --- | --- |\n",
            "| Ibuprofen | adult | 400 mg |\n",
            "| Ibuprofen | child | 10 \\| 20 |",
        ] {
            assert!(text.contains(row), "{row} is not in {text}");
        }
    }

    #[test]
    fn formulas_and_raised_letters_survive() {
        let html = r#"<p>H<sub>2</sub>O, 10<sup>-6</sup>, x<sup>a+b</sup>, \(\frac{a}{b}\).</p>
            <p><math><mfrac><mi>a</mi><msup><mi>b</mi><mn>2</mn></msup></mfrac></math> and
            <math><semantics><mi>x</mi><annotation encoding="application/x-tex">\beta_i</annotation></semantics></math></p>
            <script type="math/tex; mode=display">\sum_i i</script>"#;
        let text = read(&html.replace("\\\\", "\\")).text;
        for formula in [
            "H₂O, 10⁻⁶, x^{a+b}, \\(\\frac{a}{b}\\).",
            "$\\frac{a}{b^{2}}$",
            "$\\beta_i$",
            "$$\\sum_i i$$",
        ] {
            assert!(text.contains(formula), "{formula} is not in {text}");
        }
    }

    #[test]
    fn the_main_element_is_the_content_if_it_holds_enough() {
        let html =
            "<title>T</title><body><p>Around it.</p><main><p>The content of the page.</p></main>";
        assert_eq!(read(html).text.trim(), "The content of the page.");
        assert_eq!(read(html).headings[0].title, "T");
        let html = "<body><p>Much that is not in it, far more than what is.</p><main></main>";
        assert!(read(html).text.contains("Much"));
    }

    #[test]
    fn the_declared_encoding_is_used() {
        let bytes = b"<meta charset=\"iso-8859-2\"><p>Zdro\xbbe Stefan \xb9</p>";
        assert!(
            contents(bytes).unwrap().text.contains('š'),
            "ISO 8859-2 has š at B9"
        );
        assert!(contents(b"<body><script>x</script></body>").is_err());
    }

    #[test]
    fn empty_elements_have_ends() {
        let html = with_ends("<title/><p id=\"a\"/>One<br/>two /> <a name='b'/>");
        assert_eq!(
            html,
            "<title></title><p id=\"a\"></p>One<br/>two /> <a name='b'></a>"
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered(bytes: Vec<u8>, html in "(<(p|ul|li|a|main|table|td|h1|pre|nav)>|</(p|main|h1)>|[a-z` *_#]{1,4}|&#?[a-z0-9]{1,4};|\\PC){0,40}") {
            let _ = (contents(&bytes), with_ends(&html));
            if let Ok(contents) = contents(html.as_bytes()) {
                prop_assert!(contents.headings.iter().all(|heading| contents.text.is_char_boundary(heading.start)));
            }
        }
    }
}
