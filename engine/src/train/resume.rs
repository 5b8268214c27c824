//! Going on from a checkpoint.

use std::collections::BTreeMap;

use temper_protocol::{Failure, Method};

use super::Session;
use super::checkpoint::{self, RoundsState};
use super::prepare::sampler;
use super::reference::Reference;
use super::self_play::SelfPlay;
use super::task::{Examples, Task};
use crate::objective::ppo::Moments;
use crate::storage::Store;

impl Session<'_> {
    pub(super) async fn resume(&mut self, store: &dyn Store) -> Result<(), Failure> {
        let Some(state) = checkpoint::latest(store).await? else { return Ok(()) };
        let config = self.run.config.to_toml();
        if let Some((key, then, now)) = difference(&state.config, &config) {
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
            return Err(Failure::bad_input(message));
        }
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

/// The first key, `table.key`, at which two configs differ, with both values.
fn difference(then: &str, now: &str) -> Option<(String, String, String)> {
    let (then, now) = (values(then), values(now));
    let differs = |key: &&String| then.get(*key) != now.get(*key);
    let key = then.keys().chain(now.keys()).find(differs)?;
    let value = |of: &BTreeMap<String, String>| of.get(key).map_or("nothing", |value| value).into();
    Some((key.clone(), value(&then), value(&now)))
}

/// By `table.key`. A config is written a key a line.
fn values(config: &str) -> BTreeMap<String, String> {
    let mut table = String::new();
    let mut found = BTreeMap::new();
    for line in config.lines() {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            table = format!("{name}.");
        } else if let Some((key, value)) = line.split_once(" = ") {
            found.insert(format!("{table}{key}"), value.to_string());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_names_its_key() {
        let then = "seed = 1\n\n[dpo]\nbeta = 0.1\nuse_weighting = false\n";
        let now = "seed = 1\n\n[dpo]\nbeta = 0.1\nld_alpha = 0.5\nuse_weighting = false\n";
        let found = difference(then, now).unwrap();
        assert_eq!(found, ("dpo.ld_alpha".into(), "nothing".into(), "0.5".into()));
        assert_eq!(difference(then, then), None);
    }
}
