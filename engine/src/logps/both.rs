//! Policy and reference side by side, for what takes both next-token distributions whole.
//!
//! A chunk of logits of each is held at once, and then numbers of tokens are all that is left.

use burn::tensor::{Int, Tensor};

use super::{CHUNK_FLOATS, Targets, counted};
use crate::data::batch::Batch;
use crate::kernels::matmul;
use crate::kernels::softmax_stats::{SoftmaxStats, softmax_stats};
use crate::model::{Adapter, Decoder};

/// A batch under policy and reference, without a graph. What is of tokens is in the order of
/// [`Batch::targets`], padded.
#[derive(Clone, Debug)]
pub struct Both {
    /// Log-probabilities under the policy, nats. `[tokens]`
    pub policy: Tensor<1>,
    /// Under the reference. `[tokens]`
    pub reference: Tensor<1>,
    /// The exact KL of the next-token distributions, `Σ_v p(v) (log p(v) − log q(v))` of policy p
    /// and reference q, nats. `[tokens]`
    pub kl: Tensor<1>,
    /// Of the policy's next-token distributions, summed over each row's counted tokens, nats.
    /// `[rows]`
    pub entropy: Tensor<1>,
}

/// One forward pass of each, both at a temperature. The KL is TRL 0.11's `kl_penalty = "full"`.
pub fn logps_of_both(
    policy: (&Decoder, Adapter),
    reference: (&Decoder, Adapter),
    batch: &Batch,
    temperature: f64,
) -> Both {
    let targets = Targets::new(batch, &policy.0.device());
    let sides = [policy, reference].map(|(model, adapter)| Side {
        hidden: counted(model, batch, adapter, &targets.positions, temperature).inner(),
        head: model.head().value(),
    });
    let chunk = CHUNK_FLOATS / sides[0].head.dims()[0];
    let columns = in_chunks(&sides, &targets.ids, chunk.max(1));
    let [tokens, _] = columns.dims();
    let [policy, reference, entropy, kl] =
        [0, 1, 2, 3].map(|i| columns.clone().narrow(1, i, 1).reshape([tokens]));
    Both { policy, reference, kl, entropy: targets.sum_rows(entropy) }
}

/// What one model's logits are the product of.
struct Side {
    /// `[tokens, width]`
    hidden: Tensor<2>,
    /// `[vocab, width]`
    head: Tensor<2>,
}

/// [`compared`] over all tokens, at most `chunk` at a time. `ids` is `[tokens]`; gives
/// `[tokens, 4]`.
fn in_chunks(sides: &[Side; 2], ids: &Tensor<1, Int>, chunk: usize) -> Tensor<2> {
    let [tokens] = ids.dims();
    let part = |start: usize| {
        let length = chunk.min(tokens - start);
        let logits = sides.each_ref().map(|side| {
            matmul::linear(side.hidden.clone().narrow(0, start, length), side.head.clone())
        });
        compared(logits, ids.clone().narrow(0, start, length))
    };
    Tensor::cat((0..tokens).step_by(chunk).map(part).collect(), 0)
}

