//! Every encoding against gguf-py.

use base64::Engine as _;

use super::*;

const TYPES: [(&str, Encoding); 10] = [
    ("Q4_0", Encoding::Q4_0),
    ("Q4_1", Encoding::Q4_1),
    ("Q5_0", Encoding::Q5_0),
    ("Q5_1", Encoding::Q5_1),
    ("Q8_0", Encoding::Q8_0),
    ("Q2_K", Encoding::Q2K),
    ("Q3_K", Encoding::Q3K),
    ("Q4_K", Encoding::Q4K),
    ("Q5_K", Encoding::Q5K),
    ("Q6_K", Encoding::Q6K),
];

/// Bytes and floats from gguf-py's `quants.dequantize`; equal to the bit.
#[test]
fn every_type_decodes_as_gguf_py_does() {
    let text = include_str!("../../../../tests/fixtures/archs/gguf_blocks.json");
    let fixture: serde_json::Value = serde_json::from_str(text).unwrap();
    for (name, encoding) in TYPES {
        let bytes = base64::engine::general_purpose::STANDARD
            .decode(fixture[name]["bytes"].as_str().unwrap())
            .unwrap();
        let expected: Vec<f32> = fixture[name]["floats"]
            .as_array()
            .unwrap()
            .iter()
            .map(|x| x.as_f64().unwrap() as f32)
            .collect();
        let mut found = Vec::new();
        encoding.decode(&bytes, &mut found);
        assert_eq!(found, expected, "{name}");
        assert_eq!(encoding.bytes(512), Some(bytes.len() as u64), "{name}");
    }
}

#[test]
fn halves_and_partial_blocks() {
    let mut out = Vec::new();
    Encoding::F16.decode(&[0x00, 0x3c, 0x00, 0xc0], &mut out);
    Encoding::BF16.decode(&[0x80, 0x3f, 0x49, 0x40], &mut out);
    assert_eq!(out, [1.0, -2.0, 1.0, 3.140_625]);
    assert_eq!(Encoding::Q4_0.bytes(33), None);
}
