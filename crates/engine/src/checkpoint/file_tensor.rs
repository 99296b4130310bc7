//! A tensor as it lies in its file: bytes, number type, shape. Its rows are widened to f32 when they are asked for. One
//! that is computed from several (an adapter's) has its bytes in memory.

use super::mapped::MappedFile;
use crate::error::EngineError;
use candle_core::Device;
use candle_core::quantized::{GgmlDType, ggml_file::qtensor_from_ggml};
use half::f16;
use half::slice::{HalfBitsSliceExt, HalfFloatSliceExt};
use std::ops::Range;
use std::sync::Arc;

/// Number types of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NumberType {
    /// IEEE single precision.
    F32,
    /// IEEE half precision.
    F16,
    /// The upper half of an f32.
    Bf16,
    /// Quantised blocks of GGUF.
    Blocks(GgmlDType),
}

/// A tensor of one or two dimensions. A vector is a single row.
pub(crate) struct FileTensor {
    bytes: Bytes,
    number_type: NumberType,
    shape: Vec<usize>,
}

/// Bytes of a tensor.
enum Bytes {
    /// A range of a file.
    Mapped(Arc<MappedFile>, Range<usize>),
    /// Their own.
    Owned(Vec<u8>),
}

impl Bytes {
    fn all(&self) -> &[u8] {
        match self {
            Self::Mapped(file, range) => &file.bytes()[range.clone()],
            Self::Owned(bytes) => bytes,
        }
    }
}

impl NumberType {
    /// `true` if a number takes two bytes and is widened for nearly nothing.
    pub(crate) fn is_half(self) -> bool {
        matches!(self, Self::F16 | Self::Bf16)
    }
}

impl FileTensor {
    /// The caller has checked that `bytes` lies in the file and has the length of the whole shape. An error if a row
    /// does not fill whole blocks.
    pub(super) fn new(
        name: &str,
        file: &Arc<MappedFile>,
        bytes: Range<usize>,
        number_type: NumberType,
        shape: &[usize],
    ) -> Result<Self, EngineError> {
        let tensor = Self {
            bytes: Bytes::Mapped(Arc::clone(file), bytes),
            number_type,
            shape: shape.to_vec(),
        };
        if let NumberType::Blocks(dtype) = number_type
            && !tensor.width().is_multiple_of(dtype.block_size())
        {
            let reason = format!(
                "a row of {} numbers is not made of blocks of {}",
                tensor.width(),
                dtype.block_size()
            );
            return Err(EngineError::Tensor {
                name: name.into(),
                reason,
            });
        }
        Ok(tensor)
    }

    /// A tensor of these numbers, row by row.
    pub(super) fn of_numbers(numbers: &[f32], shape: &[usize]) -> Self {
        Self {
            bytes: Bytes::Owned(numbers.iter().flat_map(|n| n.to_le_bytes()).collect()),
            number_type: NumberType::F32,
            shape: shape.to_vec(),
        }
    }

    /// Numbers in a row.
    pub(crate) fn width(&self) -> usize {
        self.shape.last().copied().unwrap_or(1)
    }

    /// Type of its numbers.
    pub(crate) fn number_type(&self) -> NumberType {
        self.number_type
    }

    /// All its numbers, row by row.
    pub(crate) fn numbers(&self) -> Vec<f32> {
        let mut numbers = vec![0.0; self.shape.iter().product()];
        self.widen(0, &mut numbers);
        numbers
    }

    /// Fills `out` with the rows from `first` on.
    pub(crate) fn widen(&self, first: usize, out: &mut [f32]) {
        if out.is_empty() {
            return;
        }
        let n_numbers: usize = self.shape.iter().product();
        let all = self.bytes.all();
        let offset = |number: usize| number * all.len() / n_numbers;
        let start = first * self.width();
        let bytes = &all[offset(start)..offset(start + out.len())];
        match self.number_type {
            NumberType::F32 => each(bytes, out, |bytes| f32::from_le_bytes(*bytes)),
            NumberType::Bf16 => each(bytes, out, |bytes| {
                f32::from_bits(u32::from(u16::from_le_bytes(*bytes)) << 16)
            }),
            NumberType::F16 => {
                let bits: Vec<u16> = bytes
                    .as_chunks()
                    .0
                    .iter()
                    .map(|bytes| u16::from_le_bytes(*bytes))
                    .collect();
                bits.reinterpret_cast::<f16>().convert_to_f32_slice(out);
            }
            NumberType::Blocks(dtype) => {
                let numbers = dequantise(dtype, bytes, out.len())
                    .expect("whole blocks of a type that the header named");
                out.copy_from_slice(&numbers);
            }
        }
    }

    /// Tells the system that the bytes are not needed in memory for now.
    pub(crate) fn release(&self) {
        if let Bytes::Mapped(file, range) = &self.bytes {
            file.release(range.clone());
        }
    }
}

fn each<const N: usize>(bytes: &[u8], out: &mut [f32], number: impl Fn(&[u8; N]) -> f32) {
    out.iter_mut()
        .zip(bytes.as_chunks().0)
        .for_each(|(out, bytes)| *out = number(bytes));
}

fn dequantise(dtype: GgmlDType, bytes: &[u8], n: usize) -> candle_core::Result<Vec<f32>> {
    qtensor_from_ggml(dtype, bytes, vec![n], &Device::Cpu)?
        .dequantize(&Device::Cpu)?
        .to_vec1()
}
