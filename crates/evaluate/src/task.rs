//! A task is data: questions, what stands around them, and how examples are drawn.

use crate::{
    doc::{Dataset, Doc},
    few_shot::FewShot,
};

/// Everything that a run asks a model, whatever it was read from: an exam, a YAML file or Python.
///
/// The text before the choices of a question is `instruction`, `instruction_delimiter`, each example's query and target
/// with `example_delimiter` after it, and the question's own query.
#[derive(Debug, Clone)]
pub struct Task {
    /// Name in results.
    pub name: String,
    /// Version: a number, or whatever its source has. It changes when the same rows are asked in other words.
    pub version: serde_json::Value,
    /// Text before every question, unless the question has its own; empty for none.
    pub instruction: String,
    /// Text between the instruction and what follows. Not written without an instruction.
    pub instruction_delimiter: String,
    /// Text after each example.
    pub example_delimiter: String,
    /// The questions.
    pub dataset: Dataset,
    /// The examples before each question.
    pub few_shot: FewShot,
}

impl Task {
    /// `task|shots`: LightEval 0.13's key of results and part of the details' file name.
    pub fn label(&self) -> String {
        format!("{}|{}", self.name, self.few_shot.n_shots)
    }

    /// Text that a model reads before the choices of `doc`, after the solved questions `shots`.
    pub fn context(&self, doc: &Doc, shots: &[&Doc]) -> String {
        let instruction = self.instruction_of(doc);
        let mut context = instruction.to_owned();
        if !instruction.is_empty() {
            context += &self.instruction_delimiter;
        }
        for shot in shots {
            context += &shot.query;
            context += &shot.target;
            context += &self.example_delimiter;
        }
        context + &doc.query
    }

    /// The instruction before `doc`; empty for none.
    pub fn instruction_of<'a>(&'a self, doc: &'a Doc) -> &'a str {
        doc.instruction.as_deref().unwrap_or(&self.instruction)
    }
}
