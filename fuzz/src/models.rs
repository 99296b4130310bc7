//! What models and their files say.

use crate::{Folder, tolerating_caught_panics};
use examen_engine::{TemplateRun, TemplateSource, run_template};
use examen_generate::asking::parse::parse;
use examen_llm::{Message, Role};

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
            bos: "<s>".to_owned(),
            eos: "</s>".to_owned(),
        },
        messages: Some(vec![
            message(Role::System, "Be brief."),
            message(Role::User, "Hi"),
        ]),
        adds_generation_prompt: true,
    };
    let _ = run_template(run);
}

/// Loads a small model with this `tokenizer.json`, and scores a line.
pub fn tokenizer(input: &[u8]) {
    thread_local! {
        static FOLDER: Folder = Folder::with(&[
            (
                "model.safetensors",
                include_bytes!("../../testdata/engine/qwen2/model.safetensors"),
            ),
            (
                "config.json",
                include_bytes!("../../testdata/engine/qwen2/config.json"),
            ),
        ]);
    }
    tolerating_caught_panics();
    FOLDER.with(|folder| folder.exercise("tokenizer.json", input, ""));
}
