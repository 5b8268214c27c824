//! Parquet on disk, as the JSONL that the engine reads.

use std::fs::File;
use std::path::Path;

use temper_protocol::Failure;

use crate::files::bad_path;

pub use temper_parquet::MAGIC;

/// The file as JSONL, a line a row.
///
/// # Errors
/// It can't be opened, or isn't the Parquet that it says it is.
pub fn lines(path: &Path) -> Result<Vec<u8>, Failure> {
    let file = File::open(path).map_err(|error| bad_path(path, error))?;
    temper_parquet::lines(file, usize::MAX).map_err(|unreadable| bad_path(path, unreadable))
}
