//! A file of rows, in any of the formats that the command line reads.

use std::path::Path;

use temper_protocol::Failure;
use temper_protocol::table::is_table;

use crate::files::read;
use crate::{parquet, table};

/// Reads a file of rows: JSONL and JSON as they stand, what is in Parquet or a table as JSONL.
///
/// # Errors
/// It can't be read, or isn't what it says it is.
pub fn read_rows(path: &Path) -> Result<Vec<u8>, Failure> {
    let bytes = read(path)?;
    if bytes.starts_with(parquet::MAGIC) {
        return parquet::lines(path);
    }
    match std::str::from_utf8(&bytes) {
        Ok(text) if is_table(&path.display().to_string()) => table::lines(path, text),
        // What isn't UTF-8 the engine tells with its line.
        _ => Ok(bytes),
    }
}
