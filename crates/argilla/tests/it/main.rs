//! What Argilla answered is read, what is sent can be read, and a server that misbehaves does no harm.

#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod bodies;
mod faults;
mod hostile;
mod recording;
