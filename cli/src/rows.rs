//! One JSON object a row: what is measured of each of its completions, in the file's order.

use std::path::Path;

use serde_json::{Map, Value};
use temper_engine::OpenModel;
use temper_engine::data::{self, Sequence};
use temper_protocol::{Failure, FailureKind};

use crate::output;

/// Measures every completion of a file's bytes and prints a line a row to standard output.
///
/// # Errors
/// A row that can't be measured, whatever measuring says, or an output that can't be written.
pub async fn print(
    open: &OpenModel,
    (file, bytes): (&Path, &[u8]),
    mut measure: impl AsyncFnMut(&Sequence) -> Result<Value, Failure>,
) -> Result<(), Failure> {
    let name = file.display().to_string();
    let limit = open.decoder.config.max_positions;
    let rows = data::sequences(&name, bytes, open.text.as_ref(), limit)?;
    for (at, row) in (1..).zip(rows) {
        let placed = |failure: Failure| Failure {
            message: format!("{name}, row {at}: {}", failure.message),
            ..failure
        };
        let mut line = Map::new();
        for (role, sequence) in row {
            open.decoder.config.check_ids(&sequence.ids).map_err(placed)?;
            line.insert(role.into(), measure(&sequence).await.map_err(placed)?);
        }
        if !output::line(&Value::Object(line).to_string())? {
            break;
        }
    }
    Ok(())
}

/// What is measured must be a number, which JSON's `null` isn't.
///
/// # Errors
/// It is none.
pub fn finite(value: f64) -> Result<f64, Failure> {
    let none =
        || Failure::new(FailureKind::NonFinite { step: 0, rows: Vec::new() }, "not a number");
    value.is_finite().then_some(value).ok_or_else(none)
}
