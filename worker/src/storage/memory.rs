//! A run's files in memory.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use futures::future::{LocalBoxFuture, ready};
use js_sys::Uint8Array;
use temper_engine::storage::{StorageError, Store};

use super::RunFiles;

/// Files by path.
#[derive(Default)]
pub struct MemoryStore {
    files: RefCell<BTreeMap<String, Vec<u8>>>,
}

/// The part of `path` below `folder`; all of it where the folder is the root.
fn below<'a>(path: &'a str, folder: &str) -> Option<&'a str> {
    match folder {
        "" => Some(path),
        folder => path.strip_prefix(folder)?.strip_prefix('/'),
    }
}

impl Store for MemoryStore {
    fn write<'a>(
        &'a self,
        path: &'a str,
        bytes: &'a [u8],
        append: bool,
    ) -> LocalBoxFuture<'a, Result<(), StorageError>> {
        let mut files = self.files.borrow_mut();
        let file = files.entry(path.to_string()).or_default();
        if !append {
            file.clear();
        }
        file.extend(bytes);
        Box::pin(ready(Ok(())))
    }

    fn read<'a>(
        &'a self,
        path: &'a str,
    ) -> LocalBoxFuture<'a, Result<Option<Vec<u8>>, StorageError>> {
        Box::pin(ready(Ok(self.files.borrow().get(path).cloned())))
    }

    fn list<'a>(&'a self, dir: &'a str) -> LocalBoxFuture<'a, Result<Vec<String>, StorageError>> {
        let files = self.files.borrow();
        let names: BTreeSet<String> = files
            .keys()
            .filter_map(|path| below(path, dir)?.split('/').next().map(str::to_string))
            .collect();
        Box::pin(ready(Ok(names.into_iter().collect())))
    }

    fn remove<'a>(&'a self, path: &'a str) -> LocalBoxFuture<'a, Result<(), StorageError>> {
        self.files.borrow_mut().retain(|file, _| file != path && below(file, path).is_none());
        Box::pin(ready(Ok(())))
    }
}

impl RunFiles for MemoryStore {
    fn bytes<'a>(
        &'a self,
        path: &'a str,
    ) -> LocalBoxFuture<'a, Result<Option<Uint8Array>, StorageError>> {
        let bytes = self.files.borrow().get(path).map(|bytes| Uint8Array::from(bytes.as_slice()));
        Box::pin(ready(Ok(bytes)))
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    fn now<T>(future: LocalBoxFuture<'_, Result<T, StorageError>>) -> T {
        future.now_or_never().unwrap().unwrap()
    }

    #[test]
    fn folders_are_listed_and_removed_whole() {
        let store = MemoryStore::default();
        for path in ["checkpoints/step-1/a", "checkpoints/step-1/b", "checkpoints/step-10/a"] {
            now(store.write(path, b"one", false));
            now(store.write(path, b"two", true));
        }
        assert_eq!(now(store.list("checkpoints")), ["step-1", "step-10"]);
        now(store.remove("checkpoints/step-1"));
        assert_eq!(now(store.list("checkpoints")), ["step-10"]);
        assert_eq!(now(store.read("checkpoints/step-10/a")), Some(b"onetwo".to_vec()));
        now(store.remove(""));
        assert!(now(store.list("")).is_empty());
    }
}
