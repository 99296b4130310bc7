//! A bound for the memory that a foreign table takes as rows: files of some kilobytes can hold millions of rows, or rows
//! of gigabytes.

use crate::error::{FilesError, Result};
use arrow_array::{
    Array, ArrayRef, GenericByteArray, RecordBatch, cast::AsArray, types::ByteArrayType,
};
use arrow_schema::DataType;
use std::path::{Path, PathBuf};

/// Bytes that the rows of one file may take.
const MAX_BYTES: u64 = 2 << 30;
/// Bytes of a value beside its text: its part of a row as JSON.
const VALUE_BYTES: u64 = 256;

/// The memory that is left for the rows of a file.
pub(crate) struct Budget {
    path: PathBuf,
    left: u64,
    n_rows: u64,
}

impl Budget {
    pub(crate) fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            left: MAX_BYTES,
            n_rows: 0,
        }
    }

    /// Refuses a file that says itself that it has too many values to be read.
    pub(crate) fn check(&self, n_rows: u64, n_values: u64) -> Result<()> {
        match n_values.saturating_mul(VALUE_BYTES) > self.left {
            true => Err(self.refused(n_rows)),
            false => Ok(()),
        }
    }

    /// Takes what a batch needs as rows.
    pub(crate) fn take(&mut self, batch: &RecordBatch) -> Result<()> {
        self.n_rows += batch.num_rows() as u64;
        let rows = (batch.num_rows() as u64).saturating_mul(VALUE_BYTES);
        let need = batch
            .columns()
            .iter()
            .map(bytes)
            .fold(rows, u64::saturating_add);
        match self.left.checked_sub(need) {
            Some(left) => self.left = left,
            None => return Err(self.refused(self.n_rows)),
        }
        Ok(())
    }

    fn refused(&self, n_rows: u64) -> FilesError {
        FilesError::TooLarge {
            path: self.path.clone(),
            n_rows,
            max_bytes: MAX_BYTES,
        }
    }
}

/// Bytes of a column's values once each has its own copy: dictionaries and views share theirs.
fn bytes(column: &ArrayRef) -> u64 {
    let own = (column.len() as u64).saturating_mul(VALUE_BYTES);
    own.saturating_add(contents(column))
}

fn contents(column: &ArrayRef) -> u64 {
    match column.data_type() {
        DataType::Null | DataType::Boolean => 0,
        kind if kind.is_primitive() => 0,
        DataType::Utf8 => text(column.as_string::<i32>()),
        DataType::LargeUtf8 => text(column.as_string::<i64>()),
        DataType::Binary => text(column.as_binary::<i32>()),
        DataType::LargeBinary => text(column.as_binary::<i64>()),
        DataType::Utf8View => sum(column.as_string_view().lengths().map(u64::from)),
        DataType::BinaryView => sum(column.as_binary_view().lengths().map(u64::from)),
        DataType::Struct(_) => sum(column.as_struct().columns().iter().map(bytes)),
        DataType::List(_) => bytes(column.as_list::<i32>().values()),
        DataType::LargeList(_) => bytes(column.as_list::<i64>().values()),
        DataType::FixedSizeList(_, _) => bytes(column.as_fixed_size_list().values()),
        DataType::Map(_, _) => sum(column.as_map().entries().columns().iter().map(bytes)),
        DataType::Dictionary(_, _) => dictionary(column),
        // Each value may be all that lies there.
        _ => (column.len() as u64).saturating_mul(column.get_array_memory_size() as u64),
    }
}

fn sum(parts: impl Iterator<Item = u64>) -> u64 {
    parts.fold(0, u64::saturating_add)
}

fn text<T: ByteArrayType>(values: &GenericByteArray<T>) -> u64 {
    let length = |value: &T::Native| AsRef::<[u8]>::as_ref(value).len() as u64;
    sum(values.iter().flatten().map(length))
}

fn dictionary(column: &ArrayRef) -> u64 {
    let dictionary = column.as_any_dictionary();
    let values = dictionary.values();
    if values.is_empty() {
        return 0;
    }
    let of_value: Vec<u64> = (0..values.len())
        .map(|index| contents(&values.slice(index, 1)))
        .collect();
    sum(dictionary
        .normalized_keys()
        .into_iter()
        .map(|key| of_value[key]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_array::{ArrayRef, types::Int32Type};
    use arrow_array::{
        DictionaryArray, Int32Array, ListArray, NullArray, StringArray, StringViewArray,
    };
    use std::sync::Arc;

    #[test]
    fn shared_texts_count_as_often_as_they_are_used() {
        let long = "x".repeat(1000);
        let plain: ArrayRef = Arc::new(StringArray::from(vec![long.as_str(); 3]));
        let views: ArrayRef = Arc::new(StringViewArray::from(vec![long.as_str(); 3]));
        let keys = Int32Array::from(vec![Some(0), Some(0), None, Some(0)]);
        let values = Arc::new(StringArray::from(vec![long.as_str()]));
        let shared: ArrayRef = Arc::new(DictionaryArray::<Int32Type>::new(keys, values));
        assert_eq!(bytes(&plain), 3 * VALUE_BYTES + 3000);
        assert_eq!(bytes(&views), 3 * VALUE_BYTES + 3000);
        // A null has no text, but its key may be any.
        assert!((3000..=4 * VALUE_BYTES + 4000).contains(&bytes(&shared)));
        // Sliced, only what is left counts.
        assert_eq!(bytes(&plain.slice(1, 1)), VALUE_BYTES + 1000);
    }

    #[test]
    fn nulls_and_lists_of_them_are_values() {
        let nulls: ArrayRef = Arc::new(NullArray::new(1 << 40));
        let batch = RecordBatch::try_from_iter([("a", nulls)]).unwrap();
        let error = Budget::new(Path::new("a")).take(&batch).unwrap_err();
        assert!(matches!(error, FilesError::TooLarge { .. }), "{error}");
        let list = vec![Some(vec![None; 1000])];
        let list: ArrayRef = Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>(list));
        assert_eq!(bytes(&list), 1001 * VALUE_BYTES);
    }
}
