//! The page's service worker: the built files' names and a version made of what is in them.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use crate::error::ChoreError;

/// As the page asks for it.
const NAME: &str = "offline.js";

/// What few visitors need, by how its files' names begin: kept only once it was asked for.
const LATER: &str = "parquet-reader";

/// Writes the service worker of what is in `dist`. Its text comes from `source`.
pub fn write(dist: &Path, source: &Path) -> Result<(), ChoreError> {
    let text = std::fs::read_to_string(source).map_err(ChoreError::file(source))?;
    let mut files = Vec::new();
    gather(dist, &mut files)?;
    files.retain(|path| path.file_name().is_some_and(|name| name != NAME));
    files.sort();
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    let (mut names, mut later) = (vec!["./".to_string()], Vec::new());
    for path in &files {
        let bytes = std::fs::read(path).map_err(ChoreError::file(path))?;
        let inside = path.strip_prefix(dist).unwrap_or(path).to_string_lossy().replace('\\', "/");
        inside.hash(&mut hasher);
        bytes.hash(&mut hasher);
        match inside.as_str() {
            "index.html" => {}
            inside if inside.starts_with(LATER) => later.push(format!("./{inside}")),
            inside => names.push(format!("./{inside}")),
        }
    }
    let version = format!("{:016x}", hasher.finish());
    let [names, later] = [names, later].map(|names| serde_json::json!(names).to_string());
    let text = text.replace("__VERSION__", &version);
    let text = text.replace("__FILES__", &names).replace("__LATER__", &later);
    let target = dist.join(NAME);
    std::fs::write(&target, text).map_err(ChoreError::file(&target))
}

fn gather(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), ChoreError> {
    let entries = std::fs::read_dir(folder).map_err(ChoreError::file(folder))?;
    for path in entries.flatten().map(|entry| entry.path()) {
        match path.is_dir() {
            true => gather(&path, files)?,
            false => files.push(path),
        }
    }
    Ok(())
}
