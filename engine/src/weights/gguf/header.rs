//! GGUF's header, byte by byte.
//!
//! It may be given only the first part of the file, and says when that is too little; so it
//! does no I/O, and a caller can read on and try again.

use std::collections::BTreeMap;

use super::value::Value;

pub(super) const MAGIC: &[u8] = b"GGUF";
// Two levels have been seen in the wild; a limit keeps a bad file from using up the stack.
const DEEPEST_LIST: u32 = 4;
const MOST_DIMENSIONS: u32 = 4;

/// Why a header could not be read to its end.
#[derive(Debug, PartialEq)]
pub(super) enum Stop {
    /// The file goes on after the bytes that were given.
    NeedMore,
    /// The file ends before the header does.
    Truncated { what: String, end: u64 },
    /// It says what no GGUF says.
    Invalid(String),
}

/// What stands before the tensors' data.
pub(super) struct Header {
    pub metadata: BTreeMap<String, Value>,
    pub tensors: Vec<TensorEntry>,
    /// Where the header ends in the file.
    pub end: u64,
}

/// One tensor's entry.
pub(super) struct TensorEntry {
    pub name: String,
    /// Outermost first; the file lists the fastest dimension first.
    pub shape: Vec<usize>,
    /// GGUF's number of the encoding.
    pub kind: u32,
    /// From the start of the data.
    pub offset: u64,
}

/// Reads the header from the file's first bytes; the file has `len`.
pub(super) fn parse(bytes: &[u8], len: u64) -> Result<Header, Stop> {
    let mut reader = Reader { bytes, at: 0, len, what: "the header".to_string() };
    if reader.take(4)? != MAGIC {
        return Err(Stop::Invalid("it doesn't begin with GGUF".to_string()));
    }
    let version = reader.u32()?;
    if version.trailing_zeros() >= 16 {
        return Err(Stop::Invalid("it is of the big-endian kind".to_string()));
    }
    if version != 2 && version != 3 {
        return Err(Stop::Invalid(format!("version {version}: versions 2 and 3 can be read")));
    }
    let (tensors, keys) = (reader.u64()?, reader.u64()?);
    let mut metadata = BTreeMap::new();
    for _ in 0..keys {
        let key = reader.string()?;
        reader.what = format!("the value of {key}");
        let kind = reader.u32()?;
        let value = reader.value(kind, 0)?;
        metadata.insert(key, value);
    }
    reader.what = "the list of tensors".to_string();
    let tensors = (0..tensors).map(|_| reader.tensor()).collect::<Result<Vec<_>, _>>()?;
    Ok(Header { metadata, tensors, end: reader.at as u64 })
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    len: u64,
    /// What is being read, for messages.
    what: String,
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: u64) -> Result<&'a [u8], Stop> {
        let end = (self.at as u64).saturating_add(count);
        if end > self.len {
            return Err(Stop::Truncated { what: self.what.clone(), end });
        }
        let range = self.at..usize::try_from(end).map_err(|_| Stop::NeedMore)?;
        let taken = self.bytes.get(range).ok_or(Stop::NeedMore)?;
        self.at += taken.len();
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Stop> {
        self.take(N as u64)?.try_into().map_err(|_| Stop::NeedMore)
    }

    fn u32(&mut self) -> Result<u32, Stop> {
        self.array().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Result<u64, Stop> {
        self.array().map(u64::from_le_bytes)
    }

    fn f32(&mut self) -> Result<f32, Stop> {
        self.array().map(f32::from_le_bytes)
    }

    fn bool(&mut self) -> Result<bool, Stop> {
        self.array().map(|[byte]: [u8; 1]| byte != 0)
    }

    fn string(&mut self) -> Result<String, Stop> {
        let len = self.u64()?;
        let bytes = self.take(len)?;
        // Byte-level vocabularies of old converters aren't always UTF-8.
        Ok(String::from_utf8_lossy(bytes).into_owned())
    }

    fn integer(&mut self, kind: u32) -> Result<Option<i128>, Stop> {
        Ok(Some(match kind {
            0 => i128::from(self.array().map(u8::from_le_bytes)?),
            1 => i128::from(self.array().map(i8::from_le_bytes)?),
            2 => i128::from(self.array().map(u16::from_le_bytes)?),
            3 => i128::from(self.array().map(i16::from_le_bytes)?),
            4 => i128::from(self.u32()?),
            5 => i128::from(self.array().map(i32::from_le_bytes)?),
            10 => i128::from(self.u64()?),
            11 => i128::from(self.array().map(i64::from_le_bytes)?),
            _ => return Ok(None),
        }))
    }

    fn value(&mut self, kind: u32, depth: u32) -> Result<Value, Stop> {
        if let Some(integer) = self.integer(kind)? {
            return Ok(match u64::try_from(integer) {
                Ok(value) => Value::Unsigned(value),
                // What isn't a u64 was read as a signed type, so it fits.
                Err(_) => Value::Signed(integer as i64),
            });
        }
        match kind {
            6 => Ok(Value::Float(self.f32()?.into())),
            7 => self.bool().map(Value::Bool),
            8 => self.string().map(Value::String),
            9 => self.list(depth + 1),
            12 => self.array().map(f64::from_le_bytes).map(Value::Float),
            _ => Err(Stop::Invalid(format!("{} is of an unknown type {kind}", self.what))),
        }
    }

    fn list(&mut self, depth: u32) -> Result<Value, Stop> {
        if depth > DEEPEST_LIST {
            return Err(Stop::Invalid(format!("{} is nested too deeply", self.what)));
        }
        let (kind, count) = (self.u32()?, self.u64()?);
        Ok(match kind {
            6 => Value::Floats(self.repeat(count, Self::f32)?),
            7 => Value::Bools(self.repeat(count, Self::bool)?),
            8 => Value::Strings(self.repeat(count, Self::string)?),
            9 => Value::Lists(self.repeat(count, |reader| reader.list(depth + 1))?),
            12 => Value::Floats(self.repeat(count, |reader| {
                reader.array().map(|bytes| f64::from_le_bytes(bytes) as f32)
            })?),
            _ => Value::Integers(self.repeat(count, |reader| {
                let integer = reader.integer(kind)?.and_then(|value| i64::try_from(value).ok());
                integer.ok_or_else(|| Stop::Invalid(format!("{} holds no integers", reader.what)))
            })?),
        })
    }

    fn repeat<T>(
        &mut self,
        count: u64,
        mut read: impl FnMut(&mut Self) -> Result<T, Stop>,
    ) -> Result<Vec<T>, Stop> {
        let mut values = Vec::new();
        for _ in 0..count {
            values.push(read(self)?);
        }
        Ok(values)
    }

    fn tensor(&mut self) -> Result<TensorEntry, Stop> {
        let name = self.string()?;
        let dimensions = self.u32()?;
        if dimensions > MOST_DIMENSIONS {
            return Err(Stop::Invalid(format!("tensor {name} has {dimensions} dimensions")));
        }
        let mut shape = Vec::new();
        for _ in 0..dimensions {
            let size = self.u64()?;
            shape.push(
                usize::try_from(size).map_err(|_| {
                    Stop::Invalid(format!("tensor {name} has a dimension of {size}"))
                })?,
            );
        }
        shape.reverse();
        Ok(TensorEntry { name, shape, kind: self.u32()?, offset: self.u64()? })
    }
}
