//! One turn of the event loop.
//!
//! A future that wakes itself runs again before the browser looks at its queues, so the page's
//! messages would wait for the whole run. A message to oneself takes its place behind them, and
//! unlike a nested `setTimeout` it is not held back by 4 ms.

use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::MessageChannel;

thread_local! {
    static CHANNEL: Option<MessageChannel> = MessageChannel::new().ok();
}

/// Lets the browser handle what has arrived.
pub async fn breathe() {
    let turn = Promise::new(&mut |resolve, _| {
        let sent = CHANNEL.with(|channel| {
            let channel = channel.as_ref()?;
            channel.port1().set_onmessage(Some(&resolve));
            channel.port2().post_message(&JsValue::NULL).ok()
        });
        if sent.is_none() {
            // Without a channel there is nothing to wait for.
            _ = resolve.call0(&JsValue::NULL);
        }
    });
    _ = JsFuture::from(turn).await;
}
