//! Headers made by hand, whole and broken.

use super::*;
use crate::weights::MemorySource;

/// A GGUF of f32 tensors, for tests here and elsewhere.
pub(crate) struct GgufFile {
    keys: Vec<u8>,
    key_count: u64,
    entries: Vec<u8>,
    tensor_count: u64,
    data: Vec<u8>,
}

impl GgufFile {
    pub(crate) fn new(architecture: &str) -> Self {
        let empty = Self {
            keys: Vec::new(),
            key_count: 0,
            entries: Vec::new(),
            tensor_count: 0,
            data: Vec::new(),
        };
        empty.key("general.architecture", 8, &text(architecture))
    }

    /// A key with its type's number and the value's bytes.
    pub(crate) fn key(mut self, key: &str, kind: u32, value: &[u8]) -> Self {
        self.keys.extend(text(key));
        self.keys.extend(kind.to_le_bytes());
        self.keys.extend(value);
        self.key_count += 1;
        self
    }

    pub(crate) fn u32(self, key: &str, value: u32) -> Self {
        self.key(key, 4, &value.to_le_bytes())
    }

    pub(crate) fn f32(self, key: &str, value: f32) -> Self {
        self.key(key, 6, &value.to_le_bytes())
    }

    pub(crate) fn strings(self, key: &str, values: &[&str]) -> Self {
        let mut bytes = 8u32.to_le_bytes().to_vec();
        bytes.extend((values.len() as u64).to_le_bytes());
        for value in values {
            bytes.extend(text(value));
        }
        self.key(key, 9, &bytes)
    }

    /// A tensor of f32, its shape outermost first.
    pub(crate) fn tensor(mut self, name: &str, shape: &[usize], values: &[f32]) -> Self {
        self.entries.extend(text(name));
        self.entries.extend((shape.len() as u32).to_le_bytes());
        for &dim in shape.iter().rev() {
            self.entries.extend((dim as u64).to_le_bytes());
        }
        self.entries.extend(0u32.to_le_bytes());
        self.entries.extend((self.data.len() as u64).to_le_bytes());
        self.data.extend(values.iter().flat_map(|x| x.to_le_bytes()));
        self.data.resize(self.data.len().next_multiple_of(32), 0);
        self.tensor_count += 1;
        self
    }

    pub(crate) fn bytes(self) -> Vec<u8> {
        let mut file = b"GGUF".to_vec();
        file.extend(3u32.to_le_bytes());
        file.extend(self.tensor_count.to_le_bytes());
        file.extend(self.key_count.to_le_bytes());
        file.extend(self.keys);
        file.extend(self.entries);
        file.resize(file.len().next_multiple_of(32), 0);
        file.extend(self.data);
        file
    }
}

fn text(text: &str) -> Vec<u8> {
    let mut bytes = (text.len() as u64).to_le_bytes().to_vec();
    bytes.extend(text.as_bytes());
    bytes
}

/// Opens a file of these bytes.
pub(crate) fn open(bytes: Vec<u8>) -> Result<Gguf, WeightsError> {
    pollster::block_on(Gguf::open(Rc::new(MemorySource::new("m.gguf", bytes))))
}

fn message(bytes: Vec<u8>) -> String {
    open(bytes).err().map_or_else(String::new, |e| e.to_string())
}

fn small() -> GgufFile {
    GgufFile::new("llama")
        .u32("llama.block_count", 2)
        .f32("llama.rope.freq_base", 10_000.0)
        .strings("tokenizer.ggml.tokens", &["a", "bc"])
        .key("some.signed", 5, &(-7i32).to_le_bytes())
        .key("some.flag", 7, &[1])
        .tensor("x", &[2, 1], &[1.5, -2.0])
}

#[test]
fn keys_and_tensors_are_read() {
    let gguf = open(small().bytes()).unwrap();
    assert_eq!(gguf.string("general.architecture"), Some("llama"));
    assert_eq!(gguf.u32("llama.block_count"), Some(2));
    assert_eq!(gguf.f64("llama.rope.freq_base"), Some(10_000.0));
    assert_eq!(gguf.strings("tokenizer.ggml.tokens").unwrap(), ["a", "bc"]);
    assert_eq!(gguf.metadata["some.signed"], Value::Signed(-7));
    assert_eq!(gguf.bool("some.flag"), Some(true));
    assert_eq!(gguf.u32("general.architecture"), None);
    assert_eq!(gguf.shape("x"), Some([2, 1].as_slice()));
    assert_eq!(pollster::block_on(gguf.read("x")).unwrap(), [1.5, -2.0]);
}

/// Three megabytes of one token: more than the first window and its first growth hold.
#[test]
fn a_header_longer_than_the_window_is_read_to_its_end() {
    let long = "x".repeat(3 << 20);
    let file = small().strings("tokenizer.ggml.merges", &[&long, "tail"]).bytes();
    let gguf = open(file).unwrap();
    assert_eq!(gguf.strings("tokenizer.ggml.merges").unwrap()[1], "tail");
}

#[test]
fn every_way_of_being_cut_off_is_an_error() {
    let file = small().bytes();
    let data = file.len() - 32;
    assert_eq!(message(Vec::new()), "m.gguf is empty");
    for len in 1..data {
        let message = message(file[..len].to_vec());
        assert!(message.starts_with("m.gguf: truncated"), "{len}: {message}");
    }
    let tensor = message(file[..data + 7].to_vec());
    assert!(tensor.contains("truncated: tensor x"), "{tensor}");
}

#[test]
fn what_is_no_gguf_of_ours_is_named() {
    assert!(message(b"PK\x03\x04 and more".to_vec()).contains("not a GGUF file"));
    let mut old = small().bytes();
    old[4] = 1;
    assert!(message(old).contains("version 1"));
    let parts = small().key("split.count", 2, &3u16.to_le_bytes()).bytes();
    assert!(message(parts).contains("split"));
    // A length of 2^63 must neither overflow nor be allocated.
    let mut lying = small().bytes();
    lying[24..32].copy_from_slice(&(1u64 << 63).to_le_bytes());
    assert!(message(lying).contains("truncated"));
}

#[test]
fn an_unknown_encoding_is_an_error_only_when_it_is_read() {
    let mut file = GgufFile::new("llama").tensor("x", &[32], &[0.0; 32]).bytes();
    // The encoding's number follows the only dimension, 32.
    let kind = file.windows(8).position(|bytes| bytes == 32u64.to_le_bytes()).unwrap() + 8;
    file[kind] = 20;
    let gguf = open(file).unwrap();
    let message = pollster::block_on(gguf.read("x")).unwrap_err().to_string();
    assert!(message.contains("tensor x is stored as IQ4_NL"), "{message}");
}
