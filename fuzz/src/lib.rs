//! Hostile model files and [requests](server): what the fuzz targets share.
//!
//! A target writes its input into a folder, loads it, and scores one line where it loads; or it asks the review server. A
//! panic, an endless loop, an internal server error or more memory than [`MEMORY`] is a finding. To run one (the stable toolchain will do; `-s none` because sanitizers
//! need a nightly one, and what is looked for needs none):
//!
//! ```sh
//! cargo install cargo-fuzz
//! cargo run --release --package examen-fuzz --example seeds
//! RUSTC_BOOTSTRAP=1 cargo fuzz run -s none --features fuzzer gguf -- -max_total_time=600 -timeout=20
//! ```
//! Targets: `gguf` (header; the weights are zeros), `safetensors` (header), `config` (`config.json`), `bulk` (records to write),
//! `query` (words to look for). The last two commit to a store in the temporary folder: `TMPDIR=/dev/shm` makes them fast.

pub mod server;

use cap::Cap;
use examen_engine::{Engine, EngineOptions};
use examen_llm::{ContinuationScorer, ScoreRequest};
use std::{alloc::System, fs, path::Path};

/// Bytes that a target may hold at once: many times the need of the seeds.
pub const MEMORY: usize = 256 << 20;

#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, MEMORY);

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
        available_memory: Some(64 << 20),
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

    /// Writes `bytes` to the file `name` and loads what lies at `model` in the folder (`""`: the folder itself).
    pub fn exercise(&self, name: &str, bytes: &[u8], model: &str) {
        fs::write(self.0.path().join(name), bytes).expect("a temporary file can be written");
        exercise(&self.0.path().join(model));
    }
}
