//! The list of targets: a name, and what is done with an input.

use crate::{bridge, documents, hub, models, server, tables, tasks};
use std::{env, sync::LazyLock};

/// Does something with an input; a panic is a finding.
pub type Target = fn(&[u8]);

/// The variable of the environment that names the target to fuzz.
pub const TARGET: &str = "EXAMEN_FUZZ_TARGET";

/// All targets. The seeds of each are in `testdata/fuzz`, below its name.
pub const TARGETS: [(&str, Target); 27] = [
    ("text", |input| documents::read_document("txt", input)),
    ("markdown", |input| documents::read_document("md", input)),
    ("html", |input| documents::read_document("html", input)),
    ("epub", |input| documents::read_document("epub", input)),
    ("pdf", |input| documents::read_document("pdf", input)),
    ("docx", |input| documents::read_document("docx", input)),
    ("pptx", |input| documents::read_document("pptx", input)),
    ("csv", |input| documents::rows("csv", input)),
    ("jsonl", |input| documents::rows("jsonl", input)),
    ("parquet", |input| documents::rows("parquet", input)),
    ("arrow", tables::arrow),
    ("journal", tables::journal),
    ("task", tasks::file),
    ("task-python", tasks::python),
    ("filters", tasks::filters),
    ("bridge", bridge::lines),
    ("reply", models::reply),
    ("template", models::template),
    ("tokenizer", models::tokenizer),
    ("config", models::config),
    ("safetensors", models::safetensors),
    ("gguf", models::gguf),
    ("query", |input| {
        server::search(&String::from_utf8_lossy(input))
    }),
    ("bulk", server::write),
    ("hub-commit", hub::commit),
    ("hub-xorb", hub::xorb),
    ("hub-shard", hub::shard),
];

/// The target that the environment names.
///
/// # Panics
/// If it names none.
pub fn chosen() -> Target {
    static CHOSEN: LazyLock<Target> = LazyLock::new(|| {
        let wanted = env::var(TARGET).expect("the environment names a target");
        let found = TARGETS.into_iter().find(|(name, _)| *name == wanted);
        found.expect("the target is in the list").1
    });
    *CHOSEN
}
