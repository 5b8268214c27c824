//! Files in and out, and what can be wrong with them.

use std::io;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use temper_protocol::Failure;

/// Why a chore failed.
#[derive(Debug, thiserror::Error)]
pub enum ToolError {
    /// It was called wrongly.
    #[error("{0}")]
    Usage(String),
    /// A file can't be read or written.
    #[error("{}: {source}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file holds something else than it should.
    #[error("{}: {message}", .path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong, with the line or the tensor.
        message: String,
    },
    /// The engine couldn't do what it was asked.
    #[error("{0}")]
    Engine(#[from] Failure),
}

impl ToolError {
    /// For `map_err` on whatever reads what `path` holds.
    pub fn content<E: ToString>(path: &Path) -> impl FnOnce(E) -> Self {
        let path = path.to_owned();
        move |error| Self::Content { path, message: error.to_string() }
    }

    fn file(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { path, source }
    }
}

/// A whole file.
pub fn read(path: &Path) -> Result<Vec<u8>, ToolError> {
    std::fs::read(path).map_err(ToolError::file(path))
}

/// The files of a folder.
pub fn list(folder: &Path) -> Result<Vec<PathBuf>, ToolError> {
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(ToolError::file(folder))? {
        let path = entry.map_err(ToolError::file(folder))?.path();
        if path.is_file() {
            paths.push(path);
        }
    }
    Ok(paths)
}

/// Writes a file, making its folder where there is none.
pub fn write(path: &Path, bytes: impl AsRef<[u8]>) -> Result<(), ToolError> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(ToolError::file(folder))?;
    }
    std::fs::write(path, bytes).map_err(ToolError::file(path))
}

/// A JSON file.
pub fn read_json(path: &Path) -> Result<Value, ToolError> {
    serde_json::from_slice(&read(path)?).map_err(ToolError::content(path))
}

/// Writes a JSON file that people can read.
pub fn write_json(path: &Path, value: &Value) -> Result<(), ToolError> {
    write(path, format!("{value:#}\n"))
}

/// The rows of a JSONL file.
pub fn read_rows(path: &Path) -> Result<Vec<Value>, ToolError> {
    let bytes = read(path)?;
    let lines = bytes.split(|byte| *byte == b'\n').enumerate();
    lines
        .filter(|(_, line)| !line.trim_ascii().is_empty())
        .map(|(at, line)| {
            serde_json::from_slice(line).map_err(|error| ToolError::Content {
                path: path.to_owned(),
                message: format!("line {}: {error}", at + 1),
            })
        })
        .collect()
}

/// Writes a JSONL file.
pub fn write_rows(path: &Path, rows: &[Value]) -> Result<(), ToolError> {
    let text: String = rows.iter().map(|row| format!("{row}\n")).collect();
    write(path, text)
}

/// A conversation of one turn.
pub fn turn(role: &str, content: &str) -> Value {
    json!([{ "role": role, "content": content }])
}
