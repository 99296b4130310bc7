//! Errors between a path and an answer.

use std::path::PathBuf;

/// Error of loading or using a model.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// A file could not be opened, mapped or read.
    #[error("could not read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Message of the system.
        source: std::io::Error,
    },
    /// The path is neither a GGUF file, nor a safetensors file, nor a folder that holds a model.
    #[error("{} is not a model: {reason}", path.display())]
    NotAModel {
        /// Text as it was given.
        path: PathBuf,
        /// File or setting that is missing.
        reason: String,
    },
    /// The file is damaged, or not what its name says.
    #[error("{} is damaged: {reason}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Fault in it.
        reason: String,
    },
    /// The model is of a family that the engine does not know.
    #[error("unknown architecture '{name}'; known are {known}")]
    UnknownArchitecture {
        /// Name in the file.
        name: String,
        /// All that would work.
        known: String,
    },
    /// The model uses something that its family may have but the engine does not compute.
    #[error("the model needs {what}, which is not supported; supported: {supported}")]
    Unsupported {
        /// Value that the model asks for.
        what: String,
        /// Values that work.
        supported: String,
    },
    /// A setting that the architecture needs is missing, or its value makes no sense.
    #[error("the model's setting {key} {reason}")]
    Setting {
        /// The setting's name in the file.
        key: String,
        /// Fault in it.
        reason: String,
    },
    /// A tensor that the architecture needs is missing.
    #[error("the model has no tensor '{name}'")]
    MissingTensor {
        /// Its name in the file.
        name: String,
    },
    /// A tensor does not fit the sizes that the settings state.
    #[error("tensor '{name}' has shape {found:?}, but the settings ask for {expected:?}")]
    WrongShape {
        /// Its name in the file.
        name: String,
        /// The shape that the settings ask for.
        expected: Vec<usize>,
        /// The shape in the file.
        found: Vec<usize>,
    },
    /// A tensor's numbers could not be decoded.
    #[error("could not decode tensor '{name}': {reason}")]
    Tensor {
        /// Its name in the file.
        name: String,
        /// Reason.
        reason: String,
    },
    /// The tokenizer is missing, broken, of an unknown kind, or does not belong to these weights.
    #[error("the model's tokenizer cannot be used: {0}")]
    Tokenizer(String),
    /// A base model, which has no chat template.
    #[error("the model's chat template cannot be used: it has none: this is a base model")]
    NoChatTemplate,
    /// The chat template is broken, or refuses the conversation.
    #[error("the model's chat template cannot be used: {0}")]
    ChatTemplate(String),
    /// The weights do not fit into memory.
    #[error("the model needs about {} MB of memory, {} MB are free", needed / 1_000_000, available / 1_000_000)]
    NotEnoughMemory {
        /// Bytes of the weights as they are held, in f32.
        needed: u64,
        /// Bytes that the caller said are free.
        available: u64,
    },
    /// The device is not compiled in.
    #[error("this build cannot use {device}: it was built without the feature `{feature}`")]
    DeviceNotCompiled {
        /// Device that was asked for.
        device: String,
        /// The cargo feature that brings it.
        feature: &'static str,
    },
    /// The device is not there, has no memory left, or failed.
    #[error("the device failed: {0}")]
    Device(String),
    /// The threads could not be started.
    #[error("could not start the engine's threads: {0}")]
    Threads(String),
}

impl EngineError {
    /// The message without the variant's own words, to say it again elsewhere.
    pub(crate) fn reason(&self) -> String {
        match self {
            Self::ChatTemplate(reason) | Self::Tokenizer(reason) => reason.clone(),
            other => other.to_string(),
        }
    }

    /// Next step for the user.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Read { .. } => "check the path, and that you may read the file",
            Self::Damaged { .. } => "fetch the file again: a download that was cut looks like this",
            Self::NotAModel { .. } => {
                "give a .gguf file, or a folder with config.json, tokenizer.json and model.safetensors"
            }
            Self::UnknownArchitecture { .. } | Self::Unsupported { .. } => {
                "take another model, or serve this one with vLLM, llama.cpp or Ollama and give its address with --base-url"
            }
            Self::Setting { .. }
            | Self::MissingTensor { .. }
            | Self::WrongShape { .. }
            | Self::Tensor { .. } => {
                "the files do not belong together or are not whole: fetch the model again"
            }
            Self::Tokenizer(_) => "take the tokenizer.json that belongs to these weights",
            Self::NoChatTemplate => {
                "take an instruction-tuned model; a base model can still be scored"
            }
            Self::ChatTemplate(_) => {
                "take another model, or fetch this one's files again; it can still be scored without --chat"
            }
            Self::NotEnoughMemory { .. } => "take a smaller model, or close other programs",
            Self::DeviceNotCompiled { feature, .. } => {
                return Some(format!(
                    "build Examen with `--features {feature}`, or use the device `cpu`"
                ));
            }
            Self::Device(_) => {
                "use the device `cpu`, a smaller model, or fewer tokens in a forward"
            }
            Self::Threads(_) => "use fewer threads, or raise the limit of processes (`ulimit -u`)",
        };
        Some(hint.to_owned())
    }
}
