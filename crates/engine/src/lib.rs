//! Language models in this process: loads GGUF and safetensors files, scores continuations, writes replies.
//!
//! The only crate that knows tensors. Callers see [`Engine`] and the traits of `examen-llm`; how the numbers are
//! computed (`decoder`, `scoring`, `generation`) can change without their notice. Reads no environment, prints
//! nothing.
//!
//! A path through the code: `checkpoint` opens the files, `models` says what a family of models is like, `config`
//! reads the sizes, `decoder` is the network (on the CPU; by the
//! features `cuda` and `metal` also on a GPU), `model` is all of that together, `scoring` and `generation` feed it, `engine`
//! implements the traits.

mod chat_template;
mod checkpoint;
mod config;
mod decoder;
mod device;
mod engine;
mod error;
mod generation;
mod grammar;
mod kernels;
mod matrix;
mod model;
mod models;
mod rope;
mod rows;
mod scoring;
mod tokenizer;
mod weight;

pub use device::Device;
pub use engine::Engine;
pub use error::EngineError;
pub use model::{Description, EngineOptions};
