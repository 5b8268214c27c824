//! Pairs without a reference: CPO, SimPO, ORPO, SLiC.

use temper_protocol::{Method, ResolvedRun};

use super::{
    Micro, MicroLoss, PREFERRED, TIE, halves, reward_metrics, tie_per_token, token_metrics, vector,
};
use crate::data::batch::Batch;
use crate::logps::logps;
use crate::model::Adapter;
use crate::objective::pair::sft;
use crate::objective::reference_free::{PolicyLogps, ReferenceFree};

/// One of the losses, and what scales its logged rewards.
#[derive(Clone, Debug)]
pub struct ReferenceFreeTask {
    loss: ReferenceFree,
    beta: f64,
    /// SimPO and ORPO compare log-probabilities a token; so are those that are logged.
    per_token: bool,
}

impl ReferenceFreeTask {
    /// From the config.
    pub fn new(run: &ResolvedRun) -> Self {
        let config = &run.config;
        match config.method {
            Method::Simpo => {
                let simpo = config.simpo.clone().unwrap_or_default();
                let (beta, gamma) = (simpo.beta, simpo.simpo_gamma);
                Self { loss: ReferenceFree::Simpo { beta, gamma }, beta, per_token: true }
            }
            Method::Orpo => {
                let beta = config.orpo.clone().unwrap_or_default().beta;
                Self { loss: ReferenceFree::Orpo { beta }, beta, per_token: true }
            }
            Method::Slic => {
                let slic = config.slic.clone().unwrap_or_default();
                let (delta, lambda) = (slic.delta, slic.lambda_coef);
                let loss = ReferenceFree::Slic { delta, lambda };
                Self { loss, beta: 1.0, per_token: false }
            }
            _ => {
                let cpo = config.cpo.clone().unwrap_or_default();
                let (beta, label_smoothing) = (cpo.beta, cpo.label_smoothing);
                let loss = ReferenceFree::Cpo { beta, label_smoothing, cpo_alpha: cpo.cpo_alpha };
                Self { loss, beta, per_token: false }
            }
        }
    }

    pub(super) fn micro(&self, micro: &Micro) -> MicroLoss {
        let batch = Batch::pairs(&micro.examples.pairs(micro.rows), micro.pad);
        let policy = logps(micro.model, &batch, Adapter::Policy);
        let [chosen, rejected] = halves(policy.rows.clone());
        let lengths = batch.lengths().into_iter().map(|length| length.max(1) as f32).collect();
        let [chosen_lengths, rejected_lengths] = halves(vector(lengths, micro.model));
        let logps = PolicyLogps { chosen, rejected, chosen_lengths, rejected_lengths };
        let losses = self.loss.losses(&logps);
        let nll = sft(&logps.chosen, &logps.chosen_lengths).inner();

        let loss = losses.sum();
        let count = micro.rows.len() as f64;
        let [chosen, rejected] = [
            (logps.chosen.inner(), &logps.chosen_lengths),
            (logps.rejected.inner(), &logps.rejected_lengths),
        ]
        .map(|(logp, lengths)| if self.per_token { logp / lengths.clone() } else { logp });
        let mut metrics = vec![("loss", loss.clone().inner(), count)];
        let rewards = [&chosen, &rejected].map(|logp| logp.clone() * self.beta);
        let tie = if self.per_token { tie_per_token(&batch.lengths()) } else { TIE };
        metrics.extend(reward_metrics(PREFERRED, rewards, tie * self.beta));
        metrics.extend([
            ("logps/chosen", chosen.sum(), count),
            ("logps/rejected", rejected.sum(), count),
            ("nll_loss", nll.sum(), count),
        ]);
        metrics.extend(token_metrics(&policy, &batch));
        MicroLoss { loss, metrics }
    }
}
