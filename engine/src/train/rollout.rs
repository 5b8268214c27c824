//! Rollouts: the policy answers prompts, and its answers are scored.

use temper_protocol::{Event, Failure, Phase, Warning};

use super::task::Examples;
use super::{Host, Session};
use crate::data::{EncodedPrompt, Sequence};
use crate::generate::{Sampling, generate};
use crate::model::{Adapter, Decoder};
use crate::open::OpenModel;
use crate::rewards::{Scored, Scorer};

/// Seeds of training and held-out draws must not meet.
pub(super) const HELD_OUT: u64 = 1 << 62;
/// Completions sampled at once: what a key-value cache of a small model holds with ease.
pub(super) const AT_ONCE: usize = 32;

/// One completion of the policy's own.
#[derive(Clone, Debug, PartialEq)]
pub struct Rollout {
    /// Prompt and completion; the completion counts, end-of-text included.
    pub sequence: Sequence,
    /// The prompt's line in its file.
    pub line: u32,
    /// The completion as text.
    pub completion: String,
    /// Whether it ended by itself.
    pub ended: bool,
    /// What it was scored.
    pub score: f64,
}

/// How answers are drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Draws {
    /// Answers to each prompt.
    pub generations: usize,
    /// At most this many tokens.
    pub max_new_tokens: usize,
    /// 0 is greedy.
    pub temperature: f64,
    /// 1 is off.
    pub top_p: f64,
    /// The same seed draws the same.
    pub seed: u64,
    /// Who answers.
    pub adapter: Adapter,
}

impl Session<'_> {
    /// How this step's policy answers; the same draws whenever the step is taken.
    pub(super) fn draws(&self, generations: u32, max_new_tokens: u32, temperature: f64) -> Draws {
        Draws {
            generations: generations as usize,
            max_new_tokens: max_new_tokens as usize,
            temperature,
            top_p: 1.0,
            seed: self.step_seed(),
            adapter: Adapter::Policy,
        }
    }

    /// Of this step's draws.
    pub(super) fn step_seed(&self) -> u64 {
        (u64::from(self.run.config.seed) << 32) ^ self.step as u64
    }

    /// The prompts of this step.
    pub(super) fn step_prompts(&self) -> Vec<EncodedPrompt> {
        let rows = self.sampler.step(self.step - self.origin);
        let Examples::Prompts(prompts) = &self.examples else { return Vec::new() };
        rows.into_iter().flatten().map(|row| prompts[row].clone()).collect()
    }

    /// Answers some prompts and has the answers scored; a prompt's answers lie together.
    ///
    /// # Errors
    /// A prompt without room, a score that isn't a number, or a lost device.
    pub(super) async fn roll_out(
        &mut self,
        prompts: &[EncodedPrompt],
        draws: &Draws,
        missing_eos_penalty: Option<f64>,
        host: &mut dyn Host,
    ) -> Result<Vec<Rollout>, Failure> {
        self.open.decoder.record(false);
        let mut rollouts = answers(self.open, &self.open.decoder, prompts, draws, host).await?;
        let text =
            prompts.iter().flat_map(|prompt| std::iter::repeat_n(&prompt.text, draws.generations));
        let items: Vec<Scored> = rollouts
            .iter()
            .zip(text)
            .map(|(rollout, prompt)| Scored {
                line: rollout.line,
                prompt: prompt.clone(),
                completion: rollout.completion.clone(),
                sequence: rollout.sequence.clone(),
            })
            .collect();
        let size = self.run.config.run_loop.batch_size as usize;
        let step = self.step as u32 + 1;
        let scores = self
            .scorer
            .as_ref()
            .unwrap_or(&Scorer::Gold)
            .score(self.open, &items, size, host)
            .await
            .map_err(|failure| at_step(failure, step))?;
        for (rollout, score) in rollouts.iter_mut().zip(scores) {
            let penalty = if rollout.ended { 0.0 } else { missing_eos_penalty.unwrap_or(0.0) };
            rollout.score = score - penalty;
        }
        if !self.heard_no_eos && rollouts.iter().all(|rollout| !rollout.ended) {
            self.heard_no_eos = true;
            host.emit(Event::Warning(Warning::NoEos { step }));
        }
        Ok(rollouts)
    }
}

/// A score that isn't a number names its step.
fn at_step(failure: Failure, step: u32) -> Failure {
    use temper_protocol::FailureKind::NonFinite;
    match failure.kind {
        NonFinite { rows, .. } => Failure { kind: NonFinite { step, rows }, ..failure },
        _ => failure,
    }
}

/// A model's answers to prompts, unscored; a prompt's answers lie together. The model is the open
/// one's, or a copy of it. No answer is without a token, since a prompt always has room for one.
///
/// # Errors
/// A prompt without room, or a lost device.
pub async fn answers(
    open: &OpenModel,
    model: &Decoder,
    prompts: &[EncodedPrompt],
    draws: &Draws,
    host: &mut dyn Host,
) -> Result<Vec<Rollout>, Failure> {
    let stop = open.stop_ids();
    let asked: Vec<&EncodedPrompt> =
        prompts.iter().flat_map(|prompt| std::iter::repeat_n(prompt, draws.generations)).collect();
    let mut found = Vec::with_capacity(asked.len());
    for (part, asked_now) in asked.chunks(AT_ONCE).enumerate() {
        let ids: Vec<Vec<u32>> = asked_now.iter().map(|prompt| prompt.ids.clone()).collect();
        let sampling = Sampling {
            max_new_tokens: draws.max_new_tokens,
            temperature: draws.temperature,
            top_k: 0,
            top_p: draws.top_p,
            // Rows of two parts would draw alike.
            seed: draws.seed ^ ((part as u64) << 48),
        };
        let turn = async || host.breathe().await;
        let drawn = generate(model, &ids, &stop, &sampling, draws.adapter, turn).await?;
        for (prompt, ids) in asked_now.iter().zip(drawn) {
            found.push(rollout(open, prompt, &ids, &stop));
        }
        let (done, total) = (found.len() / draws.generations, prompts.len());
        host.emit(Event::Phase(Phase::RollingOut { done: done as u32, total: total as u32 }));
    }
    Ok(found)
}

fn rollout(open: &OpenModel, prompt: &EncodedPrompt, ids: &[u32], stop: &[u32]) -> Rollout {
    let completion = open.text.as_ref().map_or_else(String::new, |text| text.decode(ids, true));
    let prompt_len = prompt.ids.len();
    let mask = (0..prompt_len + ids.len()).map(|t| t >= prompt_len).collect();
    Rollout {
        sequence: Sequence { ids: [prompt.ids.as_slice(), ids].concat(), mask, prompt_len },
        line: prompt.line,
        completion,
        ended: ids.last().is_some_and(|id| stop.contains(id)),
        score: 0.0,
    }
}
