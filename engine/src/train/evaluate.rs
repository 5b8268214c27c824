//! Measuring on held-out rows, and sampling completions to look at.

use temper_protocol::{Event, Failure, Phase, Sample, StepMetrics};

use super::window::Window;
use super::{Host, Session};
use crate::device::read;
use crate::generate::{Sampling, generate};
use crate::model::Adapter;
use burn::tensor::Tensor;

/// A prompt that is answered again and again during training.
#[derive(Clone, Debug)]
pub struct SamplePrompt {
    /// As shown.
    pub text: String,
    /// As the model reads it.
    pub ids: Vec<u32>,
}

impl Session<'_> {
    /// The method's metrics over all held-out rows, keys prefixed with `eval_`.
    pub(super) async fn evaluate(&mut self, host: &mut dyn Host) -> Result<(), Failure> {
        let Some((task, examples)) = &self.eval else { return Ok(()) };
        self.open.decoder.record(false);
        let began = host.now();
        let pad = self.open.pad_id();
        let size = self.run.config.run_loop.batch_size as usize;
        let total = examples.len().div_ceil(size) as u32;
        let mut window = Window::default();
        for (done, start) in (0..examples.len()).step_by(size).enumerate() {
            host.emit(Event::Phase(Phase::Evaluating { done: done as u32, total }));
            let rows: Vec<usize> = (start..(start + size).min(examples.len())).collect();
            let batch = examples.batch(&rows, pad);
            let micro = task.micro(&self.open.decoder, &batch, &rows);
            let sums = micro.metrics.iter().map(|(_, sum, _)| sum.clone()).collect();
            let values = read(Tensor::cat(sums, 0)).await?;
            for ((key, _, count), value) in micro.metrics.iter().zip(values) {
                window.add(&format!("eval_{key}"), f64::from(value), *count);
            }
            host.breathe().await;
        }
        let values = window.take();
        if values.iter().all(|(_, value)| value.is_finite()) {
            let epoch = self.sampler.epoch(self.step);
            let secs = host.now() - began;
            host.emit(Event::Evaluation(StepMetrics {
                step: self.step as u32,
                epoch,
                values,
                secs,
            }));
        }
        host.emit(Event::Phase(Phase::Training { total: self.sampler.total_steps() as u32 }));
        Ok(())
    }

    /// One completion of each sample prompt by the model as it is now.
    pub(super) async fn sample(&mut self, host: &mut dyn Host) -> Result<(), Failure> {
        if self.prompts.is_empty() {
            return Ok(());
        }
        self.open.decoder.record(false);
        host.emit(Event::Phase(Phase::Sampling));
        let settings = &self.run.config.sample;
        let sampling = Sampling {
            max_new_tokens: settings.max_new_tokens as usize,
            temperature: settings.temperature,
            top_k: 0,
            top_p: 1.0,
            seed: self.run.config.seed.into(),
        };
        let ids: Vec<Vec<u32>> = self.prompts.iter().map(|prompt| prompt.ids.clone()).collect();
        let stop = self.open.stop_ids();
        let model = &self.open.decoder;
        let completions =
            generate(model, &ids, &stop, &sampling, Adapter::Policy, async || host.breathe().await)
                .await?;
        let text = self.open.text()?;
        for (index, (prompt, ids)) in self.prompts.iter().zip(completions).enumerate() {
            host.emit(Event::Sample(Sample {
                step: self.step as u32,
                index: index as u32,
                prompt: prompt.text.clone(),
                completion: text.decode(&ids, true),
            }));
        }
        host.emit(Event::Phase(Phase::Training { total: self.sampler.total_steps() as u32 }));
        Ok(())
    }
}
