//! The only road from hidden states to log-probabilities.
//!
//! Only the tokens that count reach the head, a chunk at a time, in f32 with an exact
//! log-sum-exp; the `[tokens, vocab]` matrix never exists. Where the head is frozen its gradient
//! isn't needed, and the gradient with respect to a hidden state `h` of token `y`,
//!
//! ```text
//! d log p(y) / dh  =  W[y] − Σ_v p_v W[v],
//! ```
//!
//! is known in the forward pass. So the pass computes it without a graph and hands autodiff a
//! product with `h` that has the same value and the same gradient; backward then costs nothing.
//! A head that trains has a backward pass of its own ([`head_logps`]), which computes the
//! probabilities again where there is more than one chunk of them.

use burn::tensor::{Device, Int, Tensor, TensorData};

use crate::data::batch::Batch;
use crate::kernels::head::head_logps;
use crate::kernels::matmul;
use crate::kernels::softmax_stats::{SoftmaxStats, softmax_stats};
use crate::model::{Adapter, Decoder, Param};

mod both;

pub use both::{Both, logps_of_both};

/// Logits held at once, floats: 32 MiB, a quarter of WebGPU's least binding.
pub(crate) const CHUNK_FLOATS: usize = 1 << 23;
/// Counted tokens are padded to a multiple of this, to keep shapes few.
pub(crate) const TOKEN_BUCKET: usize = 32;

/// Log-probabilities of a batch, nats.
#[derive(Clone, Debug)]
pub struct Logps {
    /// Of each counted token, in the order of [`Batch::targets`], padded. `[tokens]`
    pub tokens: Tensor<1>,
    /// Summed over each row's counted tokens, as [`Options::weights`] weigh them. `[rows]`
    pub rows: Tensor<1>,
    /// The same with each token counted once. `[rows]`
    pub unweighted: Tensor<1>,
    /// Sums over each row's counted tokens of what metrics need, without a graph.
    pub stats: Stats,
}

/// Sums over each row's counted tokens. Each `[rows]`.
#[derive(Clone, Debug)]
pub struct Stats {
    /// Entropy of the next-token distribution, nats.
    pub entropy: Tensor<1>,
    /// How often the most likely token was the right one.
    pub correct: Tensor<1>,
    /// Mean logit over the vocabulary.
    pub mean_logit: Tensor<1>,
    /// `log Σ_v p_v²`: the log-probability that two draws agree. Where [`Options::agreement`] asks.
    pub agreement: Option<Tensor<1>>,
}

/// How a batch is measured, where it isn't plainly.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// Logits are divided by this.
    pub temperature: f64,
    /// Weights of the counted tokens in [`Logps::rows`], in the order of [`Batch::targets`].
    pub weights: Option<Vec<f32>>,
    /// Whether to compute [`Stats::agreement`].
    pub agreement: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { temperature: 1.0, weights: None, agreement: false }
    }
}

/// One forward pass. A graph is recorded where the model's weights are.
pub fn logps(model: &Decoder, batch: &Batch, adapter: Adapter) -> Logps {
    logps_with(model, batch, adapter, &Options::default())
}

/// One forward pass, measured as the options say.
pub fn logps_with(model: &Decoder, batch: &Batch, adapter: Adapter, options: &Options) -> Logps {
    let targets = Targets::new(batch, &model.device());
    let hidden = counted(model, batch, adapter, &targets.positions, options.temperature);
    let tokens = head(hidden, targets.ids.clone(), model.head(), options.agreement);
    let sum_rows = |x: Tensor<1>| targets.sum_rows(x);
    let [entropy, correct, mean_logit] = tokens.stats.map(sum_rows);
    let unweighted = sum_rows(tokens.logps.clone());
    let rows = match &options.weights {
        None => unweighted.clone(),
        Some(weights) => sum_rows(tokens.logps.clone() * targets.weights(weights)),
    };
    let stats = Stats { entropy, correct, mean_logit, agreement: tokens.agreement.map(sum_rows) };
    Logps { tokens: tokens.logps, rows, unweighted, stats }
}

