//! What the fused loops on the CPU share: numbers of a tensor, and sums and an exponential that
//! vectorise.

use burn::backend::Flex;
use burn::backend::tensor::FloatTensor;
use burn::tensor::{Shape, TensorData};

/// A tensor on the CPU.
pub type CpuTensor = FloatTensor<Flex>;

/// Partial sums kept side by side. Enough that the compiler makes a loop over them vectors
/// instead of unrolling it into single numbers.
pub const LANES: usize = 64;

/// The tensor with its numbers one after another.
pub fn contiguous(tensor: CpuTensor) -> CpuTensor {
    if tensor.is_contiguous() { tensor } else { tensor.to_contiguous() }
}

/// The numbers of a contiguous tensor; `None` where they aren't f32.
pub fn numbers(tensor: &CpuTensor) -> Option<&[f32]> {
    tensor.as_slice::<f32>()
}

/// A tensor of numbers.
pub fn tensor(numbers: Vec<f32>, shape: Shape) -> CpuTensor {
    CpuTensor::from_data(TensorData::new(numbers, shape))
}

/// `Σ aᵢ bᵢ`
#[inline(always)]
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0_f32; LANES];
    for (a, b) in a.chunks(LANES).zip(b.chunks(LANES)) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += a * b;
        }
    }
    sums.iter().sum()
}

/// `eˣ` to a unit in the last place for −87 ≤ x ≤ 88, and its value at the nearer end beyond.
/// `f32::exp` is a call; this is neither a call nor a branch, so loops over it vectorise. Cephes'
/// `expf` (Moshier): `x = n ln 2 + r`, a polynomial in r, times `2ⁿ`.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    // Adding 1.5 · 2²³ rounds to a whole number and leaves it in the lowest bits.
    const ROUND: f32 = 12_582_912.0;
    let x = if x < -87.0 { -87.0 } else { x };
    let x = if x > 88.0 { 88.0 } else { x };
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    // ln 2 in two parts, the first of few bits, so that n times it is exact.
    let r = x - n * 0.693_359_4 + n * 2.121_944_4e-4;
    let p = 1.987_569_1e-4_f32;
    let p = p * r + 1.398_199_9e-3;
    let p = p * r + 8.333_452e-3;
    let p = p * r + 4.166_579_6e-2;
    let p = p * r + 0.166_666_66;
    let p = p * r + 0.5;
    let power = f32::from_bits(shifted.to_bits().wrapping_add(127) << 23);
    (p * r * r + r + 1.0) * power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_is_the_exponential() {
        for i in -8_700..=8_800 {
            let x = i as f32 / 100.0;
            let (found, expected) = (f64::from(exp(x)), f64::from(x).exp());
            assert!((found / expected - 1.0).abs() < 2e-7, "e^{x}: {found}, {expected}");
        }
        assert_eq!(exp(0.0), 1.0);
        assert!(exp(f32::NEG_INFINITY) < 1e-37);
        assert!(exp(f32::NAN).is_nan());
    }

    #[test]
    fn dot_of_any_length() {
        for length in [0_usize, 1, 63, 64, 65, 200] {
            let a: Vec<f32> = (0..length).map(|i| i as f32).collect();
            let b = vec![2.0_f32; length];
            assert_eq!(dot(&a, &b), (length * length.saturating_sub(1)) as f32);
        }
    }
}
