//! Language models in this process: loads GGUF and safetensors files, scores continuations, writes replies.
//!
//! The only crate that knows tensors. Callers see [`Engine`] and the traits of `examen-llm`; how the numbers are
//! computed (`decoder`, `scoring`, `generation`) can change without their notice. Reads no environment, prints
//! nothing.
//!
//! A path through the code, from the ground up: `math` is arithmetic; `text` turns text into tokens and back;
//! `checkpoint` opens the files; `rope` computes positions and `weight` products with what the files hold; `models` knows
//! the families and reads their sizes; `decoder` is the network (on the CPU; by the features `cuda` and `metal` also on a
//! GPU); `model` is all of that together; `grammar` says which tokens a constraint allows; `scoring` and `generation`
//! feed the network; `engine` implements the traits.

mod checkpoint;
mod decoder;
mod device;
mod engine;
mod error;
mod generation;
mod grammar;
mod math;
mod model;
mod models;
mod preview;
mod rope;
mod scoring;
mod text;
mod weight;

pub use decoder::Memory;
pub use device::{Device, UnknownDevice};
pub use engine::Engine;
pub use error::EngineError;
pub use generation::{Piece, Prompt, WriteError, WriteRequest, Written, WrittenToken};
pub use model::{Description, EngineOptions};
pub use preview::{Preview, adapter_base};
pub use scoring::{ScoredTokens, TokenScore, TokensRequest};
pub use text::chat_template::{RunTemplates, TemplateRun, TemplateSource, run_template};
