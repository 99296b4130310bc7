//! Ctrl-C: stages are safe to stop anywhere, so the program says how to go on and leaves.

use crate::{console, failure::Failure};
use std::future::Future;
use tokio::{
    runtime::Runtime,
    signal::unix::{Signal, SignalKind, signal},
};

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

/// Listens for a signal.
pub(crate) fn listen(kind: SignalKind) -> Result<Signal, Failure> {
    signal(kind).map_err(|error| Failure::new(format!("could not listen for signals: {error}")))
}

/// Listens, from now on, for what asks the process to stop; the future is ready when something has.
pub(crate) fn stop_signals() -> Result<impl Future<Output = ()>, Failure> {
    let (mut terminate, mut interrupt) = (
        listen(SignalKind::terminate())?,
        listen(SignalKind::interrupt())?,
    );
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}
