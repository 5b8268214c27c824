//! Steps of a run.

use temper_engine::OpenModel;
use temper_engine::data;
use temper_engine::rewards::Scoring;
use temper_engine::train::Session;
use temper_engine::train::prepare::Inputs;
use temper_protocol::{Failure, RunConfig};

use super::Timed;
use super::clock::{Clock, Nowhere};
use super::work::Work;

/// Trains so many steps and gives the time and the loss of each. Nothing is evaluated or sampled
/// between them.
///
/// # Errors
/// A run that can't be, or a lost device.
pub async fn time(
    open: &mut OpenModel,
    work: &Work,
    run: &RunConfig,
    steps: u32,
) -> Result<Timed, Failure> {
    let mut config = run.clone();
    config.data.eval = None;
    let run_loop = &mut config.run_loop;
    (run_loop.max_steps, run_loop.log_every) = (Some(steps), 1);
    (run_loop.eval_every, run_loop.sample_every, run_loop.checkpoint_every) = (0, 0, 0);
    let run = config.resolve().map_err(|error| Failure::bad_input(error.to_string()))?;
    let (name, bytes) = &work.rows;
    let train = data::import(name, bytes, config.method.row_kind())?.0;
    let scoring = Scoring::default();
    let inputs = Inputs { train, eval: None, adapter: None, scoring, resume: false, from: None };
    let mut clock = Clock::start();
    let mut session = Session::prepare(open, run, inputs, &mut clock, &Nowhere).await?;
    session.run(&mut clock, &Nowhere).await?;
    Ok(Timed { secs: clock.secs, losses: clock.losses, ids: Vec::new() })
}
