//! A section of a page: its heading, and parts under it.

use maud::{Markup, Render, html};

/// A part of a section.
pub trait Part {
    /// The part as HTML, all text in it escaped.
    fn markup(&self) -> Markup;
}

/// One section.
#[derive(Debug, Clone)]
pub struct Section {
    /// Target of links: a word, unique on the page.
    id: &'static str,
    heading: &'static str,
    parts: Vec<Markup>,
}

/// Content that is shown on a click.
#[derive(Debug)]
pub struct Folded<'a, P: Part> {
    /// Text to click on.
    pub summary: String,
    /// Content behind it.
    pub part: &'a P,
}

/// Parts of one kind side by side, where there is room.
#[derive(Debug)]
pub struct Beside<P: Part>(pub Vec<P>);

impl Section {
    /// An empty one; `id` is a word that no other section of the page has.
    pub fn new(id: &'static str, heading: &'static str) -> Self {
        Self {
            id,
            heading,
            parts: Vec::new(),
        }
    }

    /// Adds a paragraph.
    pub fn text(&mut self, text: impl AsRef<str>) -> &mut Self {
        self.parts.push(html! { p { (text.as_ref()) } });
        self
    }

    /// Adds a heading below the section's own.
    pub fn subheading(&mut self, text: &str) -> &mut Self {
        self.parts.push(html! { h3 { (text) } });
        self
    }

    /// Adds a part.
    pub fn add(&mut self, part: &impl Part) -> &mut Self {
        self.parts.push(part.markup());
        self
    }

    /// The link that leads to it.
    pub(crate) fn link(&self) -> Markup {
        html! { a href={ "#" (self.id) } { (self.heading) } }
    }
}

impl Render for Section {
    fn render(&self) -> Markup {
        html! {
            section id=(self.id) {
                h2 { (self.heading) }
                @for part in &self.parts { (part) }
            }
        }
    }
}

impl<P: Part> Part for Beside<P> {
    fn markup(&self) -> Markup {
        html! { div.beside { @for part in &self.0 { (part.markup()) } } }
    }
}

impl<P: Part> Part for Folded<'_, P> {
    fn markup(&self) -> Markup {
        html! { details { summary { (self.summary) } (self.part.markup()) } }
    }
}
