//! Text to token ids and back. Knows nothing of chat; which files a tokenizer comes from is
//! [`checkpoint`](crate::checkpoint)'s.

use super::growth;
use crate::error::EngineError;
use examen_core::caught;
use std::collections::{BTreeSet, HashMap};
use tokenizers::{DecoderWrapper, PostProcessorWrapper};

/// Tokens that end a turn in the common chat formats. A model that has one of them as a special token means it.
const TURN_ENDS: [&str; 7] = [
    "<|im_end|>",
    "<|eot_id|>",
    "<|end|>",
    "<end_of_turn>",
    "<|endoftext|>",
    "<|end_of_text|>",
    "<|eom_id|>",
];

/// A model's tokenizer and special tokens.
pub(crate) struct Tokenizer {
    inner: tokenizers::Tokenizer,
    bos: Option<u32>,
    adds_bos: bool,
    adds_eos: bool,
    ends: BTreeSet<u32>,
    eos: Option<u32>,
}

/// Special tokens as `tokenizer_config.json`, `config.json` and `generation_config.json` name them.
#[derive(Default)]
pub(crate) struct SpecialTokens {
    /// Text of the token that begins a sequence.
    pub(crate) bos: Option<String>,
    /// Text of the token that ends one.
    pub(crate) eos: Option<String>,
    /// Ids that end a reply.
    pub(crate) eos_ids: Vec<u32>,
    /// Tokens around a text.
    pub(crate) framing: Framing,
}

/// Special tokens around a text, as `tokenizer_config.json` asks for them.
#[derive(Default)]
pub(crate) struct Framing {
    /// `add_bos_token`, where it is stated.
    pub(crate) begins: Option<bool>,
    /// `add_eos_token`, where it is stated.
    pub(crate) ends: Option<bool>,
    /// `true` if that goes before what `tokenizer.json` does.
    pub(crate) is_followed: bool,
}

impl Tokenizer {
    /// From the bytes of a `tokenizer.json`, which says itself whether a sequence begins with a special token, unless the
    /// framing goes before it. With it, what the user should know.
    pub(crate) fn from_json(
        json: &[u8],
        special: &SpecialTokens,
    ) -> Result<(Self, Vec<String>), EngineError> {
        let broken = |reason| EngineError::Tokenizer(format!("tokenizer.json: {reason}"));
        growth::check(json).map_err(broken)?;
        let mut inner = caught(|| tokenizers::Tokenizer::from_bytes(json))
            .map_err(|words| broken(format!("it is damaged: {words}")))?
            .map_err(|error| broken(error.to_string()))?;
        // A file may carry the padding and truncation of its training run.
        inner.with_padding(None);
        inner
            .with_truncation(None)
            .map_err(|error| EngineError::Tokenizer(error.to_string()))?;
        let id = |text: &Option<String>| text.as_deref().and_then(|text| inner.token_to_id(text));
        let (bos, eos) = (id(&special.bos), id(&special.eos));
        let ends = eos
            .into_iter()
            .chain(special.eos_ids.iter().copied())
            .collect();
        let ((adds_bos, adds_eos), notes) = frame(&mut inner, special, bos, eos)?;
        let tokenizer = Self::from_parts(inner, bos, adds_bos, ends)?;
        Ok((
            Self {
                adds_eos,
                ..tokenizer
            },
            notes,
        ))
    }

    /// From a tokenizer that does not add special tokens itself. `ends` are the ids that the file says end a reply, the
    /// usual one first. Ids that the vocabulary lacks are as good as none, unless every text would begin with them.
    pub(crate) fn from_parts(
        inner: tokenizers::Tokenizer,
        bos: Option<u32>,
        adds_bos: bool,
        ends: Vec<u32>,
    ) -> Result<Self, EngineError> {
        let is_there = |id: &u32| inner.id_to_token(*id).is_some();
        let special = inner.get_added_tokens_decoder();
        let by_name = TURN_ENDS.iter().filter_map(|text| inner.token_to_id(text));
        let by_name = by_name.filter(|id| special.get(id).is_some_and(|token| token.special));
        let eos = ends.first().copied().filter(is_there);
        let ends = ends
            .iter()
            .copied()
            .chain(by_name)
            .filter(is_there)
            .collect();
        let tokenizer = Self {
            bos,
            adds_bos,
            adds_eos: false,
            ends,
            eos,
            inner,
        };
        let begins = tokenizer.encode("")?;
        if let Some(id) = begins
            .into_iter()
            .find(|id| tokenizer.inner.id_to_token(*id).is_none())
        {
            return Err(EngineError::Tokenizer(format!(
                "texts begin with token {id}, which it does not have"
            )));
        }
        let bos = tokenizer
            .bos
            .filter(|id| tokenizer.inner.id_to_token(*id).is_some());
        Ok(Self { bos, ..tokenizer })
    }

