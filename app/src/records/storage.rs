//! Records on the disk: `records/ID.json` in the browser's own file system for this page. Where
//! there is none, every call fails and the records live in memory.

use temper_protocol::RunId;
use wasm_bindgen::JsValue;

use crate::disk::Folder;

const FOLDER: &str = "records";

/// The contents of all files.
///
/// # Errors
/// What the browser threw.
pub async fn read_all() -> Result<Vec<String>, JsValue> {
    let folder = Folder::open(FOLDER).await?;
    let mut texts = Vec::new();
    for name in folder.names().await? {
        // One that can't be read doesn't hide the others.
        texts.extend(folder.read(&name).await.ok().flatten());
    }
    Ok(texts)
}

/// The contents of a record's file; none where there is no file.
///
/// # Errors
/// What the browser threw.
pub async fn read(id: RunId) -> Result<Option<String>, JsValue> {
    Folder::open(FOLDER).await?.read(&name(id)).await
}

/// Replaces a record's file.
///
/// # Errors
/// What the browser threw.
pub async fn write(id: RunId, text: &str) -> Result<(), JsValue> {
    Folder::open(FOLDER).await?.write(&name(id), text).await
}

/// Removes a record's file.
///
/// # Errors
/// What the browser threw; that there is none is no error.
pub async fn remove(id: RunId) -> Result<(), JsValue> {
    Folder::open(FOLDER).await?.remove(&name(id)).await
}

fn name(id: RunId) -> String {
    format!("{id}.json")
}
