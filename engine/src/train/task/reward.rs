//! A reward model on pairs, Bradley and Terry 1952.

use temper_protocol::RewardConfig;

use super::{Micro, MicroLoss, halves, vector};
use crate::data::Preference;
use crate::data::batch::Batch;
use crate::model::Adapter;
use crate::objective::reward;
use crate::scores::scores;

/// The reward model's options.
#[derive(Clone, Debug)]
pub struct RewardTask {
    centering: Option<f64>,
}

impl RewardTask {
    /// From the config.
    pub fn new(config: &RewardConfig) -> Self {
        Self { centering: config.center_rewards_coefficient }
    }

    pub(super) fn micro(&self, micro: &Micro) -> MicroLoss {
        let batch = Batch::pairs(&micro.examples.pairs(micro.rows), micro.pad);
        let pairs = micro.examples.pairs(micro.rows);
        let each = |of: fn(&Preference) -> f32| {
            vector(pairs.iter().map(|pair| of(&pair.preference)).collect(), micro.model)
        };
        let rewards = scores(micro.model, &batch, Adapter::Policy);
        let [chosen, rejected] = halves(rewards.clone());
        let soft = pairs.iter().any(|pair| pair.preference.probability != 1.0);
        let margin = each(|preference| preference.margin);
        let mut losses = match soft {
            true => {
                let shifted = chosen.clone() - margin;
                let probability = each(|preference| preference.probability);
                reward::soft_labels(&shifted, &rejected, &probability)
            }
            false => reward::bradley_terry(&chosen, &rejected, &margin),
        };
        if let Some(coefficient) = self.centering {
            losses = losses + reward::centering(&chosen, &rejected) * coefficient;
        }
        let loss = losses.sum();
        let count = pairs.len() as f64;
        let rewards = rewards.inner();
        let margins = (chosen - rejected).inner();
        let metrics = vec![
            ("loss", loss.clone().inner(), count),
            ("min_reward", rewards.clone().min(), 1.0),
            ("mean_reward", rewards.clone().sum(), 2.0 * count),
            ("max_reward", rewards.max(), 1.0),
            ("accuracy", margins.clone().greater_scalar(0.0).float().sum(), count),
            ("margin", margins.sum(), count),
        ];
        MicroLoss { loss, metrics }
    }
}
