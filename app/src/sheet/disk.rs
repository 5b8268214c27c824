//! Rows as files: read from the user's, and kept in the browser's own file system for this page,
//! so that a reload loses no work.

use js_sys::Uint8Array;
use temper_protocol::Failure;
use wasm_bindgen::JsValue;
use web_sys::File;

use super::decode::{self, Text};
use super::parquet;
use crate::disk::{self, Folder};
use crate::js::{self, settle};

/// Where the page keeps rows.
const FOLDER: &str = "work";
/// Rows are held as text by the page and by the engine; larger files belong to the command line.
const MAX_BYTES: f64 = 256.0 * 1024.0 * 1024.0;

/// A file's text; that of one in Parquet is JSON lines.
///
/// # Errors
/// A file that is too large, can't be read, or holds neither text nor rows.
pub async fn text(file: &File) -> Result<Text, Failure> {
    if file.size() > MAX_BYTES {
        let message = format!("{} is larger than 256 MB.", file.name());
        let hint = "Choose a part of it, or use the command line.";
        return Err(Failure::bad_input(message).with_hint(hint));
    }
    let bytes = disk::bytes(file).await.map_err(|thrown| {
        let message = format!("{} can't be read: {}.", file.name(), js::words(&thrown));
        Failure::bad_input(message).with_hint("Choose the file once more.")
    })?;
    let name = file.name();
    if parquet::is_parquet(&bytes) {
        // By its name its rows would be read as a table's.
        if super::is_table(&name) {
            let message = format!("{name} is a Parquet file, not a table.");
            let hint = "Give it a name that ends with .parquet and open it again.";
            return Err(Failure::bad_input(message).with_hint(hint));
        }
        return decode::lines(&name, parquet::lines(&name, &bytes, MAX_BYTES).await?);
    }
    decode::text(&name, Uint8Array::new(bytes.as_ref()).to_vec()).await
}

/// Keeps a file, after a line that says what it is.
///
/// # Errors
/// What the browser says: it has no file system here, or no room.
pub async fn keep(name: &str, head: &str, file: &File) -> Result<(), JsValue> {
    let stream = Folder::open(FOLDER).await?.writer(name).await?;
    settle::<JsValue>(stream.write_with_str(head)?).await?;
    settle::<JsValue>(stream.write_with_blob(file)?).await?;
    // Only now does it take the place of what was kept before.
    settle::<JsValue>(stream.close()).await?;
    Ok(())
}

/// What was kept under a name; nothing where there is none, or no file system.
pub async fn kept(name: &str) -> Option<File> {
    let file = Folder::open(FOLDER).await.ok()?.file(name).await.ok().flatten();
    // Where there was no room an empty one is left, in which nobody has kept anything.
    file.filter(|file| file.size() > 0.0)
}

/// When that was written, milliseconds since 1970; 0 where nothing is kept.
pub async fn written_at(name: &str) -> f64 {
    kept(name).await.map_or(0.0, |file| file.last_modified())
}

/// Forgets what was kept under a name.
pub async fn forget(name: &str) {
    if let Ok(folder) = Folder::open(FOLDER).await {
        // What can't be removed is written over by the next change.
        _ = folder.remove(name).await;
    }
}
