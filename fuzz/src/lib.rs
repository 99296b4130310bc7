//! Hostile model files, [documents], [tables], [task files](tasks), [words of models](models) and [requests](server): what the fuzz targets
//! share.
//!
//! A target writes its input into a folder and reads it as the product does, or asks the review server. A panic, an
//! endless loop, an internal server error or more memory than [`MEMORY`] is a finding. `cargo xtask fuzz TARGET --seconds 600`
//! runs one, `cargo xtask fuzz` all of them: with the stable toolchain, and without sanitizers, which need a nightly one.
//!
//! Each target is a line of [`targets`]. The inputs in `testdata/fuzz/TARGET` are its seeds, with those that
//! `examples/seeds.rs` makes of other test data; `tests/it.rs` gives them all to their targets in every run of the tests.
//! Targets that commit to a store do it in the temporary folder: `TMPDIR=/dev/shm` makes them fast.

pub mod bridge;
pub mod documents;
pub mod hub;
pub mod models;
pub mod server;
pub mod tables;
pub mod targets;
pub mod tasks;

use cap::Cap;
use examen_engine::{Engine, EngineOptions, Memory};
use examen_llm::{ContinuationScorer, ScoreRequest};
use std::{
    alloc::System,
    fs, panic,
    path::{Path, PathBuf},
    process::abort,
    sync::Once,
};

/// Bytes that a target may hold at once: many times the need of the seeds.
pub const MEMORY: usize = 256 << 20;

#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, MEMORY);

/// Lets panics of foreign libraries pass that the product catches: the fuzzer ends at each one otherwise.
pub fn tolerating_caught_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let told = panic::take_hook();
        panic::set_hook(Box::new(move |fault| {
            let is_ours = fault
                .location()
                .is_some_and(|place| place.file().contains("crates/"));
            if !examen_core::is_caught() || is_ours {
                told(fault);
                // In a test, what is not caught fails it.
                if cfg!(feature = "fuzzer") || examen_core::is_caught() {
                    abort();
                }
            }
        }));
    });
}

/// A file with an input, replaced by the next.
pub struct File(PathBuf);

impl File {
    /// Writes `input` into a file of this extension. Each thread has one of its own.
    pub fn with(extension: &str, input: &[u8]) -> Self {
        thread_local! {
            static FOLDER: Folder = Folder::with(&[]);
        }
        let path = FOLDER.with(|folder| folder.path().join(format!("a.{extension}")));
        fs::write(&path, input).expect("a temporary file can be written");
        Self(path)
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

/// The last byte of an input says how many KiB of zeros follow the rest: weights, so that mutations meet headers only.
pub fn padded(input: &[u8]) -> Vec<u8> {
    let Some((&n, header)) = input.split_last() else {
        return Vec::new();
    };
    [header, &vec![0; usize::from(n) * 1024]].concat()
}

/// Loads the model at `path` and, where that works, scores a line with it.
pub fn exercise(path: &Path) {
    let options = EngineOptions {
        n_threads: Some(1),
        context_length: Some(32),
        memory: Memory {
            free: Some((64 << 20, "the fuzzer".into())),
            ..Memory::default()
        },
        ..EngineOptions::default()
    };
    if let Ok(engine) = Engine::load(path, options) {
        let request = ScoreRequest {
            context: "a b".to_owned(),
            continuations: vec![" c".to_owned()],
        };
        drop(engine.score(&[request], &|_| {}));
    }
}

/// A folder with the sound parts of a small model, made once, where one file is replaced by each input.
pub struct Folder(tempfile::TempDir);

impl Folder {
    /// A folder with these files.
    pub fn with(files: &[(&str, &[u8])]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        for (name, bytes) in files {
            fs::write(folder.path().join(name), bytes).expect("a temporary file can be written");
        }
        Self(folder)
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes `bytes` to the file `name` and loads what lies at `model` in the folder (`""`: the folder itself).
    pub fn exercise(&self, name: &str, bytes: &[u8], model: &str) {
        fs::write(self.0.path().join(name), bytes).expect("a temporary file can be written");
        exercise(&self.0.path().join(model));
    }
}
