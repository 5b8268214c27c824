//! Completions of a batch of prompts, again and again.

use temper_engine::OpenModel;
use temper_engine::data;
use temper_engine::generate::{Sampling, generate};
use temper_engine::model::Adapter;
use temper_protocol::Failure;

use super::Timed;
use super::clock::Clock;
use super::work::Work;

/// Completes all prompts so many times and gives the time of each, and the last tokens. No token
/// ends a completion, so that all have the same length.
///
/// # Errors
/// Prompts that can't be completed, or a lost device.
pub async fn time(open: &OpenModel, work: &Work, steps: u32) -> Result<Timed, Failure> {
    let (name, bytes) = &work.rows;
    let mut prompts = Vec::new();
    for prompt in data::import_prompts(name, bytes)? {
        prompts.push(data::encode_prompt_row(&prompt, open.text.as_ref())?);
    }
    let sampling = Sampling::greedy(work.new_tokens);
    let mut clock = Clock::start();
    let mut ids = Vec::new();
    for _ in 0..steps {
        let drawn = generate(&open.decoder, &prompts, &[], &sampling, Adapter::Policy, async || {});
        ids = drawn.await?;
        clock.tick();
    }
    Ok(Timed { secs: clock.secs, losses: Vec::new(), ids })
}