    /// Ids of a text that begins a sequence: with the special token in front if the model was trained so.
    pub(crate) fn encode(&self, text: &str) -> Result<Vec<u32>, EngineError> {
        let mut ids = if self.adds_bos {
            self.bos.into_iter().collect()
        } else {
            Vec::new()
        };
        ids.extend(self.encode_with(text, true)?);
        if self.adds_eos {
            ids.extend(self.eos);
        }
        Ok(ids)
    }

    /// Ids of a text that brings its own special tokens: a rendered chat template.
    pub(crate) fn encode_plain(&self, text: &str) -> Result<Vec<u32>, EngineError> {
        self.encode_with(text, false)
    }

    fn encode_with(&self, text: &str, adds_special: bool) -> Result<Vec<u32>, EngineError> {
        let encoding = caught(|| self.inner.encode_fast(text, adds_special))
            .map_err(|words| EngineError::Tokenizer(format!("it fails on a text: {words}")))?;
        encoding
            .map(|encoding| encoding.get_ids().to_vec())
            .map_err(|error| EngineError::Tokenizer(error.to_string()))
    }

    /// Token to begin with when there is nothing to begin with: the special token that begins a sequence, else the one
    /// that ends the one before.
    pub(crate) fn start(&self) -> Option<u32> {
        self.bos.or(self.eos)
    }

    /// The token that begins a sequence.
    pub(crate) fn bos(&self) -> Option<u32> {
        self.bos
    }

    /// The token that ends a sequence.
    pub(crate) fn eos(&self) -> Option<u32> {
        self.eos
    }

    /// Ids that end a reply.
    pub(crate) fn ends(&self) -> &BTreeSet<u32> {
        &self.ends
    }

    /// A token's text as the vocabulary spells it; empty for an unknown id.
    pub(crate) fn token(&self, id: u32) -> String {
        self.inner.id_to_token(id).unwrap_or_default()
    }

    /// `true` if every text has one way to be tokenised, whatever comes before it: byte-level vocabularies that put no
    /// space in front.
    pub(crate) fn is_byte_level(&self) -> bool {
        matches!(
            Spelling::of(self.inner.get_decoder()),
            Spelling::ByteLevel(_)
        )
    }

    /// One more than the largest id.
    pub(crate) fn n_ids(&self) -> usize {
        self.inner
            .get_vocab(true)
            .values()
            .max()
            .map_or(0, |&id| id as usize + 1)
    }

    /// The bytes that each id of a vocabulary of `n` stands for in a text; `None` for special tokens and unused ids.
    pub(crate) fn token_bytes(&self, n: usize) -> Vec<Option<Vec<u8>>> {
        let added = self.inner.get_added_tokens_decoder();
        let spelling = Spelling::of(self.inner.get_decoder());
        let mut bytes = vec![None; n];
        for (text, id) in self.inner.get_vocab(true) {
            let Some(slot) = bytes.get_mut(id as usize) else {
                continue;
            };
            *slot = match added.get(&id) {
                Some(token) if token.special => None,
                Some(token) => Some(spelling.added_bytes(&token.content)),
                None => Some(spelling.bytes(&text)),
            };
        }
        bytes
    }
}

/// Tokens around a text: one in front, one after it.
type Around = (bool, bool);

/// Tokens that go around texts in place of the tokenizer's own, where the settings go before it, and what to say where the
/// two differ.
fn frame(
    inner: &mut tokenizers::Tokenizer,
    special: &SpecialTokens,
    bos: Option<u32>,
    eos: Option<u32>,
) -> Result<(Around, Vec<String>), EngineError> {
    let encoding = caught(|| inner.encode_fast("a", true))
        .map_err(|words| EngineError::Tokenizer(format!("it fails on a text: {words}")))?;
    let encoding = encoding.map_err(|error| EngineError::Tokenizer(error.to_string()))?;
    let ids = encoding.get_ids();
    let is = |id: Option<&u32>, token: Option<u32>| token.is_some() && id.copied() == token;
    let own = (is(ids.first(), bos), is(ids.last(), eos));
    let framing = &special.framing;
    let asked = (
        bos.is_some() && framing.begins.unwrap_or(own.0),
        eos.is_some() && framing.ends.unwrap_or(own.1),
    );
    if own == asked {
        return Ok(((false, false), Vec::new()));
    }
    let followed = match framing.is_followed {
        true => {
            "tokenizer_config.json is followed, as in transformers 4 (transformers 5 follows tokenizer.json)"
        }
        false => "tokenizer.json is followed, as in transformers",
    };
    let note = format!(
        "tokenizer_config.json asks for {} (add_bos_token, add_eos_token), tokenizer.json puts {}: {followed}",
        special.words(asked),
        special.words(own)
    );
    let around = match framing.is_followed {
        true => {
            inner.with_post_processor(None::<PostProcessorWrapper>);
            asked
        }
        false => (false, false),
    };
    Ok((around, vec![note]))
}

