//! What a document is about, in the model's words: asked once for each document, and put before its passages in place of
//! its first words.

use super::prompts::Prompts;
use crate::{
    calls::{Caller, Failure},
    passages::{Passage, context},
};
use examen_core::DocumentId;
use examen_llm::{ChatRequest, Sampling, Usage};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::sync::OnceCell;

/// Most tokens of a summary.
pub(crate) const MAX_TOKENS: usize = 160;

/// The summaries of a run's documents, while it goes on.
#[derive(Debug, Default)]
pub(super) struct Summaries {
    by_document: Mutex<HashMap<DocumentId, Arc<OnceCell<Option<String>>>>>,
}

impl Summaries {
    /// The passage with its document's summary in its context, and what the call took, if there was one.
    pub(super) async fn put(
        &self,
        passage: &Passage,
        prompts: &Prompts,
        writer: Caller<'_>,
    ) -> Result<(Passage, Usage), Failure> {
        let Some(opening) = &passage.opening else {
            return Ok((passage.clone(), Usage::default()));
        };
        let cell = {
            let mut known = self
                .by_document
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            Arc::clone(known.entry(passage.document_id.clone()).or_default())
        };
        let mut usage = Usage::default();
        let asked = cell.get_or_try_init(async || {
            let request = request(prompts, passage, opening)?;
            let reply = writer.reply(&request).await?;
            usage = reply.usage;
            Ok(context::summary(&reply.text))
        });
        let summary = asked.await?.clone();
        let context = match summary {
            Some(summary) => Some(context::with(summary, passage.section.as_deref())),
            None => passage.context.clone(),
        };
        let passage = Passage {
            context,
            ..passage.clone()
        };
        Ok((passage, usage))
    }
}

fn request(prompts: &Prompts, passage: &Passage, opening: &str) -> Result<ChatRequest, Failure> {
    let message = prompts.summary(passage.document_language, opening);
    Ok(ChatRequest {
        messages: vec![message.map_err(Failure::Run)?],
        constraint: None,
        sampling: Sampling::greedy(MAX_TOKENS),
    })
}
