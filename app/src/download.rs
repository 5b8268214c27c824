//! Hands files to the user: the browser saves them as it saves downloads.

use std::time::Duration;

use js_sys::{Array, Uint8Array};
use leptos::prelude::{document, set_timeout};
use temper_protocol::{Failure, FailureKind};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, BlobPropertyBag, File, HtmlAnchorElement, Url};

use crate::js;
use crate::zip::{Crc, Entry, directory, local_header};

/// How much is summed before the page may draw again: about 10 ms.
const PIECE: u32 = 4 << 20;
/// How long the browser may take to begin reading what is being saved.
const KEEP_URL: Duration = Duration::from_secs(60);

/// A file of these texts, one after another.
///
/// # Errors
/// Where the browser refuses.
pub fn file(name: &str, parts: &[String]) -> Result<File, Failure> {
    let texts = Array::new();
    for part in parts {
        texts.push(&JsValue::from_str(part));
    }
    File::new_with_str_sequence(texts.as_ref(), name).map_err(|thrown| cannot_save(name, &thrown))
}

/// Has the browser save a file.
///
/// # Errors
/// Where it refuses.
pub fn save(file: &File) -> Result<(), Failure> {
    let name = file.name();
    link(file, &name).map_err(|thrown| cannot_save(&name, &thrown))
}

/// Has the browser save a text.
///
/// # Errors
/// Where it refuses.
pub fn save_text(name: &str, text: String) -> Result<(), Failure> {
    save(&file(name, &[text])?)
}

/// Packs files into one zip archive and has the browser save that.
///
/// # Errors
/// Where the browser refuses.
pub async fn save_archive(
    archive: &str,
    names: &[String],
    files: &[Uint8Array],
) -> Result<(), Failure> {
    let parts = Array::new();
    let mut entries = Vec::new();
    for (name, bytes) in names.iter().zip(files) {
        let entry = Entry { name: name.as_str(), size: bytes.length(), crc: crc(bytes).await };
        parts.push(Uint8Array::from(local_header(&entry).as_slice()).as_ref());
        parts.push(bytes.as_ref());
        entries.push(entry);
    }
    parts.push(Uint8Array::from(directory(&entries).as_slice()).as_ref());
    let options = BlobPropertyBag::new();
    options.set_type("application/zip");
    let packed = Blob::new_with_u8_array_sequence_and_options(parts.as_ref(), &options);
    let saved = packed.and_then(|packed| link(&packed, archive));
    saved.map_err(|thrown| cannot_save(archive, &thrown))
}

fn link(blob: &Blob, name: &str) -> Result<(), JsValue> {
    let url = Url::create_object_url_with_blob(blob)?;
    let link: HtmlAnchorElement = document().create_element("a")?.unchecked_into();
    link.set_href(&url);
    link.set_download(name);
    link.click();
    let forget = move || {
        _ = Url::revoke_object_url(&url);
    };
    set_timeout(forget, KEEP_URL);
    Ok(())
}

fn cannot_save(name: &str, thrown: &JsValue) -> Failure {
    let message = format!("The browser can't save {name}: {}.", js::words(thrown));
    Failure::new(FailureKind::Storage, message)
}

async fn crc(bytes: &Uint8Array) -> u32 {
    let mut crc = Crc::new();
    let mut at = 0;
    while at < bytes.length() {
        let end = bytes.length().min(at.saturating_add(PIECE));
        crc.update(&bytes.subarray(at, end).to_vec());
        at = end;
        if at < bytes.length() {
            js::pause(0).await;
        }
    }
    crc.value()
}
