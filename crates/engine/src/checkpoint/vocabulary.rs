//! Rebuilds a tokenizer from GGUF metadata (`tokenizer.ggml.*`).
//!
//! The file names the algorithm (`model`) and the pre-tokenizer (`pre`) but does not spell them out; what each name
//! means is written down here, after the tokenizers that transformers ships with the same models.

use super::gguf::Metadata;
use crate::error::EngineError;
use crate::text::tokenizer::Tokenizer;
use std::collections::HashMap;
use tokenizers::models::bpe::{BPE, Vocab};
use tokenizers::normalizers::{NFC, Prepend, Replace, Sequence as Normalizers};
use tokenizers::pre_tokenizers::PreTokenizerWrapper;
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::pre_tokenizers::digits::Digits;
use tokenizers::pre_tokenizers::sequence::Sequence;
use tokenizers::pre_tokenizers::split::{Split, SplitPattern};
use tokenizers::{AddedToken, SplitDelimiterBehavior};

const LLAMA_3: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
const QWEN_2: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
const TEKKEN: &str = r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";
const GPT_4O: &str = r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";
const KNOWN_PRE: &str = "default, gpt-2, smollm, llama-bpe, dbrx, gpt-4o, qwen2, tekken";

/// `tokenizer.ggml.token_type` of ordinary tokens, and of those that stand for themselves: control, user-defined.
const NORMAL: f64 = 1.0;
const CONTROL: f64 = 3.0;
const USER_DEFINED: f64 = 4.0;

/// Ids and texts as the file lists them.
struct Vocabulary {
    tokens: Vec<String>,
    kinds: Vec<f64>,
}

/// The tokenizer of a GGUF file.
pub(crate) fn tokenizer(metadata: &Metadata) -> Result<Tokenizer, EngineError> {
    let tokens = metadata
        .texts("tokenizer.ggml.tokens")
        .ok_or_else(|| broken("the file lists no tokens"))?;
    let kinds = metadata
        .numbers("tokenizer.ggml.token_type")
        .unwrap_or_else(|| vec![1.0; tokens.len()]);
    if kinds.len() != tokens.len() {
        return Err(broken(
            "the lists of tokens and token types differ in length",
        ));
    }
    let vocabulary = Vocabulary { tokens, kinds };
    let (mut inner, bos_by_default) = match metadata.text("tokenizer.ggml.model") {
        Some("gpt2") => byte_level(metadata, &vocabulary)?,
        Some("llama") => (sentence_piece(metadata, &vocabulary)?, true),
        other => {
            return Err(EngineError::Unsupported {
                what: format!("the tokenizer model '{}'", other.unwrap_or("(none)")),
                supported: "gpt2 (byte-level BPE), llama (SentencePiece BPE)".into(),
            });
        }
    };
    add_special_tokens(&mut inner, &vocabulary)?;
    let adds_bos = metadata
        .flag("tokenizer.ggml.add_bos_token")
        .unwrap_or(bos_by_default);
    let id = |name: &str| metadata.id(&format!("tokenizer.ggml.{name}_token_id"));
    let ends = ["eos", "eot", "eom"].into_iter().filter_map(id).collect();
    Tokenizer::from_parts(inner, id("bos"), adds_bos, ends)
}

/// With it, whether a sequence begins with a special token unless the file says otherwise.
fn byte_level(
    metadata: &Metadata,
    vocabulary: &Vocabulary,
) -> Result<(tokenizers::Tokenizer, bool), EngineError> {
    let pre = metadata
        .text("tokenizer.ggml.pre")
        .ok_or_else(|| EngineError::Unsupported {
            what: "a pre-tokenizer that the file does not name (it is an old conversion)".into(),
            supported: KNOWN_PRE.into(),
        })?;
    let merges = metadata
        .texts("tokenizer.ggml.merges")
        .ok_or_else(|| broken("the file lists no merges"))?;
    let merges = merges
        .iter()
        .map(|merge| split_merge(merge))
        .collect::<Result<Vec<_>, _>>()?;
    let ignore_merges = matches!(pre, "llama-bpe" | "llama3" | "llama-v3" | "tekken");
    let model = BPE::builder()
        .vocab_and_merges(vocabulary.ids(), merges)
        .ignore_merges(ignore_merges)
        .build()
        .map_err(|error| broken(&error.to_string()))?;
    let mut tokenizer = tokenizers::Tokenizer::new(model);
    tokenizer.with_pre_tokenizer(Some(pre_tokenizer(pre)?));
    tokenizer.with_decoder(Some(ByteLevel::default()));
    if pre == "qwen2" {
        tokenizer
            .with_normalizer(Some(NFC))
            .map_err(|error| broken(&error.to_string()))?;
    }
    // As in llama.cpp, what ignores merges also begins with the special token.
    Ok((tokenizer, ignore_merges))
}

