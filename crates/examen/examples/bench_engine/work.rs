//! The least work that scoring takes: each distinct token once, the output layer only where a token is predicted.

use crate::Outcome;
use candle_core::quantized::gguf_file::Content;
use std::{collections::HashSet, fs::File, path::Path};

/// What the model reads for one continuation: everything but its last token.
pub(crate) struct Sequence {
    pub(crate) tokens: Vec<u32>,
    /// The row that predicts the continuation's first token; the later ones predict the rest.
    pub(crate) first_row: usize,
}

/// Sizes of the token trie of all sequences.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Counts {
    /// Nodes of the trie.
    pub(crate) n_distinct: usize,
    /// Tokens without sharing.
    pub(crate) n_naive: usize,
    /// Nodes that predict a scored token.
    pub(crate) n_rows: usize,
    /// Keys that the nodes see, themselves included.
    pub(crate) n_keys: usize,
}

impl Counts {
    /// Walks the sequences in sorted order: what a sequence shares with the trie so far, it shares with its neighbour.
    pub(crate) fn of(mut sequences: Vec<Sequence>) -> Self {
        sequences.sort_by(|a, b| a.tokens.cmp(&b.tokens));
        let mut counts = Self::default();
        let mut predicting = HashSet::<usize>::new();
        let (mut above, mut path): (&[u32], Vec<usize>) = (&[], Vec::new());
        for sequence in &sequences {
            let tokens = &sequence.tokens;
            path.truncate(above.iter().zip(tokens).take_while(|(a, b)| a == b).count());
            for depth in path.len()..tokens.len() {
                path.push(counts.n_distinct);
                counts.n_distinct += 1;
                counts.n_keys += depth + 1;
            }
            predicting.extend(&path[sequence.first_row..]);
            counts.n_naive += tokens.len();
            above = tokens;
        }
        counts.n_rows = predicting.len();
        counts
    }
}

/// Sizes of a model that decide what a token costs.
pub(crate) struct Sizes {
    /// Numbers in the linear layers' matrices.
    linear: f64,
    hidden: f64,
    vocabulary: f64,
    /// Numbers in all queries of a token.
    query_width: f64,
    n_layers: f64,
}

impl Sizes {
    /// From the metadata and tensor table of a GGUF file.
    pub(crate) fn read(model: &Path) -> Outcome<Self> {
        let content = Content::read(&mut File::open(model)?)?;
        let get = |key: &str| {
            content
                .metadata
                .get(key)
                .ok_or_else(|| format!("{} lacks {key}", model.display()))
        };
        let architecture = get("general.architecture")?.to_string()?;
        let size =
            |key: &str| Outcome::Ok(f64::from(get(&format!("{architecture}.{key}"))?.to_u32()?));
        let (hidden, n_heads) = (size("embedding_length")?, size("attention.head_count")?);
        let head_size = size("attention.key_length").unwrap_or(hidden / n_heads);
        let tensors = content.tensor_infos.iter();
        let matrices =
            tensors.filter(|(name, tensor)| name.starts_with("blk.") && tensor.shape.rank() == 2);
        let linear = matrices
            .map(|(_, tensor)| tensor.shape.elem_count() as f64)
            .sum();
        let embedding = content
            .tensor_infos
            .get("token_embd.weight")
            .ok_or("the file has no token_embd.weight")?;
        let vocabulary = embedding.shape.elem_count() as f64 / hidden;
        Ok(Self {
            linear,
            hidden,
            vocabulary,
            query_width: n_heads * head_size,
            n_layers: size("block_count")?,
        })
    }
}

/// Floating-point operations; a multiplication and its addition are two.
pub(crate) struct Flop {
    pub(crate) linear: f64,
    pub(crate) attention: f64,
    pub(crate) head: f64,
}

impl Flop {
    /// Of the work in `counts`. Norms, rotations and activations are left out: they are no matrix products.
    pub(crate) fn of(counts: &Counts, sizes: &Sizes) -> Self {
        Self {
            linear: 2.0 * sizes.linear * counts.n_distinct as f64,
            // Scores and weighted values.
            attention: 4.0 * sizes.query_width * counts.n_keys as f64 * sizes.n_layers,
            head: 2.0 * sizes.vocabulary * sizes.hidden * counts.n_rows as f64,
        }
    }

    pub(crate) fn total(&self) -> f64 {
        self.linear + self.attention + self.head
    }
}
