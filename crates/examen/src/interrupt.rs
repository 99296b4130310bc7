//! Ctrl-C: stages are safe to stop anywhere, so the program says how to go on and leaves.

use crate::{console, failure::Failure};
use std::future::Future;
use tokio::runtime::Runtime;

/// Threads for work that waits.
pub(crate) fn runtime() -> Result<Runtime, Failure> {
    Runtime::new().map_err(|error| Failure::new(format!("could not start threads: {error}")))
}

/// Runs `work` to its end, unless the user presses Ctrl-C: then `resume` says how to go on. The signal is heard on another
/// thread, also while `work` computes without waiting. What is finished is on disk.
pub(crate) fn until_interrupted<T>(
    resume: &'static str,
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    let runtime = runtime()?;
    runtime.spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            let failure = Failure::interrupted(resume);
            console::report(&failure);
            std::process::exit(failure.exit_code().into());
        }
    });
    let ended = runtime.block_on(work);
    runtime.shutdown_background();
    ended
}
