//! Going on from a checkpoint.

use temper_protocol::{Difference, Failure, Method, RunConfig};

use super::Session;
use super::checkpoint::{self, RoundsState, State};
use super::prepare::sampler;
use super::reference::Reference;
use super::self_play::SelfPlay;
use super::task::{Examples, Task};
use crate::objective::ppo::Moments;
use crate::storage::Store;

impl Session<'_> {
    pub(super) async fn resume(&mut self, store: &dyn Store) -> Result<(), Failure> {
        let Some(state) = checkpoint::latest(store).await? else { return Ok(()) };
        self.check(&state)?;
        if let Some(rounds) = &state.rounds {
            self.restore_rounds(rounds.clone());
        }
        let moving = self.has_moving_reference();
        if moving && !matches!(self.reference, Reference::Copy(_)) {
            self.reference = Reference::copy(&mut self.open.decoder);
        }
        let reference = moving.then_some(&mut self.reference);
        let model = &mut self.open.decoder;
        checkpoint::restore(store, &state, model, reference, &mut self.optimizer).await?;
        if moving {
            self.eval_reference = self.reference.clone();
        }
        self.step = state.step as usize;
        self.origin = state.origin as usize;
        self.last_checkpoint = Some(state.step);
        self.window = state.window;
        self.tokens_seen = state.tokens_seen;
        self.episodes = state.episodes;
        self.kl_coef = f64::from_bits(state.kl_coef);
        let [count, mean, variance] = state.scores.map(f64::from_bits);
        self.scores = Moments { count, mean, variance };
        Ok(())
    }

    /// Whether the checkpoint is one of this very run.
    fn check(&self, state: &State) -> Result<(), Failure> {
        let then = settings(&state.config)?;
        if let Some(Difference { key, then, now }) = Difference::first(&then, &self.run.config) {
            let message =
                format!("{key}: the checkpoint was made with {then}, this run says {now}");
            return Err(Failure::bad_option(&key, message)
                .with_hint("resume with the same settings, or start anew"));
        }
        if state.data_hash != self.data_hash {
            let message = format!(
                "{}: not the rows the checkpoint was made with",
                self.run.config.data.train
            );
            let failure = Failure::bad_input(message);
            return Err(failure.with_hint("open the rows that the run had, all of them"));
        }
        if !state.model_hash.is_empty() && state.model_hash != self.model_hash {
            let message = format!(
                "{}: not the weights the checkpoint was made with",
                self.run.config.model.path
            );
            return Err(Failure::bad_option("model.path", message));
        }
        Ok(())
    }

    fn restore_rounds(&mut self, rounds: RoundsState) {
        if let Some(play) = &mut self.self_play {
            play.state = rounds.rounds;
            let round = (play.state.begun as usize).saturating_sub(1);
            self.task = Task::new(&self.run, round);
        }
        self.sampler = sampler(&self.run, rounds.pairs.len());
        self.examples = Examples::Pairs(rounds.pairs);
        self.hold_out(rounds.eval);
    }

    /// What a checkpoint keeps of self-play: its pairs were sampled from a model that is gone.
    pub(super) fn rounds_state(&self, play: &SelfPlay) -> RoundsState {
        let pairs = |examples: Option<&Examples>| match examples {
            Some(Examples::Pairs(pairs)) => pairs.clone(),
            _ => Vec::new(),
        };
        RoundsState {
            rounds: play.state.clone(),
            pairs: pairs(Some(&self.examples)),
            eval: pairs(self.eval.as_ref()),
        }
    }

    /// Whether the reference is a model that the run has made on its way.
    pub(super) fn has_moving_reference(&self) -> bool {
        let synced = self.run.config.method == Method::Dpo && self.run.dpo().sync_ref_model;
        synced || self.self_play.as_ref().is_some_and(|play| play.state.begun > 0)
    }
}

/// The settings as a checkpoint has them. An option that they don't know yet had its default.
fn settings(written: &str) -> Result<RunConfig, Failure> {
    RunConfig::from_toml("the checkpoint's settings", written, &[])
        .and_then(|config| config.resolve())
        .map(|run| run.config)
        .map_err(|error| {
            Failure::bad_input(format!("{error}: this checkpoint is another version's"))
                .with_hint("go on with the version that made it, or start anew")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_of_a_later_version_had_its_default() {
        let text = "method = \"dpo\"\n[model]\npath = \"m\"\n[data]\ntrain = \"d\"\n";
        let now = RunConfig::from_toml("", text, &[]).unwrap().resolve().unwrap().config;
        let then = now.to_toml().replace("use_weighting = false\n", "");
        assert_ne!(then, now.to_toml());
        assert_eq!(settings(&then).unwrap(), now);
        let gone = settings(&then.replace("\"dpo\"", "\"gone\"")).unwrap_err();
        assert!(gone.message.contains("another version's"), "{gone:?}");
    }
}
