//! `temper score`

use std::io::{self, BufWriter, Write};
use std::path::Path;

use serde_json::{Map, Value, json};
use temper_engine::data::batch::Batch;
use temper_engine::data::{self, Sequence};
use temper_engine::device::read as read_back;
use temper_engine::model::Adapter;
use temper_engine::scores::{Normalization, scores};
use temper_engine::{OpenModel, device};
use temper_protocol::Failure;

use crate::args::ScoreArgs;
use temper::files::{bad_path, open_model, read};

/// Prints one JSON object a row, in the file's order: the reward of each completion.
///
/// # Errors
/// Bad input, a model without a reward head, or a lost device.
pub async fn run(args: ScoreArgs) -> Result<(), Failure> {
    let bytes = read(&args.data)?;
    let name = args.data.display().to_string();
    let reward_model = args.adapter.as_deref().unwrap_or(&args.model);
    let normalization = normalization(reward_model)?;
    let compute = device::open(args.device.into()).await?;
    let open = open_model(&args.model, args.adapter.as_deref(), &compute).await?;
    if open.decoder.score.is_none() {
        let failure = bad_path(reward_model, "holds no reward head (score.weight)");
        return Err(failure.with_hint("a run with method = \"reward\" writes one"));
    }
    let limit = open.decoder.config.max_positions;
    let rows = data::sequences(&name, &bytes, open.text.as_ref(), limit)?;
    let mut out = BufWriter::new(io::stdout().lock());
    for row in rows {
        let mut line = Map::new();
        for (role, sequence) in row {
            let score = score(&open, &sequence).await?;
            line.insert(role.into(), json!(normalization.apply(score)));
        }
        let written = writeln!(out, "{}", Value::Object(line)).and_then(|()| out.flush());
        written.map_err(|error| Failure::bad_input(format!("standard output: {error}")))?;
    }
    Ok(())
}

async fn score(open: &OpenModel, sequence: &Sequence) -> Result<f64, Failure> {
    let vocab = open.decoder.config.vocab_size;
    if let Some(id) = sequence.ids.iter().find(|&&id| id as usize >= vocab) {
        return Err(Failure::bad_input(format!(
            "token id {id}: the model's vocabulary has {vocab}"
        )));
    }
    let batch = Batch::new(&[sequence], open.pad_id());
    let found = read_back(scores(&open.decoder, &batch, Adapter::Policy)).await?;
    Ok(f64::from(found[0]))
}

/// What a reward run found to bring its scores to mean 0 and deviation 1, where it did.
fn normalization(reward_model: &Path) -> Result<Normalization, Failure> {
    let path = reward_model.join(Normalization::FILE);
    if !path.is_file() {
        return Ok(Normalization::default());
    }
    serde_json::from_slice(&read(&path)?).map_err(|error| bad_path(&path, error))
}
