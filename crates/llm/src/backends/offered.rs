//! The models that a server offers, and those whose names are near to one that it does not.

use examen_http::clip;
use serde::Serialize;
use serde_json::Value;

/// A model that a server offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Offered {
    /// Its name.
    pub id: String,
    /// Tokens that it takes at most, prompt and reply together, where the server says so.
    pub context_tokens: Option<u64>,
}

/// Names under which servers say how much a model takes: vLLM, OpenRouter and Together, Groq, Mistral, Anthropic, Gemini,
/// llama.cpp.
const CONTEXT: [&str; 7] = [
    "/max_model_len",
    "/context_length",
    "/context_window",
    "/max_context_length",
    "/max_input_tokens",
    "/inputTokenLimit",
    "/meta/n_ctx_train",
];

/// Reads a list of models: `{"data": [{"id": …}]}`, Gemini's `{"models": [{"name": "models/…"}]}`, or Together's bare
/// list.
pub(super) fn read(list: &Value) -> Vec<Offered> {
    let models = [&list["data"], &list["models"], list]
        .into_iter()
        .find_map(Value::as_array);
    models.into_iter().flatten().filter_map(model).collect()
}

fn model(entry: &Value) -> Option<Offered> {
    let id = [&entry["id"], &entry["name"]]
        .into_iter()
        .find_map(Value::as_str)?;
    let context_tokens = CONTEXT
        .iter()
        .find_map(|name| entry.pointer(name)?.as_u64());
    Some(Offered {
        // Names are printed, in lists and errors.
        id: clip(id.strip_prefix("models/").unwrap_or(id)),
        context_tokens,
    })
}

impl Offered {
    /// The names most like `wanted`, the nearest first, three at most.
    pub fn near<'a>(offered: &'a [Self], wanted: &str) -> Vec<&'a str> {
        let wanted = wanted.to_lowercase();
        let mut scored: Vec<(f64, &str)> = offered
            .iter()
            .map(|model| {
                (
                    likeness(&wanted, &model.id.to_lowercase()),
                    model.id.as_str(),
                )
            })
            .collect();
        scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
        scored
            .into_iter()
            .filter(|(score, _)| *score > 0.3)
            .map(|(_, id)| id)
            .take(3)
            .collect()
    }
}

/// Share of the pairs of neighbouring characters that two names have in common (Dice 1945), from 0 to 1.
fn likeness(one: &str, other: &str) -> f64 {
    let pairs = |name: &str| {
        let characters: Vec<char> = name.chars().collect();
        let mut pairs: Vec<(char, char)> = characters
            .windows(2)
            .map(|pair| (pair[0], pair[1]))
            .collect();
        pairs.sort_unstable();
        pairs
    };
    let (one, mut other) = (pairs(one), pairs(other));
    let n_pairs = one.len() + other.len();
    let shared = one
        .iter()
        .filter(|pair| {
            other
                .binary_search(pair)
                .map(|index| other.remove(index))
                .is_ok()
        })
        .count();
    if n_pairs == 0 {
        0.0
    } else {
        2.0 * shared as f64 / n_pairs as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn lists_of_all_kinds_are_read() {
        let ids = |list: Value| {
            read(&list)
                .into_iter()
                .map(|m| (m.id, m.context_tokens))
                .collect::<Vec<_>>()
        };
        let vllm = json!({"object": "list", "data": [{"id": "a/b", "max_model_len": 4096}]});
        assert_eq!(ids(vllm), [("a/b".to_owned(), Some(4096))]);
        let gemini =
            json!({"models": [{"name": "models/gemini-2.5-flash", "inputTokenLimit": 1_048_576}]});
        assert_eq!(
            ids(gemini),
            [("gemini-2.5-flash".to_owned(), Some(1_048_576))]
        );
        assert_eq!(
            ids(json!([{"id": "m", "context_length": null}, {}])),
            [("m".to_owned(), None)]
        );
        assert!(ids(json!({"error": "no"})).is_empty());
        let llama = json!({"data": [{"id": "m", "meta": {"n_ctx_train": 8192}}]});
        assert_eq!(ids(llama), [("m".to_owned(), Some(8192))]);
    }

    #[test]
    fn near_names_come_first() {
        let names = [
            "gpt-4o",
            "gpt-4o-mini",
            "gpt-4.1-mini",
            "text-embedding-3-small",
            "whisper-1",
        ];
        let offered: Vec<Offered> = names
            .iter()
            .map(|id| Offered {
                id: (*id).to_owned(),
                context_tokens: None,
            })
            .collect();
        assert_eq!(
            Offered::near(&offered, "GPT4o-mini"),
            ["gpt-4o-mini", "gpt-4.1-mini", "gpt-4o"]
        );
        assert!(Offered::near(&offered, "zzz").is_empty() && Offered::near(&[], "m").is_empty());
    }
}