/// Final hidden states of the counted tokens, whose logits are then of the temperature.
/// `positions` is `[tokens]`; gives `[tokens, width]`.
fn counted(
    model: &Decoder,
    batch: &Batch,
    adapter: Adapter,
    positions: &Tensor<1, Int>,
    temperature: f64,
) -> Tensor<2> {
    let hidden = hidden(model, batch, adapter).select(0, positions.clone());
    // (h / T) · W is h · W / T, without touching the logits.
    if temperature == 1.0 { hidden } else { hidden.div_scalar(temperature) }
}

/// Final hidden states of every position, `[lines · time, width]`.
pub(crate) fn hidden(model: &Decoder, batch: &Batch, adapter: Adapter) -> Tensor<2> {
    let ids = TensorData::new(batch.ids.clone(), [batch.lines, batch.time]);
    let ids = Tensor::from_data(ids, &model.device());
    let hidden = model.hidden(ids, &batch.forks, adapter);
    let width = hidden.dims()[2];
    hidden.reshape([batch.lines * batch.time, width])
}

/// A batch's targets on the device, padded with tokens that belong to no row.
struct Targets {
    /// `[tokens]`
    positions: Tensor<1, Int>,
    /// `[tokens]`
    ids: Tensor<1, Int>,
    /// 1 where a token belongs to a row. `[rows, tokens]`
    rows: Tensor<2>,
}

impl Targets {
    fn new(batch: &Batch, device: &Device) -> Self {
        let tokens = batch.targets.len().max(1).next_multiple_of(TOKEN_BUCKET);
        let mut positions = vec![0_i32; tokens];
        let mut ids = vec![0_i32; tokens];
        let mut rows = vec![0.0_f32; batch.rows * tokens];
        for (i, target) in batch.targets.iter().enumerate() {
            positions[i] = target.position;
            ids[i] = target.id;
            rows[target.row * tokens + i] = 1.0;
        }
        Self {
            positions: Tensor::from_data(TensorData::new(positions, [tokens]), device),
            ids: Tensor::from_data(TensorData::new(ids, [tokens]), device),
            rows: Tensor::from_data(TensorData::new(rows, [batch.rows, tokens]), device),
        }
    }

    /// From `[tokens]` to `[rows]`.
    fn sum_rows(&self, x: Tensor<1>) -> Tensor<1> {
        matmul::product(self.rows.clone(), x.unsqueeze_dim(1)).squeeze_dim(1)
    }

    /// A weight a counted token, padded. `[tokens]`
    fn weights(&self, weights: &[f32]) -> Tensor<1> {
        let tokens = self.ids.dims()[0];
        let mut padded = weights.to_vec();
        padded.resize(tokens, 0.0);
        Tensor::from_data(TensorData::new(padded, [tokens]), &self.rows.device())
    }
}

/// Each `[tokens]`.
struct TokenLogps {
    logps: Tensor<1>,
    /// Entropy, correct, mean logit.
    stats: [Tensor<1>; 3],
    agreement: Option<Tensor<1>>,
}

impl TokenLogps {
    /// From columns as [`SoftmaxStats::stats`] has them, of which only the first keeps its graph.
    fn new(columns: Tensor<2>, agreement: bool) -> Self {
        let [tokens, _] = columns.dims();
        let column = |of: &Tensor<2>, i: usize| of.clone().narrow(1, i, 1).reshape([tokens]);
        let logps = column(&columns, 0);
        let plain = columns.inner();
        let stats = [1, 2, 3].map(|i| column(&plain, i));
        Self { logps, stats, agreement: agreement.then(|| column(&plain, 4)) }
    }
}