/// Of logits, each `[tokens, vocab]`, and ids, `[tokens]`: the log-probability under the policy,
/// that under the reference, the policy's entropy, the exact KL; nats. `[tokens, 4]`
fn compared([policy, reference]: [Tensor<2>; 2], ids: Tensor<1, Int>) -> Tensor<2> {
    let column = |stats: &Tensor<2>, i: usize| stats.clone().narrow(1, i, 1);
    // The reference's probabilities are gone before the policy's come.
    let theirs = column(&softmax_stats(reference.clone(), ids.clone()).stats, 0);
    let SoftmaxStats { probabilities, stats } = softmax_stats(policy.clone(), ids.clone());
    let (own, entropy) = (column(&stats, 0), column(&stats, 1));
    let index = ids.unsqueeze_dim::<2>(1);
    // A log-sum is what any one token's logit has more than its log-probability. Log-softmaxes,
    // unlike logs of probabilities, are finite where a probability is 0.
    let logs = |logits: Tensor<2>, logps: &Tensor<2>| {
        let log_sums = logits.clone().gather(1, index.clone()) - logps.clone();
        logits - log_sums
    };
    let log_ratios = logs(policy, &own) - logs(reference, &theirs);
    let kl = (probabilities * log_ratios).sum_dim(1);
    Tensor::cat(vec![own, theirs, entropy, kl], 1)
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, TensorData, activation};

    use super::*;

    const TOKENS: usize = 7;
    const WIDTH: usize = 8;
    const VOCAB: usize = 11;

    fn tensor(values: &[f32], shape: [usize; 2]) -> Tensor<2> {
        Tensor::from_data(TensorData::new(values.to_vec(), shape), &Device::flex())
    }

    fn ids(values: &[i32]) -> Tensor<1, Int> {
        Tensor::from_data(TensorData::new(values.to_vec(), [values.len()]), &Device::flex())
    }

    fn numbers(tensor: Tensor<2>) -> Vec<f64> {
        tensor.into_data().iter::<f64>().collect()
    }

    /// Within `tolerance`, relative above 1.
    #[track_caller]
    fn close(found: &[f64], expected: &[f64], tolerance: f64) {
        assert_eq!(found.len(), expected.len());
        for (a, b) in found.iter().zip(expected) {
            let allowed = tolerance * b.abs().max(1.0);
            assert!((a - b).abs() <= allowed, "{found:?} is not {expected:?}");
        }
    }

    /// Hidden states and a head that look like noise.
    fn side(steps: [f32; 2]) -> Side {
        let waves = |rows: usize, step: f32| {
            let wave = |i: usize| 2.0 * ((i as f32 + 1.0) * step).sin();
            tensor(&(0..rows * WIDTH).map(wave).collect::<Vec<_>>(), [rows, WIDTH])
        };
        Side { hidden: waves(TOKENS, steps[0]), head: waves(VOCAB, steps[1]) }
    }

    fn sides() -> [Side; 2] {
        [side([0.37, 0.61]), side([0.83, 0.29])]
    }

    fn targets() -> Tensor<1, Int> {
        ids(&[0, 10, 3, 3, 7, 1, 9])
    }

    /// p = (1, 3) / 4 and q = (1, 1) / 2, whose logits have an offset that says nothing:
    /// ¼ ln(¼ / ½) + ¾ ln(¾ / ½) = ¾ ln 3 − ln 2 = 0.1308120. The entropy is
    /// ¼ ln 4 + ¾ ln(4/3) = 0.5623351. The other way round it is ½ ln 2 + ½ ln(2/3) = 0.1438410.
    #[test]
    fn by_hand() {
        let policy = tensor(&[0.0, 3.0_f32.ln()].repeat(2), [2, 2]);
        let reference = tensor(&[5.0; 4], [2, 2]);
        let found = compared([policy.clone(), reference.clone()], ids(&[0, 1]));
        let (p, q) = ([0.25_f64.ln(), 0.75_f64.ln()], 0.5_f64.ln());
        let [entropy, kl] = [0.562_335_1, 0.130_812_0];
        close(&numbers(found), &[p[0], q, entropy, kl, p[1], q, entropy, kl], 2e-6);
        let back = numbers(compared([reference, policy], ids(&[0, 1])));
        close(&[back[3], back[7]], &[0.143_841_0; 2], 2e-6);
    }

    /// Where p is 0 its term is 0, however small: p = (0, 1), q = (1, 1) / 2, ln 2 nats.
    #[test]
    fn a_token_without_probability_adds_nothing() {
        let logits = [tensor(&[0.0, 1000.0], [1, 2]), tensor(&[0.0, 0.0], [1, 2])];
        let found = numbers(compared(logits, ids(&[1])));
        close(&found, &[0.0, -(2.0_f64.ln()), 0.0, 2.0_f64.ln()], 1e-6);
    }

    /// Against burn's own operations, as TRL composes them, and whatever a chunk holds.
    #[test]
    fn is_the_composed_one_in_chunks_of_any_size() {
        let sides = sides();
        let [p, q] = sides.each_ref().map(|side| {
            let logits = side.hidden.clone().matmul(side.head.clone().transpose());
            activation::log_softmax(logits, 1)
        });
        let index = targets().unsqueeze_dim::<2>(1);
        let columns = vec![
            p.clone().gather(1, index.clone()),
            q.clone().gather(1, index),
            (p.clone().exp() * p.clone()).sum_dim(1).neg(),
            (p.clone().exp() * (p - q)).sum_dim(1),
        ];
        let expected = numbers(Tensor::cat(columns, 1));
        for chunk in [1, 3, TOKENS, 100] {
            close(&numbers(in_chunks(&sides, &targets(), chunk)), &expected, 1e-5);
        }
    }

    #[test]
    fn the_kl_of_a_distribution_from_itself_is_nothing() {
        let [Side { hidden, head }, other] = sides();
        let twice = [(); 2].map(|()| Side { hidden: hidden.clone(), head: head.clone() });
        let found = numbers(in_chunks(&twice, &targets(), 3));
        assert!(found.chunks(4).all(|token| token[3] == 0.0 && token[0] == token[1]), "{found:?}");
        // From another one it is something, whichever is the policy.
        let one = Side { hidden, head };
        let back = numbers(in_chunks(&[other, one], &targets(), 3));
        assert!(back.chunks(4).all(|token| token[3] > 0.0), "{back:?}");
    }

    /// A diverged run must show.
    #[test]
    fn what_is_not_a_number_stays_so() {
        let logits = [tensor(&[0.0, f32::NAN], [1, 2]), tensor(&[0.0, 0.0], [1, 2])];
        assert!(numbers(compared(logits, ids(&[0])))[3].is_nan());
    }
}
