//! `temper logps`

use serde_json::{Value, json};
use temper_engine::OpenModel;
use temper_engine::data::Sequence;
use temper_engine::data::batch::Batch;
use temper_engine::device::{self, read as read_back};
use temper_engine::logps::logps;
use temper_engine::model::Adapter;
use temper_protocol::Failure;

use crate::args::LogpsArgs;
use crate::rows;
use temper::data_file::read_rows;
use temper::files::open_model;

/// Prints one JSON object a row, in the file's order.
///
/// # Errors
/// Bad input, or a lost device.
pub async fn run(args: LogpsArgs) -> Result<(), Failure> {
    let bytes = read_rows(&args.data)?;
    let compute = device::open(args.device.into()).await?;
    let open = open_model(&args.model, args.adapter.as_deref(), &compute).await?;
    rows::print(&open, (&args.data, &bytes), async |sequence| {
        row_logps(&open, sequence, args.per_token).await
    })
    .await
}

async fn row_logps(
    open: &OpenModel,
    sequence: &Sequence,
    per_token: bool,
) -> Result<Value, Failure> {
    let batch = Batch::new(&[sequence], open.pad_id());
    let tokens = batch.targets.len();
    let found = logps(&open.decoder, &batch, Adapter::Policy);
    let values = read_back(found.tokens).await?;
    let values = &values[..tokens];
    // Summed in f64: a long row's f32 sum would lose digits.
    let sum = rows::finite(values.iter().map(|&logp| f64::from(logp)).sum())?;
    let mut entry = json!({ "logp": sum, "tokens": tokens });
    if per_token {
        entry["token_logps"] = json!(values);
    }
    Ok(entry)
}
