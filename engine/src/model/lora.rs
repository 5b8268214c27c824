//! Low-rank adaptation, Hu et al. 2021: `ΔW = s B A`, never formed while a model computes.

use burn::tensor::{Device, Distribution, Tensor, TensorData};
use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::param::Param;
use crate::kernels::matmul;

/// Whose weights a forward pass uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Adapter {
    /// The trained adapter, where there is one.
    Policy,
    /// The adapter that training began from, frozen; none where it began from the bare model.
    Reference,
    /// PPO's critic; the bare model where it shares the policy's weights.
    Critic,
    /// A reward model's adapter, frozen.
    Reward,
}

/// The adapter of one linear layer.
#[derive(Clone, Debug)]
pub struct Lora {
    /// `[r, in]`
    pub a: Param<2>,
    /// `[out, r]`
    pub b: Param<2>,
    /// `alpha / r`, or `alpha / √r` for rank-stabilised adapters.
    pub scale: f64,
    /// Share of the inputs dropped while a graph is recorded.
    pub dropout: f64,
}

impl Lora {
    /// A new adapter beside a `[out, in]` weight: A uniform as PEFT has it (Kaiming, a = √5, so
    /// `±1/√in`), B zero, so that the model starts unchanged.
    pub fn init(
        layer: &str,
        [out, width]: [usize; 2],
        (r, scale, dropout): (usize, f64, f64),
        rng: &mut ChaCha8Rng,
        device: &Device,
    ) -> Self {
        let bound = 1.0 / (width as f32).sqrt();
        let a: Vec<f32> = (0..r * width).map(|_| rng.random_range(-bound..bound)).collect();
        Self::from_values(
            layer,
            Tensor::from_data(TensorData::new(a, [r, width]), device),
            Tensor::zeros([out, r], device),
            (scale, dropout),
        )
    }

    /// An adapter with given values, `a` `[r, in]` and `b` `[out, r]`.
    pub fn from_values(
        layer: &str,
        a: Tensor<2>,
        b: Tensor<2>,
        (scale, dropout): (f64, f64),
    ) -> Self {
        Self {
            a: Param::trainable(format!("{layer}.lora_A.weight"), a),
            b: Param::trainable(format!("{layer}.lora_B.weight"), b),
            scale,
            dropout,
        }
    }

    /// `ΔW`, `[out, in]`, for once formed: what the layer's weight lacks without the adapter.
    pub fn update(&self) -> Tensor<2> {
        matmul::product(self.b.value(), self.a.value()).mul_scalar(self.scale)
    }

    /// A copy that never trains.
    pub fn frozen(&self) -> Self {
        let mut copy = self.clone();
        for param in [&mut copy.a, &mut copy.b] {
            param.trainable = false;
            param.record(false);
        }
        copy
    }

    /// See [`super::Block::is_recorded`].
    pub fn is_recorded(&self) -> bool {
        self.a.is_recorded() || self.b.is_recorded()
    }

    /// `x` is `[tokens, in]`; gives the update, `[tokens, out]`.
    pub fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        let x = if self.dropout > 0.0 && self.a.is_recorded() {
            let keep = 1.0 - self.dropout;
            let mask =
                Tensor::<2>::random(x.dims(), Distribution::Bernoulli(keep), &x.device().inner());
            x * mask.div_scalar(keep)
        } else {
            x
        };
        let low = matmul::linear(x, self.a.get());
        matmul::linear(low, self.b.get()).mul_scalar(self.scale)
    }
}
