//! Going on from a checkpoint.

use std::collections::BTreeMap;

use temper_protocol::{Failure, Method, RunConfig};

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
        if let Some((key, then, now)) = difference(&state.config, &self.run.config) {
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

/// The first key, `table.key`, at which a written config differs from a run's, with both values. An
/// option that the written one doesn't know yet had its default.
fn difference(then: &str, now: &RunConfig) -> Option<(String, String, String)> {
    let written = RunConfig::from_toml("the checkpoint's settings", then, &[]);
    let resolved = written.and_then(|config| config.resolve()).map(|run| run.config);
    if resolved.as_ref() == Ok(now) {
        return None;
    }
    let then = resolved.map_or_else(|_| then.to_string(), |config| config.to_toml());
    let (then, now) = (values(&then), values(&now.to_toml()));
    let differs = |key: &&String| then.get(*key) != now.get(*key);
    let key = then.keys().chain(now.keys()).find(differs).cloned().unwrap_or_default();
    let value =
        |of: &BTreeMap<String, String>| of.get(&key).map_or("nothing", |value| value).into();
    let (then, now) = (value(&then), value(&now));
    Some((key, then, now))
}

/// By `table.key`, a line each; the further lines of a text are its own.
fn values(config: &str) -> BTreeMap<String, String> {
    let (mut table, mut last) = (String::new(), String::new());
    let mut found = BTreeMap::<String, String>::new();
    for line in config.lines() {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            table = format!("{name}.");
        } else if let Some((key, value)) = line.split_once(" = ") {
            last = format!("{table}{key}");
            found.insert(last.clone(), value.to_string());
        } else if !line.is_empty() {
            let value = found.entry(last.clone()).or_default();
            value.push('\n');
            value.push_str(line);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(rest: &str) -> RunConfig {
        let text =
            format!("method = \"dpo\"\n[model]\npath = \"m\"\n[data]\ntrain = \"d\"\n{rest}");
        RunConfig::from_toml("", &text, &[]).unwrap().resolve().unwrap().config
    }

    #[test]
    fn a_difference_names_its_key() {
        let (then, now) = (resolved(""), resolved("[dpo]\nld_alpha = 0.5\n"));
        let found = difference(&then.to_toml(), &now).unwrap();
        assert_eq!(found, ("dpo.ld_alpha".into(), "nothing".into(), "0.5".into()));
        assert_eq!(difference(&then.to_toml(), &then), None);
    }

    #[test]
    fn texts_of_several_lines_are_compared_whole() {
        let prompts = |line: &str| {
            resolved(&format!("[sample]\nprompts = [\"one\\n{line}\\nthree\", \"x\"]\n"))
        };
        for line in ["two", "[loop]", "a = b", ""] {
            let found = difference(&prompts("2").to_toml(), &prompts(line));
            assert!(found.is_some(), "{line}");
            assert_eq!(difference(&prompts(line).to_toml(), &prompts(line)), None);
        }
    }

    #[test]
    fn an_option_of_a_later_version_had_its_default() {
        let now = resolved("");
        let then = now.to_toml().replace("use_weighting = false\n", "");
        assert_ne!(then, now.to_toml());
        assert_eq!(difference(&then, &now), None);
    }
}
