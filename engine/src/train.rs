//! The one training loop.
//!
//! ```text
//! rows -> micro-batch -> log-probabilities -> objective -> backward ─┐ accumulate
//! event <- metrics <- update <- clip <- one small readback <─────────┘
//! ```

use burn::tensor::Tensor;
use temper_protocol::{
    Action, Event, Failure, FailureKind, Phase, Question, RequestId, ResolvedRun, Summary,
};

pub mod backward;
pub mod branch;
pub mod checkpoint;
pub mod estimate;
pub mod evaluate;
pub mod experience;
pub mod host;
pub mod memory;
mod normalize;
mod online;
pub mod optimizer;
pub mod policy;
pub mod prepare;
pub mod reference;
pub mod resume;
pub mod rollout;
mod rows;
pub mod save;
pub mod schedule;
pub mod self_play;
pub mod setup;
pub mod step;
pub mod task;
pub mod update;
pub mod window;

pub use estimate::estimate;
pub use host::{Asked, Host};

use crate::data::sampler::Sampler;
use crate::device;
use crate::look;
use crate::model::flat;
use crate::objective::ppo::Moments;
use crate::open::OpenModel;
use crate::rewards::Scorer;
use crate::scores::Normalization;
use crate::storage::Store;
use checkpoint::State;
use optimizer::AdamW;
use reference::Reference;
use self_play::SelfPlay;
use task::{Examples, Task};
use window::Window;

/// One run on one open model.
#[derive(Debug)]
pub struct Session<'a> {
    open: &'a mut OpenModel,
    run: ResolvedRun,
    task: Task,
    reference: Reference,
    examples: Examples,
    eval: Option<Examples>,
    eval_reference: Reference,
    scorer: Option<Scorer>,
    self_play: Option<SelfPlay>,
    sampler: Sampler,
    optimizer: AdamW,
    prompts: Vec<evaluate::SamplePrompt>,
    data_hash: String,
    model_hash: String,
    window: Window,
    tokens_seen: u64,
    /// Completions sampled to learn from.
    episodes: u64,
    /// PPO's price of KL, which may move.
    kl_coef: f64,
    /// Of all scores in PPO so far.
    scores: Moments,
    last_checkpoint: Option<u32>,
    falling: step::Falling,
    heard_no_eos: bool,
    heard_early_stop: bool,
    heard_dropped: bool,
    /// A reward model's, once it is trained.
    normalization: Option<Normalization>,
    /// Steps done.
    step: usize,
    /// Steps done when this round of self-play began.
    origin: usize,
}

