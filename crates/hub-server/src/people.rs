//! Who asks: a token's holder and what they may do. Where tokens are kept is not known here.

use serde::{Deserialize, Serialize};
use std::pin::Pin;

/// What a token's holder may do. Each holder sees all repositories; who brings no token sees the public ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Rights {
    /// Read everything.
    Read,
    /// Also create, change, move and delete.
    Write,
}

impl Rights {
    /// `read` or `write`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }
}

/// A token's holder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Their name, which is also a namespace.
    pub name: String,
    /// What they may do.
    pub rights: Rights,
}

/// An answer that may take a while.
pub type Later<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The tokens and their holders.
pub trait People: Send + Sync {
    /// Who holds the token, if somebody does.
    fn holder<'a>(&'a self, token: &'a str) -> Later<'a, Option<Person>>;
}
