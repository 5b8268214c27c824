//! `temper logps`

use std::io::{self, BufWriter, Write};

use serde_json::{Map, Value, json};
use temper_engine::data::batch::Batch;
use temper_engine::data::{self, Sequence};
use temper_engine::device::read as read_back;
use temper_engine::logps::logps;
use temper_engine::model::Adapter;
use temper_engine::{OpenModel, device};
use temper_protocol::Failure;

use crate::args::LogpsArgs;
use temper::files::{open_model, read};

/// Prints one JSON object a row, in the file's order.
///
/// # Errors
/// Bad input, or a lost device.
pub async fn run(args: LogpsArgs) -> Result<(), Failure> {
    let bytes = read(&args.data)?;
    let name = args.data.display().to_string();
    let compute = device::open(args.device.into()).await?;
    let open = open_model(&args.model, args.adapter.as_deref(), &compute).await?;
    let limit = open.decoder.config.max_positions;
    let rows = data::sequences(&name, &bytes, open.text.as_ref(), limit)?;
    let mut out = BufWriter::new(io::stdout().lock());
    for row in rows {
        let mut line = Map::new();
        for (role, sequence) in row {
            line.insert(role.into(), row_logps(&open, &sequence, args.per_token).await?);
        }
        let written = writeln!(out, "{}", Value::Object(line)).and_then(|()| out.flush());
        written.map_err(|error| Failure::bad_input(format!("standard output: {error}")))?;
    }
    Ok(())
}

async fn row_logps(
    open: &OpenModel,
    sequence: &Sequence,
    per_token: bool,
) -> Result<Value, Failure> {
    let vocab = open.decoder.config.vocab_size;
    if let Some(id) = sequence.ids.iter().find(|&&id| id as usize >= vocab) {
        return Err(Failure::bad_input(format!(
            "token id {id}: the model's vocabulary has {vocab}"
        )));
    }
    let batch = Batch::new(&[sequence], open.pad_id());
    let tokens = batch.targets.len();
    let found = logps(&open.decoder, &batch, Adapter::Policy);
    let values = read_back(found.tokens).await?;
    let values = &values[..tokens];
    // Summed in f64: a long row's f32 sum would lose digits.
    let sum: f64 = values.iter().map(|&logp| f64::from(logp)).sum();
    let mut entry = json!({ "logp": sum, "tokens": tokens });
    if per_token {
        entry["token_logps"] = json!(values);
    }
    Ok(entry)
}
