//! The default model and data, fetched from the page's own origin as `File`s: they then
//! take the same road as the user's own.

use futures::future::{try_join_all, try_join3};
use js_sys::Array;
use leptos::prelude::window;
use temper_protocol::Failure;
use wasm_bindgen::JsValue;
use web_sys::{Blob, File, Response};

use crate::js::{self, settle};

const FOLDER: &str = "assets/tiny";
const MODEL: [&str; 5] = [
    "config.json",
    "generation_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "model.safetensors",
];

/// What the page opens with.
pub struct Defaults {
    /// The files of the model.
    pub model: Vec<File>,
    /// Training pairs.
    pub train: File,
    /// Held-out pairs.
    pub heldout: File,
}

/// Fetches all of it.
///
/// # Errors
/// The first file that can't be fetched or read, by name.
pub async fn fetch() -> Result<Defaults, Failure> {
    let (model, train, heldout) =
        try_join3(model(), file("pairs.jsonl"), file("heldout.jsonl")).await?;
    Ok(Defaults { model, train, heldout })
}

/// Fetches the model's files alone.
///
/// # Errors
/// The first file that can't be fetched or read, by name.
pub async fn model() -> Result<Vec<File>, Failure> {
    try_join_all(MODEL.into_iter().map(file)).await
}

async fn file(name: &str) -> Result<File, Failure> {
    let failed = |thrown: JsValue| failed(name, &thrown);
    let fetched = window().fetch_with_str(&format!("{FOLDER}/{name}"));
    let response: Response = settle(fetched).await.map_err(failed)?;
    if !response.ok() {
        let status = format!("the server answered {}", response.status());
        return Err(failed(JsValue::from_str(&status)));
    }
    let body = response.blob().map_err(failed)?;
    let blob: Blob = settle(body).await.map_err(failed)?;
    let parts = Array::of1(blob.as_ref());
    File::new_with_blob_sequence(parts.as_ref(), name).map_err(failed)
}

fn failed(name: &str, thrown: &JsValue) -> Failure {
    Failure::bad_input(format!("{FOLDER}/{name} can't be fetched: {}.", js::words(thrown)))
        .with_hint("Check the connection and reload the page, or bring your own files.")
}
