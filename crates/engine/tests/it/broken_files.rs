//! Model files are outside input: whatever is in them, loading gives an error, not a panic, and allocates no more
//! than the file is long.

use crate::support::workspace;
use examen_engine::{Engine, EngineError, EngineOptions};

fn original(name: &str) -> Vec<u8> {
    std::fs::read(workspace().join("testdata/engine").join(name)).unwrap()
}

fn load_gguf(bytes: &[u8]) -> Result<Engine, EngineError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.gguf");
    std::fs::write(&path, bytes).unwrap();
    Engine::load(&path, options())
}

/// The qwen2 checkpoint with other weights.
fn load_safetensors(bytes: &[u8]) -> Result<Engine, EngineError> {
    let folder = tempfile::tempdir().unwrap();
    for name in ["config.json", "tokenizer.json"] {
        std::fs::write(folder.path().join(name), original(&format!("qwen2/{name}"))).unwrap();
    }
    std::fs::write(folder.path().join("model.safetensors"), bytes).unwrap();
    Engine::load(folder.path(), options())
}

fn options() -> EngineOptions {
    EngineOptions {
        n_threads: Some(1),
        ..EngineOptions::default()
    }
}

/// Lengths to cut at: dense in the header, sparse in the data.
fn cuts(length: usize, header: usize) -> impl Iterator<Item = usize> {
    (0..header)
        .step_by(header / 60 + 1)
        .chain((header..length).step_by(length / 20 + 1))
        .chain([length - 1])
}

#[test]
fn cut_files_are_errors() {
    let gguf = original("mistral-gguf/model.gguf");
    for n in cuts(gguf.len(), 12_000) {
        let error = load_gguf(&gguf[..n]).err();
        assert!(
            error.is_some_and(|error| error.hint().is_some() || n == 0),
            "cut at {n}"
        );
    }
    let safetensors = original("qwen2/model.safetensors");
    for n in cuts(safetensors.len(), 3_000) {
        assert!(load_safetensors(&safetensors[..n]).is_err(), "cut at {n}");
    }
}

#[test]
fn flipped_bytes_in_headers_never_panic() {
    let gguf = original("mistral-gguf/model.gguf");
    let safetensors = original("qwen2/model.safetensors");
    let flips = |bytes: &[u8], offset: usize, value: u8| {
        let mut bytes = bytes.to_vec();
        bytes[offset] = value;
        bytes
    };
    for offset in (0..2_000).step_by(17) {
        for value in [0, 0xFF] {
            // Some flips change only a name or a number that does not matter; most are errors. None may panic.
            drop(load_gguf(&flips(&gguf, offset, value)));
            drop(load_safetensors(&flips(&safetensors, offset, value)));
        }
    }
    assert!(load_gguf(&flips(&gguf, 0, 0)).is_err());
    assert!(load_safetensors(&flips(&safetensors, 7, 0xFF)).is_err());
}

/// A GGUF header up to its counts, and what follows.
fn header(n_tensors: u64, n_values: u64, rest: &[&[u8]]) -> Vec<u8> {
    let counts = [
        &b"GGUF"[..],
        &3_u32.to_le_bytes(),
        &n_tensors.to_le_bytes(),
        &n_values.to_le_bytes(),
    ];
    [counts.concat(), rest.concat()].concat()
}

fn text(text: &str) -> Vec<u8> {
    [&(text.len() as u64).to_le_bytes()[..], text.as_bytes()].concat()
}

fn reason(bytes: &[u8]) -> String {
    match load_gguf(bytes) {
        Err(EngineError::Damaged { reason, .. }) => reason,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it loaded"),
    }
}

