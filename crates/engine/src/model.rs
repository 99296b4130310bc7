//! A model in memory: its weights, tokenizer, chat template and threads, as scoring and generation use them.

use crate::checkpoint::{self, TensorName, TensorSource, key};
use crate::decoder::{Decoder, DeviceDecoder, Memory, Network, Room, check_mapping, plan};
use crate::device::Device;
use crate::error::EngineError;
use crate::grammar::Grammars;
use crate::models::{self, config::Config};
use crate::text::chat_template::{ChatTemplate, RunTemplates};
use crate::text::tokenizer::Tokenizer;
use crate::weight::Residence;
use jiff::civil::DateTime;
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// Settings of loading and running a model.
#[derive(Debug, Clone)]
pub struct EngineOptions {
    /// Name of the model in rows and reports; its file or folder name unless given.
    pub id: Option<String>,
    /// Threads; all cores unless given.
    pub n_threads: Option<usize>,
    /// Device of the network; the CPU unless given.
    pub device: Device,
    /// A context shorter than the model's own. For models with `longrope` (Phi 3 and 4), whose own is the original one
    /// that they were trained for first, also a longer one: then every sequence is rotated by the factors for long
    /// contexts, whatever its length.
    pub context_length: Option<usize>,
    /// Memory that may be used; not checked unless given, nor for a device's own memory.
    pub memory: Memory,
    /// Folder of the model that an adapter belongs to; looked for by the adapter's own name for it unless given.
    pub adapter_base: Option<PathBuf>,
    /// Most tokens in one forward. More is faster up to about a thousand and takes more memory.
    pub tokens_per_forward: usize,
    /// Replies written at the same time.
    pub max_replies: usize,
    /// Bytes that the keys and values of the replies being written may take together.
    pub reply_memory: u64,
    /// Runs the model's chat template; in this process unless given.
    pub templates: Option<Arc<dyn RunTemplates>>,
    /// Time that chat templates are told when they ask for it, the same for all conversations. Without it they are not
    /// told any.
    pub now: Option<DateTime>,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self {
            id: None,
            n_threads: None,
            device: Device::Cpu,
            context_length: None,
            memory: Memory::default(),
            adapter_base: None,
            tokens_per_forward: 1024,
            max_replies: 32,
            reply_memory: 2_000_000_000,
            templates: None,
            now: None,
        }
    }
}

/// Description of a loaded model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Description {
    /// The family: `llama`, `qwen2`, `gemma3`, …
    pub architecture: String,
    /// Numbers in its weights; a tied output layer counts once.
    pub n_parameters: usize,
    /// Number types in the file, the most frequent first. The engine computes in f32.
    pub dtypes: Vec<String>,
    /// Token ids that it can write.
    pub vocabulary: usize,
    /// Tokens that it can take in at once.
    pub context_length: usize,
    /// `true` if it can chat: its files have a chat template that can be used.
    pub can_chat: bool,
    /// The reason why the chat template that it has cannot be used.
    #[serde(skip)]
    pub template_fault: Option<String>,
    /// What the user should know of its files: an adapter, settings that contradict each other.
    #[serde(skip)]
    pub notes: Vec<String>,
}

/// Parts that an engine and its worker thread share.
pub(crate) struct Model {
    pub(crate) id: String,
    pub(crate) options: EngineOptions,
    pub(crate) description: Description,
    pub(crate) network: Box<dyn Network>,
    pub(crate) tokenizer: Arc<Tokenizer>,
    pub(crate) template: Result<ChatTemplate, EngineError>,
    pub(crate) pool: rayon::ThreadPool,
    /// Built at the first chat.
    pub(crate) grammars: OnceLock<Grammars>,
}

impl Model {
    /// See [`Engine::load`](crate::Engine::load).
    pub(crate) fn load(path: &Path, options: EngineOptions) -> Result<Self, EngineError> {
        let device = options.device.open()?;
        Self::load_on(device, path, options)
    }

    /// Loads the network onto the device, or else onto the CPU with our own loops.
    pub(crate) fn load_on(
        device: Option<candle_core::Device>,
        path: &Path,
        options: EngineOptions,
    ) -> Result<Self, EngineError> {
        let pool = thread_pool(options.n_threads)?;
        let base = options.adapter_base.as_deref();
        check_mapping(checkpoint::file_bytes(path, base)?, &options.memory)?;
        models::check(&checkpoint::settings(path, base)?)?;
        let mut checkpoint = checkpoint::open(path, base)?;
        let (family, mut config) =
            models::read(&mut checkpoint.settings, checkpoint.tensors.as_ref())?;
        config.limit_context(options.context_length);
        let context_length = config.context_length;
        let tokenizer = Arc::new(checkpoint.tokenizer);
        let tensors = checkpoint.tensors.as_ref();
        let vocabulary = vocabulary(&checkpoint.settings, tensors, &tokenizer)?;
        let mut notes = checkpoint.notes;
        notes.extend(beyond(&tokenizer, vocabulary));
        let room = room(&options, device.is_some(), tensors, &config, vocabulary)?;
        let options = EngineOptions {
            tokens_per_forward: room.tokens_per_forward,
            reply_memory: room.reply_memory,
            ..options
        };
        let network = pool.install(|| {
            on_device(
                Decoder::load(config, vocabulary, tensors, room.residence)?,
                device,
            )
        })?;
        let template = checkpoint
            .template
            .ok_or(EngineError::NoChatTemplate)
            .and_then(|source| ChatTemplate::new(source, options.templates.clone(), options.now));
        let description = Description {
            architecture: family.name.to_owned(),
            n_parameters: network.n_parameters(),
            dtypes: checkpoint.tensors.dtypes(),
            vocabulary,
            context_length,
            can_chat: template.is_ok(),
            template_fault: template.as_ref().err().and_then(fault),
            notes,
        };
        let id = options.id.clone().unwrap_or_else(|| name_of(path));
        let grammars = OnceLock::new();
        Ok(Self {
            id,
            options,
            description,
            network,
            tokenizer,
            template,
            pool,
            grammars,
        })
    }

