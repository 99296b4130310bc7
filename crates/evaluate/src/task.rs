//! A task is data: questions, what stands around them, and how examples are drawn.

use crate::{
    doc::{Dataset, Doc},
    error::EvaluateError,
    few_shot::{FewShot, Shots},
    way::Way,
};
use examen_llm::{Message, Role};
use std::borrow::Cow;

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
    /// Way in which its questions are answered.
    pub way: Way,
    /// Language of the words around its questions, where they are not the source's own.
    pub wording: Option<String>,
    /// Form in which the text goes through a model's chat template.
    pub chat: ChatForm,
}

/// A question as a model sees it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Question {
    /// Id of the question.
    pub id: String,
    /// Text before the choices: one for all, or one a choice.
    pub contexts: Vec<String>,
    /// Texts that are scored after it.
    pub choices: Vec<String>,
    /// Indices of the right ones.
    pub golds: Vec<usize>,
}

/// Form of a prompt as messages, where a model is asked through its chat template.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum ChatForm {
    /// LightEval's (0.13): the instruction stands directly before the first question, and choices keep the space before
    /// them.
    #[default]
    LightEval,
    /// lm-evaluation-harness's (0.4.13): the instruction is a system message, and what stands between question and choices
    /// is left out.
    Harness {
        /// Text between question and choices.
        target_delimiter: String,
    },
}

impl Task {
    /// `task|shots`: LightEval 0.13's key of results and part of the details' file name.
    pub fn label(&self) -> String {
        format!("{}|{}", self.name, self.few_shot.n_shots)
    }

    /// The language that all its questions name; `None` where they name none or several.
    pub fn language(&self) -> Option<&str> {
        let mut languages = self
            .dataset
            .docs
            .iter()
            .map(|doc| doc.labels.language.as_deref());
        let first = languages.next()??;
        languages
            .all(|language| language == Some(first))
            .then_some(first)
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

    /// The first `limit` questions that can be asked, as a run without a chat template asks them.
    ///
    /// # Errors
    /// Too few examples.
    pub fn questions(&self, limit: usize) -> Result<Vec<Question>, EvaluateError> {
        let mut shots = Shots::draw(&self.few_shot, &self.dataset);
        let docs = self
            .dataset
            .docs
            .iter()
            .filter(|doc| doc.unaskable.is_none());
        let questions = docs.take(limit).map(|doc| {
            let shots = shots.of(doc)?;
            let contexts = match &doc.contexts {
                None => vec![self.context(doc, &shots)],
                Some(all) => {
                    let within = |query: &String| Doc {
                        query: query.clone(),
                        ..doc.clone()
                    };
                    all.iter()
                        .map(|query| self.context(&within(query), &shots))
                        .collect()
                }
            };
            Ok(Question {
                id: doc.id.clone(),
                contexts,
                choices: doc.choices.clone(),
                golds: doc.golds.clone(),
            })
        });
        questions.collect()
    }

    /// The same as messages: each example is a question and its answer.
    pub fn messages(&self, doc: &Doc, shots: &[&Doc], system_prompt: Option<&str>) -> Vec<Message> {
        let instruction = self.instruction_of(doc);
        let (system, mut before_first) = match self.chat {
            ChatForm::LightEval => (system_prompt.unwrap_or_default().to_owned(), instruction),
            ChatForm::Harness { .. } => (self.system_message(system_prompt, instruction), ""),
        };
        let message = |role, content: String| Message {
            role,
            content: content.into(),
        };
        let mut messages = Vec::new();
        if !system.is_empty() {
            messages.push(message(Role::System, system));
        }
        for shot in shots {
            let query = format!("{}{}", std::mem::take(&mut before_first), shot.query);
            messages.push(message(Role::User, query));
            messages.push(message(Role::Assistant, self.chat_answer(shot)));
        }
        messages.push(message(Role::User, format!("{before_first}{}", doc.query)));
        messages
    }

    fn system_message(&self, system_prompt: Option<&str>, instruction: &str) -> String {
        match system_prompt {
            Some(system) if !instruction.is_empty() => {
                format!("{system}{}{instruction}", self.example_delimiter)
            }
            Some(system) => system.to_owned(),
            None => instruction.to_owned(),
        }
    }

    /// The answer of a solved example as a message.
    fn chat_answer(&self, shot: &Doc) -> String {
        match &self.chat {
            ChatForm::LightEval => shot.right_answer().to_owned(),
            ChatForm::Harness { target_delimiter } => {
                let target = shot.target.strip_prefix(target_delimiter.as_str());
                target.unwrap_or(&shot.target).to_owned()
            }
        }
    }

    /// The task as it is asked through a chat template.
    pub(crate) fn for_chat(&self) -> Cow<'_, Self> {
        let ChatForm::Harness { target_delimiter } = &self.chat else {
            return Cow::Borrowed(self);
        };
        let mut task = self.clone();
        for choice in task
            .dataset
            .docs
            .iter_mut()
            .flat_map(|doc| &mut doc.choices)
        {
            if let Some(bare) = choice.strip_prefix(target_delimiter.as_str()) {
                *choice = bare.to_owned();
            }
        }
        Cow::Owned(task)
    }

    /// The instruction before `doc`; empty for none.
    pub fn instruction_of<'a>(&'a self, doc: &'a Doc) -> &'a str {
        doc.instruction.as_deref().unwrap_or(&self.instruction)
    }
}