#[test]
fn hostile_headers_are_errors_at_once() {
    let huge = u64::MAX.to_le_bytes();
    let value = |kind: u32, rest: &[&[u8]]| {
        [
            &text("general.alignment"),
            &kind.to_le_bytes()[..],
            &rest.concat(),
        ]
        .concat()
    };
    let nested = [&9_u32.to_le_bytes()[..], &1_u64.to_le_bytes()]
        .concat()
        .repeat(9);
    let reasons = [
        reason(&header(u64::MAX, u64::MAX, &[])),
        reason(&header(0, 1, &[&huge])),
        reason(&header(0, 1, &[&value(9, &[&6_u32.to_le_bytes(), &huge])])),
        reason(&header(0, 1, &[&value(9, &[&nested])])),
        reason(&header(0, 1, &[&value(4, &[&0_u32.to_le_bytes()])])),
        reason(b"GGML and so on, long enough"),
    ];
    insta::assert_snapshot!(reasons.join("\n"), @r"
    it ends at byte 24 in the middle of its header
    it ends at byte 32 in the middle of its header
    a list is longer than memory
    a list of value type 9 is not supported
    general.alignment is not a multiple of 8
    it does not begin with GGUF
    ");
}

/// One f32 tensor of these sizes at this offset.
fn tensor(name: &str, sizes: &[u64], offset: u64) -> Vec<u8> {
    let sizes_bytes: Vec<u8> = sizes.iter().flat_map(|size| size.to_le_bytes()).collect();
    let n = (sizes.len() as u32).to_le_bytes();
    [
        text(name),
        n.to_vec(),
        sizes_bytes,
        0_u32.to_le_bytes().to_vec(),
        offset.to_le_bytes().to_vec(),
    ]
    .concat()
}

#[test]
fn tensors_outside_the_file_or_over_each_other_are_errors() {
    let data = [0; 256];
    let reasons = [
        reason(&header(
            1,
            0,
            &[&tensor("a", &[1 << 33, 1 << 33], 0), &data],
        )),
        reason(&header(1, 0, &[&tensor("a", &[4], u64::MAX - 31), &data])),
        reason(&header(
            2,
            0,
            &[&tensor("a", &[16], 0), &tensor("b", &[4], 32), &data],
        )),
        reason(&header(
            2,
            0,
            &[&tensor("a", &[4], 0), &tensor("a", &[4], 32), &data],
        )),
        reason(&header(1, 0, &[&tensor("a", &[4], 4), &data])),
    ];
    insta::assert_snapshot!(reasons.join("\n"), @r"
    tensor 'a' of shape [8589934592, 8589934592] reaches past the end of the file
    tensor 'a' of shape [4] reaches past the end of the file
    two tensors overlap at byte 128
    tensor 'a' is there twice
    tensor 'a' does not begin at a multiple of 32
    ");
}

#[test]
fn what_is_sound_but_not_supported_is_named() {
    let of_version = |version: u32| [&b"GGUF"[..], &version.to_le_bytes(), &[0; 16]].concat();
    let of_type = |code: u32| {
        let mut info = tensor("a", &[32], 0);
        let offset = info.len() - 12;
        info[offset..offset + 4].copy_from_slice(&code.to_le_bytes());
        header(1, 0, &[&info, &[0; 256]])
    };
    let message = |bytes: &[u8]| match load_gguf(bytes) {
        Err(error @ EngineError::Unsupported { .. }) => error.to_string(),
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it loaded"),
    };
    let files = [
        of_version(1),
        of_version(3_u32.swap_bytes()),
        of_type(20),
        of_type(39),
        of_type(77),
    ];
    insta::assert_snapshot!(files.map(|file| message(&file)).join("\n"), @r"
    the model needs GGUF version 1, which is not supported; supported: versions 2 and 3, little endian
    the model needs big-endian GGUF, which is not supported; supported: versions 2 and 3, little endian
    the model needs tensors of type IQ4_NL, which is not supported; supported: F32, F16, BF16, Q4_0 to Q8_0, Q2_K to Q6_K
    the model needs tensors of type MXFP4, which is not supported; supported: F32, F16, BF16, Q4_0 to Q8_0, Q2_K to Q6_K
    the model needs tensors of type 77, which is not supported; supported: F32, F16, BF16, Q4_0 to Q8_0, Q2_K to Q6_K
    ");
}

#[test]
fn a_shard_outside_the_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let copy = |name: &str| {
        std::fs::write(folder.path().join(name), original(&format!("qwen2/{name}"))).unwrap()
    };
    ["config.json", "tokenizer.json"].into_iter().for_each(copy);
    let index = r#"{"weight_map": {"model.norm.weight": "../../secret.safetensors"}}"#;
    std::fs::write(folder.path().join("model.safetensors.index.json"), index).unwrap();
    let error = Engine::load(folder.path(), options()).err().unwrap();
    assert!(
        error.to_string().contains("lies outside the folder"),
        "{error}"
    );
}

/// Found by fuzzing: the id went to the embedding unchecked.
#[test]
fn a_begin_token_outside_the_vocabulary_is_an_error() {
    let mut gguf = original("mistral-gguf/model.gguf");
    let name = b"tokenizer.ggml.bos_token_id";
    let value = gguf
        .windows(name.len())
        .position(|window| window == name)
        .unwrap()
        + name.len()
        + 4;
    gguf[value..value + 4].copy_from_slice(&16_384_u32.to_le_bytes());
    let error = load_gguf(&gguf).err().unwrap().to_string();
    assert!(
        error.ends_with("texts begin with token 16384, which it does not have"),
        "{error}"
    );

    let mut tokenizer: serde_json::Value =
        serde_json::from_slice(&original("llama3/tokenizer.json")).unwrap();
    tokenizer["post_processor"]["special_tokens"]["<s>"]["ids"] = serde_json::json!([99_999]);
    let folder = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(workspace().join("testdata/engine/llama3")).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
    }
    std::fs::write(folder.path().join("tokenizer.json"), tokenizer.to_string()).unwrap();
    let error = Engine::load(folder.path(), options())
        .err()
        .unwrap()
        .to_string();
    assert!(
        error.ends_with("texts begin with token 99999, which it does not have"),
        "{error}"
    );
}
