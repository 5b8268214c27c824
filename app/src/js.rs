//! JavaScript's promises as futures, its errors in words, and looks at its objects.

use js_sys::{Array, Function, Promise, Reflect};
use leptos::prelude::window;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// The message of whatever was thrown, to stand within a sentence of the page's.
pub fn words(thrown: &JsValue) -> String {
    let message = match thrown.dyn_ref::<js_sys::Error>() {
        Some(error) => String::from(error.message()),
        None => thrown.as_string().unwrap_or_else(|| "an error without a message".into()),
    };
    without_stop(&message).to_string()
}

fn without_stop(message: &str) -> &str {
    message.trim_end().trim_end_matches('.')
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

/// Waits; no time at all still lets the page draw.
pub async fn pause(ms: i32) {
    let timer = Promise::new(&mut |resolve, _| {
        // Where there are no timers the future would never end; a window always has them.
        _ = window().set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, ms);
    });
    _ = JsFuture::from(timer).await;
}

/// Whether an object has a property; calling a method that isn't there would end the page.
pub fn has(object: &JsValue, key: &str) -> bool {
    object.is_object() && Reflect::has(object, &key.into()).unwrap_or(false)
}

/// Calls a method by its name, for what web-sys has no binding.
///
/// # Errors
/// There is no such method, or what it threw.
pub fn call(object: &JsValue, method: &str, arguments: &[&JsValue]) -> Result<JsValue, JsValue> {
    let method: Function = Reflect::get(object, &method.into())?.dyn_into()?;
    let list = Array::new();
    for &argument in arguments {
        list.push(argument);
    }
    method.apply(object, &list)
}

/// A property that is text.
pub fn text_of(object: &JsValue, key: &str) -> Option<String> {
    Reflect::get(object, &key.into()).ok()?.as_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Chromium's messages end with a full stop, Firefox's don't.
    #[test]
    fn a_message_ends_without_a_full_stop() {
        assert_eq!(without_stop("It exceeds 1.5 GB. "), "It exceeds 1.5 GB");
        assert_eq!(without_stop("no room"), "no room");
    }
}