impl Session<'_> {
    /// Trains to the last step, or until stopped; writes the weights.
    ///
    /// # Errors
    /// A loss that isn't a number, a lost device, or files that can't be written.
    pub async fn run(
        &mut self,
        host: &mut dyn Host,
        store: &dyn Store,
    ) -> Result<Summary, Failure> {
        let result = self.train(host, store).await;
        self.open.decoder.record(false);
        result.map_err(|failure| Failure { checkpoint: self.last_checkpoint, ..failure })
    }

    async fn train(&mut self, host: &mut dyn Host, store: &dyn Store) -> Result<Summary, Failure> {
        let started = host.now();
        if self.step == 0 {
            self.sample(host).await?;
        }
        let (mut paused, mut stopped) = (false, false);
        while !stopped && self.next_round(host).await? {
            self.announce(host);
            while self.steps_left() && !stopped {
                match self.next_action(&mut paused, host, store).await? {
                    Flow::Step => {
                        let began = host.now();
                        self.take_step(host).await?;
                        self.report(began, host, store).await?;
                        host.breathe().await;
                    }
                    Flow::Stop => stopped = true,
                }
            }
        }
        self.check_weights().await?;
        self.normalize_rewards(host).await?;
        host.emit(Event::Phase(Phase::Saving));
        let weights = save::weights(self.open, self.normalization, store).await?;
        let secs = host.now() - started;
        Ok(Summary { steps: self.step as u32, stopped, weights: weights.into(), secs })
    }

    fn steps_left(&self) -> bool {
        self.step - self.origin < self.sampler.total_steps()
    }

    /// Says that training goes on, and to which step: in self-play, counting rounds to come as
    /// long as this one.
    fn announce(&self, host: &mut dyn Host) {
        let steps = self.sampler.total_steps();
        let to_come = self.self_play.as_ref().map_or(0, |play| {
            self_play::rounds(&self.run).saturating_sub(play.state.begun) as usize
        });
        let total = self.origin + steps * (1 + to_come);
        host.emit(Event::Phase(Phase::Training { total: total as u32 }));
    }

    /// Passes over the data, with fractions; in self-play, of this round.
    fn epoch(&self) -> f64 {
        self.sampler.epoch(self.step - self.origin)
    }

    /// What is due after a step: a line, an evaluation, samples, a checkpoint.
    async fn report(
        &mut self,
        began: f64,
        host: &mut dyn Host,
        store: &dyn Store,
    ) -> Result<(), Failure> {
        let every = self.run.config.run_loop.clone();
        let step = self.step;
        let due = |every: u32| every > 0 && step.is_multiple_of(every as usize);
        let last = !self.steps_left();
        if due(every.log_every) {
            self.log(host.now() - began, host);
        }
        if due(every.eval_every) || last {
            self.evaluate(host).await?;
        }
        if due(every.sample_every) || last {
            self.sample(host).await?;
        }
        if due(every.checkpoint_every) {
            self.checkpoint(host, store).await?;
        }
        Ok(())
    }

    /// Does what is asked for; waits while paused.
    async fn next_action(
        &mut self,
        paused: &mut bool,
        host: &mut dyn Host,
        store: &dyn Store,
    ) -> Result<Flow, Failure> {
        let step = self.step as u32;
        loop {
            let asked = match host.poll() {
                Some(asked) => asked,
                None if *paused => host.wait().await,
                None => return Ok(Flow::Step),
            };
            let action = match asked {
                Asked::Act(action) => action,
                Asked::Look { id, question } => {
                    self.look(id, &question, host).await;
                    continue;
                }
            };
            match action {
                Action::Pause if !*paused => {
                    *paused = true;
                    host.emit(Event::Paused { step });
                }
                Action::Resume if *paused => {
                    *paused = false;
                    host.emit(Event::Resumed { step });
                }
                Action::Pause | Action::Resume => {}
                Action::StepOnce => {
                    *paused = true;
                    return Ok(Flow::Step);
                }
                Action::Checkpoint => self.checkpoint(host, store).await?,
                Action::Stop => return Ok(Flow::Stop),
            }
        }
    }

    /// Answers a question about the model as it is now. The run goes on as if nobody had asked.
    async fn look(&mut self, id: RequestId, question: &Question, host: &mut dyn Host) {
        self.open.decoder.record(false);
        let turn = async || host.breathe().await;
        // Boxed, for a run that is never asked shall not carry the room for it on its stack.
        let found = Box::pin(look::find(self.open, Some(&self.reference), question, turn));
        let finding = found.await;
        host.found(id, finding);
    }

    /// What the last step broke, no further loss would show.
    async fn check_weights(&mut self) -> Result<(), Failure> {
        self.open.decoder.record(false);
        let weights = flat::trainable(&mut self.open.decoder);
        let sums = weights.into_iter().map(|weight| weight.value.abs().sum()).collect();
        match device::read(Tensor::cat(sums, 0)).await?.iter().all(|sum| sum.is_finite()) {
            true => Ok(()),
            false => {
                let step = self.step as u32;
                let message = format!("step {step}: a weight is no longer a number");
                Err(Failure::new(FailureKind::NonFinite { step, rows: Vec::new() }, message)
                    .with_hint("lower the learning rate"))
            }
        }
    }

    /// Writes a checkpoint of the whole step just done.
    async fn checkpoint(&mut self, host: &mut dyn Host, store: &dyn Store) -> Result<(), Failure> {
        let state = State {
            step: self.step as u32,
            config: self.run.config.to_toml(),
            data_hash: self.data_hash.clone(),
            model_hash: self.model_hash.clone(),
            window: self.window.clone(),
            tokens_seen: self.tokens_seen,
            updates: self.optimizer.steps,
            origin: self.origin as u32,
            episodes: self.episodes,
            kl_coef: self.kl_coef.to_bits(),
            scores: [self.scores.count, self.scores.mean, self.scores.variance].map(f64::to_bits),
            rounds: self.self_play.as_ref().map(|play| self.rounds_state(play)),
        };
        self.open.decoder.record(false);
        let moving = self.has_moving_reference().then_some(&mut self.reference);
        let model = &mut self.open.decoder;
        let info = checkpoint::save(store, &state, model, moving, &self.optimizer).await?;
        self.last_checkpoint = Some(info.step);
        host.emit(Event::Checkpointed(info));
        Ok(())
    }
}

enum Flow {
    Step,
    Stop,
}