/// `hidden` is `[tokens, width]`, `ids` `[tokens]`.
fn head(hidden: Tensor<2>, ids: Tensor<1, Int>, weight: &Param<2>, agreement: bool) -> TokenLogps {
    let [tokens, width] = hidden.dims();
    let vocab = weight.value().dims()[0];
    let chunk = (CHUNK_FLOATS / vocab).max(1);
    let mut parts: [Vec<Tensor<1>>; 4] = Default::default();
    let mut agreements = Vec::new();
    for start in (0..tokens).step_by(chunk) {
        let end = (start + chunk).min(tokens);
        let hidden = hidden.clone().slice([start..end, 0..width]);
        let ids = ids.clone().narrow(0, start, end - start);
        let part = match (weight.tracked(), hidden.is_tracked()) {
            (Some(weight), _) => {
                let columns = head_logps(hidden, weight.clone(), ids, tokens <= chunk);
                TokenLogps::new(columns, agreement)
            }
            (None, track) => frozen_head(hidden, ids, weight.value(), track, agreement),
        };
        agreements.extend(part.agreement);
        parts[0].push(part.logps);
        for (all, stat) in parts[1..].iter_mut().zip(part.stats) {
            all.push(stat);
        }
    }
    let [logps, entropy, correct, mean_logit] = parts.map(|parts| Tensor::cat(parts, 0));
    let agreement = agreement.then(|| Tensor::cat(agreements, 0));
    TokenLogps { logps, stats: [entropy, correct, mean_logit], agreement }
}

fn frozen_head(
    hidden: Tensor<2>,
    ids: Tensor<1, Int>,
    weight: Tensor<2>,
    track: bool,
    agreement: bool,
) -> TokenLogps {
    let [tokens, _] = hidden.dims();
    let logits = matmul::linear(hidden.clone().inner(), weight.clone());
    let SoftmaxStats { probabilities, stats } = softmax_stats(logits, ids.clone());
    let mut found = TokenLogps::new(stats, agreement);
    if track {
        let expected = matmul::product(probabilities, weight.clone());
        let gradient = weight.select(0, ids) - expected;
        // Zero in value, `gradient` in gradient.
        let product = (hidden * gradient).sum_dim(1).reshape([tokens]);
        found.logps = product.clone() - product.detach() + found.logps;
    }
    found
}

#[cfg(test)]
mod tests {
    use burn::tensor::Distribution;

    use super::*;

    /// The frozen head's stand-in must have the trainable head's value and its gradient in `h`.
    #[test]
    fn frozen_and_trainable_heads_agree_in_value_and_gradient() {
        let device = Device::flex();
        device.seed(7);
        let values = Tensor::<2>::random([5, 8], Distribution::Normal(0.0, 1.0), &device);
        let weight = Tensor::<2>::random([11, 8], Distribution::Normal(0.0, 1.0), &device);
        let ids = Tensor::<1, Int>::from_data(TensorData::from([0_i32, 10, 3, 3, 7]), &device);
        let run = |trainable: bool| {
            let hidden = values.clone().autodiff().require_grad();
            let mut head_weight = Param::frozen("head", weight.clone());
            head_weight.trainable = trainable;
            head_weight.record(true);
            let found = head(hidden.clone(), ids.clone(), &head_weight, false).logps;
            let upstream =
                Tensor::<1>::from_data(TensorData::from([1.0_f32, -2.0, 0.5, 3.0, 1.0]), &device);
            let mut gradients = (found.clone() * upstream).sum().backward();
            (found.inner(), hidden.grad_remove(&mut gradients).unwrap())
        };
        let (frozen, frozen_gradient) = run(false);
        let (trainable, gradient) = run(true);
        let distance = |a: Tensor<1>, b: Tensor<1>| (a - b).abs().max().into_scalar::<f32>();
        assert!(distance(frozen, trainable) < 1e-5);
        assert!(distance(frozen_gradient.reshape([40]), gradient.reshape([40])) < 1e-5);
    }
}
