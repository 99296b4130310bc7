//! Constraints: which tokens may come next, by llguidance.

mod error;
mod json_schema;
mod lark;
mod substring;

pub(crate) use error::ConstraintError;

use crate::text::tokenizer::Tokenizer;
use examen_llm::Constraint;
use llguidance::toktrie::{
    InferenceCapabilities, TokEnv, TokRxInfo, TokTrie, TokenId, TokenizerEnv,
};
use llguidance::{Matcher, ParserFactory};
use std::sync::Arc;

/// Longest token of constrained text (some vocabularies have tokens of a thousand spaces).
const LONGEST_TOKEN: usize = 255;

/// Characters of llguidance's reasons that are kept.
const LONGEST_REASON: usize = 300;

/// The bytes of every token, and the grammars over them.
pub(crate) struct Grammars {
    bytes: Vec<Option<Vec<u8>>>,
    factory: Result<ParserFactory, ConstraintError>,
}

impl Grammars {
    /// `vocabulary` is the number of logits.
    pub(crate) fn new(tokenizer: &Arc<Tokenizer>, vocabulary: usize) -> Self {
        let bytes = tokenizer.token_bytes(vocabulary);
        let environment: TokEnv = Arc::new(Environment::new(tokenizer, &bytes));
        // What a grammar forces can only be written at once where there is one way to tokenise it.
        let ff_tokens = tokenizer.is_byte_level();
        let capabilities = InferenceCapabilities {
            ff_tokens,
            ..InferenceCapabilities::default()
        };
        let slices = llguidance::earley::SlicedBiasComputer::json_slices();
        let factory = ParserFactory::new(&environment, capabilities, &slices).map(|mut factory| {
            factory.quiet();
            // Verbose errors hold the grammar and the reply so far.
            factory.limits_mut().verbose_errors = false;
            factory
        });
        Self {
            bytes,
            factory: factory.map_err(|error| ConstraintError::Grammar(error.to_string())),
        }
    }

    /// Bytes that a token adds to the text; none for special tokens.
    pub(crate) fn bytes(&self, token: u32) -> &[u8] {
        self.bytes
            .get(token as usize)
            .and_then(Option::as_deref)
            .unwrap_or_default()
    }

    /// A fresh matcher. An error if the constraint is broken or cannot be met.
    pub(crate) fn matcher(&self, constraint: &Constraint) -> Result<Matcher, ConstraintError> {
        let factory = self.factory.as_ref().map_err(Clone::clone)?;
        let grammar = match constraint {
            Constraint::JsonSchema(schema) => json_schema::grammar(schema)?,
            Constraint::Regex(pattern) => lark::regex(pattern),
            Constraint::Choice(choices) => lark::choice(choices)?,
            Constraint::SubstringOf(text) => lark::substring(text)?,
        };
        let parser = factory.create_parser(grammar);
        let matcher = Matcher::new(parser);
        match matcher.get_error() {
            Some(error) => Err(ConstraintError::Grammar(shortened(&error))),
            None => Ok(matcher),
        }
    }
}

/// llguidance's words without the lines of the grammar that it shows: they hold the text of a document.
fn shortened(error: &str) -> String {
    let is_source = |line: &&str| {
        line.split_once('|')
            .is_some_and(|(number, _)| number.trim().parse::<u32>().is_ok())
    };
    let words = error
        .lines()
        .filter(|line| !is_source(line))
        .flat_map(str::split_whitespace)
        .collect::<Vec<_>>();
    words.join(" ").chars().take(LONGEST_REASON).collect()
}

/// The vocabulary as llguidance wants it.
struct Environment {
    tokenizer: Arc<Tokenizer>,
    trie: TokTrie,
}

