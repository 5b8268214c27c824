//! Supervised fine-tuning on a micro-batch.

use super::{Micro, MicroLoss};
use crate::data::batch::Batch;
use crate::logps::logps;
use crate::model::Adapter;
use crate::objective::sft;

pub(super) fn micro(micro: &Micro) -> MicroLoss {
    let batch = Batch::new(&micro.examples.sequences(micro.rows), micro.pad);
    let policy = logps(micro.model, &batch, Adapter::Policy);
    let loss = sft::nll(&policy.rows).sum();
    let tokens = batch.targets.len() as f64;
    let stats = &policy.stats;
    let metrics = vec![
        ("loss", loss.clone().inner(), tokens),
        ("entropy", stats.entropy.clone().sum(), tokens),
        ("mean_token_accuracy", stats.correct.clone().sum(), tokens),
        ("logps/completion", policy.rows.inner().sum(), batch.rows as f64),
    ];
    MicroLoss { loss, metrics }
}
