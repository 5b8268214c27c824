//! How numbers lie in files, and their way back to f32.
//!
//! GGUF quantises by blocks: a handful of small integers under one or two half-precision
//! factors; the K types give each sub-block of 16 or 32 a small factor of its own. Every
//! decoder does its float operations in gguf-py's order, so the results are the same bits.

use half::f16;

/// How a tensor's numbers are stored. The names are GGUF's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each variant is the format of that name")]
pub enum Encoding {
    F32,
    F16,
    BF16,
    Q4_0,
    Q4_1,
    Q5_0,
    Q5_1,
    Q8_0,
    Q2K,
    Q3K,
    Q4K,
    Q5K,
    Q6K,
}

/// What a GGUF may be stored as, for messages.
pub const GGUF_ENCODINGS: &str = "F32, F16, BF16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0 or Q2_K to Q6_K";
/// What a safetensors file may be stored as, for messages.
pub const SAFETENSORS_ENCODINGS: &str = "F32, F16 or BF16";

impl Encoding {
    /// By the number that GGUF gives it (`ggml_type`).
    pub fn from_gguf(id: u32) -> Option<Self> {
        Some(match id {
            0 => Self::F32,
            1 => Self::F16,
            2 => Self::Q4_0,
            3 => Self::Q4_1,
            6 => Self::Q5_0,
            7 => Self::Q5_1,
            8 => Self::Q8_0,
            10 => Self::Q2K,
            11 => Self::Q3K,
            12 => Self::Q4K,
            13 => Self::Q5K,
            14 => Self::Q6K,
            30 => Self::BF16,
            _ => return None,
        })
    }

    /// By safetensors' name.
    pub fn from_safetensors(dtype: &str) -> Option<Self> {
        match dtype {
            "F32" => Some(Self::F32),
            "F16" => Some(Self::F16),
            "BF16" => Some(Self::BF16),
            _ => None,
        }
    }

    /// Numbers and bytes of one block.
    pub fn block(self) -> (usize, usize) {
        match self {
            Self::F32 => (1, 4),
            Self::F16 | Self::BF16 => (1, 2),
            Self::Q4_0 => (32, 2 + 16),
            Self::Q4_1 => (32, 4 + 16),
            Self::Q5_0 => (32, 2 + 4 + 16),
            Self::Q5_1 => (32, 4 + 4 + 16),
            Self::Q8_0 => (32, 2 + 32),
            Self::Q2K => (256, 16 + 64 + 4),
            Self::Q3K => (256, 32 + 64 + 12 + 2),
            Self::Q4K => (256, 4 + 12 + 128),
            Self::Q5K => (256, 4 + 12 + 32 + 128),
            Self::Q6K => (256, 128 + 64 + 16 + 2),
        }
    }

    /// The bytes of so many numbers; `None` where they don't fill whole blocks.
    pub fn bytes(self, numbers: u64) -> Option<u64> {
        let (per_block, size) = self.block();
        let per_block = per_block as u64;
        if !numbers.is_multiple_of(per_block) {
            return None;
        }
        (numbers / per_block).checked_mul(size as u64)
    }

    /// Decodes whole blocks and appends them; bytes after the last whole block are left alone.
    pub fn decode(self, bytes: &[u8], out: &mut Vec<f32>) {
        let block: fn(&[u8], &mut Vec<f32>) = match self {
            Self::F32 => return out.extend(bytes.chunks_exact(4).map(float_at)),
            Self::F16 => return out.extend(bytes.chunks_exact(2).map(|b| half_at(b, 0))),
            Self::BF16 => return out.extend(bytes.chunks_exact(2).map(brain_at)),
            Self::Q4_0 => q4_0,
            Self::Q4_1 => q4_1,
            Self::Q5_0 => q5_0,
            Self::Q5_1 => q5_1,
            Self::Q8_0 => q8_0,
            Self::Q2K => q2_k,
            Self::Q3K => q3_k,
            Self::Q4K => q4_k,
            Self::Q5K => q5_k,
            Self::Q6K => q6_k,
        };
        for bytes in bytes.chunks_exact(self.block().1) {
            block(bytes, out);
        }
    }
}

fn float_at(bytes: &[u8]) -> f32 {
    f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}

/// A bfloat16 is the upper half of an f32.
fn brain_at(bytes: &[u8]) -> f32 {
    f32::from_bits(u32::from(u16::from_le_bytes([bytes[0], bytes[1]])) << 16)
}

fn half_at(block: &[u8], at: usize) -> f32 {
    f16::from_le_bytes([block[at], block[at + 1]]).to_f32()
}

/// A signed small integer as a float: what an offset from `bits` gives.
fn centred(bits: u8, zero: i16) -> f32 {
    f32::from(i16::from(bits) - zero)
}

/// Of 32 numbers in 16 bytes: the first 16 in the low halves, the rest in the high ones.
fn nibble(qs: &[u8], i: usize) -> u8 {
    if i < 16 { qs[i] & 0x0f } else { qs[i - 16] >> 4 }
}

/// A nibble under a fifth bit from a mask of 32.
fn five_bits(qs: &[u8], high: &[u8], i: usize) -> u8 {
    nibble(qs, i) | (((high[i / 8] >> (i % 8)) & 1) << 4)
}

fn q4_0(block: &[u8], out: &mut Vec<f32>) {
    let (d, qs) = (half_at(block, 0), &block[2..]);
    out.extend((0..32).map(|i| d * centred(nibble(qs, i), 8)));
}

