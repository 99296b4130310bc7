//! The settings of a run.

mod inputs;
mod languages;
mod model_checks;

pub use examen_core::Format;
pub use inputs::{Dataset, Inputs, Ocr};
pub use languages::{BadRule, LanguageRule};
pub use model_checks::{CheckSettings, MAX_ORDERS, ModelCheck, UnknownCheck};

use crate::error::GenerateError;
use examen_core::{Difficulty, Kind, Seed};
use examen_files::{atomic::beside, child::Program};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};

/// Characters of a stem, at most, where the model is held to a schema.
pub(crate) const MAX_STEM: usize = 240;
/// Characters of an option, at most, where the model is held to a schema.
pub(crate) const MAX_OPTION: usize = 120;

/// Everything that a run depends on besides the model.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Settings {
    /// Folders of documents, read with their subfolders, files, patterns of either, and datasets.
    pub input: Inputs,
    /// The Distiset folder to write. Its journal lies beside it, see [`Settings::journal`].
    pub output: PathBuf,
    /// Questions asked for about each passage.
    pub questions_per_chunk: usize,
    /// Pairs of related passages of each document, at most, that are asked for a question which needs both.
    pub multi_hop: usize,
    /// Kinds of questions to ask for.
    pub kinds: Vec<Kind>,
    /// Degrees of difficulty to ask for.
    pub difficulties: Vec<Difficulty>,
    /// Further wishes of those who set the exam, in their own words; part of the prompt.
    pub brief: Option<String>,
    /// A folder with prompts in place of the built-in ones (see [`prompts`](crate::asking::prompts)).
    #[serde(skip)]
    pub prompts: Option<PathBuf>,
    /// A file with questions as examples (see [`prompts`](crate::asking::prompts)).
    #[serde(skip)]
    pub examples: Option<PathBuf>,
    /// True to have the model summarise each document, for the context of its passages.
    pub summaries: bool,
    /// Accepted questions at most, spread over the documents; `None` asks about every passage.
    pub max_questions: Option<usize>,
    /// Accepted questions about one document at most.
    pub max_per_document: Option<usize>,
    /// Accepted questions about one section of a document at most.
    pub max_per_section: Option<usize>,
    /// A passage's longest length, in tokens.
    pub chunk_tokens: usize,
    /// The longest overlap of a passage with the one before it, in tokens.
    pub chunk_overlap: usize,
    /// The seed of the model's sampling and of the choice of documents.
    pub seed: Seed,
    /// 0 takes the likeliest token, 1 draws from the model's own distribution.
    pub temperature: f64,
    /// The smallest set of tokens with this probability is drawn from.
    pub top_p: f64,
    /// The longest reply, in tokens.
    pub max_new_tokens: usize,
    /// Requests in flight at once.
    pub concurrency: usize,
    /// The number of times that the model is asked again for the questions that a reply lacks.
    pub max_re_asks: usize,
    /// Languages that are told, the first rule that fits a document; that of all others is detected, passage by passage.
    #[serde(rename = "language", serialize_with = "languages::null_if_empty")]
    pub languages: Vec<LanguageRule>,
    /// Reject questions whose quote is not in the passage.
    pub require_quote: bool,
    /// Allow only the passage's own sentences as quotes in the schema of the reply. For small models that are
    /// held to the schema (those in this process); large ones quote well by themselves, and servers may refuse long
    /// schemas.
    pub constrain_quotes: bool,
    /// Checks of accepted questions by a second model; `None` asks none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model_checks: Option<CheckSettings>,
    /// The program that reads documents in processes of their own, see [`serve`](crate::reading::child::serve); `None`
    /// reads them in this process, where a broken file may take any time or memory.
    #[serde(skip)]
    pub reader: Option<Program>,
    /// Distinguishes the model from others of the same name (a hash of its weights): replies of another one are not taken
    /// from the journal. Empty where only the name is known.
    #[serde(skip)]
    pub model_fingerprint: String,
}

