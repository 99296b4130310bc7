//! What the server can do beside writing: log-probabilities, right or wrong, and thinking.

/// Abilities; by default it chats, and nothing else.
#[derive(Debug, Clone, Default)]
pub struct Abilities {
    /// Echo of prompts with their log-probabilities, and how it is asked for; `None`: there is none.
    pub echo: Option<(EchoApi, Echo)>,
    /// Most `top_logprobs` that a chat may ask for; 0: a chat gives no log-probabilities.
    pub top_log_probs: usize,
    /// Replies begin with thinking.
    pub thinking: bool,
    /// Of every so many questions with options, the reply to one is cut before the answer; 0: none.
    pub cut_every: u64,
    /// Any `response_format` is refused.
    pub no_schema: bool,
}

/// API by which an echo is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EchoApi {
    /// OpenAI's completions with `echo`.
    OpenAi,
    /// vLLM's `prompt_logprobs`.
    Vllm,
    /// SGLang's `/generate`.
    SgLang,
    /// TGI's `/generate`.
    Tgi,
}

/// State of an echo, right or wrong in one way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Echo {
    /// As the model has it.
    Right,
    /// Each token has the number of the next.
    ShiftedLeft,
    /// Each token has the number of the one before.
    ShiftedRight,
    /// The first token is left out.
    NoFirst,
    /// Only the written token comes.
    OnlyWritten,
    /// The numbers are of a fixed other text.
    OtherText,
    /// The numbers change from call to call.
    Unstable,
    /// The numbers are rounded to one decimal.
    Rounded,
    /// A number in the middle is missing.
    Gap,
    /// One number is missing at the end.
    Short,
}

/// Every echo with its name on the command line.
pub(crate) const ECHOES: [(&str, Echo); 10] = [
    ("right", Echo::Right),
    ("shifted-left", Echo::ShiftedLeft),
    ("shifted-right", Echo::ShiftedRight),
    ("no-first", Echo::NoFirst),
    ("only-written", Echo::OnlyWritten),
    ("other-text", Echo::OtherText),
    ("unstable", Echo::Unstable),
    ("rounded", Echo::Rounded),
    ("gap", Echo::Gap),
    ("short", Echo::Short),
];

impl std::str::FromStr for Echo {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let known = ECHOES.iter().find(|(known, _)| *known == name);
        known.map(|(_, echo)| *echo).ok_or_else(|| {
            let names = ECHOES.map(|(name, _)| name).join(", ");
            format!("not one of {names}")
        })
    }
}

impl std::str::FromStr for EchoApi {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "openai" => Ok(Self::OpenAi),
            "vllm" => Ok(Self::Vllm),
            "sglang" => Ok(Self::SgLang),
            "tgi" => Ok(Self::Tgi),
            _ => Err("not one of openai, vllm, sglang, tgi".to_owned()),
        }
    }
}
