//! A run's folder on disk.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::rc::Rc;

use futures::future::{LocalBoxFuture, ready};
use temper_engine::storage::{StorageError, Store};
use temper_engine::weights::ByteSource;

use crate::files::FileSource;

/// A [`Store`] in a folder.
#[derive(Debug)]
pub struct FolderStore {
    root: PathBuf,
}

impl FolderStore {
    /// In this folder, which is created when first written to.
    pub fn new(root: PathBuf) -> Self {
        Self { root }
    }

    fn write_now(&self, path: &str, bytes: &[u8], append: bool) -> io::Result<()> {
        let target = self.root.join(path);
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder)?;
        }
        if append {
            return fs::OpenOptions::new().append(true).create(true).open(target)?.write_all(bytes);
        }
        // Through a neighbour, so that a run killed here leaves the old file or the new one.
        let partial = target.with_extension("partial");
        fs::write(&partial, bytes)?;
        fs::rename(partial, target)
    }
}

fn error(path: &str) -> impl Fn(io::Error) -> StorageError {
    move |error| StorageError::new(path, error)
}

/// `None` where there is no such file.
fn found<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

impl Store for FolderStore {
    fn write<'a>(
        &'a self,
        path: &'a str,
        bytes: &'a [u8],
        append: bool,
    ) -> LocalBoxFuture<'a, Result<(), StorageError>> {
        Box::pin(ready(self.write_now(path, bytes, append).map_err(error(path))))
    }

    fn read<'a>(
        &'a self,
        path: &'a str,
    ) -> LocalBoxFuture<'a, Result<Option<Vec<u8>>, StorageError>> {
        Box::pin(ready(found(fs::read(self.root.join(path))).map_err(error(path))))
    }

    fn source<'a>(
        &'a self,
        path: &'a str,
    ) -> LocalBoxFuture<'a, Result<Option<Rc<dyn ByteSource>>, StorageError>> {
        let full = self.root.join(path);
        let opened = if full.exists() {
            FileSource::open(&full)
                .map(|source| Some(Rc::new(source) as Rc<dyn ByteSource>))
                .map_err(|failure| StorageError::new(path, failure))
        } else {
            Ok(None)
        };
        Box::pin(ready(opened))
    }

    fn list<'a>(&'a self, dir: &'a str) -> LocalBoxFuture<'a, Result<Vec<String>, StorageError>> {
        let names = || -> io::Result<Vec<String>> {
            let Some(entries) = found(fs::read_dir(self.root.join(dir)))? else {
                return Ok(Vec::new());
            };
            entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
        };
        Box::pin(ready(names().map_err(error(dir))))
    }

    fn remove<'a>(&'a self, path: &'a str) -> LocalBoxFuture<'a, Result<(), StorageError>> {
        let full = self.root.join(path);
        let removed = if full.is_dir() { fs::remove_dir_all(full) } else { fs::remove_file(full) };
        Box::pin(ready(found(removed).map(|_| ()).map_err(error(path))))
    }
}
