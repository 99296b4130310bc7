//! A safetensors file's header beside a sound configuration and tokenizer.
#![cfg_attr(feature = "fuzzer", no_main)]

use examen_fuzz::{Folder, padded};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static FOLDER: LazyLock<Folder> = LazyLock::new(|| {
    Folder::with(&[
        (
            "config.json",
            include_bytes!("../../testdata/engine/qwen2/config.json"),
        ),
        (
            "tokenizer.json",
            include_bytes!("../../testdata/engine/qwen2/tokenizer.json"),
        ),
    ])
});

fuzz_target!(|input: &[u8]| FOLDER.exercise("model.safetensors", &padded(input), ""));

#[cfg(not(feature = "fuzzer"))]
fn main() {
    panic!("build it with the feature `fuzzer`");
}
