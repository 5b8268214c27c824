//! Pairs against a reference: DPO and its alternatives.

use burn::tensor::Tensor;
use temper_protocol::{DpoConfig, DpoLoss, FDivergence};

use super::{
    Micro, MicroLoss, PREFERRED, TIE, halves, reward_metrics, tie_per_token, token_metrics, vector,
};
use crate::data::batch::Batch;
use crate::logps::{Logps, Options, logps_with};
use crate::model::Adapter;
use crate::objective::pair::{Divergence, PairLogps, PairLoss};

/// The losses of a pair method, and how log-probabilities become them.
#[derive(Clone, Debug)]
pub struct PairTask {
    /// Each loss with its weight.
    losses: Vec<(PairLoss, f64)>,
    divergence: Divergence,
    /// Scales the logged rewards.
    beta: f64,
    /// Weight of the tokens by which one completion outlasts the other (LD-DPO).
    ld_alpha: Option<f64>,
    /// Whether pairs weigh by how likely the policy finds them (WPO).
    use_weighting: bool,
    /// What the two sides are called where their rewards are logged.
    sides: [&'static str; 2],
}

impl PairTask {
    /// One loss, plainly; `beta` scales the logged rewards.
    pub fn single(loss: PairLoss, beta: f64) -> Self {
        Self {
            losses: vec![(loss, 1.0)],
            divergence: Divergence::ReverseKl,
            beta,
            ld_alpha: None,
            use_weighting: false,
            sides: PREFERRED,
        }
    }

    /// SPIN's: real answers against the opponent's own.
    pub fn spin(loss: PairLoss, beta: f64) -> Self {
        let sides = ["rewards/real", "rewards/generated"];
        Self { sides, ..Self::single(loss, beta) }
    }

    /// DPO's options.
    pub fn dpo(dpo: &DpoConfig) -> Self {
        let weights = dpo.loss_weights.clone().unwrap_or_default();
        let weights = weights.into_iter().chain(std::iter::repeat(1.0));
        let losses = dpo.loss_type.iter().map(|&loss| pair_loss(loss, dpo));
        Self {
            losses: losses.zip(weights).collect(),
            divergence: match dpo.f_divergence_type {
                FDivergence::ReverseKl => Divergence::ReverseKl,
                FDivergence::ForwardKl => Divergence::ForwardKl,
                FDivergence::JsDivergence => Divergence::Js,
                FDivergence::AlphaDivergence => {
                    Divergence::Alpha { coef: dpo.f_alpha_divergence_coef.unwrap_or(0.5) }
                }
            },
            beta: dpo.beta,
            ld_alpha: dpo.ld_alpha,
            use_weighting: dpo.use_weighting,
            sides: PREFERRED,
        }
    }

    /// How the log-probabilities of pairs are summed; policy and reference alike.
    pub fn options(&self, batch: &Batch) -> Options {
        let weights = self.ld_alpha.map(|alpha| tail_weights(batch, batch.rows / 2, alpha));
        Options { weights, ..Options::default() }
    }

    pub(super) fn micro(&self, micro: &Micro) -> MicroLoss {
        let batch = Batch::pairs(&micro.examples.pairs(micro.rows), micro.pad);
        let options = self.options(&batch);
        let reference = micro.reference.logps(micro, &batch, &options);
        let options = Options { agreement: self.use_weighting, ..options };
        let policy = logps_with(micro.model, &batch, Adapter::Policy, &options);
        let logps = self.pair_logps(micro, &policy, reference, &batch);

        let each =
            self.losses.iter().map(|(loss, weight)| loss.losses(&logps, self.divergence) * *weight);
        let mut losses = each.reduce(|a, b| a + b).unwrap_or_else(|| logps.ratios().margin() * 0.0);
        if self.use_weighting {
            losses = losses * weighting(&policy, &logps);
        }
        let loss = losses.sum();
        let mut metrics = vec![("loss", loss.clone().inner(), micro.rows.len() as f64)];
        metrics.extend(self.metrics(&policy, &logps, &batch));
        MicroLoss { loss, metrics }
    }

    fn pair_logps(
        &self,
        micro: &Micro,
        policy: &Logps,
        reference: Tensor<1>,
        batch: &Batch,
    ) -> PairLogps {
        let [policy_chosen, policy_rejected] = halves(policy.rows.clone());
        let [reference_chosen, reference_rejected] = halves(reference);
        // Of no counted token there is no mean: its sum is 0, whatever it is divided by.
        let lengths = batch.lengths().into_iter().map(|length| length.max(1) as f32).collect();
        let [chosen_lengths, rejected_lengths] = halves(vector(lengths, micro.model));
        let pairs = micro.examples.pairs(micro.rows);
        let wins = [0, 1].map(|side| {
            vector(pairs.iter().map(|pair| pair.preference.wins[side]).collect(), micro.model)
        });
        let unweighted = || halves(policy.unweighted.clone())[0].clone();
        PairLogps {
            policy_chosen,
            policy_chosen_unweighted: self.ld_alpha.map(|_| unweighted()),
            policy_rejected,
            reference_chosen,
            reference_rejected,
            chosen_lengths,
            rejected_lengths,
            wins: Some(wins),
        }
    }

