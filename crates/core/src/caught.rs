//! Panics of foreign libraries: on hostile input they are errors like others.

use std::{
    any::Any,
    cell::Cell,
    panic::{AssertUnwindSafe, catch_unwind},
    thread,
};

/// Bytes; untouched, they take no memory.
const DEEP_STACK: usize = 256 << 20;

thread_local! {
    static IS_CATCHING: Cell<bool> = const { Cell::new(false) };
}

/// Calls a foreign library. A panic is an error with its words.
///
/// ```
/// use examen_core::caught;
/// assert_eq!(caught(|| 7), Ok(7));
/// assert_eq!(caught(|| -> u32 { panic!("row {}", 7) }), Err("row 7".to_owned()));
/// ```
pub fn caught<T>(call: impl FnOnce() -> T) -> Result<T, String> {
    let was_catching = IS_CATCHING.replace(true);
    let outcome = catch_unwind(AssertUnwindSafe(call));
    IS_CATCHING.set(was_catching);
    outcome.map_err(|panic| words(&*panic))
}

/// The same, on a stack that nested input does not overflow before its reader's own limits.
///
/// ```
/// use examen_core::caught_on_deep_stack;
/// fn depth(n: u64) -> u64 {
///     if n == 0 { 0 } else { 1 + depth(n - 1) }
/// }
/// assert_eq!(caught_on_deep_stack(|| depth(1_000_000)), Ok(1_000_000));
/// ```
pub fn caught_on_deep_stack<T: Send>(call: impl FnOnce() -> T + Send) -> Result<T, String> {
    thread::scope(|scope| {
        let calling = thread::Builder::new().stack_size(DEEP_STACK);
        let calling = calling.spawn_scoped(scope, || caught(call));
        let calling = calling.map_err(|error| format!("there is no thread for it: {error}"))?;
        calling
            .join()
            .unwrap_or_else(|_| Err("its thread ended".to_owned()))
    })
}

/// True where a panic becomes an error: a panic hook need not mention it.
pub fn is_caught() -> bool {
    IS_CATCHING.get()
}

fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("it panicked").to_owned()
}
