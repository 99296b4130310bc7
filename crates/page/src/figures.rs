//! A few numbers that say most, and words with what they mean.

use crate::Part;
use maud::{Markup, html};

/// A number with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    /// Name.
    pub name: String,
    /// The number.
    pub value: String,
    /// Origin, in a few words; may be empty.
    pub note: String,
}

/// Numbers beside each other.
#[derive(Debug, Clone, Default)]
pub struct Figures(pub Vec<Figure>);

/// Words, each with what it means.
#[derive(Debug, Clone, Default)]
pub struct Definitions(pub Vec<(String, String)>);

impl Part for Figures {
    fn markup(&self) -> Markup {
        html! {
            dl.figures {
                @for figure in &self.0 {
                    div {
                        dt { (figure.name) }
                        dd.value { (figure.value) }
                        @if !figure.note.is_empty() { dd.note { (figure.note) } }
                    }
                }
            }
        }
    }
}

impl Part for Definitions {
    fn markup(&self) -> Markup {
        html! { dl.definitions { @for (word, meaning) in &self.0 { div { dt { (word) } dd { (meaning) } } } } }
    }
}
