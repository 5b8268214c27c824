//! Where a run leaves its files: a folder natively, the origin-private file system in the page.

use std::rc::Rc;

use futures::future::LocalBoxFuture;
use temper_protocol::{Failure, FailureKind};

use crate::weights::{ByteSource, MemorySource, ModelFiles};

/// Paths use `/` and are relative to the run's own folder.
pub trait Store {
    /// Writes or appends, creating folders on the way.
    fn write<'a>(
        &'a self,
        path: &'a str,
        bytes: &'a [u8],
        append: bool,
    ) -> LocalBoxFuture<'a, Result<(), StorageError>>;

    /// A whole file; `None` where there is none.
    fn read<'a>(
        &'a self,
        path: &'a str,
    ) -> LocalBoxFuture<'a, Result<Option<Vec<u8>>, StorageError>>;

    /// A file to be read by ranges; `None` where there is none.
    fn source<'a>(
        &'a self,
        path: &'a str,
    ) -> LocalBoxFuture<'a, Result<Option<Rc<dyn ByteSource>>, StorageError>> {
        Box::pin(async move {
            let bytes = self.read(path).await?;
            Ok(bytes.map(|bytes| Rc::new(MemorySource::new(path, bytes)) as Rc<dyn ByteSource>))
        })
    }

    /// The names directly inside a folder; empty where there is none.
    fn list<'a>(&'a self, dir: &'a str) -> LocalBoxFuture<'a, Result<Vec<String>, StorageError>>;

    /// Removes a file or a folder with all in it; fine where there is none.
    fn remove<'a>(&'a self, path: &'a str) -> LocalBoxFuture<'a, Result<(), StorageError>>;
}

/// Files of a store's folder under a name, to be read by ranges; what isn't there is left out.
///
/// # Errors
/// The store's.
pub async fn files_in(
    store: &dyn Store,
    folder: &str,
    files: &[String],
    name: &str,
) -> Result<ModelFiles, StorageError> {
    let mut sources = Vec::new();
    for file in files {
        sources.extend(store.source(&format!("{folder}/{file}")).await?);
    }
    Ok(ModelFiles::new(name, sources))
}

/// A file that could not be written or read back.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{path}: {message}")]
pub struct StorageError {
    /// The file, relative to the run.
    pub path: String,
    /// The system's words.
    pub message: String,
}

impl StorageError {
    /// An error about a path.
    pub fn new(path: impl Into<String>, message: impl ToString) -> Self {
        Self { path: path.into(), message: message.to_string() }
    }
}

impl From<StorageError> for Failure {
    fn from(error: StorageError) -> Self {
        Self::new(FailureKind::Storage, error.to_string())
    }
}
