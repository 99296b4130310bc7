//! Weights in safetensors files: one, or several that an index lists.

use super::mapped::MappedFile;
use super::{TensorName, TensorSource, by_frequency};
use crate::error::EngineError;
use candle_core::{DType, Device, Tensor};
use safetensors::tensor::{Dtype, SafeTensors, TensorInfo};
use std::collections::HashMap;
use std::path::Path;

/// The tensors of all shards of a model.
pub(crate) struct SafetensorsFiles {
    shards: Vec<MappedFile>,
    tensors: HashMap<String, Entry>,
}

struct Entry {
    shard: usize,
    /// Where the shard's data begin.
    start: usize,
    info: TensorInfo,
}

impl SafetensorsFiles {
    /// Maps the files and reads their headers.
    pub(crate) fn open<'a>(paths: impl Iterator<Item = &'a Path>) -> Result<Self, EngineError> {
        let shards = paths.map(MappedFile::open).collect::<Result<Vec<_>, _>>()?;
        let mut tensors = HashMap::new();
        for (shard, file) in shards.iter().enumerate() {
            let (header, metadata) =
                SafeTensors::read_metadata(file.bytes()).map_err(|error| file.damaged(error.to_string()))?;
            for (name, info) in metadata.tensors() {
                tensors.insert(text_part(name), Entry { shard, start: header + size_of::<u64>(), info: info.clone() });
            }
        }
        Ok(Self { shards, tensors })
    }
}

impl TensorSource for SafetensorsFiles {
    fn contains(&self, name: TensorName) -> bool {
        self.tensors.contains_key(&name.hugging_face())
    }

    fn tensor(&self, name: TensorName, shape: &[usize]) -> Result<Tensor, EngineError> {
        let name = name.hugging_face();
        let entry = self.tensors.get(&name).ok_or_else(|| EngineError::MissingTensor { name: name.clone() })?;
        if entry.info.shape != shape {
            return Err(EngineError::WrongShape { name, expected: shape.to_vec(), found: entry.info.shape.clone() });
        }
        let file = &self.shards[entry.shard];
        let (first, last) = entry.info.data_offsets;
        let range = entry.start.checked_add(first).zip(entry.start.checked_add(last));
        let bytes = range.and_then(|(first, last)| file.bytes().get(first..last));
        let bytes = bytes.ok_or_else(|| file.damaged(format!("tensor '{name}' reaches past the end of the file")))?;
        let dtype = candle_dtype(entry.info.dtype).ok_or_else(|| EngineError::Unsupported {
            what: format!("tensor '{name}' of type {:?}", entry.info.dtype),
            supported: "F32, BF16, F16".into(),
        })?;
        Tensor::from_raw_buffer(bytes, dtype, shape, &Device::Cpu)
            .and_then(|tensor| tensor.to_dtype(DType::F32))
            .map_err(|error| EngineError::Tensor { name, reason: error.to_string() })
    }

    fn dtypes(&self) -> Vec<String> {
        by_frequency(self.tensors.values().map(|entry| format!("{:?}", entry.info.dtype)))
    }

    fn interleaves_rotary_rows(&self) -> bool {
        false
    }
}

/// Models that also see or hear keep their text part under a prefix; without it, names are those of a text model.
fn text_part(name: String) -> String {
    match (name.strip_prefix("model.language_model."), name.strip_prefix("language_model.")) {
        (Some(rest), _) => format!("model.{rest}"),
        (None, Some(rest)) => rest.to_owned(),
        (None, None) => name,
    }
}

fn candle_dtype(dtype: Dtype) -> Option<DType> {
    match dtype {
        Dtype::F32 => Some(DType::F32),
        Dtype::BF16 => Some(DType::BF16),
        Dtype::F16 => Some(DType::F16),
        _ => None,
    }
}
