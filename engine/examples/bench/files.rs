//! The work's files and the model's, read by ranges as the command line reads them: a file held in
//! memory would count as the engine's.

use std::cell::RefCell;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use futures::future::LocalBoxFuture;
use serde::Deserialize;
use temper_engine::weights::{ByteSource, ModelFiles, SourceError};
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
            serde_json::from_slice(&bytes(&path)?).map_err(|error| bad(&path, error))?;
        work.rows = folder.join(&work.rows);
        Ok(work)
    }

    /// The name and the bytes of the rows.
    pub fn rows(&self) -> Result<(String, Vec<u8>), Failure> {
        Ok((self.rows.display().to_string(), bytes(&self.rows)?))
    }
}

/// The files of a folder, or one `.gguf`.
pub fn model(path: &Path) -> Result<ModelFiles, Failure> {
    let mut files: Vec<Rc<dyn ByteSource>> = Vec::new();
    if path.is_file() {
        files.push(Rc::new(FileSource::open(path)?));
        return Ok(ModelFiles::new(path.display().to_string(), files));
    }
    for entry in std::fs::read_dir(path).map_err(|error| bad(path, error))? {
        let file = entry.map_err(|error| bad(path, error))?.path();
        files.push(Rc::new(FileSource::open(&file)?));
    }
    Ok(ModelFiles::new(path.display().to_string(), files))
}

/// The most memory that this process ever had; known on Linux alone.
pub fn host_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

struct FileSource {
    name: String,
    length: u64,
    file: RefCell<File>,
}

impl FileSource {
    fn open(path: &Path) -> Result<Self, Failure> {
        let file = File::open(path).map_err(|error| bad(path, error))?;
        let length = file.metadata().map_err(|error| bad(path, error))?.len();
        Ok(Self { name: path.display().to_string(), length, file: RefCell::new(file) })
    }

    fn read_now(&self, offset: u64, length: usize) -> std::io::Result<Vec<u8>> {
        let mut file = self.file.borrow_mut();
        file.seek(SeekFrom::Start(offset))?;
        let mut bytes = vec![0; length];
        file.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}

impl ByteSource for FileSource {
    fn name(&self) -> &str {
        &self.name
    }

    fn len(&self) -> u64 {
        self.length
    }

    fn read<'a>(
        &'a self,
        offset: u64,
        length: usize,
    ) -> LocalBoxFuture<'a, Result<Vec<u8>, SourceError>> {
        let found = self.read_now(offset, length);
        let found = found.map_err(|error| SourceError::io(&self.name, error));
        Box::pin(std::future::ready(found))
    }
}

fn bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|error| bad(path, error))
}

fn bad(path: &Path, error: impl std::fmt::Display) -> Failure {
    Failure::bad_input(format!("{}: {error}", path.display()))
}
