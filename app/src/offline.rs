//! After the first visit the page opens without a network: a service worker keeps its files.

use leptos::prelude::*;
use wasm_bindgen::JsValue;

use crate::js::{self, has, settle};

/// Its script, which the build writes; `cargo xtask serve` has none.
const SCRIPT: &str = "./offline.js";

/// Asks the browser to keep the page. Where it won't (no secure context, a private window), the
/// page works as long as there is a network.
pub async fn keep() {
    let navigator = window().navigator();
    if !has(navigator.as_ref(), "serviceWorker") {
        return;
    }
    let kept = settle::<JsValue>(navigator.service_worker().register(SCRIPT)).await;
    if let Err(thrown) = kept {
        leptos::logging::log!("The page isn't kept: {}", js::words(&thrown));
    }
}
