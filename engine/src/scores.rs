//! Rewards and values: numbers that a head reads off hidden states.

use burn::tensor::{Int, Tensor, TensorData};
use serde::{Deserialize, Serialize};

use crate::data::batch::Batch;
use crate::logps::hidden;
use crate::model::{Adapter, Decoder};
use crate::weights::{ModelFiles, WeightsError};

/// What brings a reward model's scores to mean 0 and standard deviation 1 on what the reference
/// policy writes (Ziegler et al. 2019, §2.2): `reward = gain · score + bias`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Normalization {
    /// One over the standard deviation.
    pub gain: f64,
    /// Minus the gain times the mean.
    pub bias: f64,
}

impl Default for Normalization {
    fn default() -> Self {
        Self { gain: 1.0, bias: 0.0 }
    }
}

impl Normalization {
    /// Its file, beside the adapter.
    pub const FILE: &str = "reward.json";

    /// Of a reward model's files; where they hold none, scores stay as they are.
    ///
    /// # Errors
    /// A file that can't be read.
    pub async fn open(files: &ModelFiles) -> Result<Self, WeightsError> {
        let Some(bytes) = files.read_all(Self::FILE).await? else { return Ok(Self::default()) };
        serde_json::from_slice(&bytes).map_err(|error| {
            let file = files.find(Self::FILE).map_or(Self::FILE, |file| file.name()).to_string();
            WeightsError::Json { file, message: error.to_string() }
        })
    }

    /// Of scores; those of no spread keep theirs.
    pub fn of(scores: &[f64]) -> Self {
        let count = scores.len() as f64;
        let mean = scores.iter().sum::<f64>() / count;
        let variance = scores.iter().map(|score| (score - mean).powi(2)).sum::<f64>() / count;
        let gain = if variance > 0.0 { 1.0 / variance.sqrt() } else { 1.0 };
        Self { gain, bias: -gain * mean }
    }

    /// The reward of a score.
    pub fn apply(self, score: f64) -> f64 {
        self.gain * score + self.bias
    }
}

/// The reward head at each row's last token, `[rows]`; zeros without a head.
pub fn scores(model: &Decoder, batch: &Batch, adapter: Adapter) -> Tensor<1> {
    let Some(head) = &model.score else { return Tensor::zeros([batch.rows], &model.device()) };
    let last = index(model, batch.last.clone());
    head.forward(hidden(model, batch, adapter).select(0, last))
}

/// The value head at the position before each counted token, in the order of [`Batch::targets`],
/// `[tokens]`; zeros without a head.
pub fn values(model: &Decoder, batch: &Batch, adapter: Adapter) -> Tensor<1> {
    let positions: Vec<i32> = batch.targets.iter().map(|target| target.position).collect();
    let Some(head) = &model.value else {
        return Tensor::zeros([positions.len()], &model.device());
    };
    let positions = index(model, positions);
    head.forward(hidden(model, batch, adapter).select(0, positions))
}

fn index(model: &Decoder, positions: Vec<i32>) -> Tensor<1, Int> {
    let length = positions.len();
    Tensor::from_data(TensorData::new(positions, [length]), &model.device())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normalised_scores_have_mean_zero_and_deviation_one() {
        let scores = [1.0, 2.0, 6.0];
        let fit = Normalization::of(&scores);
        let rewards = scores.map(|score| fit.apply(score));
        assert!(rewards.iter().sum::<f64>().abs() < 1e-12);
        assert!((rewards.iter().map(|r| r * r).sum::<f64>() / 3.0 - 1.0).abs() < 1e-12);
        assert_eq!(Normalization::of(&[3.0, 3.0]).apply(3.0), 0.0);
    }
}
