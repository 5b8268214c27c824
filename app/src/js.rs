//! JavaScript's errors in words.

use wasm_bindgen::{JsCast, JsValue};

/// The message of whatever was thrown.
pub fn words(thrown: &JsValue) -> String {
    match thrown.dyn_ref::<js_sys::Error>() {
        Some(error) => String::from(error.message()),
        None => thrown.as_string().unwrap_or_else(|| "an error without a message".into()),
    }
}
