//! Parquet, in which data sets are published, as the JSONL that the engine reads.

use std::fs::File;
use std::path::Path;

use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use serde_json::Value;
use temper_protocol::Failure;

use crate::files::{bad_path, read};

/// What every Parquet file begins with.
const MAGIC: &[u8] = b"PAR1";

/// Reads a file of rows; one in Parquet becomes JSONL, a line a row.
///
/// # Errors
/// It can't be read, or isn't the Parquet that it says it is.
pub fn read_rows(path: &Path) -> Result<Vec<u8>, Failure> {
    let bytes = read(path)?;
    match bytes.starts_with(MAGIC) {
        true => lines(path).map_err(|error| {
            let why = error.to_string();
            bad_path(path, why.trim_start_matches("Parquet error: "))
        }),
        false => Ok(bytes),
    }
}

fn lines(path: &Path) -> Result<Vec<u8>, ParquetError> {
    let reader = SerializedFileReader::new(File::open(path)?)?;
    let mut lines = Vec::new();
    for row in reader.get_row_iter(None)? {
        let mut row = row?.to_json_value();
        without_nulls(&mut row);
        lines.extend(row.to_string().into_bytes());
        lines.push(b'\n');
    }
    Ok(lines)
}

/// A column of structs has every key in every row, null where the row had none.
fn without_nulls(value: &mut Value) {
    match value {
        Value::Object(keys) => {
            keys.retain(|_, value| !value.is_null());
            keys.values_mut().for_each(without_nulls);
        }
        Value::Array(values) => values.iter_mut().for_each(without_nulls),
        _ => {}
    }
}
