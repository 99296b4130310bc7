//! Vendors and servers by name: address, key, and the dialect that they understand, one line each.
//!
//! A vendor with an API like OpenAI's is a line in [`PRESETS`]; one with an API of its own is a file here, with the line
//! that names it.

mod anthropic;
mod azure;
mod gemini;
mod openai_compatible;

use super::{
    dialect::{Dialect, ResponseFormat},
    endpoint::Endpoint,
    vendor::Api,
};

/// One vendor or server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Preset {
    /// Name by which the user calls it.
    pub name: &'static str,
    /// Address; `None` if everybody has one of their own.
    pub base_url: Option<&'static str>,
    /// The variable that its key is read from; `None` if it wants none.
    pub key_variable: Option<&'static str>,
    /// API that it speaks.
    pub api: Api,
    /// Dialect that it is known to understand.
    pub dialect: Dialect,
}

const fn preset(
    name: &'static str,
    base_url: &'static str,
    key_variable: Option<&'static str>,
    api: Api,
    dialect: Dialect,
) -> Preset {
    let base_url = if base_url.is_empty() {
        None
    } else {
        Some(base_url)
    };
    Preset {
        name,
        base_url,
        key_variable,
        api,
        dialect,
    }
}

/// Everything is tried first.
const FULL: Dialect = Dialect {
    response_format: ResponseFormat::JsonSchema,
    max_completion_tokens: false,
    without_temperature: false,
    without_seed: false,
    without_extra_sampling: false,
    random_seed: false,
    has_tools: false,
    without_system: false,
    stream: false,
    without_stream_usage: false,
    most_tokens: None,
    most_tokens_now: None,
};
const STRICT: Dialect = Dialect {
    without_extra_sampling: true,
    ..FULL
};
const OPENAI: Dialect = Dialect {
    max_completion_tokens: true,
    ..STRICT
};
const MISTRAL: Dialect = Dialect {
    random_seed: true,
    ..STRICT
};
const DEEPSEEK: Dialect = Dialect {
    response_format: ResponseFormat::JsonObject,
    ..STRICT
};

/// All of them.
#[rustfmt::skip]
pub const PRESETS: [Preset; 17] = [
    preset("openai", "https://api.openai.com/v1", Some("OPENAI_API_KEY"), openai_compatible::API, OPENAI),
    preset("huggingface", "https://router.huggingface.co/v1", Some("HF_TOKEN"), openai_compatible::API, FULL),
    preset("azure", "", Some("AZURE_OPENAI_API_KEY"), azure::API, OPENAI),
    preset("anthropic", "https://api.anthropic.com/v1", Some("ANTHROPIC_API_KEY"), anthropic::API, FULL),
    preset("gemini", "https://generativelanguage.googleapis.com/v1beta", Some("GEMINI_API_KEY"), gemini::API, FULL),
    preset("mistral", "https://api.mistral.ai/v1", Some("MISTRAL_API_KEY"), openai_compatible::API, MISTRAL),
    preset("groq", "https://api.groq.com/openai/v1", Some("GROQ_API_KEY"), openai_compatible::API, STRICT),
    preset("together", "https://api.together.xyz/v1", Some("TOGETHER_API_KEY"), openai_compatible::API, FULL),
    preset("deepseek", "https://api.deepseek.com/v1", Some("DEEPSEEK_API_KEY"), openai_compatible::API, DEEPSEEK),
    preset("openrouter", "https://openrouter.ai/api/v1", Some("OPENROUTER_API_KEY"), openai_compatible::API, FULL),
    preset("fireworks", "https://api.fireworks.ai/inference/v1", Some("FIREWORKS_API_KEY"), openai_compatible::API, FULL),
    preset("xai", "https://api.x.ai/v1", Some("XAI_API_KEY"), openai_compatible::API, STRICT),
    preset("ollama", "http://localhost:11434/v1", None, openai_compatible::API, FULL),
    preset("lmstudio", "http://localhost:1234/v1", None, openai_compatible::API, FULL),
    preset("vllm", "http://localhost:8000/v1", Some("VLLM_API_KEY"), openai_compatible::API, FULL),
    preset("llamacpp", "http://localhost:8080/v1", Some("LLAMA_API_KEY"), openai_compatible::API, FULL),
    preset("tgi", "http://localhost:8080/v1", None, openai_compatible::API, FULL),
];

