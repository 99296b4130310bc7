//! A notice to read before the numbers.

use crate::Part;
use maud::{Markup, html};

/// One such thing, in a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// Something is wrong.
    Alarm(String),
    /// Something is worth knowing.
    Remark(String),
    /// Something was looked at and is in order.
    Good(String),
}

/// Several of them.
#[derive(Debug, Clone, Default)]
pub struct Notices(pub Vec<Notice>);

impl Notice {
    /// Class, sign, the word for those who see neither, and the sentence.
    fn parts(&self) -> (&str, &str, &str, &str) {
        match self {
            Self::Alarm(text) => ("alarm", "▲", "Warning: ", text),
            Self::Remark(text) => ("remark", "●", "Note: ", text),
            Self::Good(text) => ("good", "✓", "In order: ", text),
        }
    }
}

impl Part for Notices {
    fn markup(&self) -> Markup {
        html! {
            ul.notices {
                @for (class, sign, word, text) in self.0.iter().map(Notice::parts) {
                    li class=(class) { span.sign aria-hidden="true" { (sign) } span { b { (word) } (text) } }
                }
            }
        }
    }
}
