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
    /// A text with a token that the embedding has no row for.
    #[error(
        "the token '{token}' (id {id}) is beyond the {vocabulary} rows of the model's embedding"
    )]
    NoRow {
        /// Text of the token.
        token: String,
        /// Its id.
        id: u32,
        /// Rows of the embedding.
        vocabulary: usize,
    },
    /// A prompt without a token.
    #[error("the prompt has no tokens")]
    NoTokens,
    /// A prompt that is longer than what the model takes in at once.
    #[error("the prompt has {n_tokens} tokens, the model's context {context_length}")]
    TooManyTokens {
        /// Tokens of the prompt.
        n_tokens: usize,
        /// Tokens that fit.
        context_length: usize,
    },
    /// A base model, which has no chat template.
    #[error("the model's chat template cannot be used: it has none: this is a base model")]
    NoChatTemplate,
    /// The chat template is broken, or refuses the conversation.
    #[error("the model's chat template cannot be used: {0}")]
    ChatTemplate(String),
    /// The model does not fit into memory.
    #[error(
        "the model needs about {} MB of memory, {} MB for its weights and {} MB to compute with; {limit} leaves {} MB",
        megabytes(weights + working),
        megabytes(*weights),
        megabytes(*working),
        available / 1_000_000
    )]
    NotEnoughMemory {
        /// Bytes of the weights, in the smallest form in which they can be used.
        weights: u64,
        /// Bytes to compute with.
        working: u64,
        /// Bytes that are free.
        available: u64,
        /// What bounds them.
        limit: String,
    },
    /// A part of a model in several files is not there.
    #[error("part {number} of {n} of the model is missing: there is no {}", path.display())]
    MissingPart {
        /// The file.
        path: PathBuf,
        /// Number of the part, from 1.
        number: usize,
        /// Number of parts.
        n: usize,
    },
    /// A LoRA adapter that does something that is not computed.
    #[error("the adapter needs {what}, which is not supported")]
    Adapter {
        /// Setting or tensor.
        what: String,
    },
    /// A LoRA adapter without the model that it belongs to.
    #[error("{} is a LoRA adapter of {base}, which is not here", path.display())]
    NoAdapterBase {
        /// Folder of the adapter.
        path: PathBuf,
        /// Name that the adapter has for it.
        base: String,
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
    /// Weights in numbers that only their method can read, as `what` in the files says.
    pub(crate) fn quantised(what: &str) -> Self {
        Self::Unsupported {
            what: format!("quantised weights in safetensors: {what}"),
            supported: "safetensors in F32, BF16 or F16, GGUF files in those and Q4_0 to Q8_0, Q2_K to Q6_K"
                .into(),
        }
    }

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
                "take another model or a GGUF file of this one, or serve it with vLLM, llama.cpp or Ollama and give its address \
                 with --base-url"
            }
            Self::Setting { .. }
            | Self::MissingTensor { .. }
            | Self::WrongShape { .. }
            | Self::Tensor { .. } => {
                "the files do not belong together or are not whole: fetch the model again"
            }
            Self::Tokenizer(_) | Self::NoRow { .. } => {
                "take the tokenizer.json that belongs to these weights"
            }
            Self::NoTokens => "give a text, or token ids",
            Self::TooManyTokens { .. } => "shorten the prompt",
            Self::NoChatTemplate => {
                "take an instruction-tuned model; a base model can still be scored"
            }
            Self::ChatTemplate(_) => {
                "take another model, or fetch this one's files again; it can still be scored without --chat"
            }
            Self::NotEnoughMemory { .. } => {
                "take a smaller model or a GGUF file with fewer bits a weight, raise the limit or close other programs, or let a \
                 server run it (--base-url)"
            }
            Self::MissingPart { .. } => "fetch all parts into one folder, under their own names",
            Self::Adapter { .. } => {
                "merge it into its base with PEFT (merge_and_unload, save_pretrained) and give that folder"
            }
            Self::NoAdapterBase { .. } => {
                "put adapter_config.json and adapter_model.safetensors beside the files of the base, or set \
                 base_model_name_or_path to its folder"
            }
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

/// Megabytes, rounded up: what is needed is never said to be less.
fn megabytes(bytes: u64) -> u64 {
    bytes.div_ceil(1_000_000)
}
