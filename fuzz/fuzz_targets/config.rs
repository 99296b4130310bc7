//! A configuration beside sound weights and a sound tokenizer.
#![cfg_attr(feature = "fuzzer", no_main)]

use examen_fuzz::Folder;
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static FOLDER: LazyLock<Folder> = LazyLock::new(|| {
    Folder::with(&[
        (
            "model.safetensors",
            include_bytes!("../../testdata/engine/qwen2/model.safetensors"),
        ),
        (
            "tokenizer.json",
            include_bytes!("../../testdata/engine/qwen2/tokenizer.json"),
        ),
    ])
});

fuzz_target!(|input: &[u8]| FOLDER.exercise("config.json", input, ""));

#[cfg(not(feature = "fuzzer"))]
fn main() {
    panic!("build it with the feature `fuzzer`");
}
