//! The reference's log-probabilities: by switching the adapter, or computed once.

use burn::tensor::{Tensor, TensorData};
use temper_protocol::{Event, Failure, Phase};

use crate::data::batch::Batch;
use crate::device::read;
use crate::logps::logps;
use crate::model::{Adapter, Decoder};
use crate::train::host::Host;
use crate::train::task::Examples;

/// Where the reference's log-probabilities come from.
#[derive(Clone, Debug)]
pub enum Reference {
    /// Another forward pass with the frozen adapter in place of the trained one.
    Switch,
    /// A table, one `[chosen, rejected]` a pair of the data set. The only way when all weights
    /// train, since then the reference is gone after the first step.
    Cached(Vec<[f32; 2]>),
}

impl Reference {
    /// Of a batch of pairs, `[rows]`, chosen first. `rows` are the pairs' indices.
    pub fn logps(&self, model: &Decoder, batch: &Batch, rows: &[usize]) -> Tensor<1> {
        match self {
            Self::Switch => logps(model, batch, Adapter::Reference).rows,
            Self::Cached(table) => {
                let chosen = rows.iter().map(|&row| table[row][0]);
                let values: Vec<f32> =
                    chosen.chain(rows.iter().map(|&row| table[row][1])).collect();
                let length = values.len();
                Tensor::from_data(TensorData::new(values, [length]), &model.device())
            }
        }
    }

    /// Computes the table; to be called before the first step.
    ///
    /// # Errors
    /// A lost device.
    pub async fn cached(
        model: &Decoder,
        examples: &Examples,
        batch_size: usize,
        pad: u32,
        host: &mut dyn Host,
    ) -> Result<Self, Failure> {
        let total = examples.len();
        let mut table = Vec::with_capacity(total);
        for start in (0..total).step_by(batch_size) {
            let rows: Vec<usize> = (start..(start + batch_size).min(total)).collect();
            let batch = examples.batch(&rows, pad);
            let values = read(logps(model, &batch, Adapter::Reference).rows).await?;
            let (chosen, rejected) = values.split_at(rows.len());
            table.extend(chosen.iter().zip(rejected).map(|(&c, &r)| [c, r]));
            let done = table.len() as u32;
            host.emit(Event::Phase(Phase::CachingReference { done, total: total as u32 }));
            host.breathe().await;
        }
        Ok(Self::Cached(table))
    }
}
