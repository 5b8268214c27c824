//! What a run would take, told without beginning it.

use temper_protocol::{Event, Failure, ResolvedRun, RunEstimate};

use super::memory::{self, Load};
use super::prepare::{self, Inputs, Outfit};
use super::{Host, rows};
use crate::open::OpenModel;

/// Encodes the rows and gives the model what the run would train, counts, and leaves the model as
/// it was. `available_bytes` is what the device has for all of it, where it is known.
///
/// # Errors
/// Data or settings that can't be used.
pub fn estimate(
    open: &mut OpenModel,
    run: &ResolvedRun,
    inputs: Inputs,
    available_bytes: Option<f64>,
) -> Result<RunEstimate, Failure> {
    // Shares its memory.
    let kept = (open.decoder.clone(), open.changed);
    // Weights that another run has changed are as many.
    open.changed = false;
    let counted = count(open, run, inputs);
    (open.decoder, open.changed) = kept;
    let (load, steps) = counted?;
    Ok(RunEstimate {
        memory: memory::estimate(&load),
        available_bytes,
        trainable: load.trained as f64,
        steps: steps as u32,
    })
}

fn count(
    open: &mut OpenModel,
    run: &ResolvedRun,
    inputs: Inputs,
) -> Result<(Load, usize), Failure> {
    let file = &run.config.data.train;
    let inputs = inputs.of_method(run.config.method);
    let examples = rows::encode(open, run, &inputs.train, file, &mut Unheard)?;
    let adapter = inputs.adapter.as_ref();
    let Outfit { load, .. } = prepare::outfit(open, run, &examples, adapter, inputs.scoring)?;
    let steps = match run.config.method.is_self_play() {
        // Each round makes its own pairs.
        true => 0,
        false => prepare::sampler(run, examples.len()).total_steps(),
    };
    Ok((load, steps))
}

/// A host that hears nothing: the run itself will warn of its rows.
struct Unheard;

impl Host for Unheard {
    fn emit(&mut self, _: Event) {}

    fn now(&self) -> f64 {
        0.0
    }
}
