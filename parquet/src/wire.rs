//! The reader's end of the wire: `{ file, mostBytes }` in, `{ lines }` out, or `{ why, hint }`.
//!
//! The page ends the worker once it has heard any of that, so nothing here is ever cleaned up.

use std::panic::PanicHookInfo;

use bytes::Bytes;
use js_sys::{Array, Object, Reflect, Uint8Array};
use temper_parquet::{Unreadable, lines};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

/// What can be done about a file that isn't read to its end.
const DAMAGED: &str = "It may be damaged: download it or write it once more.";

/// Hears the page from now on.
pub fn listen() {
    std::panic::set_hook(Box::new(report_panic));
    let hear = Closure::<dyn FnMut(MessageEvent)>::new(|event: MessageEvent| hear(&event.data()));
    scope().set_onmessage(Some(hear.as_ref().unchecked_ref()));
    // The worker listens as long as it lives.
    hear.forget();
    // The page sends nothing before it hears this: messages to a worker without an inbox are lost.
    post(&[], &Array::new());
}

/// The worker's global object.
fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

fn hear(request: &JsValue) {
    let field = |name: &str| Reflect::get(request, &name.into()).unwrap_or(JsValue::UNDEFINED);
    let file = Bytes::from(Uint8Array::new(&field("file")).to_vec());
    let most_bytes = field("mostBytes").as_f64().unwrap_or_default() as usize;
    match lines(file, most_bytes) {
        Ok(lines) => {
            let lines = Uint8Array::from(lines.as_slice()).buffer();
            let transfer = Array::new();
            transfer.push(lines.as_ref());
            post(&[("lines", lines.into())], &transfer);
        }
        Err(unreadable) => refuse(&unreadable.to_string(), hint(&unreadable)),
    }
}

fn hint(why: &Unreadable) -> &'static str {
    match why {
        Unreadable::Compressed(_) => {
            "Write it with snappy, which is read here; the command line also reads zstd."
        }
        Unreadable::TooLong(_) => "Choose a part of it, or use the command line.",
        Unreadable::Broken(_) => DAMAGED,
    }
}

/// The last words of an instance: some broken files make the parser panic.
fn report_panic(panic: &PanicHookInfo<'_>) {
    let words = panic.payload_as_str().unwrap_or("a panic without a message");
    refuse(&format!("its reader broke: {words}"), DAMAGED);
}

fn refuse(why: &str, hint: &str) {
    post(&[("why", why.into()), ("hint", hint.into())], &Array::new());
}

fn post(fields: &[(&str, JsValue)], transfer: &Array) {
    let message = Object::new();
    for (key, value) in fields {
        // Setting a property of a plain object can't fail.
        _ = Reflect::set(message.as_ref(), &(*key).into(), value);
    }
    if let Err(thrown) = scope().post_message_with_transfer(message.as_ref(), transfer.as_ref()) {
        // The browser hands it to the page as an error of this worker.
        wasm_bindgen::throw_val(thrown);
    }
}