fn q4_1(block: &[u8], out: &mut Vec<f32>) {
    let (d, m, qs) = (half_at(block, 0), half_at(block, 2), &block[4..]);
    out.extend((0..32).map(|i| d * f32::from(nibble(qs, i)) + m));
}

fn q5_0(block: &[u8], out: &mut Vec<f32>) {
    let (d, high, qs) = (half_at(block, 0), &block[2..6], &block[6..]);
    out.extend((0..32).map(|i| d * centred(five_bits(qs, high, i), 16)));
}

fn q5_1(block: &[u8], out: &mut Vec<f32>) {
    let (d, m) = (half_at(block, 0), half_at(block, 2));
    let (high, qs) = (&block[4..8], &block[8..]);
    out.extend((0..32).map(|i| d * f32::from(five_bits(qs, high, i)) + m));
}

fn q8_0(block: &[u8], out: &mut Vec<f32>) {
    let d = half_at(block, 0);
    out.extend(block[2..].iter().map(|&q| f32::from(q.cast_signed()) * d));
}

/// The numbers of a sub-block.
fn span(group: usize, size: usize) -> std::ops::Range<usize> {
    group * size..(group + 1) * size
}

/// Number `e` of 256 in two bits: four planes of 32 in each half.
fn two_bits(qs: &[u8], e: usize) -> u8 {
    (qs[e / 128 * 32 + e % 32] >> (e % 128 / 32 * 2)) & 3
}

/// Number `e` of 256 in four bits: two planes of 32 in each quarter.
fn four_bits(qs: &[u8], e: usize) -> u8 {
    (qs[e / 64 * 32 + e % 32] >> (e % 64 / 32 * 4)) & 0x0f
}

/// Bit `e` of 256: eight planes of 32.
fn one_bit(mask: &[u8], e: usize) -> u8 {
    (mask[e % 32] >> (e / 32)) & 1
}

fn q2_k(block: &[u8], out: &mut Vec<f32>) {
    let (scales, qs) = (&block[..16], &block[16..80]);
    let (d, dmin) = (half_at(block, 80), half_at(block, 82));
    for (group, scale) in scales.iter().enumerate() {
        let (dl, ml) = (d * f32::from(scale & 0x0f), dmin * f32::from(scale >> 4));
        out.extend(span(group, 16).map(|e| dl * f32::from(two_bits(qs, e)) - ml));
    }
}

fn q3_k(block: &[u8], out: &mut Vec<f32>) {
    let (mask, qs, packed) = (&block[..32], &block[32..96], &block[96..108]);
    let d = half_at(block, 108);
    for group in 0..16 {
        // Sixteen scales of six bits: low nibbles in eight bytes, high pairs in four.
        let low = if group < 8 { packed[group] & 0x0f } else { packed[group - 8] >> 4 };
        let high = (packed[8 + group % 4] >> (group / 4 * 2)) & 3;
        let dl = d * centred(low | (high << 4), 32);
        // The offset is there where the bit is not.
        let offset = |e| if one_bit(mask, e) == 1 { 0 } else { 4 };
        out.extend(span(group, 16).map(|e| dl * centred(two_bits(qs, e), offset(e))));
    }
}

/// Scale and minimum number `i` of eight, six bits each in twelve bytes.
fn scale_min(packed: &[u8], i: usize) -> (f32, f32) {
    let (scale, min) = if i < 4 {
        (packed[i] & 0x3f, packed[i + 4] & 0x3f)
    } else {
        (
            (packed[i + 4] & 0x0f) | ((packed[i - 4] >> 2) & 0x30),
            (packed[i + 4] >> 4) | ((packed[i] >> 2) & 0x30),
        )
    };
    (f32::from(scale), f32::from(min))
}

fn q4_k(block: &[u8], out: &mut Vec<f32>) {
    let (d, dmin) = (half_at(block, 0), half_at(block, 2));
    let (packed, qs) = (&block[4..16], &block[16..]);
    for group in 0..8 {
        let (scale, min) = scale_min(packed, group);
        let (dl, ml) = (d * scale, dmin * min);
        out.extend(span(group, 32).map(|e| dl * f32::from(four_bits(qs, e)) - ml));
    }
}

fn q5_k(block: &[u8], out: &mut Vec<f32>) {
    let (d, dmin) = (half_at(block, 0), half_at(block, 2));
    let (packed, high, qs) = (&block[4..16], &block[16..48], &block[48..]);
    for group in 0..8 {
        let (scale, min) = scale_min(packed, group);
        let (dl, ml) = (d * scale, dmin * min);
        let q = |e| f32::from(four_bits(qs, e) | (one_bit(high, e) << 4));
        out.extend(span(group, 32).map(|e| dl * q(e) - ml));
    }
}

fn q6_k(block: &[u8], out: &mut Vec<f32>) {
    let (low, high, scales) = (&block[..128], &block[128..192], &block[192..208]);
    let d = half_at(block, 208);
    for (group, scale) in scales.iter().enumerate() {
        let dl = d * f32::from(scale.cast_signed());
        // Two planes of 64 in each half.
        let four = |e: usize| (low[e / 128 * 64 + e % 64] >> (e % 128 / 64 * 4)) & 0x0f;
        let q = |e| centred(four(e) | (two_bits(high, e) << 4), 32);
        out.extend(span(group, 16).map(|e| dl * q(e)));
    }
}

#[cfg(test)]
mod tests;
