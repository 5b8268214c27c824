//! The corpus that the model learns to write from, and prompts to sample it with.

use std::collections::BTreeSet;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use temper_engine::reviews::{Split, Subject, prompt, review_of, subjects};

use crate::files::{ToolError, turn, write_rows};
use crate::options::Options;

/// Training rows for each held-out one.
const TRAIN_PER_HELD_OUT: usize = 50;

/// `corpus`: half the rows of each file are pleased.
pub fn write(options: &mut Options) -> Result<(), ToolError> {
    let out = options.path("out")?;
    let count: usize = options.number("rows")?;
    let mut rng = ChaCha8Rng::seed_from_u64(options.number("seed")?);
    options.finish()?;
    let held_out = count.div_ceil(TRAIN_PER_HELD_OUT);
    write_rows(&out.join("train.jsonl"), &rows(Split::Train, count, &mut rng))?;
    write_rows(&out.join("heldout.jsonl"), &rows(Split::HeldOut, held_out, &mut rng))?;
    println!("{count} reviews to train on, {held_out} held out, in {}", out.display());
    Ok(())
}

fn rows(split: Split, count: usize, rng: &mut impl Rng) -> Vec<Value> {
    let row = |at: usize| {
        let subject = Subject::draw(split, rng);
        let review = review_of(&subject, at.is_multiple_of(2), rng);
        json!({
            "prompt": turn("user", &review.prompt),
            "completion": turn("assistant", &review.text),
        })
    };
    (0..count).map(row).collect()
}

/// `prompts`: as many different ones of a split.
pub fn prompts(options: &mut Options) -> Result<(), ToolError> {
    let split = match options.text("split")?.as_str() {
        "train" => Split::Train,
        "heldout" => Split::HeldOut,
        other => {
            let message = format!("--split {other}: expected train or heldout");
            return Err(ToolError::Usage(message));
        }
    };
    let count: usize = options.number("count")?;
    let mut rng = ChaCha8Rng::seed_from_u64(options.number("seed")?);
    let out = options.path("out")?;
    options.finish()?;
    let all = subjects(split).len();
    if count > all {
        return Err(ToolError::Usage(format!("--count {count}: this split has {all} subjects")));
    }
    let (mut seen, mut rows) = (BTreeSet::new(), Vec::new());
    while rows.len() < count {
        let prompt = prompt(&Subject::draw(split, &mut rng));
        if seen.insert(prompt.clone()) {
            rows.push(json!({ "prompt": turn("user", &prompt) }));
        }
    }
    write_rows(&out, &rows)?;
    println!("{count} prompts in {}", out.display());
    Ok(())
}
