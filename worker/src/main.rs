//! The engine in a dedicated Web Worker.
//!
//! ```text
//! postMessage -> wire -> inbox -> dispatch -> room (models, data, run) -> events -> wire
//!                   \-> controls, actions and questions that a run hears between two steps
//! ```
//!
//! Only [`wire`] knows `postMessage`. A panic is told as a `Bug` before the instance ends; the
//! page then starts another worker, which goes on from the last checkpoint in [`storage`].

mod breathe;
mod constructors;
mod controls;
mod dispatch;
mod files;
mod host;
mod js;
mod room;
mod storage;
mod wire;

use controls::Controls;
use futures::StreamExt;
use futures::channel::mpsc;
use room::Room;

fn main() {
    constructors::run();
    std::panic::set_hook(Box::new(|panic| {
        console_error_panic_hook::hook(panic);
        wire::report_panic(panic);
    }));
    let (inbox, mut requests) = mpsc::unbounded();
    let controls = Controls::default();
    wire::listen(inbox, controls.clone());
    wasm_bindgen_futures::spawn_local(async move {
        let mut room = Room::new(controls);
        while let Some(parcel) = requests.next().await {
            dispatch::dispatch(&mut room, parcel).await;
        }
    });
    // The page sends nothing before it hears this: messages to a worker without an inbox are lost.
    wire::alive();
}
