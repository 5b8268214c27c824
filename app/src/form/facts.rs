//! What a run of the page depends on besides the form: the data that is open, who can score, and
//! that the page always shows samples and can always go on after a crash.

use temper_protocol::{Failure, RunConfig, RunId, ScoreSource};

use super::offer::{REWARD_MODEL, SCORED_BY};

/// Samples and checkpoints of a run whose example names no interval.
const ROUNDS: u32 = 5;

/// About what is open.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Whether held-out rows are open.
    pub heldout: bool,
    /// Whether the user brought the data.
    pub own_data: bool,
    /// The newest reward model that was trained here on the open model, by its run.
    pub reward_model: Option<RunId>,
    /// What the open judge is called.
    pub judge: Option<String>,
}

impl Facts {
    /// Fits a config to them.
    pub fn apply(&self, config: &mut RunConfig) {
        if !self.heldout {
            config.data.eval = None;
            config.run_loop.eval_every = 0;
        }
        if self.own_data {
            config.sample.prompts = None;
        }
        let steps = config.run_loop.max_steps.unwrap_or(1);
        let often = |every: u32| match every {
            0 => steps.div_ceil(ROUNDS),
            every => every.min(steps),
        };
        config.run_loop.sample_every = often(config.run_loop.sample_every);
        config.run_loop.checkpoint_every = often(config.run_loop.checkpoint_every);
    }

    /// Names in a config who scores: the newest reward model where none is chosen, and the judge.
    ///
    /// # Errors
    /// There is none.
    pub fn name_scorer(&self, config: &mut RunConfig) -> Result<(), Failure> {
        let Some(score) = &mut config.score else { return Ok(()) };
        match score.by {
            ScoreSource::RewardModel if score.adapter.is_none() => {
                let newest = self.reward_model.ok_or_else(no_reward_model)?;
                score.adapter = Some(newest.to_string());
            }
            ScoreSource::Judge => {
                score.model = Some(self.judge.clone().ok_or_else(no_judge)?);
            }
            ScoreSource::RewardModel
            | ScoreSource::Gold
            | ScoreSource::Words
            | ScoreSource::Length => {}
        }
        Ok(())
    }
}

fn no_reward_model() -> Failure {
    let message = "score.adapter: no reward model was trained in this browser on the open model.";
    Failure::bad_option(REWARD_MODEL, message)
        .with_hint("Train one first: choose the method “Reward model”.")
}

fn no_judge() -> Failure {
    let message = "score.by: no model that judges is open.";
    Failure::bad_option(SCORED_BY, message)
        .with_hint("Open one on the Data page, under “AI judge”.")
}
