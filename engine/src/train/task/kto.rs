//! Ratings: KTO and APO-zero, Ethayarajh et al. 2024.

use burn::tensor::Tensor;
use temper_protocol::{KtoConfig, KtoLoss};

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
}

impl KtoTask {
    /// From the config.
    pub fn new(kto: &KtoConfig) -> Self {
        let weights = [kto.desirable_weight, kto.undesirable_weight];
        Self { loss: kto.loss_type, beta: kto.beta, weights }
    }

    pub(super) fn micro(&self, micro: &Micro) -> MicroLoss {
        let batch = Batch::new(&micro.examples.sequences(micro.rows), micro.pad);
        let rows = micro.examples.rows(micro.rows);
        let reference = micro.reference.logps(micro, &batch, &Options::default());
        let policy = logps(micro.model, &batch, Adapter::Policy);
        let ratios = policy.rows.clone() - reference;
        let liked: Vec<f32> = rows.iter().map(|row| f32::from(row.label == Some(true))).collect();
        let count = |wanted: bool| rows.iter().filter(|row| row.label == Some(wanted)).count();
        let (desirable, undesirable) = (count(true) as f64, count(false) as f64);
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
        let rewards = ratios.inner() * self.beta;
        let logps = policy.rows.inner();
        let logits = policy.stats.mean_logit;
        let tokens = batch.lengths();
        let tokens_of = |wanted: bool| -> f64 {
            let of = rows.iter().zip(&tokens).filter(|(row, _)| row.label == Some(wanted));
            of.map(|(_, &tokens)| tokens).sum::<usize>() as f64
        };
        // A class that isn't there has no mean.
        for (names, class, count, tokens) in [
            (
                ["rewards/chosen", "logps/chosen", "logits/chosen"],
                liked.clone(),
                desirable,
                tokens_of(true),
            ),
            (
                ["rewards/rejected", "logps/rejected", "logits/rejected"],
                -liked + 1.0,
                undesirable,
                tokens_of(false),
            ),
        ] {
            if count > 0.0 {
                metrics.push((names[0], (rewards.clone() * class.clone()).sum(), count));
                metrics.push((names[1], (logps.clone() * class.clone()).sum(), count));
                metrics.push((names[2], (logits.clone() * class).sum(), tokens.max(1.0)));
            }
        }
        MicroLoss { loss, metrics }
    }

    /// How far the policy is from the reference, on prompts paired with the completion of the row
    /// before: `max(0, mean log-ratio)`, without a graph. `[1]`
    fn kl(&self, micro: &Micro, rows: &[&EncodedRow]) -> Tensor<1> {
        let mismatched = rotated(rows);
        let batch = Batch::new(&mismatched.iter().collect::<Vec<_>>(), micro.pad);
        let policy = logps(micro.model, &batch, Adapter::Policy).rows.inner();
        let reference = micro.reference.logps(micro, &batch, &Options::default());
        kto::kl(&policy, &reference)
    }
}

/// Each prompt with the completion of the row before. Never a reversal: the middle of an odd batch
/// would meet itself.
fn rotated(rows: &[&EncodedRow]) -> Vec<Sequence> {
    let before = |i: usize| rows[(i + rows.len() - 1) % rows.len()];
    let join = |(i, row): (usize, &&EncodedRow)| {
        let (prompt, other) = (&row.sequence, &before(i).sequence);
        let prompt_len = prompt.prompt_len;
        let completion = &other.ids[other.prompt_len..];
        let ids = [&prompt.ids[..prompt_len], completion].concat();
        let mut mask = vec![false; prompt_len];
        mask.extend(&other.mask[other.prompt_len..]);
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
        };
        let rows = [row(&[1], &[2, 3]), row(&[4, 5], &[6]), row(&[7], &[8])];
        let found = rotated(&rows.iter().collect::<Vec<_>>());
        assert_eq!(found[0].ids, [1, 8]);
        assert_eq!(found[1].ids, [4, 5, 2, 3]);
        assert_eq!(found[1].mask, [false, false, true, true]);
        assert_eq!(found[2].ids, [7, 6]);
    }
}
