//! The one set-up of templates: those of the card and of the files for other tools.

use minijinja::{Environment, Value, syntax::SyntaxConfig};

/// A template of this crate with its words. A block that stands alone on a line leaves no line.
///
/// # Panics
/// If the template is wrong: it is a part of the program, and tested.
pub(crate) fn render(template: &str, words: impl Into<Value>) -> String {
    let mut environment = Environment::new();
    let syntax = SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .keep_trailing_newline(true)
        .build();
    environment.set_syntax(syntax.expect("the delimiters are Jinja's own"));
    environment.add_filter("cell", cell);
    environment.add_filter("share", |n: usize, of: usize| {
        format!("{:.0} %", 100.0 * n as f64 / of as f64)
    });
    environment
        .render_str(template, words)
        .expect("the template is tested")
}

/// Text that is safe in a line or a table cell of Markdown.
fn cell(text: String) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.replace('\\', "\\\\")
        .replace('|', "\\|")
        .replace('<', "&lt;")
        .replace('`', "\\`")
        .replace('*', "\\*")
}
