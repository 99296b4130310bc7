//! Chat templates of models in this process, run in one beside it: a hostile one takes any memory and stack.

use crate::{failure::Failure, paths};
use examen_engine::{RunTemplates, TemplateRun};
use examen_files::child::{Process, Program};
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// Runs templates in a process of their own.
#[derive(Debug)]
struct Templates {
    program: Program,
    /// The process, unless it runs one at the moment.
    idle: Mutex<Option<Process>>,
}

/// What runs templates.
///
/// # Errors
/// If this program does not know where it lies.
pub(super) fn elsewhere() -> Result<Arc<dyn RunTemplates>, Failure> {
    Ok(Arc::new(Templates {
        program: Program {
            time_limit: Duration::from_secs(10),
            max_answer_bytes: 16 << 20,
            ..Program::new(paths::own_program()?, ["run-template"])
        },
        idle: Mutex::default(),
    }))
}

impl Templates {
    fn idle(&self) -> MutexGuard<'_, Option<Process>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RunTemplates for Templates {
    fn run(&self, run: &TemplateRun) -> Result<String, String> {
        let request = serde_json::to_vec(run).map_err(|error| error.to_string())?;
        let idle = self.idle().take();
        let started = idle.map_or_else(|| Process::start(&self.program), Ok);
        let mut process = started.map_err(|error| format!("it cannot be run: {error}"))?;
        let answer = process.ask(&request, self.program.time_limit);
        let answer = answer.map_err(|silence| silence.to_string().replace("the reader", "it"))?;
        *self.idle() = Some(process);
        serde_json::from_slice::<Result<String, String>>(&answer)
            .unwrap_or_else(|error| Err(error.to_string()))
    }
}
