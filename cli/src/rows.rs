//! One JSON object a row: what is measured of each of its completions, in the file's order.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use serde_json::{Map, Value};
use temper_engine::OpenModel;
use temper_engine::data::{self, Sequence};
use temper_protocol::Failure;

/// Measures every completion of a file's bytes and prints a line a row to standard output.
///
/// # Errors
/// A row that can't be measured, whatever measuring says, or a closed output.
pub async fn print(
    open: &OpenModel,
    (file, bytes): (&Path, &[u8]),
    mut measure: impl AsyncFnMut(&Sequence) -> Result<Value, Failure>,
) -> Result<(), Failure> {
    let name = file.display().to_string();
    let limit = open.decoder.config.max_positions;
    let rows = data::sequences(&name, bytes, open.text.as_ref(), limit)?;
    let mut out = BufWriter::new(io::stdout().lock());
    for row in rows {
        let mut line = Map::new();
        for (role, sequence) in row {
            open.decoder.config.check_ids(&sequence.ids)?;
            line.insert(role.into(), measure(&sequence).await?);
        }
        let written = writeln!(out, "{}", Value::Object(line)).and_then(|()| out.flush());
        written.map_err(|error| Failure::bad_input(format!("standard output: {error}")))?;
    }
    Ok(())
}
