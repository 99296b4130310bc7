//! Constraints: which tokens may come next, by llguidance.

use crate::tokenizer::Tokenizer;
use examen_llm::Constraint;
use llguidance::api::TopLevelGrammar;
use llguidance::toktrie::{InferenceCapabilities, TokEnv, TokRxInfo, TokTrie, TokenId, TokenizerEnv};
use llguidance::{JsonCompileOptions, Matcher, ParserFactory};
use std::sync::Arc;

/// Longer tokens never occur in constrained text (some vocabularies have tokens of a thousand spaces).
const LONGEST_TOKEN: usize = 255;

/// The bytes of every token, and the grammars over them.
pub(crate) struct Grammars {
    bytes: Vec<Option<Vec<u8>>>,
    factory: Result<ParserFactory, String>,
}

impl Grammars {
    /// `vocabulary` is the number of logits.
    pub(crate) fn new(tokenizer: &Arc<Tokenizer>, vocabulary: usize) -> Self {
        let bytes = tokenizer.token_bytes(vocabulary);
        let environment: TokEnv = Arc::new(Environment::new(tokenizer, &bytes));
        let capabilities = InferenceCapabilities { ff_tokens: true, ..InferenceCapabilities::default() };
        let slices = llguidance::earley::SlicedBiasComputer::json_slices();
        let factory = ParserFactory::new(&environment, capabilities, &slices).map(|mut factory| {
            factory.quiet();
            factory
        });
        Self { bytes, factory: factory.map_err(|error| error.to_string()) }
    }

    /// What a token adds to the text; nothing for special tokens.
    pub(crate) fn bytes(&self, token: u32) -> &[u8] {
        self.bytes.get(token as usize).and_then(Option::as_deref).unwrap_or_default()
    }

    /// A fresh matcher. An error if the constraint is broken or cannot be met.
    pub(crate) fn matcher(&self, constraint: &Constraint) -> Result<Matcher, String> {
        let factory = self.factory.as_ref().map_err(Clone::clone)?;
        let Constraint::JsonSchema(schema) = constraint;
        let mut schema = schema.clone();
        if !schema.is_object() {
            return Err("the JSON schema is not an object".into());
        }
        // Written as most JSON on one line is. Free white space would let a small model write it for ever.
        let options = JsonCompileOptions {
            item_separator: ", ".into(),
            key_separator: ": ".into(),
            whitespace_flexible: false,
            ..JsonCompileOptions::default()
        };
        options.apply_to(&mut schema);
        let parser = factory.create_parser(TopLevelGrammar::from_json_schema(schema));
        let matcher = Matcher::new(parser);
        match matcher.get_error() {
            Some(error) => Err(error),
            None => Ok(matcher),
        }
    }
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
        let ends: Vec<u32> = tokenizer.ends().iter().copied().filter(|&id| (id as usize) < words.len()).collect();
        let end = ends.first().copied().unwrap_or(llguidance::toktrie::INVALID_TOKEN);
        let trie = TokTrie::from(&TokRxInfo::new(words.len() as u32, end), &words);
        let trie = if ends.is_empty() { trie } else { trie.with_eos_tokens(&ends) };
        Self { tokenizer: Arc::clone(tokenizer), trie }
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
        self.trie.tokenize_with_greedy_fallback(bytes, |text| self.tokenizer.encode_plain(text).unwrap_or_default())
    }

    fn tokenize_is_canonical(&self) -> bool {
        self.tokenizer.is_byte_level()
    }
}
