//! Faults of this program itself (panics), as the user reads them.

use crate::console;
use std::panic::{PanicHookInfo, set_hook};

/// The work failed.
pub(crate) const EXIT_CODE: u8 = 1;

/// Tells faults in plain words from now on.
pub(crate) fn tell() {
    set_hook(Box::new(|fault| {
        // It becomes an error that names the file.
        if !examen_core::is_caught() {
            console::insist(&words(fault));
        }
    }));
}

fn words(fault: &PanicHookInfo<'_>) -> String {
    let message = fault.payload_as_str().unwrap_or("no message");
    let place = fault
        .location()
        .map_or_else(String::new, |place| format!(" ({place})"));
    format!(
        "error: examen has a bug: {message}{place}\n\nhint: report it with the command and these words"
    )
}
