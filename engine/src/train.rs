//! The one training loop.
//!
//! ```text
//! rows -> micro-batch -> log-probabilities -> objective -> backward ─┐ accumulate
//! event <- metrics <- update <- clip <- one small readback <─────────┘
//! ```

use temper_protocol::{Action, Event, Failure, Phase, ResolvedRun, Summary};

pub mod checkpoint;
pub mod evaluate;
pub mod host;
pub mod optimizer;
pub mod prepare;
pub mod reference;
pub mod save;
pub mod schedule;
pub mod step;
pub mod task;
pub mod window;

pub use host::Host;

use crate::data::sampler::Sampler;
use crate::open::OpenModel;
use crate::storage::Store;
use checkpoint::State;
use optimizer::AdamW;
use task::{Examples, Task};
use window::Window;

/// One run on one open model.
#[derive(Debug)]
pub struct Session<'a> {
    open: &'a mut OpenModel,
    run: ResolvedRun,
    task: Task,
    examples: Examples,
    eval: Option<(Task, Examples)>,
    sampler: Sampler,
    optimizer: AdamW,
    prompts: Vec<evaluate::SamplePrompt>,
    data_hash: String,
    window: Window,
    tokens_seen: u64,
    last_checkpoint: Option<u32>,
    falling: step::Falling,
    /// Steps done.
    step: usize,
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
        let total = self.sampler.total_steps();
        if self.step == 0 {
            self.sample(host).await?;
        }
        host.emit(Event::Phase(Phase::Training { total: total as u32 }));
        let (mut paused, mut stopped) = (false, false);
        while self.step < total && !stopped {
            match self.next_action(&mut paused, host, store).await? {
                Flow::Step => {
                    let began = host.now();
                    self.take_step(total).await?;
                    self.report(began, host, store).await?;
                    host.breathe().await;
                }
                Flow::Stop => stopped = true,
            }
        }
        host.emit(Event::Phase(Phase::Saving));
        let weights = save::weights(self.open, store).await?;
        let secs = host.now() - started;
        Ok(Summary { steps: self.step as u32, stopped, weights: weights.into(), secs })
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
        let last = step == self.sampler.total_steps();
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

    /// Acts on what was asked for; waits while paused.
    async fn next_action(
        &mut self,
        paused: &mut bool,
        host: &mut dyn Host,
        store: &dyn Store,
    ) -> Result<Flow, Failure> {
        let step = self.step as u32;
        loop {
            let action = match host.poll() {
                Some(action) => action,
                None if *paused => host.wait().await,
                None => return Ok(Flow::Step),
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

    /// Writes a checkpoint of the whole step just done.
    async fn checkpoint(&mut self, host: &mut dyn Host, store: &dyn Store) -> Result<(), Failure> {
        let state = State {
            step: self.step as u32,
            config: self.run.config.to_toml(),
            data_hash: self.data_hash.clone(),
            window: self.window.clone(),
            tokens_seen: self.tokens_seen,
        };
        self.open.decoder.record(false);
        let info = checkpoint::save(store, &state, &mut self.open.decoder, &self.optimizer).await?;
        self.last_checkpoint = Some(info.step);
        host.emit(Event::Checkpointed(info));
        Ok(())
    }
}

enum Flow {
    Step,
    Stop,
}
