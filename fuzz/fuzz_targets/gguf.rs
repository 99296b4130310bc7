//! A GGUF file's header.
#![cfg_attr(feature = "fuzzer", no_main)]

use examen_fuzz::{Folder, padded};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static FOLDER: LazyLock<Folder> = LazyLock::new(|| Folder::with(&[]));

fuzz_target!(|input: &[u8]| FOLDER.exercise("model.gguf", &padded(input), "model.gguf"));

#[cfg(not(feature = "fuzzer"))]
fn main() {
    panic!("build it with the feature `fuzzer`");
}