    /// The grammars over the vocabulary.
    pub(crate) fn grammars(&self) -> &Grammars {
        self.grammars
            .get_or_init(|| Grammars::new(&self.tokenizer, self.description.vocabulary))
    }

    /// The ids, unless the embedding has no row for one.
    pub(crate) fn with_rows(&self, ids: Vec<u32>) -> Result<Vec<u32>, EngineError> {
        let vocabulary = self.description.vocabulary;
        match ids.iter().find(|&&id| id as usize >= vocabulary) {
            None => Ok(ids),
            Some(&id) => Err(EngineError::NoRow {
                token: self.tokenizer.token(id),
                id,
                vocabulary,
            }),
        }
    }

    pub(crate) fn render_chat(
        &self,
        messages: &[examen_llm::Message],
        prompt: bool,
    ) -> Result<String, EngineError> {
        match &self.template {
            Ok(template) => template.render(messages, prompt),
            Err(EngineError::NoChatTemplate) => Err(EngineError::NoChatTemplate),
            Err(error) => Err(EngineError::ChatTemplate(error.reason())),
        }
    }
}

/// How the model is held and run.
fn room(
    options: &EngineOptions,
    is_on_device: bool,
    tensors: &dyn TensorSource,
    config: &Config,
    vocabulary: usize,
) -> Result<Room, EngineError> {
    let most = Room {
        residence: Residence::Memory,
        tokens_per_forward: options.tokens_per_forward,
        reply_memory: options.reply_memory,
    };
    if is_on_device {
        // What is copied to a device need not be in memory as well.
        let residence = Residence::File;
        return Ok(Room { residence, ..most });
    }
    plan(tensors, config, vocabulary, most, &options.memory)
}

/// The decoder as it is, or copied to a device.
fn on_device(
    decoder: Decoder,
    device: Option<candle_core::Device>,
) -> Result<Box<dyn Network>, EngineError> {
    Ok(match device {
        None => Box::new(decoder),
        Some(device) => Box::new(DeviceDecoder::new(decoder, device)?),
    })
}

fn thread_pool(n_threads: Option<usize>) -> Result<rayon::ThreadPool, EngineError> {
    let builder = rayon::ThreadPoolBuilder::new().thread_name(|index| format!("engine-{index}"));
    // rayon reads 0 as all cores.
    let built = builder.num_threads(n_threads.unwrap_or(0)).build();
    built.map_err(|error| EngineError::Threads(error.to_string()))
}

/// The reason why a template that is there cannot be used.
fn fault(error: &EngineError) -> Option<String> {
    match error {
        EngineError::NoChatTemplate => None,
        error => Some(error.reason()),
    }
}

/// Rows of the embedding: as the settings say, else as many as there are.
fn vocabulary(
    settings: &checkpoint::Settings,
    tensors: &dyn TensorSource,
    tokenizer: &Tokenizer,
) -> Result<usize, EngineError> {
    let n_ids = tokenizer.n_ids();
    if n_ids == 0 {
        return Err(EngineError::Tokenizer("it has no tokens".into()));
    }
    let rows = || tensors.shape(TensorName::Embedding)?.first().copied();
    let stated = settings.size(key("vocab_size", "vocab_size"))?;
    Ok(stated.or_else(rows).unwrap_or(n_ids))
}

/// What is to be said of a tokenizer with ids that the embedding has no row for. As in transformers, they do no harm until
/// a text has one.
fn beyond(tokenizer: &Tokenizer, vocabulary: usize) -> Option<String> {
    let n_beyond = tokenizer.n_ids().saturating_sub(vocabulary);
    (n_beyond > 0).then(|| {
        format!(
            "{n_beyond} of the tokenizer's ids are beyond the {vocabulary} rows of the embedding: a text with one of them \
             cannot be read"
        )
    })
}

fn name_of(path: &Path) -> String {
    let name = if path.is_dir() {
        path.file_name()
    } else {
        path.file_stem()
    };
    name.map_or_else(
        || "model".to_owned(),
        |name| name.to_string_lossy().into_owned(),
    )
}
