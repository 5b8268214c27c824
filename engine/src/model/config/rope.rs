//! Rotary positions (Su et al. 2021) and the ways of stretching them over longer texts.
//!
//! The formulas are those of transformers' `modeling_rope_utils`, in f64.

use std::f64::consts::PI;

/// How positions turn queries and keys.
#[derive(Clone, Debug, PartialEq)]
pub struct RopeConfig {
    /// The base of the wavelengths.
    pub theta: f64,
    /// How they are stretched.
    pub scaling: RopeScaling,
}

/// How a model made for short texts turns its positions in longer ones.
#[derive(Clone, Debug, PartialEq)]
pub enum RopeScaling {
    /// As it was made.
    None,
    /// Every position divided by a factor.
    Linear {
        /// The factor.
        factor: f64,
    },
    /// A base that grows with the text, beyond the model's own length.
    Dynamic {
        /// The factor.
        factor: f64,
        /// The model's own length.
        original: usize,
    },
    /// Llama 3: long waves divided, short ones left, those between blended.
    Llama3 {
        /// The factor.
        factor: f64,
        /// Waves that fit fewer times than this into the original length are long.
        low_freq_factor: f64,
        /// Waves that fit more often are short.
        high_freq_factor: f64,
        /// The length before stretching.
        original: usize,
    },
    /// YaRN (Peng et al. 2023): blended by how often each wave turns, and warmer attention.
    Yarn {
        /// The factor.
        factor: f64,
        /// The length before stretching.
        original: usize,
        /// Turns above which a wave is left as it is.
        beta_fast: f64,
        /// Turns below which a wave is divided.
        beta_slow: f64,
        /// On sine and cosine.
        attention_factor: f64,
        /// Whether the blend begins and ends at whole dimensions.
        truncate: bool,
    },
    /// A divisor for each wave, as llama.cpp's files have for Llama 3.
    Factors(Vec<f32>),
}

impl RopeConfig {
    /// Angles per position of half a head's dimensions, and the factor on sine and cosine,
    /// for sequences of up to `length`, which dynamic scaling alone asks for.
    pub fn frequencies(&self, head_dim: usize, length: usize) -> (Vec<f64>, f64) {
        let plain = frequencies(self.theta, head_dim);
        match &self.scaling {
            RopeScaling::None => (plain, 1.0),
            RopeScaling::Linear { factor } => (plain.iter().map(|w| w / factor).collect(), 1.0),
            RopeScaling::Dynamic { factor, original } => {
                let stretch = length.max(*original) as f64 / *original as f64;
                let dim = head_dim as f64;
                let growth = (factor * stretch - (factor - 1.0)).powf(dim / (dim - 2.0));
                (frequencies(self.theta * growth, head_dim), 1.0)
            }
            RopeScaling::Llama3 { factor, low_freq_factor, high_freq_factor, original } => {
                let bounds = (*low_freq_factor, *high_freq_factor);
                let scaled = |w: &f64| llama3(*w, *factor, bounds, *original as f64);
                (plain.iter().map(scaled).collect(), 1.0)
            }
            RopeScaling::Yarn { attention_factor, .. } => {
                (self.yarn(&plain, head_dim), *attention_factor)
            }
            RopeScaling::Factors(factors) => {
                (plain.iter().zip(factors).map(|(w, &f)| w / f64::from(f)).collect(), 1.0)
            }
        }
    }

    fn yarn(&self, plain: &[f64], head_dim: usize) -> Vec<f64> {
        let RopeScaling::Yarn { factor, original, beta_fast, beta_slow, truncate, .. } =
            self.scaling
        else {
            return plain.to_vec();
        };
        // The dimension whose wave turns so often over the original length.
        let dim = head_dim as f64;
        let dimension = |turns: f64| {
            dim * (original as f64 / (turns * 2.0 * PI)).ln() / (2.0 * self.theta.ln())
        };
        let (mut low, mut high) = (dimension(beta_fast), dimension(beta_slow));
        if truncate {
            (low, high) = (low.floor(), high.ceil());
        }
        (low, high) = (low.max(0.0), high.min(dim - 1.0));
        if low == high {
            high += 0.001; // As transformers: no division by zero.
        }
        let blend = |(i, w): (usize, &f64)| {
            let divided = ((i as f64 - low) / (high - low)).clamp(0.0, 1.0);
            w / factor * divided + w * (1.0 - divided)
        };
        plain.iter().enumerate().map(blend).collect()
    }
}

/// `θ^(−2i/d)` for each pair of dimensions.
fn frequencies(theta: f64, head_dim: usize) -> Vec<f64> {
    let exponent = |i: usize| 2.0 * i as f64 / head_dim as f64;
    (0..head_dim / 2).map(|i| theta.powf(-exponent(i))).collect()
}

fn llama3(w: f64, factor: f64, (low, high): (f64, f64), original: f64) -> f64 {
    let wavelength = 2.0 * PI / w;
    if wavelength < original / high {
        return w;
    }
    if wavelength > original / low {
        return w / factor;
    }
    let smooth = (original / wavelength - low) / (high - low);
    (1.0 - smooth) * w / factor + smooth * w
}

/// YaRN's factor on attention, for a scale and how much of it counts.
pub(super) fn mscale(scale: f64, weight: f64) -> f64 {
    if scale <= 1.0 { 1.0 } else { 0.1 * weight * scale.ln() + 1.0 }
}
