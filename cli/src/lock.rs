//! One process a run's folder.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use temper_protocol::Failure;

use crate::output::unwritten;
use temper::files::bad_path;

/// Holds a run's folder; the operating system lets it go with the process, however that ends.
#[derive(Debug)]
pub struct Lock {
    path: PathBuf,
    /// The folders that were made for it, the outermost last.
    made: Vec<PathBuf>,
    _file: File,
}

impl Lock {
    /// Takes it, and makes the folder where there is none.
    ///
    /// # Errors
    /// Another process has it, or the folder can't be written.
    pub fn take(out: &Path) -> Result<Self, Failure> {
        if out.is_file() {
            return Err(bad_path(out, "is a file, not a folder"));
        }
        let missing = |folder: &&Path| !folder.as_os_str().is_empty() && !folder.exists();
        let made = out.ancestors().take_while(missing).map(Path::to_path_buf).collect();
        fs::create_dir_all(out).map_err(|error| unwritten(out, error))?;
        let path = out.join(".lock");
        let file = File::create(&path).map_err(|error| unwritten(out, error))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { path, made, _file: file }),
            Err(TryLockError::WouldBlock) => {
                Err(bad_path(out, "another process runs here").with_hint("give another --out"))
            }
            // Some file systems have no locks.
            Err(TryLockError::Error(_)) => Ok(Self { path, made, _file: file }),
        }
    }
}

impl Drop for Lock {
    /// Folders that were made for nothing go too: only empty ones can be removed so.
    fn drop(&mut self) {
        _ = fs::remove_file(&self.path);
        for folder in &self.made {
            _ = fs::remove_dir(folder);
        }
    }
}
