//! The definition of the command line, for the commands that print it: they are a part of it, so they cannot name it.

use clap::Command;
use std::sync::OnceLock;

static DEFINITION: OnceLock<fn() -> Command> = OnceLock::new();

/// Keeps what defines the command line.
pub(crate) fn define(definition: fn() -> Command) {
    DEFINITION.get_or_init(|| definition);
}

/// The definition of the command line.
pub(crate) fn definition() -> Command {
    DEFINITION.get().expect("the command line was read")()
}
