//! Text and tokens: a model's own tokenizer and chat template. Knows no weights.

pub(crate) mod chat_template;
mod growth;
mod python_json;
mod template_language;
pub(crate) mod tokenizer;
