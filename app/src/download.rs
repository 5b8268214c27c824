//! Hands files to the user as one zip archive.

use std::time::Duration;

use js_sys::{Array, Promise, Uint8Array};
use leptos::prelude::{document, set_timeout, window};
use temper_protocol::{Failure, FailureKind};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, Url};

use crate::js;
use crate::zip::{Crc, Entry, directory, local_header};

/// How much is summed before the page may draw again: about 10 ms.
const PIECE: u32 = 4 << 20;
/// How long the browser may take to begin reading what is being saved.
const KEEP_URL: Duration = Duration::from_secs(60);

/// Packs the files and has the browser save them under `archive`.
///
/// # Errors
/// Where the browser refuses.
pub async fn save(archive: &str, names: &[String], files: &[Uint8Array]) -> Result<(), Failure> {
    let parts = Array::new();
    let mut entries = Vec::new();
    for (name, bytes) in names.iter().zip(files) {
        let entry = Entry { name: name.as_str(), size: bytes.length(), crc: crc(bytes).await };
        parts.push(Uint8Array::from(local_header(&entry).as_slice()).as_ref());
        parts.push(bytes.as_ref());
        entries.push(entry);
    }
    parts.push(Uint8Array::from(directory(&entries).as_slice()).as_ref());
    offer(archive, &parts).map_err(|thrown| {
        let message = format!("The browser can't save {archive}: {}.", js::words(&thrown));
        Failure::new(FailureKind::Storage, message)
    })
}

fn offer(archive: &str, parts: &Array) -> Result<(), JsValue> {
    let options = BlobPropertyBag::new();
    options.set_type("application/zip");
    let blob = Blob::new_with_u8_array_sequence_and_options(parts.as_ref(), &options)?;
    let url = Url::create_object_url_with_blob(&blob)?;
    let link: HtmlAnchorElement = document().create_element("a")?.unchecked_into();
    link.set_href(&url);
    link.set_download(archive);
    link.click();
    let forget = move || {
        _ = Url::revoke_object_url(&url);
    };
    set_timeout(forget, KEEP_URL);
    Ok(())
}

async fn crc(bytes: &Uint8Array) -> u32 {
    let mut crc = Crc::new();
    let mut at = 0;
    while at < bytes.length() {
        let end = bytes.length().min(at.saturating_add(PIECE));
        crc.update(&bytes.subarray(at, end).to_vec());
        at = end;
        if at < bytes.length() {
            let_the_page_draw().await;
        }
    }
    crc.value()
}

async fn let_the_page_draw() {
    let pause = Promise::new(&mut |resolve, _| {
        // Where there are no timers the future would never end; a window always has them.
        _ = window().set_timeout_with_callback(&resolve);
    });
    _ = JsFuture::from(pause).await;
}
