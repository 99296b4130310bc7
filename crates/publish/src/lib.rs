//! Reviewed records → rows by one rule → a dataset folder with its card. Takes records from any
//! [`RecordSource`](examen_core::annotation::RecordSource); knows no store and no network.
//!
//! # The merge rule
//! 1. **Who votes.** Each reviewer who submitted an answer or discarded the question has one vote: for that option, or
//!    against publishing. Drafts do not count, nor do submissions that name no option.
//! 2. **What they decide.** An option that more than half of the votes are for is the key. A question that at least half
//!    of the votes discard is dropped. Anything else is undecided (a tie, or no option with more than half): left out.
//! 3. **`key_source`.** `reviewed` if every vote is for the key, `adjudicated` if most are, `partly_reviewed` if fewer
//!    reviewers answered than the dataset asks for, `suggested` if nobody voted.
//!    Nobody's vote makes a row only when unreviewed records were asked for; its key is then the model's suggestion.
//! 4. **Improved wording.** `improved_question` replaces the stem and `improved_answer` the text of the key's option. Only
//!    reviewers who chose the key are heard; of several wordings the one that most of them gave, of equally many the
//!    latest (responses come in the order in which they were given or last changed).
//! 5. **What must hold.** All texts are there and the four options are distinct for a reader
//!    ([`examen_core::text::comparable`]), after improvements too; a record that breaks this is left out.
//!
//! Whatever is left out is listed with its reason: nothing is dropped silently.
//!
//! ```
//! use examen_publish::{PlanOptions, plan};
//! let plan = plan(&[], &PlanOptions::default());
//! assert_eq!(plan.summary(), "0 of 0 records become rows\n");
//! ```

mod card;
mod changes;
mod counts;
mod error;
mod folder;
mod harnesses;
mod merge;
mod plan;
mod settings;
mod template;

pub use card::CardOptions;
pub use changes::{Changes, KeyChange};
pub use counts::{Counts, VoteCounts};
pub use error::PublishError;
pub use folder::{DATA, write_folder};
pub use merge::Reason;
pub use plan::{LeftOut, Plan, PlanOptions, plan, plan_source};
pub use settings::check;
