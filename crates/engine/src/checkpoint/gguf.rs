//! GGUF files (version 2 and 3, little endian): header, metadata, tensors, and the tokenizer inside.
//!
//! Format: <https://github.com/ggml-org/ggml/blob/master/docs/gguf.md>. The header is read here rather than by candle,
//! because it is untrusted: lists stay in the mapped file until they are asked for, so that no count in the header can
//! make us allocate more than the file is long; every offset is checked. candle decodes the blocks.

use super::mapped::MappedFile;
use super::{FileTensor, NumberType, TensorName, TensorSource, by_frequency, gguf_parts};
use crate::error::EngineError;
use candle_core::quantized::GgmlDType;
use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

const MAGIC: &[u8] = b"GGUF";
const MAX_DIMENSIONS: u32 = 4;
const LIST: u32 = 9;
const TEXT: u32 = 8;

/// Opens the file, or all parts of which it is the first, and reads the headers; tensors are read when they are asked for.
pub(crate) fn read(path: &Path) -> Result<(Metadata, GgufTensors), EngineError> {
    let (metadata, mut tensors) = read_one(path)?;
    let parts = gguf_parts::others(path, &metadata)?;
    for (index, part) in parts.iter().enumerate() {
        let (its, more) = read_one(part)?;
        gguf_parts::check(&its, index + 1, parts.len() + 1)?;
        for (name, info) in more {
            if tensors.insert(name.clone(), info).is_some() {
                return Err(its.file.damaged(format!(
                    "tensor '{name}' is also in another part of the model"
                )));
            }
        }
    }
    let n_tensors = metadata
        .get("split.tensors.count")
        .and_then(Value::unsigned);
    if n_tensors.is_some_and(|n| n != tensors.len() as u64) && !parts.is_empty() {
        return Err(metadata.file.damaged(format!(
            "its parts have {} tensors together, the first says {}",
            tensors.len(),
            n_tensors.unwrap_or_default()
        )));
    }
    let interleaved = metadata.text("general.architecture") == Some("llama");
    Ok((
        metadata,
        GgufTensors {
            tensors,
            interleaved,
        },
    ))
}

fn read_one(path: &Path) -> Result<(Metadata, HashMap<String, TensorInfo>), EngineError> {
    let file = Arc::new(MappedFile::open(path)?);
    let (values, tensors) = parsed(&file, |cursor| {
        let (values, infos) = parse(cursor)?;
        let tensors = place_tensors(infos, cursor, &file, alignment(&values)?)?;
        Ok((values, tensors))
    })?;
    Ok((Metadata { file, values }, tensors))
}

/// Reads the header of a file that may end after it: its metadata, and how many numbers the weights have.
pub(crate) fn read_header(path: &Path) -> Result<(Metadata, usize), EngineError> {
    let file = Arc::new(MappedFile::open(path)?);
    let (values, infos) = parsed(&file, parse)?;
    let n_numbers = infos
        .iter()
        .map(|(_, shape, ..)| {
            shape
                .iter()
                .fold(1, |n: usize, &size| n.saturating_mul(size))
        })
        .fold(0, usize::saturating_add);
    Ok((Metadata { file, values }, n_numbers))
}