impl Environment {
    fn new(tokenizer: &Arc<Tokenizer>, bytes: &[Option<Vec<u8>>]) -> Self {
        let word = |(id, bytes): (usize, &Option<Vec<u8>>)| match bytes {
            Some(bytes) if bytes.len() <= LONGEST_TOKEN => bytes.clone(),
            Some(_) => Vec::new(),
            None => special_word(&tokenizer.token(id as u32)),
        };
        let words: Vec<Vec<u8>> = bytes.iter().enumerate().map(word).collect();
        let ends: Vec<u32> = tokenizer
            .ends()
            .iter()
            .copied()
            .filter(|&id| (id as usize) < words.len())
            .collect();
        let end = ends
            .first()
            .copied()
            .unwrap_or(llguidance::toktrie::INVALID_TOKEN);
        let trie = TokTrie::from(&TokRxInfo::new(words.len() as u32, end), &words);
        let trie = if ends.is_empty() {
            trie
        } else {
            trie.with_eos_tokens(&ends)
        };
        Self {
            tokenizer: Arc::clone(tokenizer),
            trie,
        }
    }
}

/// Special tokens are marked, so that no grammar can match their text. Unused ids have none.
fn special_word(text: &str) -> Vec<u8> {
    if text.is_empty() || text.len() >= LONGEST_TOKEN {
        return Vec::new();
    }
    [&[TokTrie::SPECIAL_TOKEN_MARKER], text.as_bytes()].concat()
}

impl TokenizerEnv for Environment {
    fn tok_trie(&self) -> &TokTrie {
        &self.trie
    }

    fn tokenize_bytes(&self, bytes: &[u8]) -> Vec<TokenId> {
        let encode = |text: &str| self.tokenizer.encode_plain(text).unwrap_or_default();
        let tokens = self.trie.tokenize_with_greedy_fallback(bytes, encode);
        let is_special = |&token: &TokenId| {
            token as usize >= self.trie.vocab_size()
                || self.trie.token(token).first() == Some(&TokTrie::SPECIAL_TOKEN_MARKER)
        };
        // A text may spell a special token, or one that the model has no row for. It is meant as text; the token would end
        // the reply.
        if tokens.iter().any(is_special) {
            self.trie.greedy_tokenize(bytes)
        } else {
            tokens
        }
    }

    fn tokenize_is_canonical(&self) -> bool {
        self.tokenizer.is_byte_level()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::EngineOptions;
    use crate::model::Model;
    use examen_core::Seed;
    use proptest::prelude::*;
    use serde_json::{Value, json};
    use std::path::Path;
    use std::sync::OnceLock;
    use unicode_segmentation::UnicodeSegmentation;

    /// Tiny checkpoints with a byte-level and a SentencePiece vocabulary.
    fn models() -> &'static [Model; 2] {
        static MODELS: OnceLock<[Model; 2]> = OnceLock::new();
        MODELS.get_or_init(|| {
            ["llama3", "mistral-gguf/model.gguf"].map(|name| {
                let folder = Path::new(concat!(
                    env!("CARGO_MANIFEST_DIR"),
                    "/../../testdata/engine"
                ));
                Model::load(&folder.join(name), EngineOptions::default()).unwrap()
            })
        })
    }

    /// Writes random tokens that the constraint allows until it allows none or may end and a coin falls so.
    fn write(model: &Model, constraint: &Constraint, seed: u64) -> Result<String, String> {
        let (grammars, end) = (model.grammars(), *model.tokenizer.ends().first().unwrap());
        let matcher = grammars.matcher(constraint);
        let mut matcher = matcher.map_err(|error| error.to_string())?;
        let mut random = Seed(seed).stream("write");
        let mut text = Vec::new();
        for _ in 0..4000 {
            let mask = matcher
                .compute_mask_or_eos()
                .map_err(|error| error.to_string())?;
            let allowed: Vec<u32> = mask.iter().collect();
            let token = allowed[random.next().unwrap() as usize % allowed.len()];
            if mask.is_allowed(end)
                && (allowed.len() == 1 || random.next().unwrap().is_multiple_of(4))
            {
                return Ok(String::from_utf8(text).unwrap());
            }
            if model.tokenizer.ends().contains(&token) {
                continue;
            }
            text.extend_from_slice(grammars.bytes(token));
            matcher
                .consume_token(token)
                .map_err(|error| error.to_string())?;
            if matcher.is_stopped() {
                return matcher
                    .get_error()
                    .map_or_else(|| Ok(String::from_utf8(text).unwrap()), Err);
            }
        }
        Err(format!(
            "no end in sight: {}",
            String::from_utf8_lossy(&text)
        ))
    }

