//! A run's files in the origin-private file system: the browser's own disk for this page, which
//! no other page and no file manager sees.

use std::rc::Rc;

use futures::future::LocalBoxFuture;
use js_sys::{ArrayBuffer, IteratorNext, Reflect, Uint8Array};
use temper_engine::storage::{StorageError, Store};
use temper_engine::weights::ByteSource;
use wasm_bindgen::JsValue;
use web_sys::{
    File, FileSystemDirectoryHandle, FileSystemFileHandle, FileSystemGetDirectoryOptions,
    FileSystemGetFileOptions, FileSystemReadWriteOptions, FileSystemRemoveOptions,
    FileSystemSyncAccessHandle, StorageManager,
};

use super::RunFiles;
use crate::files::WebFile;
use crate::{js, wire};

/// A folder of it.
pub struct OpfsStore {
    root: FileSystemDirectoryHandle,
}

impl OpfsStore {
    /// The whole of it.
    ///
    /// # Errors
    /// This browser, or this kind of window, has none.
    pub async fn open() -> Result<Self, StorageError> {
        let storage: StorageManager = wire::scope().navigator().storage();
        // Absent outside of secure contexts; calling what isn't there would end the worker.
        if !has(storage.as_ref(), "getDirectory") {
            return Err(StorageError::new("/", "this browser has no private file system here"));
        }
        let root = js::settle(storage.get_directory()).await.map_err(error("/"))?;
        Ok(Self { root })
    }

    /// A folder in this one, made where it isn't there.
    ///
    /// # Errors
    /// The browser's.
    pub async fn within(&self, folder: &str) -> Result<Self, StorageError> {
        let root = self.folder(&[folder], true).await.map_err(error(folder))?;
        Ok(Self { root })
    }

    /// A folder in this one; `None` where there is none.
    ///
    /// # Errors
    /// The browser's.
    pub async fn existing(&self, folder: &str) -> Result<Option<Self>, StorageError> {
        match self.folder(&[folder], false).await {
            Ok(root) => Ok(Some(Self { root })),
            Err(thrown) if is_missing(&thrown) => Ok(None),
            Err(thrown) => Err(error(folder)(thrown)),
        }
    }

    async fn folder(
        &self,
        path: &[&str],
        create: bool,
    ) -> Result<FileSystemDirectoryHandle, JsValue> {
        let options = FileSystemGetDirectoryOptions::new();
        options.set_create(create);
        let mut folder = self.root.clone();
        for name in path {
            folder = js::settle(folder.get_directory_handle_with_options(name, &options)).await?;
        }
        Ok(folder)
    }

    async fn handle(&self, path: &str, create: bool) -> Result<FileSystemFileHandle, JsValue> {
        let (folders, name) = split(path);
        let options = FileSystemGetFileOptions::new();
        options.set_create(create);
        let folder = self.folder(&folders, create).await?;
        js::settle(folder.get_file_handle_with_options(name, &options)).await
    }

    async fn put(&self, path: &str, bytes: &[u8], append: bool) -> Result<(), JsValue> {
        let handle = self.handle(path, true).await?;
        if !has(handle.as_ref(), "createSyncAccessHandle") {
            return Err(JsValue::from_str("this browser can't write here"));
        }
        let access: FileSystemSyncAccessHandle =
            js::settle(handle.create_sync_access_handle()).await?;
        let written = write_all(&access, bytes, append);
        access.close();
        written
    }

    async fn file(&self, path: &str) -> Result<Option<File>, JsValue> {
        match self.handle(path, false).await {
            Ok(handle) => js::settle(handle.get_file()).await.map(Some),
            Err(thrown) if is_missing(&thrown) => Ok(None),
            Err(thrown) => Err(thrown),
        }
    }

    async fn contents(&self, path: &str) -> Result<Option<Uint8Array>, JsValue> {
        let Some(file) = self.file(path).await? else { return Ok(None) };
        let buffer: ArrayBuffer = js::settle(file.array_buffer()).await?;
        Ok(Some(Uint8Array::new(buffer.as_ref())))
    }

