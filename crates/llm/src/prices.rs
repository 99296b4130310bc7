//! Prices of models. The list is data (`prices.json`), and the user's own comes before it.

use crate::{chat::Usage, error::ChatError};
use examen_http::clip;
use serde::Deserialize;

/// Prices change; these are from the day that the file names.
const KNOWN: &str = include_str!("prices.json");

/// Price of a model's tokens, in US dollars a million.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Price {
    input: f64,
    output: f64,
}

impl Price {
    /// Price of a model that costs nothing, such as one of this machine.
    pub const FREE: Self = Self {
        input: 0.0,
        output: 0.0,
    };

    /// US dollars for a million tokens read, and for a million written: finite and not below 0.
    ///
    /// # Errors
    /// Numbers that are no price.
    pub fn per_million(input: f64, output: f64) -> Result<Self, ChatError> {
        let is_price = |n: f64| (0.0..=1e6).contains(&n);
        match is_price(input) && is_price(output) {
            true => Ok(Self { input, output }),
            false => Err(bad(
                "it takes two numbers from 0 to 1,000,000: US dollars a million tokens".to_owned(),
            )),
        }
    }

    /// US dollars a million tokens read, and written.
    pub fn of_million(self) -> (f64, f64) {
        (self.input, self.output)
    }

    /// Cost of so many tokens in US dollars.
    pub fn dollars(self, usage: Usage) -> f64 {
        self.picodollars(usage) as f64 * 1e-12
    }

    /// Cost in 10⁻¹² US dollars, rounded up.
    pub(crate) fn picodollars(self, usage: Usage) -> u64 {
        let part = |tokens: u64, price: f64| tokens as f64 * price * 1e6;
        (part(usage.input_tokens, self.input) + part(usage.output_tokens, self.output)).ceil()
            as u64
    }
}

impl std::str::FromStr for Price {
    type Err = ChatError;

    /// `IN,OUT`, as in `0.15,0.60`.
    fn from_str(text: &str) -> Result<Self, ChatError> {
        let parsed = text.split_once(',').and_then(|(input, output)| {
            let number = |text: &str| text.trim().parse::<f64>().ok();
            Some((number(input)?, number(output)?))
        });
        let Some((input, output)) = parsed else {
            return Err(bad(format!(
                "`{text}` is not two numbers with a comma between, as in 0.15,0.60"
            )));
        };
        Self::per_million(input, output)
    }
}

/// A list of prices, one entry a model:
///
/// ```json
/// {"date": "2025-01-31", "source": "…", "models": [
///   {"provider": "openai", "model": "gpt-4o-mini", "input": 0.15, "output": 0.60}
/// ]}
/// ```
///
/// An entry is for the provider that it names, or for any if it names none. It holds for the model of its name, also
/// with a version after it (`gpt-4o-mini-2024-07-18`, `claude-sonnet-4-5@20250929`, `…-latest`), and with `*` for all.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prices {
    /// Day on which they were looked up.
    pub date: String,
    /// Source of the list.
    pub source: String,
    models: Vec<Entry>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    #[serde(default)]
    provider: Option<String>,
    model: String,
    input: f64,
    output: f64,
}

impl Prices {
    /// The list that comes along.
    pub fn known() -> Self {
        Self::parse(KNOWN).expect("the list that comes along is good, says its test")
    }

    /// Reads a list.
    ///
    /// # Errors
    /// Text that is not one; a price that is none.
    pub fn parse(json: &str) -> Result<Self, ChatError> {
        let prices: Self =
            examen_http::json(json).map_err(|error| bad(clip(&error.to_string())))?;
        for entry in &prices.models {
            Price::per_million(entry.input, entry.output)?;
        }
        Ok(prices)
    }

    /// The price of `model` at `provider`: the entry with the longest name that fits.
    pub fn of(&self, provider: &str, model: &str) -> Option<Price> {
        let fits = |entry: &&Entry| {
            entry
                .provider
                .as_deref()
                .is_none_or(|name| name == provider)
                && is_version_of(model, &entry.model)
        };
        let entry = self
            .models
            .iter()
            .filter(fits)
            .max_by_key(|entry| entry.model.len())?;
        Some(Price {
            input: entry.input,
            output: entry.output,
        })
    }
}

/// `true` if `model` is `name`, or a version of it: after the name come only numbers, `latest` or `preview`, each behind
/// one of `-@:.`.
fn is_version_of(model: &str, name: &str) -> bool {
    if name == "*" {
        return true;
    }
    let Some(version) = model.strip_prefix(name) else {
        return false;
    };
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let mut parts = version.split(['-', '@', ':']);
    parts.next() == Some("")
        && parts.all(|part| {
            (is_number(part) && part.len() >= 2) || part == "latest" || part == "preview"
        })
}

fn bad(reason: String) -> ChatError {
    ChatError::Setting {
        setting: "price",
        reason,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_that_comes_along_is_good() {
        let known = Prices::known();
        assert!(
            known.models.len() > 10
                && known.date.len() == "2025-01-31".len()
                && !known.source.is_empty()
        );
        assert_eq!(
            known
                .of("openai", "gpt-4o-mini-2024-07-18")
                .map(Price::of_million),
            Some((0.15, 0.60))
        );
        assert_eq!(known.of("ollama", "anything:7b"), Some(Price::FREE));
    }

    #[test]
    fn a_version_has_its_models_price_and_another_model_has_not() {
        for (model, name, is_one) in [
            ("gpt-4o", "gpt-4o", true),
            ("gpt-4o-2024-08-06", "gpt-4o", true),
            ("claude-sonnet-4-5@20250929", "claude-sonnet-4-5", true),
            ("claude-sonnet-4-5", "claude-sonnet-4", false),
            ("gpt-4o-mini", "gpt-4o", false),
            ("gpt-4o-audio-preview", "gpt-4o", false),
            ("gpt-4", "gpt-4o", false),
            ("anything", "*", true),
        ] {
            assert_eq!(is_version_of(model, name), is_one, "{model} {name}");
        }
    }

    #[test]
    fn the_users_list_has_its_own_providers() {
        let list = r#"{"date": "2025-01-31", "source": "me", "models": [
            {"model": "*", "input": 1, "output": 2}, {"provider": "groq", "model": "m", "input": 3, "output": 4}]}"#;
        let list = Prices::parse(list).unwrap();
        assert_eq!(
            list.of("groq", "m").map(Price::of_million),
            Some((3.0, 4.0))
        );
        assert_eq!(
            list.of("other", "m").map(Price::of_million),
            Some((1.0, 2.0))
        );
        assert!(
            Prices::parse(r#"{"date": "", "source": "", "models": [{"model": "m", "input": -1, "output": 2}]}"#)
                .is_err()
        );
    }

    #[test]
    fn a_price_is_two_numbers() {
        assert_eq!(
            "0.15, 0.60".parse::<Price>().unwrap().of_million(),
            (0.15, 0.60)
        );
        for text in ["", "1", "1,x", "-1,2", "NaN,1", "1,inf"] {
            assert!(text.parse::<Price>().is_err(), "{text}");
        }
        let usage = Usage {
            input_tokens: 1_000_000,
            output_tokens: 500_000,
        };
        let price = Price::per_million(0.15, 0.60).unwrap();
        assert_eq!(price.picodollars(usage), 450_000_000_000);
        assert_eq!(Price::FREE.picodollars(usage), 0);
    }
}
