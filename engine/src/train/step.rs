//! One optimiser step: forward and backward of each micro-batch, one readback, one update.

use burn::tensor::Tensor;
use temper_protocol::{Event, Failure, FailureKind, StepMetrics, Warning};

use super::optimizer::{GroupedGradients, clip_scale};
use super::schedule::learning_rate;
use super::{Host, Session};
use crate::data::batch::Batch;
use crate::device::read;

/// Logged lines in a row with both rewards below zero before it is worth a word.
const FALLING_LINES: u32 = 5;

/// Watches for both rewards falling: expected while the margin grows, and often asked about.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Falling {
    lines: u32,
}

impl Falling {
    /// True once, when the last lines have all had both rewards below zero.
    fn hear(&mut self, values: &[(String, f64)]) -> bool {
        let below = |key: &str| values.iter().any(|(name, value)| name == key && *value < 0.0);
        let both = below("rewards/chosen") && below("rewards/rejected");
        if self.lines < FALLING_LINES {
            self.lines = if both { self.lines + 1 } else { 0 };
            return self.lines == FALLING_LINES;
        }
        false
    }
}

impl Session<'_> {
    pub(super) async fn take_step(&mut self, total: usize) -> Result<(), Failure> {
        let rows = self.sampler.step(self.step);
        let (gradients, metrics) = self.accumulate(&rows);
        let values = self.read_metrics(gradients.as_ref(), &metrics).await?;
        let (norm, values) =
            values.split_last().map_or((0.0, &[][..]), |(norm, rest)| (*norm, rest));
        if !norm.is_finite() || values.iter().any(|value| !value.is_finite()) {
            return Err(self.non_finite(&rows));
        }
        let config = &self.run.config;
        let rate = learning_rate(&config.schedule, self.run.learning_rate, self.step, total);
        let scale = clip_scale(norm, config.optimizer.max_grad_norm);
        self.open.decoder.record(false);
        if let Some(gradients) = gradients {
            self.optimizer.step(&mut self.open.decoder, gradients, scale, rate);
        }
        self.step += 1;
        for ((key, _, count), value) in metrics.iter().zip(values) {
            self.window.add(key, *value, *count);
        }
        self.window.add("grad_norm", norm, 1.0);
        self.window.add("learning_rate", rate, 1.0);
        self.tokens_seen += rows.iter().map(|rows| self.examples.tokens(rows) as u64).sum::<u64>();
        Ok(())
    }

    /// Gradients of the mean loss over all of the step's examples, and the metrics' sums.
    #[allow(clippy::type_complexity)] // one place, read at once
    fn accumulate(
        &mut self,
        rows: &[Vec<usize>],
    ) -> (Option<GroupedGradients>, Vec<(&'static str, Tensor<1>, f64)>) {
        let pad = self.open.pad_id();
        let batches: Vec<Batch> = rows.iter().map(|rows| self.examples.batch(rows, pad)).collect();
        let examples: usize = batches.iter().map(|batch| self.task.examples(batch)).sum();
        let mut gradients: Option<GroupedGradients> = None;
        let mut metrics = Vec::new();
        for (i, (batch, rows)) in batches.iter().zip(rows).enumerate() {
            let model = &mut self.open.decoder;
            // Dropout as a function of the step, so that a resumed run draws the same.
            let config = &self.run.config;
            let micro = self.step as u64 * u64::from(config.run_loop.accumulation) + i as u64;
            model.device().seed((u64::from(config.seed) << 32) ^ micro);
            model.record(true);
            let micro = self.task.micro(model, batch, rows);
            let backward = (micro.loss / examples.max(1) as f64).backward();
            let new = self.optimizer.collect(model, backward);
            gradients = Some(match gradients {
                Some(sum) => sum + new,
                None => new,
            });
            metrics.extend(micro.metrics);
        }
        (gradients, metrics)
    }

    /// The only readback of a step: every metric and, last, the gradient's norm.
    async fn read_metrics(
        &self,
        gradients: Option<&GroupedGradients>,
        metrics: &[(&'static str, Tensor<1>, f64)],
    ) -> Result<Vec<f64>, Failure> {
        let sums = metrics.iter().map(|(_, sum, _)| sum.clone());
        let norm = gradients.and_then(GroupedGradients::norm);
        let values = read(Tensor::cat(sums.chain(norm).collect(), 0)).await?;
        Ok(values.into_iter().map(f64::from).collect())
    }

    fn non_finite(&self, rows: &[Vec<usize>]) -> Failure {
        let step = self.step as u32 + 1;
        let rows: Vec<u32> = rows.iter().flatten().map(|&row| self.examples.line(row)).collect();
        let lines: Vec<String> = rows.iter().map(u32::to_string).collect();
        let message = format!(
            "step {step}: the loss or its gradient is no longer a number; the step's rows are lines {}",
            lines.join(", ")
        );
        Failure::new(FailureKind::NonFinite { step, rows }, message)
            .with_hint("lower the learning rate, or look at those rows")
    }

    pub(super) fn log(&mut self, secs: f64, host: &mut dyn Host) {
        let mut values = self.window.take();
        values.push(("num_tokens".into(), self.tokens_seen as f64));
        let epoch = self.sampler.epoch(self.step);
        if self.falling.hear(&values) {
            host.emit(Event::Warning(Warning::RewardsBothFalling { step: self.step as u32 }));
        }
        host.emit(Event::Step(StepMetrics { step: self.step as u32, epoch, values, secs }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_rewards_falling_is_said_once() {
        let line = |chosen: f64| {
            vec![("rewards/chosen".to_owned(), chosen), ("rewards/rejected".to_owned(), -1.0)]
        };
        let mut falling = Falling::default();
        assert!((0..4).all(|_| !falling.hear(&line(-0.1))));
        assert!(!falling.hear(&line(0.1)), "one line above zero starts the count anew");
        let heard = (0..12).filter(|_| falling.hear(&line(-0.1))).count();
        assert_eq!(heard, 1);
    }
}
