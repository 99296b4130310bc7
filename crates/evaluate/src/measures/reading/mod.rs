//! Answers read from text: the letter, the number or the verdict that a reply ends at.
//!
//! Those of letters and numbers know the phrases of eight languages (`phrases.json`) at once, since a model may reply in
//! another language than it was asked in, and are conservative: a reply that gives several different answers gives none. They stop at the
//! text that they are given; reasoning before it is cut out by the caller.

mod letters;
mod numbers;
mod phrases;
mod verdicts;

pub use letters::read_choice;
pub use numbers::read_number;
pub use verdicts::read_verdict;

/// The end of a reply is what is read of one that is longer.
const MAX_BYTES: usize = 64 * 1024;

/// The last part of a reply that is read, from a character's first byte on.
fn last_part(reply: &str) -> &str {
    let start = reply.len().saturating_sub(MAX_BYTES);
    &reply[reply.ceil_char_boundary(start)..]
}

/// Answers that a rule found.
#[derive(Debug)]
enum Found<T> {
    /// None: the next rule is asked.
    Nothing,
    /// One, maybe several times.
    One(T),
    /// Several that differ, or one that says it is not the only one.
    Several,
}

impl<T: Copy + PartialEq> Found<T> {
    /// What all of `answers` say together; `None` among them is an answer that names several.
    fn of(answers: impl IntoIterator<Item = Option<T>>) -> Self {
        let mut found = Self::Nothing;
        for answer in answers {
            found = match (found, answer) {
                (Self::Nothing, Some(answer)) => Self::One(answer),
                (Self::One(before), Some(answer)) if before == answer => Self::One(answer),
                _ => return Self::Several,
            };
        }
        found
    }
}

/// The answer of the first rule that finds one; none if that rule finds several.
fn first<T>(rules: &[&dyn Fn() -> Found<T>]) -> Option<T> {
    for rule in rules {
        match rule() {
            Found::Nothing => {}
            Found::One(answer) => return Some(answer),
            Found::Several => return None,
        }
    }
    None
}
