//! One optimiser step: forward and backward of each micro-batch, one readback, one update.

use burn::tensor::Tensor;
use temper_protocol::{Event, Failure, FailureKind, Method, StepMetrics, Warning};

use super::backward::backward;
use super::optimizer::{GroupedGradients, clip_scale};
use super::schedule::learning_rate;
use super::task::{Examples, Micro, Task};
use super::{Host, Session, self_play};
use crate::device::read;
use crate::train::reference::Reference;

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
        let both = below("rewards/chosen") && below("rewards/rejected")
            || below("rewards/real") && below("rewards/generated");
        if self.lines < FALLING_LINES {
            self.lines = if both { self.lines + 1 } else { 0 };
            return self.lines == FALLING_LINES;
        }
        false
    }
}

impl Session<'_> {
    /// One step of whatever the method takes as one.
    pub(super) async fn take_step(&mut self, host: &mut dyn Host) -> Result<(), Failure> {
        let within = self.step - self.origin;
        let round = self.self_play.as_ref().map_or(0, |play| play.state.begun as usize);
        let peak = self_play::learning_rate(&self.run, round.saturating_sub(1));
        let total = self.sampler.total_steps();
        let rate = learning_rate(&self.run.config.schedule, peak, within, total);
        match self.run.config.method {
            Method::Ppo | Method::Rloo => self.policy_step(rate, host).await?,
            Method::OnlineDpo => self.online_step(rate, host).await?,
            _ => {
                let rows = self.sampler.step(within);
                // Out and in again: the update wants the whole session.
                let examples = std::mem::take(&mut self.examples);
                let updated = self.update_on(&examples, &rows, rate).await;
                self.examples = examples;
                updated?;
            }
        }
        self.step += 1;
        self.sync_reference();
        Ok(())
    }

    /// One update on some rows, micro-batch by micro-batch.
    pub(super) async fn update_on(
        &mut self,
        examples: &Examples,
        rows: &[Vec<usize>],
        rate: f64,
    ) -> Result<(), Failure> {
        let (gradients, metrics) = self.accumulate(examples, rows);
        let values = self.read_metrics(gradients.as_ref(), &metrics).await?;
        let (norm, values) =
            values.split_last().map_or((0.0, &[][..]), |(norm, rest)| (*norm, rest));
        if !norm.is_finite() || values.iter().any(|value| !value.is_finite()) {
            return Err(self.non_finite(examples, rows));
        }
        let scale = clip_scale(norm, self.run.config.optimizer.max_grad_norm);
        self.open.decoder.record(false);
        if let Some(gradients) = gradients {
            self.optimizer.step(&mut self.open.decoder, gradients, scale, rate);
        }
        for ((key, _, count), value) in metrics.iter().zip(values) {
            match self.task.counts_all(key) {
                true => self.window.add(key, *value, *count),
                false => self.window.add(key, *value / *count, 1.0),
            }
            self.hear_accuracy(key, *value, *count);
        }
        self.window.add("grad_norm", norm, 1.0);
        self.window.add("learning_rate", rate, 1.0);
        self.tokens_seen += rows.iter().map(|rows| examples.tokens(rows) as u64).sum::<u64>();
        Ok(())
    }

    /// Self-play judges a round by its last quarter.
    fn hear_accuracy(&mut self, key: &str, sum: f64, count: f64) {
        let late = 4 * (self.step - self.origin + 1) > 3 * self.sampler.total_steps();
        if late
            && key == "rewards/accuracies"
            && let Some(play) = &mut self.self_play
        {
            play.state.told_apart[0] += sum;
            play.state.told_apart[1] += count;
        }
    }

    /// TR-DPO: the reference follows the policy every so many steps.
    fn sync_reference(&mut self) {
        let dpo = self.run.dpo();
        let every = dpo.ref_model_sync_steps.unwrap_or(0) as usize;
        if dpo.sync_ref_model && every > 0 && self.step.is_multiple_of(every) {
            self.open.decoder.record(false);
            let share = dpo.ref_model_mixup_alpha.unwrap_or(0.6);
            self.reference.follow(&mut self.open.decoder, share);
            if matches!(self.eval_reference, Reference::Copy(_)) {
                self.eval_reference = self.reference.clone();
            }
        }
    }

    /// Gradients of the step's loss, and the metrics' sums.
    #[allow(clippy::type_complexity)] // one place, read at once
    fn accumulate(
        &mut self,
        examples: &Examples,
        rows: &[Vec<usize>],
    ) -> (Option<GroupedGradients>, Vec<(&'static str, Tensor<1>, f64)>) {
        let pad = self.open.pad_id();
        let divisors = self.task.divisors(examples, rows);
        let mut gradients: Option<GroupedGradients> = None;
        let mut metrics = Vec::new();
        for (i, (rows, divisor)) in rows.iter().zip(divisors).enumerate() {
            let model = &mut self.open.decoder;
            // Dropout as a function of the step, so that a resumed run draws the same.
            let config = &self.run.config;
            let micro = self.step as u64 * u64::from(config.run_loop.accumulation) + i as u64;
            let seed = (u64::from(config.seed) << 32) ^ micro;
            model.record_seeded(seed, config.run_loop.gradient_checkpointing);
            let reference = &self.reference;
            let micro = self.task.micro(&Micro { model, reference, examples, rows, pad });
            let parts = backward(model, &(micro.loss / divisor));
            gradients = Some(self.optimizer.collect(model, parts).onto(gradients));
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

    fn non_finite(&self, examples: &Examples, rows: &[Vec<usize>]) -> Failure {
        let step = self.step as u32 + 1;
        let rows: Vec<u32> = rows.iter().flatten().map(|&row| examples.line(row)).collect();
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
        derive_margin(&mut values);
        values.push(("num_tokens".into(), self.tokens_seen as f64));
        if self.episodes > 0 {
            values.push(("episode".into(), self.episodes as f64));
        }
        if let Some(play) = &self.self_play {
            values.push(("iteration".into(), f64::from(play.state.begun)));
        }
        let epoch = self.epoch();
        // Without a reference a reward is beta log p, which is never above zero.
        let is_measured = !matches!(self.task, Task::ReferenceFree(_));
        if is_measured && self.falling.hear(&values) {
            host.emit(Event::Warning(Warning::RewardsBothFalling { step: self.step as u32 }));
        }
        host.emit(Event::Step(StepMetrics { step: self.step as u32, epoch, values, secs }));
    }
}

/// Of ratings, which come unpaired, the margin is the difference of the two means.
pub(super) fn derive_margin(values: &mut Vec<(String, f64)>) {
    for prefix in ["", "eval_"] {
        let key = |name: &str| format!("{prefix}rewards/{name}");
        let of = |name: &str| {
            let wanted = key(name);
            values.iter().find(|(key, _)| *key == wanted).map(|&(_, value)| value)
        };
        if let (Some(chosen), Some(rejected), None) = (of("chosen"), of("rejected"), of("margins"))
        {
            values.push((key("margins"), chosen - rejected));
        }
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
