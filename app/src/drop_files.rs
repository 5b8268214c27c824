//! Files that the user picked or dropped; a dropped folder stands for the files in it.

use js_sys::{Array, Promise};
use leptos::prelude::event_target;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{
    DataTransfer, Event, File, FileList, FileSystemDirectoryEntry, FileSystemEntry,
    FileSystemFileEntry, HtmlInputElement,
};

use crate::js::{self, settle};

/// What the user brought.
#[derive(Default)]
pub struct Brought {
    /// The files, of which no two are called the same.
    pub files: Vec<File>,
    /// What the one folder is called that they came in.
    pub folder: Option<String>,
}

/// What was picked in an input, of a folder the files that lie directly in it: its folders may hold
/// some of the same names.
pub fn picked(event: &Event) -> Brought {
    let input: HtmlInputElement = event_target(event);
    let files = listed(input.files());
    // So that picking the same once more, changed by then, is a change again.
    input.set_value("");
    let path = |file: &File| js::text_of(file.as_ref(), "webkitRelativePath").unwrap_or_default();
    let folder = files.first().and_then(|file| folder_of(&path(file)));
    let files = files.into_iter().filter(|file| is_direct(&path(file))).collect();
    Brought { files, folder }
}

/// The outermost folder of a path.
fn folder_of(path: &str) -> Option<String> {
    path.split_once('/').map(|(folder, _)| folder.to_string())
}

fn is_direct(path: &str) -> bool {
    path.split('/').count() <= 2
}

/// A list of files as a vector.
fn listed(list: Option<FileList>) -> Vec<File> {
    let list = list.as_ref();
    let length = list.map_or(0, FileList::length);
    (0..length).filter_map(|at| list.and_then(|list| list.get(at))).collect()
}

/// What was dropped. The transfer is read at once, for it is empty once its event is over;
/// folders are opened by the future.
pub fn dropped(transfer: &DataTransfer) -> impl Future<Output = Brought> + use<> {
    let plain = listed(transfer.files());
    let items = transfer.items();
    let entries: Vec<FileSystemEntry> = (0..items.length())
        .filter_map(|at| items.get(at))
        .filter_map(|item| item.webkit_get_as_entry().ok().flatten())
        .collect();
    async move {
        if !entries.iter().any(FileSystemEntry::is_directory) {
            return Brought { files: plain, folder: None };
        }
        let folder = match &entries[..] {
            [folder] => Some(folder.name()),
            _ => None,
        };
        let mut files = Vec::new();
        for entry in entries {
            if entry.is_directory() {
                for child in children(&entry).await {
                    files.extend(file(&child).await);
                }
            } else {
                files.extend(file(&entry).await);
            }
        }
        Brought { files, folder }
    }
}

/// What is directly inside a folder; the browser tells it in portions, the last of them empty.
async fn children(folder: &FileSystemEntry) -> Vec<FileSystemEntry> {
    let reader = folder.unchecked_ref::<FileSystemDirectoryEntry>().create_reader();
    let mut found = Vec::new();
    loop {
        let portion = Promise::new(&mut |resolve, reject| {
            if reader.read_entries_with_callback_and_callback(&resolve, &reject).is_err() {
                // Without a portion the promise would never settle.
                _ = reject.call0(&JsValue::UNDEFINED);
            }
        });
        let Ok(portion) = settle::<Array>(portion).await else { return found };
        if portion.length() == 0 {
            return found;
        }
        found.extend(portion.iter().map(|entry| entry.unchecked_into::<FileSystemEntry>()));
    }
}

/// The file of an entry; a folder has none.
async fn file(entry: &FileSystemEntry) -> Option<File> {
    if !entry.is_file() {
        return None;
    }
    let entry: &FileSystemFileEntry = entry.unchecked_ref();
    let promise = Promise::new(&mut |resolve, reject| {
        entry.file_with_callback_and_callback(&resolve, &reject);
    });
    settle(promise).await.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_known_by_the_paths_of_its_files() {
        assert_eq!(folder_of("SmolLM2/config.json"), Some("SmolLM2".to_string()));
        assert_eq!(folder_of("SmolLM2/onnx/config.json"), Some("SmolLM2".to_string()));
        assert_eq!(folder_of(""), None, "files that were picked by themselves");
        assert!(is_direct("") && is_direct("SmolLM2/config.json"));
        assert!(!is_direct("SmolLM2/onnx/config.json"));
    }
}