    async fn names(&self, path: &str) -> Result<Vec<String>, JsValue> {
        let folders: Vec<&str> = path.split('/').filter(|name| !name.is_empty()).collect();
        let folder = match self.folder(&folders, false).await {
            Ok(folder) => folder,
            Err(thrown) if is_missing(&thrown) => return Ok(Vec::new()),
            Err(thrown) => return Err(thrown),
        };
        let keys = folder.keys();
        let mut names = Vec::new();
        loop {
            let next: IteratorNext = js::settle(keys.next()?).await?;
            if next.done() {
                names.sort();
                return Ok(names);
            }
            names.extend(next.value().as_string());
        }
    }

    async fn remove_one(&self, path: &str) -> Result<(), JsValue> {
        let (folders, name) = split(path);
        let options = FileSystemRemoveOptions::new();
        options.set_recursive(true);
        let removed = async {
            let folder = self.folder(&folders, false).await?;
            js::settle::<JsValue>(folder.remove_entry_with_options(name, &options)).await
        };
        match removed.await {
            Err(thrown) if !is_missing(&thrown) => Err(thrown),
            _ => Ok(()),
        }
    }

    async fn remove_all(&self, path: &str) -> Result<(), JsValue> {
        if !path.is_empty() {
            return self.remove_one(path).await;
        }
        for name in self.names("").await? {
            self.remove_one(&name).await?;
        }
        Ok(())
    }
}

fn write_all(
    access: &FileSystemSyncAccessHandle,
    bytes: &[u8],
    append: bool,
) -> Result<(), JsValue> {
    let mut at = if append { access.get_size()? } else { 0.0 };
    if !append {
        access.truncate_with_u32(0)?;
    }
    let place = FileSystemReadWriteOptions::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        place.set_at(at);
        let written = access.write_with_u8_array_and_options(rest, &place)?;
        if written < 1.0 {
            return Err(JsValue::from_str("the disk takes no more"));
        }
        at += written;
        let written = written as usize;
        rest = rest.get(written..).unwrap_or_default();
    }
    access.flush()
}

/// Folders and name of a path.
fn split(path: &str) -> (Vec<&str>, &str) {
    let mut parts: Vec<&str> = path.split('/').filter(|name| !name.is_empty()).collect();
    let name = parts.pop().unwrap_or_default();
    (parts, name)
}

fn has(object: &JsValue, method: &str) -> bool {
    object.is_object() && Reflect::has(object, &method.into()).unwrap_or(false)
}

fn is_missing(thrown: &JsValue) -> bool {
    js::is_named(thrown, "NotFoundError")
}

fn error(path: &str) -> impl Fn(JsValue) -> StorageError {
    move |thrown| StorageError::new(path, js::words(&thrown))
}

impl Store for OpfsStore {
    fn write<'a>(
        &'a self,
        path: &'a str,
        bytes: &'a [u8],
        append: bool,
    ) -> LocalBoxFuture<'a, Result<(), StorageError>> {
        Box::pin(async move { self.put(path, bytes, append).await.map_err(error(path)) })
    }

    fn read<'a>(
        &'a self,
        path: &'a str,
    ) -> LocalBoxFuture<'a, Result<Option<Vec<u8>>, StorageError>> {
        Box::pin(async move {
            let contents = self.contents(path).await.map_err(error(path))?;
            Ok(contents.map(|bytes| bytes.to_vec()))
        })
    }

    fn source<'a>(
        &'a self,
        path: &'a str,
    ) -> LocalBoxFuture<'a, Result<Option<Rc<dyn ByteSource>>, StorageError>> {
        Box::pin(async move {
            let file = self.file(path).await.map_err(error(path))?;
            Ok(file.map(|file| Rc::new(WebFile::new(file)) as Rc<dyn ByteSource>))
        })
    }

    fn list<'a>(&'a self, dir: &'a str) -> LocalBoxFuture<'a, Result<Vec<String>, StorageError>> {
        Box::pin(async move { self.names(dir).await.map_err(error(dir)) })
    }

    fn remove<'a>(&'a self, path: &'a str) -> LocalBoxFuture<'a, Result<(), StorageError>> {
        Box::pin(async move { self.remove_all(path).await.map_err(error(path)) })
    }
}

impl RunFiles for OpfsStore {
    fn bytes<'a>(
        &'a self,
        path: &'a str,
    ) -> LocalBoxFuture<'a, Result<Option<Uint8Array>, StorageError>> {
        Box::pin(async move { self.contents(path).await.map_err(error(path)) })
    }
}
