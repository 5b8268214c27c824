//! The line to the other tabs of this browser: whoever says something is heard by all but itself.

use temper_protocol::RunId;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{BroadcastChannel, MessageEvent};

const NAME: &str = "temper-runs";

/// The line, open for as long as this lives.
pub struct Line {
    channel: BroadcastChannel,
    // It lives as long as the browser may call it.
    _on_message: Closure<dyn FnMut(MessageEvent)>,
}

impl Line {
    /// Opens it; the listener hears of which run somebody speaks.
    ///
    /// # Errors
    /// This browser has no such lines.
    pub fn open(heard: impl Fn(RunId) + 'static) -> Result<Self, JsValue> {
        let channel = BroadcastChannel::new(NAME)?;
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            if let Some(run) = event.data().as_f64() {
                heard(run as RunId);
            }
        });
        channel.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        Ok(Self { channel, _on_message: on_message })
    }

    /// Speaks of a run.
    pub fn tell(&self, run: RunId) {
        // A number can always be sent.
        _ = self.channel.post_message(&JsValue::from_f64(f64::from(run)));
    }
}