    /// TRL's metrics. IPO's are of log-probabilities a token, as it compares them.
    fn metrics(
        &self,
        policy: &Logps,
        logps: &PairLogps,
        batch: &Batch,
    ) -> Vec<(&'static str, Tensor<1>, f64)> {
        let pairs = batch.rows / 2;
        let count = pairs as f64;
        let ratios = logps.ratios();
        let sides = [
            (
                ratios.chosen.inner(),
                policy.rows.clone().inner().narrow(0, 0, pairs),
                &logps.chosen_lengths,
            ),
            (
                ratios.rejected.inner(),
                policy.rows.clone().inner().narrow(0, pairs, pairs),
                &logps.rejected_lengths,
            ),
        ];
        let mean = self
            .losses
            .iter()
            .any(|(loss, _)| matches!(loss, PairLoss::Ipo { length_normalize: true, .. }));
        let [(chosen, logps_chosen), (rejected, logps_rejected)] =
            sides.map(|(ratio, logp, lengths)| match mean {
                true => (ratio / lengths.clone(), logp / lengths.clone()),
                false => (ratio, logp),
            });
        let rewards = [chosen * self.beta, rejected * self.beta];
        let tie = if mean { tie_per_token(&batch.lengths()) } else { TIE };
        let mut metrics = reward_metrics(self.sides, rewards, tie * self.beta);
        metrics.extend([
            ("logps/chosen", logps_chosen.sum(), count),
            ("logps/rejected", logps_rejected.sum(), count),
        ]);
        metrics.extend(token_metrics(policy, batch));
        metrics
    }
}

fn pair_loss(loss: DpoLoss, dpo: &DpoConfig) -> PairLoss {
    let beta = dpo.beta;
    let label_smoothing = dpo.smoothing(loss);
    match loss {
        DpoLoss::Sigmoid => PairLoss::Sigmoid { beta, label_smoothing },
        DpoLoss::Robust => PairLoss::Robust { beta, label_smoothing },
        DpoLoss::Hinge => PairLoss::Hinge { beta },
        DpoLoss::Ipo => {
            let length_normalize = dpo.ipo_length_normalize.unwrap_or(true);
            PairLoss::Ipo { beta, length_normalize }
        }
        DpoLoss::SigmoidNorm => PairLoss::SigmoidNorm { beta },
        DpoLoss::ExoPair => PairLoss::ExoPair { beta, label_smoothing },
        DpoLoss::NcaPair => PairLoss::NcaPair { beta },
        DpoLoss::BcoPair => PairLoss::BcoPair { beta },
        DpoLoss::SppoHard => PairLoss::SppoHard { beta },
        DpoLoss::ApoZero => PairLoss::ApoZero { beta },
        DpoLoss::ApoDown => PairLoss::ApoDown { beta },
        DpoLoss::Discopop => PairLoss::Discopop { beta, tau: dpo.discopop_tau.unwrap_or(0.05) },
        DpoLoss::Aot => PairLoss::Aot { beta, label_smoothing },
        DpoLoss::AotUnpaired => PairLoss::AotUnpaired { beta, label_smoothing },
        DpoLoss::Sft => PairLoss::Sft,
    }
}

/// 1 for as many tokens as both completions of a pair have, `alpha` for the longer one's rest.
/// Liu et al. 2024 (LD-DPO), eq. 10.
fn tail_weights(batch: &Batch, pairs: usize, alpha: f64) -> Vec<f32> {
    let lengths = batch.lengths();
    let shared = |row: usize| lengths[row % pairs].min(lengths[row % pairs + pairs]);
    let mut seen = vec![0; batch.rows];
    let weights = batch.targets.iter().map(|target| {
        seen[target.row] += 1;
        if seen[target.row] <= shared(target.row) { 1.0 } else { alpha as f32 }
    });
    weights.collect()
}

/// How on-policy a pair is: `exp(Σ_sides mean_t[log p_t − log Σ_v p_v²])`, without a graph.
/// Zhou et al. 2024 (WPO), eq. 2. `[pairs]`
fn weighting(policy: &Logps, logps: &PairLogps) -> Tensor<1> {
    let Some(agreement) = policy.stats.agreement.clone() else {
        return logps.chosen_lengths.clone() * 0.0 + 1.0;
    };
    let [chosen, rejected] = halves(policy.unweighted.clone().inner() - agreement);
    (chosen / logps.chosen_lengths.clone() + rejected / logps.rejected_lengths.clone()).exp()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Sequence;

    #[test]
    fn tokens_beyond_the_shorter_completion_weigh_alpha() {
        let sequence = |length: usize| Sequence {
            ids: vec![1; length + 1],
            mask: (0..=length).map(|t| t > 0).collect(),
            prompt_len: 1,
        };
        let (long, short) = (sequence(3), sequence(2));
        let batch = Batch::new(&[&long, &short], 0);
        assert_eq!(tail_weights(&batch, 1, 0.25), [1.0, 1.0, 0.25, 1.0, 1.0]);
    }
}
