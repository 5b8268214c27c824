//! Files read by ranges, and models and adapters found on disk.

use std::cell::RefCell;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::rc::Rc;

use futures::future::LocalBoxFuture;
use temper_engine::model::Adapter as Slot;
use temper_engine::rewards::adapter;
use temper_engine::scores::Normalization;
use temper_engine::weights::peft::Adapter;
use temper_engine::weights::{ByteSource, ModelFiles, SourceError};
use temper_engine::{Compute, OpenModel};
use temper_protocol::{Failure, FailureKind, Location};

/// A file on disk.
#[derive(Debug)]
pub struct FileSource {
    name: String,
    length: u64,
    file: RefCell<File>,
}

impl FileSource {
    /// Opens a file.
    ///
    /// # Errors
    /// It can't be opened.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        let unreadable = |error| bad_path(path, error);
        let file = File::open(path).map_err(unreadable)?;
        let length = file.metadata().map_err(unreadable)?.len();
        Ok(Self { name: path.display().to_string(), length, file: RefCell::new(file) })
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
        let read = || -> std::io::Result<Vec<u8>> {
            let mut file = self.file.borrow_mut();
            file.seek(SeekFrom::Start(offset))?;
            let mut bytes = vec![0; length];
            file.read_exact(&mut bytes)?;
            Ok(bytes)
        };
        let result = read().map_err(|error| SourceError::io(&self.name, error));
        Box::pin(std::future::ready(result))
    }
}

/// The files of a folder, or one `.gguf`.
///
/// # Errors
/// The path is neither.
pub fn model_files(path: &Path) -> Result<ModelFiles, Failure> {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    if path.is_file() {
        let source: Rc<dyn ByteSource> = Rc::new(FileSource::open(path)?);
        return Ok(ModelFiles::new(name, vec![source]));
    }
    let mut files: Vec<Rc<dyn ByteSource>> = Vec::new();
    for entry in std::fs::read_dir(path).map_err(|error| bad_path(path, error))? {
        let path = entry.map_err(|error| bad_path(path, error))?.path();
        if path.is_file() {
            files.push(Rc::new(FileSource::open(&path)?));
        }
    }
    Ok(ModelFiles::new(name, files))
}

/// Opens a model, and puts an adapter on it if one is given.
///
/// # Errors
/// What is wrong with which file.
pub async fn open_model(
    path: &Path,
    adapter: Option<&Path>,
    compute: &Compute,
) -> Result<OpenModel, Failure> {
    let mut open = OpenModel::open(model_files(path)?, compute, |_| {}).await?;
    if let Some(path) = adapter {
        open.decoder.attach(&open_adapter(path).await?, Slot::Policy)?;
    }
    Ok(open)
}

/// Reads an adapter in PEFT's format.
///
/// # Errors
/// What is wrong with which file.
pub async fn open_adapter(path: &Path) -> Result<Adapter, Failure> {
    Ok(Adapter::open(&model_files(path)?).await?)
}

/// Reads a reward model's adapter, and its normalisation where it has one.
///
/// # Errors
/// What is wrong with which file.
pub async fn open_reward(path: &Path) -> Result<(Adapter, Normalization), Failure> {
    adapter::open(&model_files(path)?).await
}

/// What brings a reward model's scores to mean 0 and deviation 1; nothing where it holds none.
///
/// # Errors
/// A file that can't be read.
pub async fn normalization(reward_model: &Path) -> Result<Normalization, Failure> {
    Ok(Normalization::open(&model_files(reward_model)?).await?)
}

/// Reads a whole small file.
///
/// # Errors
/// It can't be read.
pub fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|error| bad_path(path, error))
}

/// A path of the user's that can't be used.
pub fn bad_path(path: &Path, error: impl std::fmt::Display) -> Failure {
    let file = path.display().to_string();
    let message = format!("{file}: {error}");
    let location = Location { file: Some(file), ..Location::default() };
    Failure::new(FailureKind::BadInput(location), message)
}
