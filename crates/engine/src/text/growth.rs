//! How much longer a tokenizer can make a text before it looks for tokens: each of its steps may replace a letter by
//! many, and a file can chain any number of them.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Deserialize;
use serde_json::Value;

/// Times that a text may become longer. Those of real models stay below 30.
const MAX_GROWTH: f64 = 64.0;
/// Steps within steps.
const MAX_DEPTH: usize = 8;
/// Letters of a word that a model looks at one by one, each time with all that follow.
const MAX_WORD: u64 = 1000;
/// Bytes of a file: the largest vocabularies take some 35 MB.
const MAX_BYTES: usize = 256 << 20;

/// The parts of a `tokenizer.json` that change texts.
#[derive(Deserialize)]
struct Parts {
    #[serde(default)]
    normalizer: Value,
    #[serde(default)]
    pre_tokenizer: Value,
    #[serde(default)]
    post_processor: Value,
    #[serde(default)]
    model: Model,
}

#[derive(Default, Deserialize)]
struct Model {
    #[serde(default)]
    max_input_chars_per_word: Option<u64>,
    #[serde(default)]
    continuing_subword_prefix: Option<String>,
}

/// Refuses a `tokenizer.json` that could make a text many times as long, or take very long for one word.
pub(super) fn check(json: &[u8]) -> Result<(), String> {
    if json.len() > MAX_BYTES {
        return Err(format!("it is larger than {} MB", MAX_BYTES >> 20));
    }
    let parts: Parts = serde_json::from_slice(json).map_err(|error| error.to_string())?;
    let model = parts.model;
    if model.max_input_chars_per_word.is_some_and(|n| n > MAX_WORD)
        || model
            .continuing_subword_prefix
            .is_some_and(|prefix| prefix.len() > 64)
    {
        return Err("it would take too long for a long word".to_owned());
    }
    let steps = [
        (&parts.normalizer, &["normalizers"][..]),
        (&parts.pre_tokenizer, &["pretokenizers"]),
        (&parts.post_processor, &["processors"]),
    ];
    let mut growth = 1.0;
    for (step, lists) in steps {
        growth *= of(step, lists, 0)?;
    }
    match growth > MAX_GROWTH {
        true => Err(format!("it could make a text {growth:.0} times as long")),
        false => Ok(()),
    }
}

/// Growth by a step, or by the steps that one of its `lists` holds.
fn of(step: &Value, lists: &[&str], depth: usize) -> Result<f64, String> {
    if depth > MAX_DEPTH {
        return Err("its steps are nested too deeply".to_owned());
    }
    let within = lists.iter().find_map(|list| step[*list].as_array());
    if let Some(steps) = within {
        let mut growth = 1.0;
        for step in steps {
            growth *= of(step, lists, depth + 1)?;
        }
        return Ok(growth);
    }
    let length = |key: &str| step[key].as_str().map_or(0, str::len) as f64;
    Ok(match step["type"].as_str().unwrap_or_default() {
        // A letter of three bytes decomposes into 33 at most (UAX #15: U+FDFA).
        "NFKC" | "NFKD" => 11.0,
        "NFC" | "NFD" => 3.0,
        "BertNormalizer" => 4.0,
        "Lowercase" => 1.5,
        "Prepend" => 1.0 + length("prepend"),
        "Replace" => replaced(step),
        "Precompiled" => precompiled(step),
        // Bytes beyond ASCII are written with two.
        "ByteLevel" if lists != ["processors"] => 2.0,
        "Metaspace" => 3.0,
        "TemplateProcessing" => template(step),
        _ => 1.0,
    })
}

/// Each place that the pattern finds becomes the content: of a pattern that finds nothing, between all letters.
fn replaced(step: &Value) -> f64 {
    let content = step["content"].as_str().map_or(0, str::len) as f64;
    match step["pattern"]["String"].as_str().map_or(0, str::len) {
        0 => content + 1.0,
        pattern => (content / pattern as f64).max(1.0),
    }
}

/// SentencePiece's table: the length of a trie, the trie, and the texts that letters become, with NUL between them. Letters
/// of three bytes become the longest ones.
fn precompiled(step: &Value) -> f64 {
    let table = step["precompiled_charsmap"].as_str().unwrap_or_default();
    let table = STANDARD.decode(table).unwrap_or_default();
    let trie = table
        .first_chunk()
        .map_or(0, |length| u32::from_le_bytes(*length) as usize);
    let texts = table.get(4 + trie..).unwrap_or_default();
    let longest = texts.split(|&byte| byte == 0).map(<[u8]>::len).max();
    (longest.unwrap_or_default() as f64 / 3.0).max(1.0)
}

/// A text is written as often as the template names it.
fn template(step: &Value) -> f64 {
    let special = &step["special_tokens"];
    let pieces = step["single"].as_array().map_or(&[][..], Vec::as_slice);
    let n_tokens = |piece: &Value| match piece["SpecialToken"]["id"].as_str() {
        Some(id) => special[id]["ids"].as_array().map_or(1, Vec::len),
        None => 1,
    };
    (pieces.iter().map(n_tokens).sum::<usize>() as f64).max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn growth(normalizer: Value) -> Result<(), String> {
        let file = json!({ "normalizer": normalizer, "model": { "type": "BPE", "vocab": {} } });
        check(file.to_string().as_bytes())
    }

    fn replace(pattern: &str, content: &str) -> Value {
        json!({ "type": "Replace", "pattern": { "String": pattern }, "content": content })
    }

    fn sequence(steps: Vec<Value>) -> Value {
        json!({ "type": "Sequence", "normalizers": steps })
    }

    #[test]
    fn steps_of_real_models_are_fine() {
        let llama = sequence(vec![
            json!({ "type": "Prepend", "prepend": "▁" }),
            replace(" ", "▁"),
        ]);
        assert_eq!(growth(llama), Ok(()));
        let bert = sequence(vec![
            replace("``", "\""),
            json!({ "type": "NFKD" }),
            json!({ "type": "StripAccents" }),
            json!({ "type": "Lowercase" }),
        ]);
        assert_eq!(growth(bert), Ok(()));
        assert_eq!(growth(Value::Null), Ok(()));
    }

    #[test]
    fn a_chain_that_multiplies_is_refused() {
        let doubled = sequence(vec![replace("a", "aa"); 33]);
        let refused = growth(doubled).unwrap_err();
        assert_eq!(refused, "it could make a text 8589934592 times as long");
        assert!(growth(replace("", &"a".repeat(100))).is_err());
        let bytes = json!({ "type": "Sequence", "pretokenizers": vec![json!({ "type": "ByteLevel" }); 30] });
        let file = json!({ "pre_tokenizer": bytes, "model": {} });
        assert!(check(file.to_string().as_bytes()).is_err());
        let twice = json!({ "type": "TemplateProcessing", "single": [{ "Sequence": {} }, { "Sequence": {} }] });
        let template = json!({ "type": "Sequence", "processors": vec![twice; 33] });
        let file = json!({ "post_processor": template, "model": {} });
        assert!(check(file.to_string().as_bytes()).is_err());
    }

    #[test]
    fn deep_steps_and_slow_words_are_refused() {
        let deep = (0..20).fold(Value::Null, |step, _| sequence(vec![step]));
        assert_eq!(growth(deep).unwrap_err(), "its steps are nested too deeply");
        let slow =
            json!({ "model": { "type": "WordPiece", "max_input_chars_per_word": 1_000_000 } });
        assert!(check(slow.to_string().as_bytes()).is_err());
    }
}