/// Runs `parse` on the file from its beginning.
fn parsed<T>(
    file: &MappedFile,
    parse: impl FnOnce(&mut Cursor<'_>) -> Parsed<T>,
) -> Result<T, EngineError> {
    let mut cursor = Cursor {
        bytes: file.bytes(),
        position: 0,
    };
    parse(&mut cursor).map_err(|fault| match fault {
        Fault::Damaged(reason) => file.damaged(reason),
        Fault::Unsupported { what, supported } => EngineError::Unsupported {
            what,
            supported: supported.into(),
        },
    })
}

/// A value of the metadata.
#[derive(Debug)]
pub(crate) enum Value {
    /// Any unsigned integer.
    Unsigned(u64),
    /// Any signed integer.
    Signed(i64),
    /// f32 or f64.
    Real(f64),
    /// A boolean.
    Flag(bool),
    /// A string; bytes that are not UTF-8 are replaced.
    Text(String),
    /// A list, still in the file.
    List(List),
}

/// A list in the file.
#[derive(Debug)]
pub(crate) struct List {
    kind: u32,
    n: usize,
    bytes: Range<usize>,
}

impl Value {
    /// The value as an integer of at least 0.
    pub(crate) fn unsigned(&self) -> Option<u64> {
        match *self {
            Self::Unsigned(number) => Some(number),
            Self::Signed(number) => number.try_into().ok(),
            _ => None,
        }
    }

    /// The value as a number.
    pub(crate) fn real(&self) -> Option<f64> {
        match *self {
            Self::Unsigned(number) => Some(number as f64),
            Self::Signed(number) => Some(number as f64),
            Self::Real(number) => Some(number),
            _ => None,
        }
    }

    /// The value as text.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// The keys and values of a GGUF file.
pub(crate) struct Metadata {
    file: Arc<MappedFile>,
    values: HashMap<String, Value>,
}

impl Metadata {
    /// The file that they stand in.
    pub(super) fn file(&self) -> &MappedFile {
        &self.file
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Value> {
        self.values.get(key)
    }

    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        self.get(key)?.text()
    }

    pub(crate) fn flag(&self, key: &str) -> Option<bool> {
        match self.get(key)? {
            Value::Flag(flag) => Some(*flag),
            _ => None,
        }
    }

    /// A token id.
    pub(crate) fn id(&self, key: &str) -> Option<u32> {
        self.get(key)?.unsigned()?.try_into().ok()
    }

    /// A list of strings. `None` if there is no such key or it holds something else.
    pub(crate) fn texts(&self, key: &str) -> Option<Vec<String>> {
        let Value::List(list) = self.get(key)? else {
            return None;
        };
        let mut cursor = self.cursor(list);
        (list.kind == TEXT).then(|| {
            (0..list.n)
                .map(|_| cursor.text().expect("checked when the header was read"))
                .collect()
        })
    }

    /// A list of numbers. `None` if there is no such key or it holds something else.
    pub(crate) fn numbers(&self, key: &str) -> Option<Vec<f64>> {
        let Value::List(list) = self.get(key)? else {
            return None;
        };
        let mut cursor = self.cursor(list);
        (0..list.n)
            .map(|_| cursor.value(list.kind, 0).ok()?.real())
            .collect()
    }

    fn cursor(&self, list: &List) -> Cursor<'_> {
        Cursor {
            bytes: &self.file.bytes()[..list.bytes.end],
            position: list.bytes.start,
        }
    }
}

/// Position and number type of a tensor.
struct TensorInfo {
    file: Arc<MappedFile>,
    shape: Vec<usize>,
    dtype: GgmlDType,
    bytes: Range<usize>,
}

/// The tensors of a GGUF file.
pub(crate) struct GgufTensors {
    tensors: HashMap<String, TensorInfo>,
    interleaved: bool,
}

impl TensorSource for GgufTensors {
    fn contains(&self, name: TensorName) -> bool {
        self.tensors.contains_key(&name.gguf())
    }

    fn shape(&self, name: TensorName) -> Option<&[usize]> {
        let info = self.tensors.get(&name.gguf())?;
        Some(&info.shape)
    }

    fn tensor(&self, name: TensorName, shape: &[usize]) -> Result<FileTensor, EngineError> {
        let name = name.gguf();
        let info = self
            .tensors
            .get(&name)
            .ok_or_else(|| EngineError::MissingTensor { name: name.clone() })?;
        if info.shape != shape {
            return Err(EngineError::WrongShape {
                name,
                expected: shape.to_vec(),
                found: info.shape.clone(),
            });
        }
        FileTensor::new(
            &name,
            &info.file,
            info.bytes.clone(),
            number_type(info.dtype),
            shape,
        )
    }

    fn dtypes(&self) -> Vec<String> {
        by_frequency(
            self.tensors
                .values()
                .filter(|info| info.shape.len() > 1)
                .map(|info| format!("{:?}", info.dtype)),
        )
    }

    fn sizes(&self) -> Vec<(NumberType, usize, usize)> {
        let size = |info: &TensorInfo| {
            (
                number_type(info.dtype),
                info.shape.iter().product(),
                info.bytes.len(),
            )
        };
        self.tensors.values().map(size).collect()
    }

    fn interleaves_rotary_rows(&self) -> bool {
        self.interleaved
    }
}

fn number_type(dtype: GgmlDType) -> NumberType {
    match dtype {
        GgmlDType::F32 => NumberType::F32,
        GgmlDType::F16 => NumberType::F16,
        GgmlDType::BF16 => NumberType::Bf16,
        blocks => NumberType::Blocks(blocks),
    }
}

/// Fault in a header.
#[derive(Debug)]
enum Fault {
    /// A contradiction within the header, or with the file.
    Damaged(String),
    /// A sound header of a kind that is not read here.
    Unsupported {
        what: String,
        supported: &'static str,
    },
}

impl<T: Into<String>> From<T> for Fault {
    fn from(reason: T) -> Self {
        Self::Damaged(reason.into())
    }
}

type Parsed<T> = Result<T, Fault>;

/// Reads the whole header. Where the tensors lie is not checked.
fn parse(cursor: &mut Cursor<'_>) -> Parsed<(HashMap<String, Value>, Vec<RawInfo>)> {
    if cursor.take(4)? != MAGIC {
        return Err("it does not begin with GGUF".into());
    }
    let version = cursor.u32()?;
    if !(2..=3).contains(&version) {
        let is_swapped = (1..=3).contains(&version.swap_bytes());
        let what = if is_swapped {
            "big-endian GGUF".to_owned()
        } else {
            format!("GGUF version {version}")
        };
        return Err(Fault::Unsupported {
            what,
            supported: "versions 2 and 3, little endian",
        });
    }
    let (n_tensors, n_values) = (cursor.u64()?, cursor.u64()?);
    let mut values = HashMap::new();
    for _ in 0..n_values {
        let key = cursor.text()?;
        let kind = cursor.u32()?;
        values.insert(key, cursor.value(kind, 0)?);
    }
    let infos = (0..n_tensors)
        .map(|_| cursor.tensor_info())
        .collect::<Parsed<_>>()?;
    Ok((values, infos))
}

/// Tensor data begin at a multiple of this many bytes (`general.alignment`, 32 unless said).
fn alignment(values: &HashMap<String, Value>) -> Parsed<usize> {
    match values.get("general.alignment").map(Value::unsigned) {
        None => Ok(32),
        Some(Some(alignment @ 8..=65_536)) if alignment.is_multiple_of(8) => Ok(alignment as usize),
        Some(_) => Err("general.alignment is not a multiple of 8".into()),
    }
}

/// A tensor as the header describes it: name, shape, type, offset.
type RawInfo = (String, Vec<usize>, GgmlDType, usize);

fn place_tensors(
    infos: Vec<RawInfo>,
    cursor: &Cursor<'_>,
    file: &Arc<MappedFile>,
    alignment: usize,
) -> Parsed<HashMap<String, TensorInfo>> {
    let start = cursor.position.next_multiple_of(alignment);
    let mut tensors = HashMap::new();
    let mut ranges = Vec::with_capacity(infos.len());
    for (name, shape, dtype, offset) in infos {
        let range = byte_range(&shape, dtype, start, offset)
            .filter(|range| range.end <= cursor.bytes.len())
            .ok_or_else(|| {
                format!("tensor '{name}' of shape {shape:?} reaches past the end of the file")
            })?;
        if !offset.is_multiple_of(alignment) {
            return Err(
                format!("tensor '{name}' does not begin at a multiple of {alignment}").into(),
            );
        }
        ranges.push(range.clone());
        if tensors
            .insert(
                name.clone(),
                TensorInfo {
                    file: Arc::clone(file),
                    shape,
                    dtype,
                    bytes: range,
                },
            )
            .is_some()
        {
            return Err(format!("tensor '{name}' is there twice").into());
        }
    }
    ranges.sort_by_key(|range| range.start);
    match ranges.windows(2).find(|pair| pair[0].end > pair[1].start) {
        Some(pair) => Err(format!("two tensors overlap at byte {}", pair[1].start).into()),
        None => Ok(tensors),
    }
}

/// `None` if the sizes overflow or the elements do not fill whole blocks.
fn byte_range(
    shape: &[usize],
    dtype: GgmlDType,
    start: usize,
    offset: usize,
) -> Option<Range<usize>> {
    let n_elements = shape
        .iter()
        .try_fold(1_usize, |n, &size| n.checked_mul(size))?;
    if !n_elements.is_multiple_of(dtype.block_size()) {
        return None;
    }
    let length = (n_elements / dtype.block_size()).checked_mul(dtype.type_size())?;
    let first = start.checked_add(offset)?;
    Some(first..first.checked_add(length)?)
}

fn dtype(code: u32) -> Parsed<GgmlDType> {
    Ok(match code {
        0 => GgmlDType::F32,
        1 => GgmlDType::F16,
        2 => GgmlDType::Q4_0,
        3 => GgmlDType::Q4_1,
        6 => GgmlDType::Q5_0,
        7 => GgmlDType::Q5_1,
        8 => GgmlDType::Q8_0,
        10 => GgmlDType::Q2K,
        11 => GgmlDType::Q3K,
        12 => GgmlDType::Q4K,
        13 => GgmlDType::Q5K,
        14 => GgmlDType::Q6K,
        30 => GgmlDType::BF16,
        _ => {
            let name = OTHER_TYPES
                .iter()
                .find(|&&(other, _)| other == code)
                .map(|&(_, name)| name);
            let what = format!(
                "tensors of type {}",
                name.map_or_else(|| code.to_string(), str::to_owned)
            );
            return Err(Fault::Unsupported {
                what,
                supported: "F32, F16, BF16, Q4_0 to Q8_0, Q2_K to Q6_K",
            });
        }
    })
}

/// Types that exist and are not read here, for the message.
const OTHER_TYPES: [(u32, &str); 20] = [
    (9, "Q8_1"),
    (15, "Q8_K"),
    (16, "IQ2_XXS"),
    (17, "IQ2_XS"),
    (18, "IQ3_XXS"),
    (19, "IQ1_S"),
    (20, "IQ4_NL"),
    (21, "IQ3_S"),
    (22, "IQ2_S"),
    (23, "IQ4_XS"),
    (24, "I8"),
    (25, "I16"),
    (26, "I32"),
    (27, "I64"),
    (28, "F64"),
    (29, "IQ1_M"),
    (34, "TQ1_0"),
    (35, "TQ2_0"),
    (39, "MXFP4"),
    (40, "NVFP4"),
];

/// Reads forward and never past the end.
struct Cursor<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl<'a> Cursor<'a> {
    fn take(&mut self, n: usize) -> Parsed<&'a [u8]> {
        let taken = self
            .position
            .checked_add(n)
            .and_then(|end| self.bytes.get(self.position..end));
        let taken = taken.ok_or_else(|| {
            format!(
                "it ends at byte {} in the middle of its header",
                self.bytes.len()
            )
        })?;
        self.position += n;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Parsed<[u8; N]> {
        Ok(self
            .take(N)?
            .try_into()
            .expect("exactly N bytes were taken"))
    }

    fn u32(&mut self) -> Parsed<u32> {
        self.array().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Parsed<u64> {
        self.array().map(u64::from_le_bytes)
    }

    fn size(&mut self) -> Parsed<usize> {
        usize::try_from(self.u64()?).map_err(|_| "a size does not fit this machine".into())
    }

    fn text(&mut self) -> Parsed<String> {
        let length = self.size()?;
        Ok(String::from_utf8_lossy(self.take(length)?).into_owned())
    }

    fn value(&mut self, kind: u32, depth: usize) -> Parsed<Value> {
        Ok(match kind {
            0 => Value::Unsigned(self.array::<1>()?[0].into()),
            1 => Value::Signed(i8::from_le_bytes(self.array()?).into()),
            2 => Value::Unsigned(u16::from_le_bytes(self.array()?).into()),
            3 => Value::Signed(i16::from_le_bytes(self.array()?).into()),
            4 => Value::Unsigned(self.u32()?.into()),
            5 => Value::Signed(i32::from_le_bytes(self.array()?).into()),
            6 => Value::Real(f32::from_le_bytes(self.array()?).into()),
            7 => Value::Flag(self.array::<1>()?[0] != 0),
            TEXT => Value::Text(self.text()?),
            LIST => Value::List(self.list(depth)?),
            10 => Value::Unsigned(self.u64()?),
            11 => Value::Signed(i64::from_le_bytes(self.array()?)),
            12 => Value::Real(f64::from_le_bytes(self.array()?)),
            _ => return Err(format!("value type {kind} is unknown").into()),
        })
    }

    /// Walks over a list to find its end. Elements without a fixed length are visited, and each takes at least 8 bytes.
    fn list(&mut self, depth: usize) -> Parsed<List> {
        let (kind, n) = (self.u32()?, self.size()?);
        let start = self.position;
        match kind {
            TEXT => {
                for _ in 0..n {
                    let length = self.size()?;
                    self.take(length)?;
                }
            }
            LIST if depth < 4 => {
                for _ in 0..n {
                    self.list(depth + 1)?;
                }
            }
            _ => {
                let size = match kind {
                    0 | 1 | 7 => 1,
                    2 | 3 => 2,
                    4..=6 => 4,
                    10..=12 => 8,
                    _ => return Err(format!("a list of value type {kind} is not supported").into()),
                };
                self.take(n.checked_mul(size).ok_or("a list is longer than memory")?)?;
            }
        }
        Ok(List {
            kind,
            n,
            bytes: start..self.position,
        })
    }

    fn tensor_info(&mut self) -> Parsed<RawInfo> {
        let name = self.text()?;
        let n_dimensions = self.u32()?;
        if n_dimensions > MAX_DIMENSIONS {
            return Err(format!("tensor '{name}' has {n_dimensions} dimensions").into());
        }
        // GGUF states the fastest dimension first.
        let mut shape = (0..n_dimensions)
            .map(|_| self.size())
            .collect::<Parsed<Vec<_>>>()?;
        shape.reverse();
        Ok((name, shape, dtype(self.u32()?)?, self.size()?))
    }
}
