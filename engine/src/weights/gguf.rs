//! GGUF: one file with a model's settings, its tokenizer and its tensors.
//!
//! The header is read in growing windows from the file's start, since nothing says beforehand
//! how long it is: a tokenizer's lists make it several megabytes.

mod header;
mod value;
pub mod write;

use std::collections::BTreeMap;
use std::rc::Rc;

pub use value::Value;

use super::blocks::{Encoding, GGUF_ENCODINGS};
use super::error::WeightsError;
use super::source::ByteSource;
use super::tensor::{Layout, StoredTensor, elements};
use header::{Header, Stop, TensorEntry};

const FIRST_WINDOW: u64 = 1 << 20;
// Far above any header seen (about 8 MB); a wrong length must not read a whole model.
const LONGEST_HEADER: u64 = 256 << 20;
const DEFAULT_ALIGNMENT: u64 = 32;

/// An opened GGUF: its metadata, and where its tensors lie.
pub struct Gguf {
    /// The file's name.
    pub file: String,
    /// Everything but the tensors, by key.
    pub metadata: BTreeMap<String, Value>,
    source: Rc<dyn ByteSource>,
    tensors: BTreeMap<String, Located>,
}

struct Located {
    offset: u64,
    shape: Vec<usize>,
    encoding: Result<Encoding, String>,
}

impl Gguf {
    /// Reads the header, and checks each tensor against the file's length.
    ///
    /// # Errors
    /// Not a GGUF, one of a version or byte order that we don't read, or one that is cut off.
    pub async fn open(source: Rc<dyn ByteSource>) -> Result<Self, WeightsError> {
        let header = read_header(&*source).await?;
        let file = source.name().to_string();
        if header.metadata.get("split.count").and_then(Value::as_u64).is_some_and(|n| n > 1) {
            let what = "one part of a split GGUF: merge it with llama-gguf-split first".to_string();
            return Err(WeightsError::Unsupported { file, what });
        }
        let alignment = alignment(&file, &header.metadata)?;
        let data = header.end.next_multiple_of(alignment);
        let mut tensors = BTreeMap::new();
        for entry in header.tensors {
            let located = locate(&file, source.len(), data, &entry)?;
            tensors.insert(entry.name, located);
        }
        Ok(Self { file, metadata: header.metadata, source, tensors })
    }

