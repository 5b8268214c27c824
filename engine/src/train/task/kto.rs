//! Ratings: KTO and APO-zero, Ethayarajh et al. 2024.

use burn::tensor::Tensor;
use temper_protocol::{KtoLoss, ResolvedRun};

use super::{Micro, MicroLoss, vector};
use crate::data::batch::Batch;
use crate::data::{EncodedRow, Sequence};
use crate::logps::{Options, logps};
use crate::model::Adapter;
use crate::objective::kto;

/// KTO's options.
#[derive(Clone, Debug)]
pub struct KtoTask {
    loss: KtoLoss,
    beta: f64,
    /// Of liked completions, and of the others.
    weights: [f64; 2],
    /// Longest sequence, tokens.
    max_length: usize,
}

impl KtoTask {
    /// From the config.
    pub fn new(run: &ResolvedRun) -> Self {
        let kto = run.kto();
        let weights = [kto.desirable_weight, kto.undesirable_weight];
        Self { loss: kto.loss_type, beta: kto.beta, weights, max_length: run.max_length() }
    }

    pub(super) fn micro(&self, micro: &Micro) -> MicroLoss {
        let batch = Batch::new(&micro.examples.sequences(micro.rows), micro.pad);
        let rows = micro.examples.rows(micro.rows);
        let reference = micro.reference.logps(micro, &batch, &Options::default());
        let policy = logps(micro.model, &batch, Adapter::Policy);
        let ratios = policy.rows.clone() - reference;
        let liked = rows.iter().map(|row| f32::from(row.label == Some(true))).collect();
        let liked = vector(liked, micro.model);
        let mut metrics = Vec::new();
        let losses = match self.loss {
            KtoLoss::Kto => {
                let kl = self.kl(micro, &rows);
                metrics.push(("kl", kl.clone(), 1.0));
                kto::kto(ratios.clone(), liked.clone(), kl, self.beta, self.weights)
            }
            KtoLoss::ApoZeroUnpaired => {
                kto::apo_zero_unpaired(ratios.clone(), liked.clone(), self.beta, self.weights)
            }
        };
        let loss = losses.sum();
        metrics.insert(0, ("loss", loss.clone().inner(), rows.len() as f64));
        let of_rows =
            [ratios.inner() * self.beta, policy.rows.inner(), policy.stats.mean_logit.clone()];
        let lengths = batch.lengths();
        let tokens = lengths.iter().sum::<usize>().max(1) as f64;
        metrics.push(("entropy", policy.stats.entropy.sum(), tokens));
        metrics.extend(class_metrics(&rows, &lengths, &liked, of_rows));
        MicroLoss { loss, metrics }
    }

    /// How far the policy is from the reference, on prompts paired with the completion of the row
    /// before: `max(0, mean log-ratio)`, without a graph. `[1]`
    fn kl(&self, micro: &Micro, rows: &[&EncodedRow]) -> Tensor<1> {
        if micro.examples.len() == 1 {
            // Nothing to pair its prompt with.
            return Tensor::zeros([1], &micro.model.device());
        }
        let mut mismatched = rotated(&neighbours(micro, rows));
        let longest = self.max_length.min(micro.model.config.max_positions);
        for sequence in &mut mismatched {
            sequence.ids.truncate(longest);
            sequence.mask.truncate(longest);
        }
        let batch = Batch::new(&mismatched.iter().collect::<Vec<_>>(), micro.pad);
        let policy = logps(micro.model, &batch, Adapter::Policy).rows.inner();
        let reference = micro.reference.logps(micro, &batch, &Options::default());
        kto::kl(&policy, &reference)
    }
}

/// Means over liked and other rows of rewards, log-probabilities and logits, each `[rows]`. A class
/// that isn't there has no mean.
fn class_metrics(
    rows: &[&EncodedRow],
    lengths: &[usize],
    liked: &Tensor<1>,
    of_rows: [Tensor<1>; 3],
) -> Vec<(&'static str, Tensor<1>, f64)> {
    let classes = [
        (true, liked.clone(), ["rewards/chosen", "logps/chosen", "logits/chosen"]),
        (false, -liked.clone() + 1.0, ["rewards/rejected", "logps/rejected", "logits/rejected"]),
    ];
    let mut metrics = Vec::new();
    for (label, class, names) in classes {
        let own = rows.iter().zip(lengths).filter(|(row, _)| row.label == Some(label));
        let (count, tokens) =
            own.fold((0, 0), |(count, tokens), (_, &length)| (count + 1, tokens + length));
        if count == 0 {
            continue;
        }
        // Logits are summed over a row's tokens, the others are one number a row.
        let counts = [count, count, tokens.max(1)];
        for ((name, values), count) in names.into_iter().zip(&of_rows).zip(counts) {
            metrics.push((name, (values.clone() * class.clone()).sum(), count as f64));
        }
    }
    metrics
}

/// The rows of a micro-batch; a row alone, which would meet itself, borrows the one before it in
/// the data.
fn neighbours<'a>(micro: &Micro<'a>, rows: &[&'a EncodedRow]) -> Vec<&'a EncodedRow> {
    match (rows, micro.rows) {
        ([only], [index]) => {
            let before = (index + micro.examples.len() - 1) % micro.examples.len();
            let mut rows = micro.examples.rows(&[before]);
            rows.push(only);
            rows
        }
        _ => rows.to_vec(),
    }
}

/// Each prompt with the whole completion of the row before. Never a reversal: the middle of an odd
/// batch would meet itself.
fn rotated(rows: &[&EncodedRow]) -> Vec<Sequence> {
    let before = |i: usize| rows[(i + rows.len() - 1) % rows.len()];
    let join = |(i, row): (usize, &&EncodedRow)| {
        let (prompt, EncodedRow { sequence: other, cut, .. }) = (&row.sequence, before(i));
        let prompt_len = prompt.prompt_len;
        let ids = [&prompt.ids[..prompt_len], &other.ids[other.prompt_len..], &cut.ids].concat();
        let mut mask = vec![false; prompt_len];
        mask.extend(other.mask[other.prompt_len..].iter().chain(&cut.mask));
        Sequence { ids, mask, prompt_len }
    };
    rows.iter().enumerate().map(join).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_prompt_meets_the_completion_before_and_never_its_own() {
        let row = |prompt: &[u32], completion: &[u32]| EncodedRow {
            line: 1,
            sequence: Sequence {
                ids: [prompt, completion].concat(),
                mask: (0..prompt.len() + completion.len()).map(|t| t >= prompt.len()).collect(),
                prompt_len: prompt.len(),
            },
            label: Some(true),
            cut: Sequence::default(),
        };
        let mut rows = [row(&[1], &[2, 3]), row(&[4, 5], &[6]), row(&[7], &[8])];
        rows[2].cut = Sequence { ids: vec![9], mask: vec![true], prompt_len: 0 };
        let found = rotated(&rows.iter().collect::<Vec<_>>());
        assert_eq!(found[0].ids, [1, 8, 9], "what its own prompt left no room for");
        assert_eq!(found[1].ids, [4, 5, 2, 3]);
        assert_eq!(found[1].mask, [false, false, true, true]);
        assert_eq!(found[2].ids, [7, 6]);
    }
}