impl SpecialTokens {
    fn words(&self, around: Around) -> String {
        let text = |token: &Option<String>| token.clone().unwrap_or_default();
        let (bos, eos) = (text(&self.bos), text(&self.eos));
        match around {
            (true, true) => format!("{bos} before a text and {eos} after it"),
            (true, false) => format!("{bos} before a text"),
            (false, true) => format!("{eos} after a text"),
            (false, false) => "no token around a text".to_owned(),
        }
    }
}

/// Ways in which vocabularies write bytes.
enum Spelling {
    /// GPT-2's printable stand-ins for bytes.
    ByteLevel(HashMap<char, u8>),
    /// SentencePiece: `▁` for a space, `<0x0A>` for a byte.
    Pieces,
}

impl Spelling {
    fn of(decoder: Option<&DecoderWrapper>) -> Self {
        let is_byte_level =
            |decoder: &DecoderWrapper| matches!(decoder, DecoderWrapper::ByteLevel(_));
        match decoder {
            Some(DecoderWrapper::Sequence(steps))
                if steps.get_decoders().iter().any(is_byte_level) =>
            {
                Self::byte_level()
            }
            Some(decoder) if is_byte_level(decoder) => Self::byte_level(),
            _ => Self::Pieces,
        }
    }

    /// The table of GPT-2's `bytes_to_unicode`: printable bytes stand for themselves, the others follow from U+0100.
    fn byte_level() -> Self {
        let printable = |byte: &u8| matches!(byte, b'!'..=b'~' | 0xA1..=0xAC | 0xAE..=0xFF);
        let themselves = (0..=u8::MAX)
            .filter(printable)
            .map(|byte| (char::from(byte), byte));
        let others = ('\u{100}'..).zip((0..=u8::MAX).filter(|byte| !printable(byte)));
        Self::ByteLevel(themselves.chain(others).collect())
    }

    /// Bytes of a token beside the vocabulary proper: pieces are spelled alike there, other texts as they are.
    fn added_bytes(&self, token: &str) -> Vec<u8> {
        match self {
            Self::ByteLevel(_) => token.as_bytes().to_vec(),
            Self::Pieces => self.bytes(token),
        }
    }

    fn bytes(&self, token: &str) -> Vec<u8> {
        match self {
            Self::ByteLevel(table) => token
                .chars()
                .filter_map(|char| table.get(&char).copied())
                .collect(),
            Self::Pieces => match byte_piece(token) {
                Some(byte) => vec![byte],
                None => token.replace('▁', " ").into_bytes(),
            },
        }
    }
}

/// The byte of a token such as `<0x0A>`.
fn byte_piece(token: &str) -> Option<u8> {
    let digits = token.strip_prefix("<0x")?.strip_suffix('>')?;
    (digits.len() == 2).then(|| u8::from_str_radix(digits, 16).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokenizers::AddedToken;
    use tokenizers::decoders::byte_level::ByteLevel;
    use tokenizers::models::bpe::BPE;

    /// Text of a vocabulary of `a`, `▁a` and the added `▁▁` and `<s>`.
    fn bytes(decoder: Option<ByteLevel>) -> Vec<Option<Vec<u8>>> {
        let vocabulary = [("a", 0), ("▁a", 1)].map(|(text, id)| (text.to_owned(), id));
        let model = BPE::builder()
            .vocab_and_merges(vocabulary, Vec::new())
            .build()
            .unwrap();
        let mut inner = tokenizers::Tokenizer::new(model);
        inner.with_decoder(decoder);
        let added =
            [("▁▁", false), ("<s>", true)].map(|(text, special)| AddedToken::from(text, special));
        inner.add_tokens(added).unwrap();
        Tokenizer::from_parts(inner, None, false, Vec::new())
            .unwrap()
            .token_bytes(5)
    }

    #[test]
    fn added_runs_of_spaces_are_spaces_in_vocabularies_of_pieces() {
        let texts: Vec<_> = bytes(None)
            .into_iter()
            .map(|bytes| bytes.map(|bytes| String::from_utf8(bytes).unwrap()))
            .collect();
        assert_eq!(
            texts,
            ["a", " a", "  "]
                .map(|text| Some(text.to_owned()))
                .into_iter()
                .chain([None, None])
                .collect::<Vec<_>>()
        );
        assert_eq!(bytes(Some(ByteLevel::default()))[2], Some("▁▁".into()));
    }
}
