//! Integration tests of generation: whole runs against a scripted model.

#[expect(
    clippy::unwrap_used,
    reason = "helpers of tests; clippy only knows the test functions themselves"
)]
mod archives;
mod faults;
#[expect(
    clippy::unwrap_used,
    reason = "helpers of tests; clippy only knows the test functions themselves"
)]
mod golden;
mod inputs;
#[expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "helpers of tests; clippy only knows the test functions themselves"
)]
mod labelled;
mod languages;
mod limits;
#[expect(
    clippy::unwrap_used,
    reason = "helpers of tests; clippy only knows the test functions themselves"
)]
mod replies;
mod report;
mod resume;
#[expect(
    clippy::unwrap_used,
    reason = "helpers of tests; clippy only knows the test functions themselves"
)]
mod support;
#[expect(
    clippy::unwrap_used,
    reason = "helpers of tests; clippy only knows the test functions themselves"
)]
mod verify;
#[expect(
    clippy::unwrap_used,
    reason = "helpers of tests; clippy only knows the test functions themselves"
)]
mod wanted;
