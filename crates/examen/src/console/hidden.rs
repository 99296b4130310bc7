//! A terminal that does not show what is typed.

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use std::io::{IsTerminal, stdin};

/// Shows again what is typed when it goes out of scope. Does nothing where standard input is no terminal.
pub(crate) struct Hidden(Option<Termios>);

impl Hidden {
    pub(crate) fn begin() -> Self {
        let terminal = stdin();
        let before = terminal
            .is_terminal()
            .then(|| tcgetattr(&terminal).ok())
            .flatten();
        if let Some(before) = &before {
            let mut without = before.clone();
            without.local_modes.remove(LocalModes::ECHO);
            // Better shown than not asked for.
            let _ = tcsetattr(&terminal, OptionalActions::Flush, &without);
        }
        Self(before)
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        if let Some(before) = &self.0 {
            let _ = tcsetattr(stdin(), OptionalActions::Flush, before);
        }
    }
}
