//! Values of the data model, as they are written in columns and read back.

use crate::AnnotateError;
use examen_core::annotation::{RecordStatus, ResponseStatus};
use jiff::Timestamp;
use serde::{Serialize, de::DeserializeOwned};
use uuid::{Builder, Uuid};

/// JSON text.
pub(super) fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("the data model has string keys only")
}

/// JSON text, read back.
pub(super) fn from_json<T: DeserializeOwned>(
    what: &'static str,
    text: &str,
) -> Result<T, AnnotateError> {
    serde_json::from_str(text).map_err(|_| AnnotateError::Damaged {
        what,
        value: shortened(text),
    })
}

/// A stored time.
pub(super) fn time(microseconds: i64) -> Result<Timestamp, AnnotateError> {
    let damaged = |_| AnnotateError::Damaged {
        what: "time",
        value: microseconds.to_string(),
    };
    Timestamp::from_microsecond(microseconds).map_err(damaged)
}

/// A count as the database gives it.
pub(super) fn count(n: i64) -> u64 {
    u64::try_from(n).expect("COUNT is never negative")
}

/// A number of the data model that is stored as a wider one.
pub(super) fn small(what: &'static str, n: i64) -> Result<u32, AnnotateError> {
    u32::try_from(n).map_err(|_| AnnotateError::Damaged {
        what,
        value: n.to_string(),
    })
}

/// The column text of a response's status.
pub(super) fn response_status(status: ResponseStatus) -> &'static str {
    match status {
        ResponseStatus::Draft => "draft",
        ResponseStatus::Submitted => "submitted",
        ResponseStatus::Discarded => "discarded",
    }
}

/// A response's status, read back.
pub(super) fn read_response_status(text: &str) -> Result<ResponseStatus, AnnotateError> {
    match text {
        "draft" => Ok(ResponseStatus::Draft),
        "submitted" => Ok(ResponseStatus::Submitted),
        "discarded" => Ok(ResponseStatus::Discarded),
        other => Err(AnnotateError::Damaged {
            what: "response status",
            value: other.to_owned(),
        }),
    }
}

/// A record's status, read back.
pub(super) fn read_record_status(text: &str) -> Result<RecordStatus, AnnotateError> {
    match text {
        "pending" => Ok(RecordStatus::Pending),
        "completed" => Ok(RecordStatus::Completed),
        other => Err(AnnotateError::Damaged {
            what: "record status",
            value: other.to_owned(),
        }),
    }
}

/// The id of a part that is named within its whole: the same part has the same id.
pub(super) fn derived_id(whole: Uuid, kind: &str, name: &str) -> Uuid {
    let mut hasher = blake3::Hasher::new_derive_key("examen annotate: id of a part");
    hasher.update(whole.as_bytes());
    hasher.update(kind.as_bytes());
    hasher.update(&[0]);
    hasher.update(name.as_bytes());
    let mut bytes = [0; 16];
    hasher.finalize_xof().fill(&mut bytes);
    Builder::from_custom_bytes(bytes).into_uuid()
}

/// The number that a record's position in every reviewer's order is computed from: 1 … 2³¹ − 2, drawn from its id.
pub(super) fn shuffle_key(record: Uuid) -> i64 {
    let [key, _] = draws("examen annotate: place of a record", record);
    key
}

/// Two numbers from 1 to 2³¹ − 2 drawn from an id; their products fit in the 63 bits of SQL's numbers.
pub(super) fn draws(purpose: &'static str, id: Uuid) -> [i64; 2] {
    const PRIME: u64 = (1 << 31) - 1;
    let mut hasher = blake3::Hasher::new_derive_key(purpose);
    hasher.update(id.as_bytes());
    let mut output = hasher.finalize_xof();
    std::array::from_fn(|_| {
        let mut bytes = [0; 8];
        output.fill(&mut bytes);
        (u64::from_le_bytes(bytes) % (PRIME - 1) + 1).cast_signed()
    })
}

/// The bytes of a vector: 64-bit floats, little endian.
pub(super) fn bytes(numbers: &[f64]) -> Vec<u8> {
    numbers
        .iter()
        .flat_map(|number| number.to_le_bytes())
        .collect()
}

/// A vector, read back.
pub(super) fn numbers(bytes: &[u8]) -> Vec<f64> {
    bytes
        .as_chunks::<8>()
        .0
        .iter()
        .map(|chunk| f64::from_le_bytes(*chunk))
        .collect()
}

/// The beginning of a text, for an error message.
fn shortened(text: &str) -> String {
    text.chars().take(80).collect()
}