impl Settings {
    /// The defaults, which are the command line's too.
    pub fn new(input: impl Into<Inputs>, output: impl Into<PathBuf>) -> Self {
        Self {
            input: input.into(),
            output: output.into(),
            questions_per_chunk: 3,
            multi_hop: 0,
            kinds: Kind::ALL.to_vec(),
            difficulties: Difficulty::ALL.to_vec(),
            brief: None,
            prompts: None,
            examples: None,
            summaries: false,
            max_questions: None,
            max_per_document: None,
            max_per_section: None,
            chunk_tokens: 512,
            chunk_overlap: 64,
            seed: Seed(0),
            temperature: 0.7,
            top_p: 0.95,
            max_new_tokens: 2048,
            concurrency: 8,
            max_re_asks: 2,
            languages: Vec::new(),
            require_quote: true,
            constrain_quotes: false,
            model_checks: None,
            reader: None,
            model_fingerprint: String::new(),
        }
    }

    /// True if documents take turns, instead of each being asked about as a whole.
    pub(crate) fn takes_turns(&self) -> bool {
        self.max_questions.is_some() || self.has_quotas()
    }

    /// True if documents or sections have a limit of their own.
    pub(crate) fn has_quotas(&self) -> bool {
        self.max_per_document.is_some() || self.max_per_section.is_some()
    }

    /// Where finished calls are remembered: `<output>.journal`, beside the folder because distilabel takes everything
    /// inside it for a table.
    pub fn journal(&self) -> PathBuf {
        beside(&self.output, "", ".journal")
    }

    /// Where the report is put: `<output>.report.html`, beside the folder too.
    pub fn report(&self) -> PathBuf {
        report_of(&self.output)
    }

    /// The settings as they are told to others: without the machine's paths, and without what makes no difference.
    pub(crate) fn published(&self) -> Map<String, Value> {
        let Ok(Value::Object(mut settings)) = serde_json::to_value(self) else {
            return Map::new();
        };
        settings.retain(|name, value| {
            !matches!(name.as_str(), "output" | "concurrency") && *value != json!({})
        });
        settings
    }

    /// Refuses what no run can be made with.
    pub(crate) fn check(&self) -> Result<(), GenerateError> {
        const NAMED: &str = "it must name one at least";
        const HALF: &str = "it must be at most half of the chunk tokens";
        let overlap_fits = self.chunk_overlap * 2 <= self.chunk_tokens;
        let is_share = self.top_p > 0.0 && self.top_p <= 1.0;
        positive("questions per chunk", self.questions_per_chunk)?;
        require(!self.kinds.is_empty(), "kinds", NAMED)?;
        require(!self.difficulties.is_empty(), "difficulties", NAMED)?;
        positive("max questions", self.max_questions)?;
        positive("max per document", self.max_per_document)?;
        positive("max per section", self.max_per_section)?;
        require(
            self.chunk_tokens >= 8,
            "chunk tokens",
            "a passage needs at least 8",
        )?;
        require(overlap_fits, "chunk overlap", HALF)?;
        require(
            (0.0..=2.0).contains(&self.temperature),
            "temperature",
            "it must be from 0 to 2",
        )?;
        require(is_share, "top-p", "it must be above 0 and at most 1")?;
        positive("max new tokens", self.max_new_tokens)?;
        positive("concurrency", self.concurrency)?;
        self.model_checks
            .as_ref()
            .map_or(Ok(()), CheckSettings::check)?;
        require(
            !self.input.is_empty(),
            "input",
            "it must name a folder or a file",
        )?;
        require(
            self.output.file_name().is_some(),
            "output path",
            "it must name a folder",
        )
    }
}

fn positive(name: &'static str, n: impl Into<Option<usize>>) -> Result<(), GenerateError> {
    require(n.into() != Some(0), name, "it must be at least 1")
}

fn require(holds: bool, name: &'static str, reason: &str) -> Result<(), GenerateError> {
    match holds {
        true => Ok(()),
        false => Err(GenerateError::Setting {
            name,
            reason: reason.to_owned(),
        }),
    }
}

/// The report of the run with that output.
pub(crate) fn report_of(output: &Path) -> PathBuf {
    beside(output, "", ".report.html")
}
