//! Language models in this process: loads GGUF and safetensors files, scores continuations, writes replies.
//!
//! The only crate that knows tensors. Callers see [`Engine`] and the traits of `examen-llm`; how the numbers are
//! computed (`decoder`, `scoring`, `generation`) can change without their notice. Reads no environment, prints
//! nothing.
//!
//! A path through the code: `checkpoint` opens the files, `models` says what a family of models is like, `config`
//! reads the sizes, `decoder` is the network on the CPU, `scoring` and `generation` feed it.

mod chat_template;
mod checkpoint;
mod config;
mod decoder;
mod engine;
mod error;
mod generation;
mod kernels;
mod matrix;
mod models;
mod rope;
mod scoring;
mod tokenizer;

pub use engine::{Description, Engine, EngineOptions};
pub use error::EngineError;
