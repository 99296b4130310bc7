//! Progress of a stage, reported to whoever watches.

/// Watches one piece of long work. The binary draws a bar; a test may count.
pub trait Progress: Send + Sync {
    /// Work of `total` units begins (0: unknown); `what` is a short phrase such as `writing questions`.
    fn begin(&self, what: &str, total: u64);
    /// `n` more units are done.
    fn advance(&self, n: u64);
    /// The work turns out to have `total` units.
    fn set_total(&self, _total: u64) {}
    /// A word beside the bar, such as `12 accepted, 3 rejected`.
    fn note(&self, text: &str);
    /// The work is over.
    fn end(&self);
    /// Returns `true` once the work is to stop: stages that ask stop where nothing finished is lost.
    fn is_cancelled(&self) -> bool {
        false
    }
}

/// Nobody watches.
#[derive(Debug, Clone, Copy)]
pub struct Silent;

impl Progress for Silent {
    fn begin(&self, _what: &str, _total: u64) {}
    fn advance(&self, _n: u64) {}
    fn note(&self, _text: &str) {}
    fn end(&self) {}
}
