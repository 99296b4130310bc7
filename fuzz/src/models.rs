//! What models and their files say.

use crate::{Folder, padded, tolerating_caught_panics};
use examen_engine::{TemplateRun, TemplateSource, run_template};
use examen_generate::asking::parse::parse;
use examen_llm::{Message, Role};

const WEIGHTS: (&str, &[u8]) = (
    "model.safetensors",
    include_bytes!("../../testdata/engine/qwen2/model.safetensors"),
);
const CONFIG: (&str, &[u8]) = (
    "config.json",
    include_bytes!("../../testdata/engine/qwen2/config.json"),
);
const TOKENIZER: (&str, &[u8]) = (
    "tokenizer.json",
    include_bytes!("../../testdata/engine/qwen2/tokenizer.json"),
);

/// Salvages the questions of a reply.
pub fn reply(input: &[u8]) {
    let _ = parse(&String::from_utf8_lossy(input));
}

/// Runs a template on a conversation.
pub fn template(input: &[u8]) {
    let message = |role, content: &str| Message {
        role,
        content: content.into(),
    };
    let run = TemplateRun {
        source: TemplateSource {
            text: String::from_utf8_lossy(input).into_owned(),
            tokens: [("bos_token", "<s>"), ("eos_token", "</s>")]
                .map(|(name, text)| (name.to_owned(), text.to_owned()))
                .into(),
        },
        messages: Some(vec![
            message(Role::System, "Be brief."),
            message(Role::User, "Hi"),
        ]),
        adds_generation_prompt: true,
        now: None,
    };
    let _ = run_template(run);
}

/// Loads a small model with this `tokenizer.json`, and scores a line.
pub fn tokenizer(input: &[u8]) {
    thread_local! {
        static FOLDER: Folder = Folder::with(&[WEIGHTS, CONFIG]);
    }
    tolerating_caught_panics();
    FOLDER.with(|folder| folder.exercise("tokenizer.json", input, ""));
}

/// The same with this `config.json`.
pub fn config(input: &[u8]) {
    thread_local! {
        static FOLDER: Folder = Folder::with(&[WEIGHTS, TOKENIZER]);
    }
    FOLDER.with(|folder| folder.exercise("config.json", input, ""));
}

/// The same with the header of the weights.
pub fn safetensors(input: &[u8]) {
    thread_local! {
        static FOLDER: Folder = Folder::with(&[CONFIG, TOKENIZER]);
    }
    FOLDER.with(|folder| folder.exercise("model.safetensors", &padded(input), ""));
}

/// Loads a GGUF file with this header.
pub fn gguf(input: &[u8]) {
    thread_local! {
        static FOLDER: Folder = Folder::with(&[]);
    }
    FOLDER.with(|folder| folder.exercise("model.gguf", &padded(input), "model.gguf"));
}
