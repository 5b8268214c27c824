//! What the browser keeps for this page: files in the page's own private file system, and short
//! texts. Private windows and old browsers have no such file system: there every call fails.

use js_sys::{ArrayBuffer, IteratorNext, JsString};
use leptos::prelude::window;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{
    File, FileSystemDirectoryHandle, FileSystemFileHandle, FileSystemGetDirectoryOptions,
    FileSystemGetFileOptions, FileSystemHandle, FileSystemHandleKind, FileSystemRemoveOptions,
    FileSystemWritableFileStream,
};

use crate::js::{has, is_named, settle};

/// Whether there is such a file system here.
pub fn is_there() -> bool {
    // Absent outside of secure contexts.
    has(window().navigator().storage().as_ref(), "getDirectory")
}

/// A folder of it; a clone is as good as the original. All errors are the browser's.
#[derive(Clone, Debug)]
pub struct Folder {
    handle: FileSystemDirectoryHandle,
}

impl Folder {
    /// The page's folder of this name, made where it isn't there.
    ///
    /// # Errors
    /// There is no file system, or no room.
    pub async fn open(name: &str) -> Result<Self, JsValue> {
        if !is_there() {
            return Err(JsValue::from_str("this browser has no private file system here"));
        }
        let root = window().navigator().storage().get_directory();
        Self { handle: settle(root).await? }.folder(name).await
    }

    /// A folder in it, made where it isn't there.
    ///
    /// # Errors
    /// The browser's.
    pub async fn folder(&self, name: &str) -> Result<Self, JsValue> {
        let options = FileSystemGetDirectoryOptions::new();
        options.set_create(true);
        let opened = self.handle.get_directory_handle_with_options(name, &options);
        Ok(Self { handle: settle(opened).await? })
    }

    /// All folders in it, by name.
    ///
    /// # Errors
    /// The browser's.
    pub async fn folders(&self) -> Result<Vec<Self>, JsValue> {
        let folders = self.entries().await?.into_iter();
        let folders = folders.filter(|entry| entry.kind() == FileSystemHandleKind::Directory);
        Ok(folders.map(|entry| Self { handle: entry.unchecked_into() }).collect())
    }

    /// The names of all that is in it, in order.
    ///
    /// # Errors
    /// The browser's.
    pub async fn names(&self) -> Result<Vec<String>, JsValue> {
        Ok(self.entries().await?.iter().map(|entry| entry.name()).collect())
    }

    async fn entries(&self) -> Result<Vec<FileSystemHandle>, JsValue> {
        let values = self.handle.values();
        let mut found: Vec<FileSystemHandle> = Vec::new();
        loop {
            let next: IteratorNext = settle(values.next()?).await?;
            if next.done() {
                found.sort_by_key(|entry| entry.name());
                return Ok(found);
            }
            found.push(next.value().unchecked_into());
        }
    }

    /// A file in it; none where it isn't there.
    ///
    /// # Errors
    /// The browser's.
    pub async fn file(&self, name: &str) -> Result<Option<File>, JsValue> {
        let handle: FileSystemFileHandle = match settle(self.handle.get_file_handle(name)).await {
            Ok(handle) => handle,
            Err(thrown) if is_named(&thrown, "NotFoundError") => return Ok(None),
            Err(thrown) => return Err(thrown),
        };
        Ok(Some(settle(handle.get_file()).await?))
    }

    /// The text of a file in it; none where it isn't there.
    ///
    /// # Errors
    /// The browser's.
    pub async fn read(&self, name: &str) -> Result<Option<String>, JsValue> {
        match self.file(name).await? {
            Some(file) => Ok(Some(text(&file).await?)),
            None => Ok(None),
        }
    }

    /// A file to be written; only once it is closed it takes the place of what was there.
    ///
    /// # Errors
    /// The browser's.
    pub async fn writer(&self, name: &str) -> Result<FileSystemWritableFileStream, JsValue> {
        let options = FileSystemGetFileOptions::new();
        options.set_create(true);
        let made = self.handle.get_file_handle_with_options(name, &options);
        let handle: FileSystemFileHandle = settle(made).await?;
        if !has(handle.as_ref(), "createWritable") {
            return Err(JsValue::from_str("this browser can't write here"));
        }
        settle(handle.create_writable()).await
    }

    /// Writes a file; it is the old one or the new one, never half of it.
    ///
    /// # Errors
    /// The browser's, for one that there is no more room.
    pub async fn write(&self, name: &str, text: &str) -> Result<(), JsValue> {
        let stream = self.writer(name).await?;
        settle::<JsValue>(stream.write_with_str(text)?).await?;
        settle::<JsValue>(stream.close()).await?;
        Ok(())
    }

    /// Removes a file, or a folder with all that is in it.
    ///
    /// # Errors
    /// The browser's; that there is none is no error.
    pub async fn remove(&self, name: &str) -> Result<(), JsValue> {
        let options = FileSystemRemoveOptions::new();
        options.set_recursive(true);
        let removed = self.handle.remove_entry_with_options(name, &options);
        match settle::<JsValue>(removed).await {
            Err(thrown) if !is_named(&thrown, "NotFoundError") => Err(thrown),
            _ => Ok(()),
        }
    }
}

/// A file's bytes, whole, outside of the page's own memory.
///
/// # Errors
/// The browser's.
pub async fn bytes(file: &File) -> Result<ArrayBuffer, JsValue> {
    settle(file.array_buffer()).await
}

/// The text of a file that the page wrote: of others, what isn't UTF-8 would be lost unsaid.
///
/// # Errors
/// The browser's.
async fn text(file: &File) -> Result<String, JsValue> {
    let text: JsString = settle(file.text()).await?;
    Ok(String::from(text))
}

/// The short text that was kept under a key.
pub fn recall(key: &str) -> Option<String> {
    shelf()?.get_item(key).ok().flatten()
}

/// Keeps a short text. Where the browser keeps nothing for the page, it goes with the page.
pub fn remember(key: &str, text: &str) {
    if let Some(shelf) = shelf() {
        _ = shelf.set_item(key, text);
    }
}

fn shelf() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}
