//! Text and tokens: a model's own tokenizer and chat template. Knows no weights.

pub(crate) mod chat_template;
mod growth;
pub(crate) mod tokenizer;
