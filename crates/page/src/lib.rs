//! Parts of a report that is one HTML file: it asks for nothing from elsewhere, can be read without its script, in light
//! and dark, on paper, by keyboard and by a screen reader. Takes plain numbers and strings, and escapes them; knows no
//! stage.
//!
//! ```
//! use examen_page::{Page, Section, chart::{Bar, Bars}};
//! let mut section = Section::new("losses", "What was lost");
//! let bars = vec![Bar { label: "<script>".to_owned(), value: 3.0, shown: "3 of 4".to_owned() }];
//! section.text("In short.").add(&Bars { title: "Lost".to_owned(), bars });
//! let page = Page { title: "A report".to_owned(), lead: "Of a run.".to_owned(), sections: vec![section] };
//! assert!(page.to_html().contains("&lt;script&gt;"));
//! ```

pub mod chart;
mod figures;
mod frame;
mod item;
mod notice;
pub mod number;
mod section;
mod table;
mod viewer;

pub use figures::{Definitions, Figure, Figures};
pub use frame::Page;
pub use item::{Excerpt, Item, ItemOption, Items};
pub use notice::{Notice, Notices};
pub use section::{Beside, Folded, Part, Section};
pub use table::{Cell, Column, Table};
pub use viewer::{ViewedAnswer, ViewedOutcome, ViewedQuestion, ViewedRun, Viewer};
