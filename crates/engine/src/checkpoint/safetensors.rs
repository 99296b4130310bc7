//! Weights in safetensors files: one, or several that an index lists.

use super::mapped::MappedFile;
use super::{FileTensor, NumberType, TensorName, TensorSource, by_frequency};
use crate::error::EngineError;
use safetensors::tensor::{Dtype, SafeTensors, TensorInfo};
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

/// The tensors of all shards of a model.
pub(crate) struct SafetensorsFiles {
    shards: Vec<Arc<MappedFile>>,
    tensors: HashMap<String, Entry>,
}

struct Entry {
    shard: usize,
    /// Offset of the shard's data.
    start: usize,
    info: TensorInfo,
}

impl SafetensorsFiles {
    /// Maps the files and reads their headers.
    pub(crate) fn open<'a>(paths: impl Iterator<Item = &'a Path>) -> Result<Self, EngineError> {
        let shards = paths
            .map(|path| MappedFile::open(path).map(Arc::new))
            .collect::<Result<Vec<_>, _>>()?;
        let mut tensors = HashMap::new();
        for (shard, file) in shards.iter().enumerate() {
            let (header, metadata) = SafeTensors::read_metadata(file.bytes())
                .map_err(|error| file.damaged(error.to_string()))?;
            for (name, info) in metadata.tensors() {
                if let Some(kind) = quantised(&name) {
                    return Err(EngineError::quantised(&format!(
                        "tensors such as '{name}' ({kind})"
                    )));
                }
                tensors.insert(
                    text_part(name),
                    Entry {
                        shard,
                        start: header + size_of::<u64>(),
                        info: info.clone(),
                    },
                );
            }
        }
        Ok(Self { shards, tensors })
    }

    /// Names of all tensors.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    /// Its sizes, if there is one of this name.
    pub(super) fn shape_of(&self, name: &str) -> Option<&[usize]> {
        let entry = self.tensors.get(name)?;
        Some(&entry.info.shape)
    }

    /// The tensor of this name and these sizes.
    pub(super) fn named(&self, name: &str, shape: &[usize]) -> Result<FileTensor, EngineError> {
        let entry = self
            .tensors
            .get(name)
            .ok_or_else(|| EngineError::MissingTensor { name: name.into() })?;
        if entry.info.shape != shape {
            return Err(EngineError::WrongShape {
                name: name.into(),
                expected: shape.to_vec(),
                found: entry.info.shape.clone(),
            });
        }
        let file = &self.shards[entry.shard];
        let (first, last) = entry.info.data_offsets;
        let range = entry
            .start
            .checked_add(first)
            .zip(entry.start.checked_add(last));
        let (number_type, size) =
            number_type(entry.info.dtype).ok_or_else(|| EngineError::Unsupported {
                what: format!("tensor '{name}' of type {:?}", entry.info.dtype),
                supported: "F32, BF16, F16".into(),
            })?;
        let length = shape
            .iter()
            .try_fold(size, |length, n| length.checked_mul(*n));
        let is_whole = |&(first, last): &(usize, usize)| {
            last <= file.bytes().len() && Some(last - first) == length
        };
        let (first, last) = range
            .filter(|(first, last)| first <= last)
            .filter(is_whole)
            .ok_or_else(|| {
                file.damaged(format!("tensor '{name}' reaches past the end of the file"))
            })?;
        FileTensor::new(name, file, first..last, number_type, shape)
    }
}

impl TensorSource for SafetensorsFiles {
    fn contains(&self, name: TensorName) -> bool {
        self.tensors.contains_key(&name.hugging_face())
    }

    fn shape(&self, name: TensorName) -> Option<&[usize]> {
        self.shape_of(&name.hugging_face())
    }

    fn tensor(&self, name: TensorName, shape: &[usize]) -> Result<FileTensor, EngineError> {
        self.named(&name.hugging_face(), shape)
    }

    fn dtypes(&self) -> Vec<String> {
        by_frequency(
            self.tensors
                .values()
                .map(|entry| format!("{:?}", entry.info.dtype)),
        )
    }

    fn sizes(&self) -> Vec<(NumberType, usize, usize)> {
        let size = |entry: &Entry| {
            let (number_type, size) = number_type(entry.info.dtype)?;
            let (first, last) = entry.info.data_offsets;
            Some((number_type, (last - first) / size, last - first))
        };
        self.tensors.values().filter_map(size).collect()
    }

    fn interleaves_rotary_rows(&self) -> bool {
        false
    }
}

/// Models that also see or hear keep their text part under a prefix; without it, names are those of a text model.
pub(super) fn text_part(name: String) -> String {
    match (
        name.strip_prefix("model.language_model."),
        name.strip_prefix("language_model."),
    ) {
        (Some(rest), _) => format!("model.{rest}"),
        (None, Some(rest)) => rest.to_owned(),
        (None, None) => name,
    }
}

/// The method that writes tensors of such names, where it is one of those that keep weights in other numbers.
fn quantised(name: &str) -> Option<&'static str> {
    const ENDS: [(&str, &str); 7] = [
        (".qweight", "GPTQ or AWQ"),
        (".weight_packed", "compressed-tensors"),
        (".weight_scale", "FP8 or compressed-tensors"),
        (".weight_scale_inv", "FP8"),
        (".weight.absmax", "bitsandbytes"),
        (".SCB", "bitsandbytes"),
        ("_blocks", "MXFP4"),
    ];
    let found = ENDS.iter().find(|(end, _)| name.ends_with(end));
    found.map(|(_, kind)| *kind)
}

/// And the bytes of a number.
fn number_type(dtype: Dtype) -> Option<(NumberType, usize)> {
    match dtype {
        Dtype::F32 => Some((NumberType::F32, 4)),
        Dtype::BF16 => Some((NumberType::Bf16, 2)),
        Dtype::F16 => Some((NumberType::F16, 2)),
        _ => None,
    }
}
