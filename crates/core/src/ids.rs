//! Ids made of content: the same document, passage or question has the same id on every machine and in every run. An
//! empty id (the default) stands for what a row does not have.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! content_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The id of the content that `parts` are, in this order. Parts are length-prefixed, so that
            /// `["ab", "c"]` and `["a", "bc"]` differ.
            pub fn of(parts: &[&str]) -> Self {
                Self(content_hash(parts))
            }

            /// An id read back from a file.
            pub fn from_stored(id: impl Into<String>) -> Self {
                Self(id.into())
            }

            /// The id as it is written everywhere: 16 hexadecimal digits where Examen made it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

content_id!(
    /// A document: its path below the input folder and its text.
    DocumentId
);
content_id!(
    /// A passage of a document: the document and the byte span.
    ChunkId
);
content_id!(
    /// A question: the passage it was written from, its stem and its options.
    QuestionId
);

/// 64 bits of BLAKE3 over the length-prefixed parts, in hexadecimal. Enough to tell apart the questions of one exam
/// (a collision among a million has probability 3e-8); not a defence against somebody who wants one.
pub fn content_hash(parts: &[&str]) -> String {
    hash_of_parts(parts.iter().copied())[..16].to_owned()
}

/// BLAKE3 over the parts, each after its length in bytes (64 bits, little endian), in 64 hexadecimal digits: the one
/// hash of several texts in Examen. Callers that need less keep its first digits.
pub fn hash_of_parts<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.finalize().to_hex().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_do_not_run_into_each_other() {
        assert_ne!(DocumentId::of(&["ab", "c"]), DocumentId::of(&["a", "bc"]));
        assert_eq!(DocumentId::of(&["ab", "c"]), DocumentId::of(&["ab", "c"]));
    }

    #[test]
    fn a_hash_of_parts_is_blake3_over_lengths_and_bytes() {
        let framed = b"\x02\0\0\0\0\0\0\0ab\x01\0\0\0\0\0\0\0c";
        assert_eq!(
            hash_of_parts(["ab", "c"]),
            blake3::hash(framed).to_hex().as_str()
        );
        assert_eq!(content_hash(&["ab", "c"]), hash_of_parts(["ab", "c"])[..16]);
    }

    #[test]
    fn an_id_is_sixteen_hexadecimal_digits() {
        let id = QuestionId::of(&["what?"]);
        assert_eq!(id.as_str().len(), 16);
        assert!(id.as_str().bytes().all(|byte| byte.is_ascii_hexdigit()));
    }
}
