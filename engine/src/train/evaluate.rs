//! Measuring on held-out rows, and sampling completions to look at.

use temper_protocol::{
    Event, Failure, KlEstimator, Method, Phase, ResolvedRun, Sample, StepMetrics,
};

use super::experience::{Gauge, Measured, measure};
use super::rollout::{Draws, HELD_OUT};
use super::step::derive_margin;
use super::task::{Examples, Micro};
use super::window::Window;
use super::{Host, Session};
use crate::data::{self, Content, EncodedPrompt, Rows};
use crate::device::read;
use crate::generate::{Sampling, generate};
use crate::model::Adapter;
use crate::open::OpenModel;
use burn::tensor::Tensor;

/// A prompt that is answered again and again during training.
#[derive(Clone, Debug)]
pub struct SamplePrompt {
    /// As shown.
    pub text: String,
    /// As the model reads it.
    pub ids: Vec<u32>,
}

/// The prompts to sample: the config's, else the first different ones of the data.
pub(super) fn sample_prompts(
    open: &OpenModel,
    run: &ResolvedRun,
    rows: &Rows,
) -> Result<Vec<SamplePrompt>, Failure> {
    if run.config.run_loop.sample_every == 0 {
        return Ok(Vec::new());
    }
    let text = open.text()?;
    let prompts: Vec<Content> = match &run.config.sample.prompts {
        Some(prompts) => {
            prompts.iter().map(|prompt| Content::user_turn(prompt, text.has_template())).collect()
        }
        None => rows.prompts().into_iter().cloned().collect(),
    };
    let wanted = match &run.config.sample.prompts {
        Some(prompts) => prompts.len(),
        None => run.config.sample.count as usize,
    };
    let mut chosen: Vec<SamplePrompt> = Vec::new();
    for prompt in prompts {
        if chosen.len() == wanted {
            break;
        }
        let ids = data::encode_prompt(&prompt, Some(text))?;
        let fits = !ids.is_empty() && ids.len() < open.decoder.config.max_positions;
        if !fits && run.config.sample.prompts.is_some() {
            return Err(Failure::bad_option(
                "sample.prompts",
                format!("sample.prompts: a prompt of {} tokens can't be answered", ids.len()),
            ));
        }
        if fits && chosen.iter().all(|other| other.ids != ids) {
            chosen.push(SamplePrompt { text: prompt.to_plain_text(text), ids });
        }
    }
    Ok(chosen)
}

impl Session<'_> {
    /// The method's metrics over all held-out rows, keys prefixed with `eval_`.
    pub(super) async fn evaluate(&mut self, host: &mut dyn Host) -> Result<(), Failure> {
        let Some(examples) = self.eval.take() else { return Ok(()) };
        self.open.decoder.record(false);
        let began = host.now();
        let measured = match &examples {
            Examples::Prompts(prompts) => self.evaluate_answers(prompts, host).await,
            _ => self.evaluate_rows(&examples, host).await,
        };
        self.eval = Some(examples);
        let mut values = measured?.take();
        derive_margin(&mut values);
        // What is no number can't be written, and says nothing of the others.
        values.retain(|(_, value)| value.is_finite());
        let (epoch, secs) = (self.epoch(), host.now() - began);
        let step = self.step as u32;
        host.emit(Event::Evaluation(StepMetrics { step, epoch, values, secs }));
        self.announce(host);
        Ok(())
    }

    async fn evaluate_rows(
        &self,
        examples: &Examples,
        host: &mut dyn Host,
    ) -> Result<Window, Failure> {
        let pad = self.open.pad_id();
        let size = self.run.config.run_loop.batch_size as usize;
        let total = examples.len().div_ceil(size) as u32;
        let mut window = Window::default();
        for (done, start) in (0..examples.len()).step_by(size).enumerate() {
            host.emit(Event::Phase(Phase::Evaluating { done: done as u32, total }));
            let rows: Vec<usize> = (start..(start + size).min(examples.len())).collect();
            let (model, reference) = (&self.open.decoder, &self.eval_reference);
            let micro = Micro { model, reference, examples, rows: &rows, pad };
            let micro = self.task.micro(&micro);
            let sums = micro.metrics.iter().map(|(_, sum, _)| sum.clone()).collect();
            let values = read(Tensor::cat(sums, 0)).await?;
            for ((key, _, count), value) in micro.metrics.iter().zip(values) {
                window.add(&format!("eval_{key}"), f64::from(value), *count);
            }
            host.breathe().await;
        }
        Ok(window)
    }

    /// Answers to held-out prompts: their scores and how far they are from the reference.
    async fn evaluate_answers(
        &mut self,
        prompts: &[EncodedPrompt],
        host: &mut dyn Host,
    ) -> Result<Window, Failure> {
        let (max_new_tokens, temperature) = match self.run.config.method {
            Method::Ppo => (self.run.ppo().response_length, self.run.ppo().temperature),
            Method::Rloo => (self.run.rloo().max_completion_length, self.run.rloo().temperature),
            _ => (self.run.online_dpo().max_new_tokens, self.run.online_dpo().temperature),
        };
        // The same draws each time, so that evaluations compare.
        let seed = u64::from(self.run.config.seed) ^ HELD_OUT;
        let draws = Draws { seed, ..self.draws(1, max_new_tokens, temperature) };
        let rollouts = self.roll_out(prompts, &draws, None, host).await?;
        let size = self.run.config.run_loop.batch_size as usize;
        let estimator = match self.run.config.method {
            Method::Ppo => self.run.ppo().kl_estimator,
            _ => KlEstimator::K1,
        };
        let gauge = Gauge { temperature, critic: false, estimator };
        let measured = measure(self.open, &self.reference, &rollouts, &gauge, size).await?;
        let mut window = Window::default();
        let count = rollouts.len() as f64;
        let ended = rollouts.iter().filter(|rollout| rollout.ended).count() as f64;
        window.add("eval_objective/scores", rollouts.iter().map(|r| r.score).sum(), count);
        window.add("eval_objective/kl", measured.iter().map(Measured::kl).sum(), count);
        window.add("eval_completions/ended", ended, count);
        Ok(window)
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
        if self.step > 0 {
            self.announce(host);
        }
        Ok(())
    }
}
