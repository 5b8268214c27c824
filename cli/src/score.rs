//! `temper score`

use serde_json::json;
use temper_engine::data::batch::Batch;
use temper_engine::device::{self, read as read_back};
use temper_engine::model::Adapter;
use temper_engine::scores::scores;
use temper_protocol::Failure;

use crate::args::ScoreArgs;
use crate::rows;
use temper::data_file::read_rows;
use temper::files::{bad_path, normalization, open_model};

/// Prints one JSON object a row, in the file's order: the reward of each completion.
///
/// # Errors
/// Bad input, a model without a reward head, or a lost device.
pub async fn run(args: ScoreArgs) -> Result<(), Failure> {
    let bytes = read_rows(&args.data)?;
    let reward_model = args.adapter.as_deref().unwrap_or(&args.model);
    let normalization = normalization(reward_model).await?;
    let compute = device::open(args.device.into()).await?;
    let open = open_model(&args.model, args.adapter.as_deref(), &compute).await?;
    if open.decoder.score.is_none() {
        let failure = bad_path(reward_model, "holds no reward head (score.weight)");
        return Err(failure.with_hint("a run with method = \"reward\" writes one"));
    }
    rows::print(&open, (&args.data, &bytes), async |sequence| {
        let batch = Batch::new(&[sequence], open.pad_id());
        let found = read_back(scores(&open.decoder, &batch, Adapter::Policy)).await?;
        Ok(json!(rows::finite(normalization.apply(f64::from(found[0])))?))
    })
    .await
}
