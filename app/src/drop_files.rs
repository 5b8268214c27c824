//! Files that the user picked or dropped; a dropped folder stands for the files in it.

use std::collections::BTreeSet;

use js_sys::{Array, Promise};
use leptos::prelude::event_target;
use temper_protocol::Failure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{
    DataTransfer, Event, File, FileList, FileSystemDirectoryEntry, FileSystemEntry,
    FileSystemFileEntry, HtmlInputElement,
};

use crate::js::{self, settle};

/// What the user brought.
#[derive(Default)]
pub struct Brought {
    /// The files. Of several folders, some may be called the same.
    pub files: Vec<File>,
    /// What the one folder is called that they came in.
    pub folder: Option<String>,
}

impl Brought {
    /// The same, where it can be one model's.
    ///
    /// # Errors
    /// Files of several.
    pub fn one_model(self) -> Result<Self, Failure> {
        let names: Vec<String> = self.files.iter().map(File::name).collect();
        match mixed(&names, self.folder.is_some()) {
            Some(failure) => Err(failure),
            None => Ok(self),
        }
    }
}

/// Why files can't be one model's, if so. Of two that are called the same one would be opened
/// unsaid; so would one of a GGUF and safetensors, unless a folder holds both, as some repositories
/// do: there the safetensors are meant.
fn mixed(names: &[String], in_one_folder: bool) -> Option<Failure> {
    let mut seen = BTreeSet::new();
    if let Some(name) = names.iter().find(|name| !seen.insert(*name)) {
        let message =
            format!("Several files called {name} came, and one model is opened at a time.");
        return Some(Failure::bad_input(message).with_hint("Bring the files of one folder alone."));
    }
    let ending = |end: &str| names.iter().find(|name| name.to_lowercase().ends_with(end));
    let (gguf, weights) = (ending(".gguf")?, ending(".safetensors")?);
    (!in_one_folder).then(|| {
        let message =
            format!("{gguf} came beside {weights}: each is a model, and one is opened at a time.");
        Failure::bad_input(message).with_hint("Bring the .gguf alone, or the others without it.")
    })
}

/// What was picked in an input, of a folder the files that lie directly in it: its folders may hold
/// some of the same names.
///
/// # Errors
/// A folder in which no files lie directly.
pub fn picked(event: &Event) -> Result<Brought, Failure> {
    let input: HtmlInputElement = event_target(event);
    let files = listed(input.files());
    // So that picking the same once more, changed by then, is a change again.
    input.set_value("");
    let path = |file: &File| js::text_of(file.as_ref(), "webkitRelativePath").unwrap_or_default();
    let folder = files.first().and_then(|file| folder_of(&path(file)));
    let files: Vec<File> = files.into_iter().filter(|file| is_direct(&path(file))).collect();
    check_any(files.len(), folder.as_slice())?;
    Ok(Brought { files, folder })
}

/// Whether any files came, where folders did.
fn check_any(files: usize, folders: &[String]) -> Result<(), Failure> {
    let place = match folders {
        _ if files > 0 => return Ok(()),
        [] => return Ok(()),
        [folder] => format!("“{folder}”"),
        several => format!("the {} folders that came", several.len()),
    };
    Err(Failure::bad_input(format!("No files lie directly in {place}."))
        .with_hint("Folders within it aren't opened: bring the one that the files lie in."))
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
/// folders are opened by the future, which fails as of [`picked`].
pub fn dropped(transfer: &DataTransfer) -> impl Future<Output = Result<Brought, Failure>> + use<> {
    let plain = listed(transfer.files());
    let items = transfer.items();
    let entries: Vec<FileSystemEntry> = (0..items.length())
        .filter_map(|at| items.get(at))
        .filter_map(|item| item.webkit_get_as_entry().ok().flatten())
        .collect();
    async move {
        if !entries.iter().any(FileSystemEntry::is_directory) {
            return Ok(Brought { files: plain, folder: None });
        }
        let folders = entries.iter().filter(|entry| entry.is_directory());
        let folders: Vec<String> = folders.map(FileSystemEntry::name).collect();
        let folder = folders.first().filter(|_| entries.len() == 1).cloned();
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
        check_any(files.len(), &folders).map(|()| Brought { files, folder })
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

    /// As the hub's own cache is laid out: `models--x/snapshots/HASH/config.json`.
    #[test]
    fn a_folder_of_folders_alone_is_refused_by_name() {
        let words = |files, folders: &[&str]| {
            let folders: Vec<String> = folders.iter().map(ToString::to_string).collect();
            check_any(files, &folders).err().map(|failure| failure.message)
        };
        let told = words(0, &["snapshots"]);
        assert_eq!(told.as_deref(), Some("No files lie directly in “snapshots”."));
        let told = words(0, &["a", "b"]);
        assert_eq!(told.as_deref(), Some("No files lie directly in the 2 folders that came."));
        assert_eq!(words(1, &["a", "b"]), None);
        assert_eq!(words(0, &[]), None, "nothing was brought, and there is nothing to say");
    }

    #[test]
    fn files_of_two_models_are_refused_by_name() {
        let words = |names: &[&str], in_one_folder| {
            let names: Vec<String> = names.iter().map(ToString::to_string).collect();
            mixed(&names, in_one_folder).map_or_else(String::new, |failure| failure.message)
        };
        let twice = words(&["config.json", "model.safetensors", "config.json"], false);
        assert!(twice.starts_with("Several files called config.json came"), "{twice}");
        let both = ["config.json", "model.safetensors", "Trunc.GGUF"];
        let beside = words(&both, false);
        assert!(beside.starts_with("Trunc.GGUF came beside model.safetensors"), "{beside}");
        assert_eq!(words(&both, true), "", "a repository's folder may hold both");
        assert_eq!(words(&["config.json", "b.gguf"], false), "", "there is nothing else to open");
        assert_eq!(words(&["a.gguf", "b.gguf"], false), "", "the engine refuses these");
    }
}
