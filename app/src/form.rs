//! The few settings that the page lets one change; the rest stays as the run's file has it.

use std::str::FromStr;

use leptos::prelude::*;
use temper_protocol::{Failure, FailureKind, Location, Method, RunConfig};

/// Longest row of the user's own data, tokens; the engine lowers it to what the model takes.
const OWN_MAX_LENGTH: u32 = 1024;

/// The fields, as typed.
#[derive(Clone, Copy)]
pub struct Form {
    /// How strongly the model is held to what it was.
    pub beta: RwSignal<String>,
    /// Peak learning rate.
    pub learning_rate: RwSignal<String>,
    /// Optimiser steps.
    pub steps: RwSignal<String>,
    /// Pairs of one micro-batch.
    pub batch_size: RwSignal<String>,
}

/// What the settings depend on besides the form.
#[derive(Clone, Copy, Debug)]
pub struct Facts {
    /// Whether held-out rows are open.
    pub heldout: bool,
    /// Whether the user brought the data.
    pub own_data: bool,
}

#[derive(Clone, Copy, Debug)]
struct Values {
    beta: f64,
    learning_rate: f64,
    steps: u32,
    batch_size: u32,
}

impl Form {
    /// Empty fields.
    pub fn new() -> Self {
        let field = || RwSignal::new(String::new());
        Self { beta: field(), learning_rate: field(), steps: field(), batch_size: field() }
    }

    /// Shows a config; `rows` tells how many steps an epoch has.
    ///
    /// # Errors
    /// A config that doesn't resolve.
    pub fn fill(&self, config: &RunConfig, rows: u32) -> Result<(), Failure> {
        let resolved = config.resolve().map_err(|error| Failure::bad_input(error.to_string()))?;
        self.beta.set(resolved.dpo().beta.to_string());
        self.learning_rate.set(resolved.learning_rate.to_string());
        self.steps.set(planned_steps(&resolved.config, rows).to_string());
        self.batch_size.set(config.run_loop.batch_size.to_string());
        Ok(())
    }

    /// The base config with the form's values in it.
    ///
    /// # Errors
    /// A field that isn't a number, or a value out of range; the sentence names it.
    pub fn read(&self, base: &RunConfig, facts: Facts) -> Result<RunConfig, Failure> {
        let values = Values {
            beta: parse("Beta", &self.beta.get_untracked())?,
            learning_rate: parse("Learning rate", &self.learning_rate.get_untracked())?,
            steps: parse("Steps", &self.steps.get_untracked())?,
            batch_size: parse("Pairs at once", &self.batch_size.get_untracked())?,
        };
        apply(base, values, facts)
    }
}

fn parse<T: FromStr>(label: &str, text: &str) -> Result<T, Failure> {
    text.trim().parse().map_err(|_| {
        let place = Location { key: Some(label.into()), ..Location::default() };
        let message = format!("{label}: \"{text}\" is not a number that fits here.");
        Failure::new(FailureKind::BadInput(place), message)
    })
}

fn apply(base: &RunConfig, values: Values, facts: Facts) -> Result<RunConfig, Failure> {
    let mut config = base.clone();
    config.optimizer.learning_rate = Some(values.learning_rate);
    config.run_loop.max_steps = Some(values.steps);
    config.run_loop.epochs = None;
    config.run_loop.batch_size = values.batch_size;
    if config.method == Method::Dpo {
        config.dpo.get_or_insert_default().beta = values.beta;
    }
    if !facts.heldout {
        config.data.eval = None;
        config.run_loop.eval_every = 0;
    }
    if facts.own_data {
        config.sample.prompts = None;
        // The default data's short limit would cut other people's rows.
        config.data.max_length = config.data.max_length.max(OWN_MAX_LENGTH);
    }
    // The page always shows samples and can always go on after a crash.
    let often = |every: u32| match every {
        0 => values.steps.div_ceil(5),
        every => every.min(values.steps),
    };
    config.run_loop.sample_every = often(config.run_loop.sample_every);
    config.run_loop.checkpoint_every = often(config.run_loop.checkpoint_every);
    config.resolve().map_err(|error| Failure::bad_input(error.to_string()))?;
    Ok(config)
}

fn planned_steps(config: &RunConfig, rows: u32) -> u32 {
    let run_loop = &config.run_loop;
    let rows_a_step = run_loop.batch_size.saturating_mul(run_loop.accumulation).max(1);
    run_loop.max_steps.unwrap_or_else(|| {
        rows.div_ceil(rows_a_step).saturating_mul(run_loop.epochs.unwrap_or(1)).max(1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUN: &str = "method = \"dpo\"\n[model]\npath = \"m\"\n[data]\ntrain = \"d\"\neval = \"e\"\n\
        [loop]\nepochs = 3\nbatch_size = 8\neval_every = 4\nsample_every = 10\n";
    const VALUES: Values = Values { beta: 0.2, learning_rate: 1e-3, steps: 6, batch_size: 2 };
    const DEFAULT: Facts = Facts { heldout: true, own_data: false };

    fn base() -> RunConfig {
        RunConfig::from_toml("RUN.toml", RUN, &[]).unwrap()
    }

    #[test]
    fn the_form_takes_the_place_of_the_file() {
        let config = apply(&base(), VALUES, DEFAULT).unwrap();
        assert_eq!((config.run_loop.max_steps, config.run_loop.epochs), (Some(6), None));
        assert_eq!(config.dpo.unwrap().beta, 0.2);
        assert_eq!(config.run_loop.sample_every, 6);
        assert_eq!(config.run_loop.checkpoint_every, 2);
        assert_eq!(config.data.eval.as_deref(), Some("e"));
    }

    #[test]
    fn without_held_out_rows_none_are_measured() {
        let facts = Facts { heldout: false, own_data: true };
        assert_eq!(apply(&base(), VALUES, facts).unwrap().data.eval, None);
    }

    #[test]
    fn a_value_out_of_range_is_named() {
        let failure = apply(&base(), Values { beta: -1.0, ..VALUES }, DEFAULT).unwrap_err();
        assert!(failure.message.contains("dpo.beta"), "{failure}");
        let failure = parse::<u32>("Steps", "1.5").unwrap_err();
        assert!(failure.message.contains("Steps") && failure.message.contains("1.5"), "{failure}");
    }

    #[test]
    fn epochs_are_shown_as_steps() {
        assert_eq!(planned_steps(&base(), 100), 39);
    }
}