/// Any other server that speaks OpenAI's chat completions.
const OTHER: Preset = preset(
    "other",
    "",
    Some("OPENAI_API_KEY"),
    openai_compatible::API,
    FULL,
);

/// Domains under which vendors give every customer a name.
const CUSTOMER_DOMAINS: [(&str, &str); 4] = [
    (".openai.azure.com", "azure"),
    (".services.ai.azure.com", "azure"),
    (".cognitiveservices.azure.com", "azure"),
    (".endpoints.huggingface.cloud", "huggingface"),
];

impl Preset {
    /// The preset of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        PRESETS.iter().find(|preset| preset.name == name)
    }

    /// The preset of the vendor whom an address belongs to; a server that nobody knows, or one of the user's own, is taken
    /// to speak OpenAI's API and to want its key from `OPENAI_API_KEY`. Gemini's OpenAI-compatible address
    /// (`…/v1beta/openai`) is Gemini's, spoken to in OpenAI's way.
    pub fn of_address(endpoint: &Endpoint) -> Self {
        let customer = CUSTOMER_DOMAINS
            .iter()
            .find(|(domain, _)| endpoint.host().ends_with(domain));
        let known = customer
            .and_then(|(_, name)| Self::named(name))
            .or_else(|| PRESETS.iter().find(|preset| preset.is_at_home(endpoint)));
        let Some(preset) = known else { return OTHER };
        match preset.api == gemini::API && endpoint.path().ends_with("/openai") {
            true => Self {
                api: openai_compatible::API,
                ..*preset
            },
            false => *preset,
        }
    }

    /// `true` if the address is the vendor's own, which no user has to type; servers of this machine have none.
    fn is_at_home(&self, endpoint: &Endpoint) -> bool {
        let home = self.base_url.and_then(|url| Endpoint::parse(url).ok());
        home.is_some_and(|home| !home.is_loopback() && home.host() == endpoint.host())
    }
}

/// `true` if the address is the own one of a vendor in [`PRESETS`].
pub(super) fn is_a_vendors_own(endpoint: &Endpoint) -> bool {
    PRESETS.iter().any(|preset| preset.is_at_home(endpoint))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_is_good_and_known_again() {
        for preset in &PRESETS {
            let Some(url) = preset.base_url else { continue };
            let endpoint = Endpoint::parse(url).expect("a good address");
            assert_eq!(endpoint.to_string(), url);
            let found = Preset::of_address(&endpoint);
            assert_eq!(
                found.name,
                if endpoint.is_loopback() {
                    "other"
                } else {
                    preset.name
                }
            );
            assert_eq!(Preset::named(preset.name), Some(preset));
        }
    }

    #[test]
    fn customers_addresses_are_known() {
        let name =
            |url: &str| Preset::of_address(&Endpoint::parse(url).expect("a good address")).name;
        assert_eq!(
            name("https://mine.openai.azure.com/openai/deployments/d"),
            "azure"
        );
        assert_eq!(
            name("https://x1.us-east-1.aws.endpoints.huggingface.cloud/v1"),
            "huggingface"
        );
        assert_eq!(name("https://api.openai.com.evil.example/v1"), "other");
        assert_eq!(name("https://llm.example.org"), "other");
    }

    #[test]
    fn geminis_compatible_address_is_spoken_to_in_openais_way() {
        let endpoint =
            Endpoint::parse("https://generativelanguage.googleapis.com/v1beta/openai/").unwrap();
        let preset = Preset::of_address(&endpoint);
        assert_eq!(
            (preset.name, preset.api, preset.key_variable),
            ("gemini", openai_compatible::API, Some("GEMINI_API_KEY"))
        );
    }
}