fn split_merge(merge: &str) -> Result<(String, String), EngineError> {
    let (left, right) = merge
        .split_once(' ')
        .ok_or_else(|| broken(&format!("'{merge}' is not a merge")))?;
    Ok((left.to_owned(), right.to_owned()))
}

fn pre_tokenizer(name: &str) -> Result<PreTokenizerWrapper, EngineError> {
    let bytes = |use_regex| PreTokenizerWrapper::from(ByteLevel::new(false, true, use_regex));
    let split = |pattern: &str| -> Result<PreTokenizerWrapper, EngineError> {
        let pattern = SplitPattern::Regex(pattern.to_owned());
        let split = Split::new(pattern, SplitDelimiterBehavior::Isolated, false);
        let split = split.map_err(|error| broken(&error.to_string()))?;
        Ok(Sequence::new(vec![split.into(), bytes(false)]).into())
    };
    match name {
        "default" | "gpt-2" | "gpt2" => Ok(bytes(true)),
        "smollm" => Ok(Sequence::new(vec![Digits::new(true).into(), bytes(true)]).into()),
        // Phi 4 names dbrx's, Phi 4-mini gpt-4o's.
        "llama-bpe" | "llama3" | "llama-v3" | "dbrx" => split(LLAMA_3),
        "gpt-4o" => split(GPT_4O),
        "qwen2" | "deepseek-r1-qwen" => split(QWEN_2),
        "tekken" => split(TEKKEN),
        other => Err(EngineError::Unsupported {
            what: format!("the pre-tokenizer '{other}'"),
            supported: KNOWN_PRE.into(),
        }),
    }
}

/// SentencePiece's BPE: pieces are merged in the order of their scores; bytes stand in for what has no piece.
fn sentence_piece(
    metadata: &Metadata,
    vocabulary: &Vocabulary,
) -> Result<tokenizers::Tokenizer, EngineError> {
    let scores = metadata
        .numbers("tokenizer.ggml.scores")
        .ok_or_else(|| broken("the file lists no scores"))?;
    if scores.len() != vocabulary.tokens.len() {
        return Err(broken("the lists of tokens and scores differ in length"));
    }
    let unknown = metadata
        .id("tokenizer.ggml.unknown_token_id")
        .and_then(|id| vocabulary.tokens.get(id as usize));
    let mut builder = BPE::builder()
        .vocab_and_merges(vocabulary.ids(), vocabulary.merges_by_score(&scores))
        .fuse_unk(true)
        .byte_fallback(true);
    if let Some(unknown) = unknown {
        builder = builder.unk_token(unknown.clone());
    }
    let model = builder
        .build()
        .map_err(|error| broken(&error.to_string()))?;
    let mut tokenizer = tokenizers::Tokenizer::new(model);
    let failed = |error: tokenizers::Error| broken(&error.to_string());
    let spaces = Replace::new(" ", "▁").map_err(failed)?;
    let adds_space = metadata
        .flag("tokenizer.ggml.add_space_prefix")
        .unwrap_or(true);
    let normalizers = match adds_space {
        true => vec![Prepend::new("▁".into()).into(), spaces.into()],
        false => vec![spaces.into()],
    };
    tokenizer
        .with_normalizer(Some(Normalizers::new(normalizers)))
        .map_err(failed)?;
    tokenizer.with_decoder(Some(sentence_piece_decoder().map_err(failed)?));
    Ok(tokenizer)
}

fn sentence_piece_decoder() -> Result<tokenizers::decoders::sequence::Sequence, tokenizers::Error> {
    use tokenizers::decoders::{
        byte_fallback::ByteFallback, fuse::Fuse, sequence::Sequence as Decoders, strip::Strip,
    };
    let spaces = Replace::new("▁", " ")?;
    let steps = vec![
        spaces.into(),
        ByteFallback::new().into(),
        Fuse::new().into(),
        Strip::new(' ', 1, 0).into(),
    ];
    Ok(Decoders::new(steps))
}

impl Vocabulary {
    fn ids(&self) -> Vocab {
        self.tokens.iter().cloned().zip(0..).collect()
    }

