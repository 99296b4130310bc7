//! A task is data: questions, what stands around them, and how examples are drawn.

use crate::{
    doc::{Dataset, Doc},
    error::EvaluateError,
    few_shot::{FewShot, Shots},
    metrics::Reads,
    way::Way,
};
use examen_llm::{Message, Role, Sampling};
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
    /// What its questions ask for.
    pub kind: Kind,
    /// Form in which the text goes through a model's chat template.
    pub chat: ChatForm,
}

/// What the questions of a task ask for.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Kind {
    /// The likeliest of several choices, or whatever [`Way`] says of them.
    #[default]
    Choice,
    /// The log-probability of one continuation, the only choice.
    Continuation,
    /// The log-probability of a whole text, the only choice. Nothing stands before it.
    Text,
    /// A text that the model writes.
    Reply(Generation),
}

/// How replies in words are drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Generation {
    /// Settings of each; its seed is that of the first reply, and the others count on from it.
    pub sampling: Sampling,
    /// Replies to each question; at least 1.
    pub n_replies: usize,
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
    /// Texts that a reply is compared with, where there are no choices.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<String>,
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

    /// True if answers to its questions have what a metric reads.
    pub fn gives(&self, reads: Reads) -> bool {
        match &self.kind {
            Kind::Choice => reads.is_given_by(self.way),
            Kind::Continuation => reads == Reads::Continuation,
            Kind::Text => reads == Reads::Text,
            Kind::Reply(generation) => {
                matches!(reads, Reads::Reply | Reads::Verdict)
                    || reads == Reads::Replies && generation.n_replies > 1
            }
        }
    }

    /// Text that a model reads before the choices of `doc`, after the solved questions `shots`.
    pub fn context(&self, doc: &Doc, shots: &[&Doc]) -> String {
        if self.kind == Kind::Text {
            return String::new();
        }
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
            let contexts = match doc.by_context() {
                None => vec![self.context(doc, &shots)],
                Some(all) => all.iter().map(|doc| self.context(doc, &shots)).collect(),
            };
            Ok(Question {
                id: doc.id.clone(),
                contexts,
                choices: doc.choices.clone(),
                golds: doc.golds.clone(),
                references: doc.references.clone(),
            })
        });
        questions.collect()
    }

    /// The same questions as a run through a chat template asks them: of each one conversation, or one a choice where choices stand
    /// before one continuation.
    ///
    /// # Errors
    /// Too few examples.
    pub fn conversations(&self, limit: usize) -> Result<Vec<Vec<Vec<Message>>>, EvaluateError> {
        let task = self.for_chat();
        let mut shots = Shots::draw(&task.few_shot, &task.dataset);
        let docs = task.dataset.docs.iter();
        let docs = docs.filter(|doc| doc.unaskable.is_none()).take(limit);
        let of = |doc: &Doc| {
            let shots = shots.of(doc)?;
            let docs = doc.by_context().unwrap_or_else(|| vec![doc.clone()]);
            let messages = docs.iter().map(|doc| task.messages(doc, &shots, None));
            Ok(messages.collect())
        };
        docs.map(of).collect()
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
    pub fn for_chat(&self) -> Cow<'_, Self> {
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
