//! The reference's log-probabilities: by switching the adapter, from a table, or from a copy.

use burn::tensor::{Tensor, TensorData};
use temper_protocol::{Event, Failure, Phase};

use crate::data::batch::Batch;
use crate::device::read;
use crate::logps::{Options, logps_with};
use crate::model::{Adapter, Decoder, flat};
use crate::train::host::Host;
use crate::train::task::{Examples, Micro, PairTask};

/// Where the reference's log-probabilities come from.
#[derive(Clone, Debug)]
pub enum Reference {
    /// Another forward pass with the frozen adapter in place of the trained one.
    Switch,
    /// A table, one `[chosen, rejected]` a pair of the data set, computed before the first step.
    Cached(Vec<[f32; 2]>),
    /// A frozen copy of the policy as it was: where all weights train on other data each step, and
    /// in self-play. Shares the memory of whatever doesn't train.
    Copy(Box<Decoder>),
}

impl Reference {
    /// Of a batch of the task's rows, `[rows]`; of pairs, chosen first.
    pub fn logps(&self, micro: &Micro, batch: &Batch, options: &Options) -> Tensor<1> {
        match self {
            Self::Cached(table) => {
                let chosen = micro.rows.iter().map(|&row| table[row][0]);
                let values: Vec<f32> =
                    chosen.chain(micro.rows.iter().map(|&row| table[row][1])).collect();
                let length = values.len();
                Tensor::from_data(TensorData::new(values, [length]), &micro.model.device())
            }
            Self::Switch | Self::Copy(_) => self.measure(micro.model, batch, options).rows,
        }
    }

    /// One forward pass of the reference; the policy as it came, where only a table is left.
    pub fn measure(
        &self,
        model: &Decoder,
        batch: &Batch,
        options: &Options,
    ) -> crate::logps::Logps {
        let (model, adapter) = self.model(model);
        logps_with(model, batch, adapter, options)
    }

    /// The reference as a model with an adapter of it, beside the policy's model.
    pub fn model<'a>(&'a self, policy: &'a Decoder) -> (&'a Decoder, Adapter) {
        match self {
            Self::Copy(copy) => (copy, Adapter::Policy),
            Self::Switch | Self::Cached(_) => (policy, Adapter::Reference),
        }
    }

    /// The policy as it is now, frozen.
    pub fn copy(model: &mut Decoder) -> Self {
        model.record(false);
        Self::Copy(Box::new(model.clone()))
    }

    /// `reference ← share · policy + (1 − share) · reference`. Gorbatovski et al. 2024 (TR-DPO),
    /// eq. 3. Only a copy can follow.
    pub fn follow(&mut self, policy: &mut Decoder, share: f64) {
        let Self::Copy(copy) = self else { return };
        let theirs = flat::all(policy).into_iter().map(|weight| weight.value);
        let mixed = flat::all(copy)
            .into_iter()
            .zip(theirs)
            .map(|(mine, theirs)| theirs * share + mine.value * (1.0 - share));
        let mixed = mixed.collect();
        flat::put_all(copy, mixed);
    }

    /// Computes the table of pairs; to be called before the first step.
    ///
    /// # Errors
    /// A lost device.
    pub async fn cached(
        model: &Decoder,
        task: &PairTask,
        examples: &Examples,
        (batch_size, pad): (usize, u32),
        host: &mut dyn Host,
    ) -> Result<Self, Failure> {
        let total = examples.len();
        let mut table = Vec::with_capacity(total);
        for start in (0..total).step_by(batch_size) {
            let rows: Vec<usize> = (start..(start + batch_size).min(total)).collect();
            let batch = Batch::pairs(&examples.pairs(&rows), pad);
            let options = task.options(&batch);
            let found = logps_with(model, &batch, Adapter::Reference, &options);
            let values = read(found.rows).await?;
            let (chosen, rejected) = values.split_at(rows.len());
            table.extend(chosen.iter().zip(rejected).map(|(&c, &r)| [c, r]));
            let done = table.len() as u32;
            host.emit(Event::Phase(Phase::CachingReference { done, total: total as u32 }));
            host.breathe().await;
        }
        Ok(Self::Cached(table))
    }
}
