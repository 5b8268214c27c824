//! The work's files.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use temper::files::{bad_path, read};
use temper_protocol::{Failure, RunConfig};

/// What is to be done, as `cargo xtask bench` writes it.
#[derive(Deserialize)]
pub struct Work {
    /// The file of rows; relative in `work.json`.
    pub rows: PathBuf,
    /// A run; without one, the rows are prompts to complete.
    pub run: Option<RunConfig>,
    /// How long completions are, tokens.
    pub new_tokens: Option<usize>,
    /// Whether a GPU in software is too slow for it.
    pub heavy: bool,
}

impl Work {
    /// Reads a work's folder.
    pub fn read(folder: &Path) -> Result<Self, Failure> {
        let path = folder.join("work.json");
        let mut work: Self =
            serde_json::from_slice(&read(&path)?).map_err(|error| bad_path(&path, error))?;
        work.rows = folder.join(&work.rows);
        Ok(work)
    }

    /// The name and the bytes of the rows.
    pub fn rows(&self) -> Result<(String, Vec<u8>), Failure> {
        Ok((self.rows.display().to_string(), read(&self.rows)?))
    }
}

/// The most memory that this process ever had; known on Linux alone.
pub fn host_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}
