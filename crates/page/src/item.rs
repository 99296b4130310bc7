//! A question as its reader sees it, with the words that it rests on.

use crate::Part;
use maud::{Markup, html};

/// A question.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Item {
    /// Origin.
    pub origin: String,
    /// Stem.
    pub stem: String,
    /// Options.
    pub options: Vec<ItemOption>,
    /// Passage that it rests on.
    pub excerpt: Option<Excerpt>,
    /// Remarks, one sentence each.
    pub comments: Vec<String>,
}

/// An option of a question.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ItemOption {
    /// Text.
    pub text: String,
    /// Label of a special one: `key`.
    pub mark: Option<String>,
}

/// A part of a text, with something in it that stands out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Excerpt {
    /// Text before it.
    pub before: String,
    /// Text that stands out; may be empty.
    pub marked: String,
    /// Text after it.
    pub after: String,
}

/// Questions one below the other.
#[derive(Debug, Clone, Default)]
pub struct Items(pub Vec<Item>);

impl Part for Items {
    fn markup(&self) -> Markup {
        html! { @for item in &self.0 { (item.markup()) } }
    }
}

impl Part for Item {
    fn markup(&self) -> Markup {
        html! {
            article.item {
                p.origin { (self.origin) }
                p.stem { (self.stem) }
                ul.options {
                    @for option in &self.options {
                        li.marked[option.mark.is_some()] {
                            (option.text)
                            @if let Some(mark) = &option.mark { " " span.tag { "✓ " (mark) } }
                        }
                    }
                }
                @if let Some(excerpt) = &self.excerpt { (excerpt.markup()) }
                @if !self.comments.is_empty() { ul.comments { @for comment in &self.comments { li { (comment) } } } }
            }
        }
    }
}

impl Part for Excerpt {
    fn markup(&self) -> Markup {
        html! {
            blockquote {
                (self.before)
                @if !self.marked.is_empty() { mark { (self.marked) } }
                (self.after)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_document_says_is_text() {
        let evil = || "<script>alert('1')</script><img src=x onerror=\"alert(2)\">&amp;".to_owned();
        let item = Item {
            origin: evil(),
            stem: evil(),
            options: vec![ItemOption {
                text: evil(),
                mark: Some(evil()),
            }],
            excerpt: Some(Excerpt {
                before: evil(),
                marked: evil(),
                after: evil(),
            }),
            comments: vec![evil()],
        };
        let html = item.markup().into_string();
        assert!(
            !html.contains("<script") && !html.contains("<img"),
            "{html}"
        );
        assert_eq!(html.matches("&lt;script&gt;").count(), 8);
        assert_eq!(html.matches("&amp;amp;").count(), 8);
    }
}
