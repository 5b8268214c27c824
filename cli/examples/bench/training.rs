//! Steps of a run.

use serde_json::{Value, json};
use temper_engine::OpenModel;
use temper_engine::data;
use temper_engine::rewards::Scoring;
use temper_engine::train::Session;
use temper_engine::train::prepare::Inputs;
use temper_protocol::{Failure, RunConfig};

use crate::clock::{Clock, Nowhere};
use crate::files::Work;

/// Trains so many steps and gives the time and the loss of each.
pub async fn time(
    open: &mut OpenModel,
    work: &Work,
    run: &RunConfig,
    steps: u32,
) -> Result<Value, Failure> {
    let mut config = run.clone();
    config.run_loop.max_steps = Some(steps);
    let run = config.resolve().map_err(|error| Failure::bad_input(error.to_string()))?;
    let (name, bytes) = work.rows()?;
    let train = data::import(&name, &bytes, config.method.row_kind())?.0;
    let scoring = Scoring::default();
    let inputs = Inputs { train, eval: None, adapter: None, scoring, resume: false, from: None };
    let mut clock = Clock::start();
    let mut session = Session::prepare(open, run, inputs, &mut clock, &Nowhere).await?;
    session.run(&mut clock, &Nowhere).await?;
    Ok(json!({ "secs": clock.secs, "losses": clock.losses }))
}