    /// Every way to join two pieces into a third, best score first (as transformers converts such vocabularies).
    fn merges_by_score(&self, scores: &[f64]) -> Vec<(String, String)> {
        let by_text: HashMap<&str, f64> = self
            .tokens
            .iter()
            .map(String::as_str)
            .zip(scores.iter().copied())
            .collect();
        let mut merges = Vec::new();
        // User-defined runs of spaces (Gemma's) are joined too: a text is searched for the others as it stands, where a
        // space is not yet `▁`.
        let is_spaces = |token: &str| token.chars().all(|char| char == '▁');
        let is_merged = |&(id, token): &(usize, &String)| match self.kinds[id] {
            USER_DEFINED => is_spaces(token),
            kind => kind == NORMAL,
        };
        for (id, token) in self.tokens.iter().enumerate().filter(is_merged) {
            for (index, _) in token.char_indices().skip(1) {
                let (left, right) = token.split_at(index);
                if let (Some(&left_score), Some(&right_score)) =
                    (by_text.get(left), by_text.get(right))
                {
                    merges.push((scores[id], left_score, right_score, left, right));
                }
            }
        }
        merges.sort_by(|a, b| {
            b.0.total_cmp(&a.0)
                .then(b.1.total_cmp(&a.1))
                .then(b.2.total_cmp(&a.2))
        });
        merges
            .into_iter()
            .map(|(_, _, _, left, right)| (left.to_owned(), right.to_owned()))
            .collect()
    }
}

fn add_special_tokens(
    tokenizer: &mut tokenizers::Tokenizer,
    vocabulary: &Vocabulary,
) -> Result<(), EngineError> {
    let added: Vec<AddedToken> = (vocabulary.tokens.iter().zip(&vocabulary.kinds))
        .filter(|&(_, &kind)| kind == CONTROL || kind == USER_DEFINED)
        .map(|(token, &kind)| AddedToken::from(token.clone(), kind == CONTROL).normalized(false))
        .collect();
    tokenizer
        .add_tokens(added)
        .map_err(|error| broken(&error.to_string()))?;
    Ok(())
}

fn broken(reason: &str) -> EngineError {
    EngineError::Tokenizer(reason.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkpoint::gguf;

    fn text(text: &str) -> Vec<u8> {
        [&(text.len() as u64).to_le_bytes()[..], text.as_bytes()].concat()
    }

    /// A key and its value: text, or a list of texts.
    fn value(key: &str, value: &str) -> Vec<u8> {
        [text(key), 8_u32.to_le_bytes().to_vec(), text(value)].concat()
    }

    fn list(key: &str, texts: &[&str]) -> Vec<u8> {
        let start = [
            text(key),
            9_u32.to_le_bytes().to_vec(),
            8_u32.to_le_bytes().to_vec(),
        ]
        .concat();
        [
            start,
            (texts.len() as u64).to_le_bytes().to_vec(),
            texts.iter().flat_map(|item| text(item)).collect(),
        ]
        .concat()
    }

    /// The tokenizer of a byte-level file of three tokens, which names this pre-tokenizer.
    fn of_pre(pre: Option<&str>) -> Result<Tokenizer, EngineError> {
        let mut values = vec![
            value("tokenizer.ggml.model", "gpt2"),
            list("tokenizer.ggml.tokens", &["<s>", "a", "b"]),
            list("tokenizer.ggml.merges", &[]),
            [
                text("tokenizer.ggml.bos_token_id"),
                4_u32.to_le_bytes().to_vec(),
                0_u32.to_le_bytes().to_vec(),
            ]
            .concat(),
        ];
        values.extend(pre.map(|pre| value("tokenizer.ggml.pre", pre)));
        let start = [
            &b"GGUF"[..],
            &3_u32.to_le_bytes(),
            &0_u64.to_le_bytes(),
            &(values.len() as u64).to_le_bytes(),
        ];
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), [start.concat(), values.concat()].concat()).unwrap();
        tokenizer(&gguf::read(file.path()).unwrap().0)
    }

    #[test]
    fn what_llama_cpp_begins_with_the_special_token_begins_with_it() {
        let ids = |pre| of_pre(Some(pre)).unwrap().encode("ab").unwrap();
        assert_eq!(["tekken", "llama-bpe"].map(ids), [[0, 1, 2], [0, 1, 2]]);
        assert_eq!(["gpt-2", "qwen2", "dbrx", "gpt-4o"].map(ids), [[1, 2]; 4]);
    }

    #[test]
    fn a_pre_tokenizer_that_is_not_named_or_not_known_is_an_error() {
        for pre in [None, Some("no-such")] {
            let error = of_pre(pre).err().unwrap().to_string();
            assert!(
                error.contains("pre-tokenizer")
                    && error.contains("llama-bpe, dbrx, gpt-4o, qwen2, tekken"),
                "{error}"
            );
        }
    }
}
