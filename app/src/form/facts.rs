//! What a run of the page depends on besides the form: the data that is open, and that the page
//! always shows samples and can always go on after a crash.

use temper_protocol::RunConfig;

/// Longest row of the user's own data, tokens; the engine lowers it to what the model takes.
const OWN_MAX_LENGTH: u32 = 1024;
/// Samples and checkpoints of a run whose example names no interval.
const ROUNDS: u32 = 5;

/// About the open data.
#[derive(Clone, Copy, Debug)]
pub struct Facts {
    /// Whether held-out rows are open.
    pub heldout: bool,
    /// Whether the user brought the data.
    pub own_data: bool,
}

impl Facts {
    /// Fits a config to them.
    pub fn apply(self, config: &mut RunConfig) {
        if !self.heldout {
            config.data.eval = None;
            config.run_loop.eval_every = 0;
        }
        if self.own_data {
            config.sample.prompts = None;
            // The default data's short limit would cut other people's rows.
            config.data.max_length = config.data.max_length.max(OWN_MAX_LENGTH);
        }
        let steps = config.run_loop.max_steps.unwrap_or(1);
        let often = |every: u32| match every {
            0 => steps.div_ceil(ROUNDS),
            every => every.min(steps),
        };
        config.run_loop.sample_every = often(config.run_loop.sample_every);
        config.run_loop.checkpoint_every = often(config.run_loop.checkpoint_every);
    }
}
