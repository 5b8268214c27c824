//! JavaScript's values as ours.

use js_sys::Promise;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// The message of whatever was thrown.
pub fn words(thrown: &JsValue) -> String {
    match thrown.dyn_ref::<js_sys::Error>() {
        Some(error) => String::from(error.message()),
        None => thrown.as_string().unwrap_or_else(|| "an error without a message".into()),
    }
}

/// Whether the thrown error is of this name; a `DOMException` is an `Error` too.
pub fn is_named(thrown: &JsValue, name: &str) -> bool {
    thrown.dyn_ref::<js_sys::Error>().is_some_and(|error| error.name() == name)
}

/// What a promise resolves to, taken for a `T` without a check.
///
/// # Errors
/// What it was rejected with.
pub async fn settle<T: JsCast>(promise: Promise) -> Result<T, JsValue> {
    JsFuture::from(promise).await.map(JsCast::unchecked_into)
}