    /// `true` if the whole text may be a reply.
    fn accepts(model: &Model, constraint: &Constraint, text: &str) -> bool {
        let mut matcher = model.grammars().matcher(constraint).unwrap();
        let tokens = matcher
            .tok_env()
            .unwrap()
            .tok_trie()
            .greedy_tokenize(text.as_bytes());
        matcher.validate_tokens(&tokens).unwrap() == tokens.len()
            && (matcher.consume_tokens(&tokens).is_ok() && matcher.is_accepting().unwrap())
    }

    /// Texts with all that could break a grammar, a literal or JSON.
    fn texts() -> impl Strategy<Value = String> {
        let word = prop_oneof![
            6 => "[a-c]{1,3}",
            4 => Just(" ".to_owned()),
            3 => prop::sample::select(vec![
                "\"", "\\", "/", "{", "}", "[", "|", "%", "\n", "\r\n", "\t", "\u{7f}", "\u{b}", "\0", "\\n", "'", "3.14",
                "don't", "año", "日本語", "ไทย", "👩‍👩‍👧", "🇪🇸", "e\u{301}", "\u{a0}", "\u{2028}", "</s>", "<s>",
            ]).prop_map(str::to_owned),
            1 => any::<String>(),
        ];
        prop::collection::vec(word, 1..24).prop_map(|words| words.concat())
    }

    /// The parts that may be quoted are those between two borders of words, without white space around them.
    fn is_quote(text: &str, quote: &str) -> bool {
        let borders = || {
            text.split_word_bound_indices()
                .map(|(index, _)| index)
                .chain([text.len()])
        };
        let found = borders().any(|start| {
            text[start..].starts_with(quote) && borders().any(|end| end == start + quote.len())
        });
        found && !quote.is_empty() && quote.trim() == quote
    }

    fn quote_schema(text: &str) -> Constraint {
        Constraint::JsonSchema(
            json!({
                "type": "object",
                "properties": {"quote": {"type": "string", "x-substring-of": text}, "n": {"type": "integer"}},
                "required": ["quote", "n"],
            })
            .into(),
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(96))]

        #[test]
        fn what_is_written_is_a_part_of_the_text(text in texts(), seed: u64) {
            for model in models() {
                match write(model, &Constraint::SubstringOf(text.clone()), seed) {
                    Ok(quote) => prop_assert!(is_quote(&text, &quote), "{quote:?} of {text:?}"),
                    Err(error) => prop_assert!(text.trim().is_empty() && error.contains("no words"), "{error}"),
                }
            }
        }

        #[test]
        fn a_string_in_json_is_a_part_of_the_text_once_parsed(text in texts(), seed: u64) {
            prop_assume!(!text.trim().is_empty());
            for model in models() {
                let reply = write(model, &quote_schema(&text), seed).unwrap();
                let value: Value = serde_json::from_str(&reply).unwrap();
                let quote = value["quote"].as_str().unwrap();
                prop_assert!(is_quote(&text, quote), "{quote:?} of {text:?}");
                prop_assert!(value["n"].is_i64() || value["n"].is_number());
            }
        }

        #[test]
        fn every_run_of_words_may_be_quoted(text in texts(), first: prop::sample::Index, n: prop::sample::Index) {
            let words: Vec<&str> = text.split_word_bounds().collect();
            let first = first.index(words.len());
            let quote = words[first..][..=n.index(words.len() - first)].concat();
            prop_assume!(is_quote(&text, &quote));
            for model in models() {
                prop_assert!(accepts(model, &Constraint::SubstringOf(text.clone()), &quote), "{quote:?}");
                let reply = format!("{{\"quote\": {}, \"n\": 1}}", Value::from(quote.as_str()));
                prop_assert!(accepts(model, &quote_schema(&text), &reply), "{reply}");
            }
        }

        #[test]
        fn a_choice_is_one_of_the_texts(choices in prop::collection::vec(texts(), 1..6), seed: u64) {
            let constraint = Constraint::Choice(choices.clone());
            for model in models() {
                let reply = write(model, &constraint, seed).unwrap();
                prop_assert!(choices.contains(&reply), "{reply:?}");
                for choice in &choices {
                    prop_assert!(accepts(model, &constraint, choice), "{choice:?}");
                }
            }
        }
    }
}
