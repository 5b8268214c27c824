//! Writing safetensors as a stream: the header first, then each tensor as it comes.
//!
//! The header needs shapes alone, so a model is saved without ever being whole in memory.

use half::f16;
use serde_json::{Map, json};

/// How the numbers of a file are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SaveDtype {
    /// Four bytes, exact.
    F32,
    /// Two bytes, rounded to the nearest; beyond 65 504 it overflows.
    F16,
}

impl SaveDtype {
    /// The bytes of one number.
    pub fn size(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::F16 => 2,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::F32 => "F32",
            Self::F16 => "F16",
        }
    }
}

/// All that stands before the data: the tensors' bytes must follow in the given order.
pub fn safetensors_header(tensors: &[(String, Vec<usize>)], dtype: SaveDtype) -> Vec<u8> {
    let mut entries = Map::new();
    // transformers and PEFT refuse a file that doesn't say which framework's layout it has.
    entries.insert("__metadata__".to_string(), json!({ "format": "pt" }));
    let mut begin = 0u64;
    for (name, shape) in tensors {
        let numbers: u64 = shape.iter().map(|&dim| dim as u64).product();
        let end = begin + numbers * dtype.size() as u64;
        let entry = json!({ "dtype": dtype.name(), "shape": shape, "data_offsets": [begin, end] });
        entries.insert(name.clone(), entry);
        begin = end;
    }
    let mut text = serde_json::Value::Object(entries).to_string().into_bytes();
    // Spaces, so that the data begins at a multiple of 8.
    text.resize(text.len().next_multiple_of(8), b' ');
    let mut header = (text.len() as u64).to_le_bytes().to_vec();
    header.extend(text);
    header
}

/// A tensor's bytes.
pub fn to_bytes(values: &[f32], dtype: SaveDtype) -> Vec<u8> {
    match dtype {
        SaveDtype::F32 => values.iter().flat_map(|x| x.to_le_bytes()).collect(),
        SaveDtype::F16 => values.iter().flat_map(|&x| f16::from_f32(x).to_le_bytes()).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Read back by the `safetensors` crate, which the format's other readers are made of.
    #[test]
    fn the_safetensors_crate_reads_what_we_write() {
        let tensors = [("b".to_string(), vec![2, 2]), ("a".to_string(), vec![3])];
        let mut file = safetensors_header(&tensors, SaveDtype::F16);
        assert_eq!(file.len() % 8, 0);
        file.extend(to_bytes(&[1.0, -2.0, 0.5, 0.0], SaveDtype::F16));
        file.extend(to_bytes(&[3.0, 4.0, 5.0], SaveDtype::F16));
        let read = ::safetensors::SafeTensors::deserialize(&file).unwrap();
        let b = read.tensor("b").unwrap();
        assert_eq!(b.shape(), [2, 2]);
        assert_eq!(b.data(), [0x00, 0x3c, 0x00, 0xc0, 0x00, 0x38, 0x00, 0x00]);
        assert_eq!(read.tensor("a").unwrap().data()[..2], [0x00, 0x42]);
    }
}