    /// The names of the tensors, as the file has them.
    pub fn tensor_names(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    /// The shape of a tensor, outermost dimension first.
    pub fn shape(&self, tensor: &str) -> Option<&[usize]> {
        self.tensors.get(tensor).map(|t| t.shape.as_slice())
    }

    /// A tensor as the file has it, dequantised.
    ///
    /// # Errors
    /// There is none of this name, or it is stored in a way that we don't read.
    pub async fn read(&self, tensor: &str) -> Result<Vec<f32>, WeightsError> {
        let stored = self.stored(tensor, Layout::Same).ok_or_else(|| {
            WeightsError::MissingTensor { file: self.file.clone(), tensor: tensor.to_string() }
        })?;
        stored.read().await
    }

    pub(crate) fn stored(&self, tensor: &str, layout: Layout) -> Option<StoredTensor> {
        self.tensors.get(tensor).map(|located| StoredTensor {
            source: Rc::clone(&self.source),
            name: tensor.to_string(),
            offset: located.offset,
            shape: located.shape.clone(),
            encoding: located.encoding.clone(),
            layout,
            readable: GGUF_ENCODINGS,
        })
    }

    /// A string of the metadata.
    pub fn string(&self, key: &str) -> Option<&str> {
        self.metadata.get(key).and_then(Value::as_str)
    }

    /// An integer that isn't negative.
    pub fn u64(&self, key: &str) -> Option<u64> {
        self.metadata.get(key).and_then(Value::as_u64)
    }

    /// An integer that isn't negative and fits 32 bits: ids and sizes.
    pub fn u32(&self, key: &str) -> Option<u32> {
        self.u64(key).and_then(|value| u32::try_from(value).ok())
    }

    /// A number, whole or not.
    pub fn f64(&self, key: &str) -> Option<f64> {
        self.metadata.get(key).and_then(Value::as_f64)
    }

    /// A truth value.
    pub fn bool(&self, key: &str) -> Option<bool> {
        self.metadata.get(key).and_then(Value::as_bool)
    }

    /// A list of strings.
    pub fn strings(&self, key: &str) -> Option<&[String]> {
        self.metadata.get(key).and_then(Value::as_strings)
    }

    /// A list of integers.
    pub fn integers(&self, key: &str) -> Option<&[i64]> {
        self.metadata.get(key).and_then(Value::as_integers)
    }

    /// A list of floats.
    pub fn floats(&self, key: &str) -> Option<&[f32]> {
        self.metadata.get(key).and_then(Value::as_floats)
    }
}

async fn read_header(source: &dyn ByteSource) -> Result<Header, WeightsError> {
    let (file, len) = (source.name(), source.len());
    if len == 0 {
        return Err(WeightsError::Empty { file: file.to_string() });
    }
    let mut bytes = Vec::new();
    let mut window = FIRST_WINDOW.min(len);
    loop {
        let missing = window - bytes.len() as u64;
        bytes.extend(source.read(bytes.len() as u64, missing as usize).await?);
        match header::parse(&bytes, len) {
            Ok(header) => return Ok(header),
            Err(Stop::NeedMore) if window < len.min(LONGEST_HEADER) => {
                window = (window * 4).min(len).min(LONGEST_HEADER);
            }
            Err(Stop::NeedMore) => {
                return Err(format_error(file, "its header has no end".to_string()));
            }
            Err(Stop::Truncated { what, end }) => {
                return Err(WeightsError::Truncated { file: file.to_string(), what, end, len });
            }
            Err(Stop::Invalid(why)) => return Err(format_error(file, why)),
        }
    }
}

fn alignment(file: &str, metadata: &BTreeMap<String, Value>) -> Result<u64, WeightsError> {
    match metadata.get("general.alignment").map(Value::as_u64) {
        None => Ok(DEFAULT_ALIGNMENT),
        Some(Some(n)) if n.is_power_of_two() && n <= 1 << 20 => Ok(n),
        Some(_) => Err(format_error(file, "general.alignment isn't a power of two".to_string())),
    }
}

fn locate(file: &str, len: u64, data: u64, entry: &TensorEntry) -> Result<Located, WeightsError> {
    let encoding = Encoding::from_gguf(entry.kind).ok_or_else(|| kind_name(entry.kind));
    let offset = data.saturating_add(entry.offset);
    if let Ok(encoding) = &encoding {
        let row = entry.shape.last().copied().unwrap_or(1);
        let bytes = encoding
            .bytes(row as u64)
            .and_then(|_| elements(&entry.shape))
            .and_then(|n| encoding.bytes(n as u64))
            .ok_or_else(|| WeightsError::BadEntry {
                file: file.to_string(),
                tensor: entry.name.clone(),
                why: format!("shape {:?} doesn't fill whole blocks of {encoding:?}", entry.shape),
            })?;
        let end = offset.saturating_add(bytes);
        if end > len {
            let (file, what) = (file.to_string(), format!("tensor {}", entry.name));
            return Err(WeightsError::Truncated { file, what, end, len });
        }
    }
    Ok(Located { offset, shape: entry.shape.clone(), encoding })
}

fn kind_name(kind: u32) -> String {
    let name = match kind {
        9 => "Q8_1",
        15 => "Q8_K",
        16 => "IQ2_XXS",
        17 => "IQ2_XS",
        18 => "IQ3_XXS",
        19 => "IQ1_S",
        20 => "IQ4_NL",
        21 => "IQ3_S",
        22 => "IQ2_S",
        23 => "IQ4_XS",
        24 => "I8",
        25 => "I16",
        26 => "I32",
        27 => "I64",
        28 => "F64",
        29 => "IQ1_M",
        34 => "TQ1_0",
        35 => "TQ2_0",
        39 => "MXFP4",
        _ => return format!("GGUF type {kind}"),
    };
    name.to_string()
}

fn format_error(file: &str, why: String) -> WeightsError {
    WeightsError::Format { file: file.to_string(), format: "GGUF", why }
}

#[cfg(test)]
pub(crate) mod tests;
