//! Writing a GGUF of f32 tensors as a stream: the header first, then each tensor as it comes.

use super::DEFAULT_ALIGNMENT;
use super::header::MAGIC;

const VERSION: u32 = 3;
const F32: u32 = 0;

/// A value of the metadata to be written.
#[derive(Clone, Copy, Debug)]
pub enum Written<'a> {
    /// Text.
    Text(&'a str),
    /// A float of four bytes.
    Float(f32),
}

impl Written<'_> {
    fn put(self, out: &mut Vec<u8>) {
        match self {
            Self::Float(value) => {
                out.extend(6u32.to_le_bytes());
                out.extend(value.to_le_bytes());
            }
            Self::Text(text) => {
                out.extend(8u32.to_le_bytes());
                put_text(text, out);
            }
        }
    }
}

/// All that stands before the data: each tensor's [`data`] must follow in the given order. Shapes
/// are outermost first.
pub fn header(keys: &[(&str, Written<'_>)], tensors: &[(String, Vec<usize>)]) -> Vec<u8> {
    let mut out = MAGIC.to_vec();
    out.extend(VERSION.to_le_bytes());
    out.extend((tensors.len() as u64).to_le_bytes());
    out.extend((keys.len() as u64).to_le_bytes());
    for (key, value) in keys {
        put_text(key, &mut out);
        value.put(&mut out);
    }
    let mut offset = 0u64;
    for (name, shape) in tensors {
        put_text(name, &mut out);
        out.extend((shape.len() as u32).to_le_bytes());
        // The fastest dimension first.
        shape.iter().rev().for_each(|&size| out.extend((size as u64).to_le_bytes()));
        out.extend(F32.to_le_bytes());
        out.extend(offset.to_le_bytes());
        let bytes = 4 * shape.iter().map(|&size| size as u64).product::<u64>();
        offset += bytes.next_multiple_of(DEFAULT_ALIGNMENT);
    }
    align(&mut out);
    out
}

/// A tensor's bytes, filled up to where the next begins.
pub fn data(values: &[f32]) -> Vec<u8> {
    let mut out: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    align(&mut out);
    out
}

fn align(out: &mut Vec<u8>) {
    out.resize(out.len().next_multiple_of(DEFAULT_ALIGNMENT as usize), 0);
}

fn put_text(text: &str, out: &mut Vec<u8>) {
    out.extend((text.len() as u64).to_le_bytes());
    out.extend(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::super::Gguf;
    use super::*;
    use crate::weights::MemorySource;

    /// The bytes of the first key and tensor are those that ggml's `gguf.md` lays down.
    #[test]
    fn what_is_written_is_read() {
        let keys = [("a", Written::Text("xy")), ("b", Written::Float(0.5))];
        let tensors = [("one".to_string(), vec![2, 3]), ("two".to_string(), vec![1])];
        let mut bytes = header(&keys, &tensors);
        assert_eq!(bytes[..8], *b"GGUF\x03\0\0\0");
        assert_eq!(bytes[24..47], *b"\x01\0\0\0\0\0\0\0a\x08\0\0\0\x02\0\0\0\0\0\0\0xy");
        bytes.extend(data(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]));
        bytes.extend(data(&[7.0]));
        assert_eq!(bytes.len() % 32, 0);
        let source = Rc::new(MemorySource::new("x.gguf", bytes));
        let gguf = pollster::block_on(Gguf::open(source)).unwrap();
        assert_eq!((gguf.string("a"), gguf.f64("b")), (Some("xy"), Some(0.5)));
        assert_eq!(gguf.shape("one"), Some(&[2, 3][..]));
        assert_eq!(pollster::block_on(gguf.read("one")).unwrap()[5], 6.0);
        assert_eq!(pollster::block_on(gguf.read("two")).unwrap(), [7.0]);
    }
}
