//! Names of a decoder's tensors: ours, those of GGUF files, and those of the files of transformers.

/// One tensor of a decoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum TensorName {
    /// Rows of token vectors: vocabulary × hidden.
    Embedding,
    /// Weights of the last norm: hidden.
    FinalNorm,
    /// The output layer: vocabulary × hidden. Absent where it is the embedding.
    Head,
    /// Factors that divide the rotary frequencies (Llama 3 in GGUF): half a head.
    RopeFactors,
    /// Such factors for sequences within the original context (Phi 3 in GGUF): half of what is rotated.
    RopeFactorsShort,
    /// Such factors for longer ones.
    RopeFactorsLong,
    /// One of a layer's own.
    Layer(usize, LayerPart),
}

/// One tensor of a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum LayerPart {
    /// Norm before attention.
    AttentionNorm,
    /// Query weights.
    Query,
    /// Query bias.
    QueryBias,
    /// Key weights.
    Key,
    /// Key bias.
    KeyBias,
    /// Norm of each query head.
    QueryNorm,
    /// Norm of each key head.
    KeyNorm,
    /// Value weights.
    Value,
    /// Value bias.
    ValueBias,
    /// Query, key and value weights in one tensor, one below the other.
    Qkv,
    /// Weights after attention.
    AttentionOutput,
    /// Bias after attention.
    AttentionOutputBias,
    /// Norm after attention, before its result is added.
    PostAttentionNorm,
    /// Norm before the feed-forward part.
    FeedForwardNorm,
    /// The same where there is also a norm after attention: transformers then calls it otherwise.
    PreFeedForwardNorm,
    /// Norm after the feed-forward part, before its result is added.
    PostFeedForwardNorm,
    /// The gate of the feed-forward part.
    Gate,
    /// Bias of the gate.
    GateBias,
    /// Values that are gated.
    Up,
    /// Bias of what is gated.
    UpBias,
    /// The gate and what is gated in one tensor, one below the other.
    GateUp,
    /// Back to the hidden size.
    Down,
    /// Bias of the way back.
    DownBias,
}

impl TensorName {
    /// Every tensor that a decoder of `n_layers` may have.
    pub(crate) fn all(n_layers: usize) -> impl Iterator<Item = Self> {
        let outer = [Self::Embedding, Self::FinalNorm, Self::Head];
        let layers =
            (0..n_layers).flat_map(|layer| LayerPart::ALL.map(|part| Self::Layer(layer, part)));
        outer.into_iter().chain(layers)
    }

    /// Its name in a GGUF file.
    pub(crate) fn gguf(self) -> String {
        match self {
            Self::Embedding => "token_embd.weight".into(),
            Self::FinalNorm => "output_norm.weight".into(),
            Self::Head => "output.weight".into(),
            Self::RopeFactors => "rope_freqs.weight".into(),
            Self::RopeFactorsShort => "rope_factors_short.weight".into(),
            Self::RopeFactorsLong => "rope_factors_long.weight".into(),
            Self::Layer(layer, part) => format!("blk.{layer}.{}", part.names().0),
        }
    }

    /// Its name in a file of transformers.
    pub(crate) fn hugging_face(self) -> String {
        match self {
            Self::Embedding => "model.embed_tokens.weight".into(),
            Self::FinalNorm => "model.norm.weight".into(),
            Self::Head => "lm_head.weight".into(),
            Self::RopeFactors => "rope_freqs.weight".into(),
            Self::RopeFactorsShort => "rope_factors_short.weight".into(),
            Self::RopeFactorsLong => "rope_factors_long.weight".into(),
            Self::Layer(layer, part) => format!("model.layers.{layer}.{}", part.names().1),
        }
    }
}

impl LayerPart {
    const ALL: [Self; 23] = [
        Self::AttentionNorm,
        Self::Query,
        Self::QueryBias,
        Self::Key,
        Self::KeyBias,
        Self::QueryNorm,
        Self::KeyNorm,
        Self::Value,
        Self::ValueBias,
        Self::Qkv,
        Self::AttentionOutput,
        Self::AttentionOutputBias,
        Self::PostAttentionNorm,
        Self::FeedForwardNorm,
        Self::PreFeedForwardNorm,
        Self::PostFeedForwardNorm,
        Self::Gate,
        Self::GateBias,
        Self::Up,
        Self::UpBias,
        Self::GateUp,
        Self::Down,
        Self::DownBias,
    ];

    /// `true` if its rows are turned by rotary positions.
    pub(crate) fn is_rotated(self) -> bool {
        matches!(
            self,
            Self::Query | Self::QueryBias | Self::Key | Self::KeyBias
        )
    }

    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::AttentionNorm => ("attn_norm.weight", "input_layernorm.weight"),
            Self::Query => ("attn_q.weight", "self_attn.q_proj.weight"),
            Self::QueryBias => ("attn_q.bias", "self_attn.q_proj.bias"),
            Self::Key => ("attn_k.weight", "self_attn.k_proj.weight"),
            Self::KeyBias => ("attn_k.bias", "self_attn.k_proj.bias"),
            Self::QueryNorm => ("attn_q_norm.weight", "self_attn.q_norm.weight"),
            Self::KeyNorm => ("attn_k_norm.weight", "self_attn.k_norm.weight"),
            Self::Value => ("attn_v.weight", "self_attn.v_proj.weight"),
            Self::ValueBias => ("attn_v.bias", "self_attn.v_proj.bias"),
            Self::Qkv => ("attn_qkv.weight", "self_attn.qkv_proj.weight"),
            Self::AttentionOutput => ("attn_output.weight", "self_attn.o_proj.weight"),
            Self::AttentionOutputBias => ("attn_output.bias", "self_attn.o_proj.bias"),
            Self::PostAttentionNorm => (
                "post_attention_norm.weight",
                "post_attention_layernorm.weight",
            ),
            Self::FeedForwardNorm => ("ffn_norm.weight", "post_attention_layernorm.weight"),
            Self::PreFeedForwardNorm => ("ffn_norm.weight", "pre_feedforward_layernorm.weight"),
            Self::PostFeedForwardNorm => {
                ("post_ffw_norm.weight", "post_feedforward_layernorm.weight")
            }
            Self::Gate => ("ffn_gate.weight", "mlp.gate_proj.weight"),
            Self::GateBias => ("ffn_gate.bias", "mlp.gate_proj.bias"),
            Self::Up => ("ffn_up.weight", "mlp.up_proj.weight"),
            Self::UpBias => ("ffn_up.bias", "mlp.up_proj.bias"),
            Self::GateUp => ("ffn_up.weight", "mlp.gate_up_proj.weight"),
            Self::Down => ("ffn_down.weight", "mlp.down_proj.weight"),
            Self::DownBias => ("ffn_down.bias", "mlp.down_proj.bias"),
        }
    }
}
