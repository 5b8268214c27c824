//! The worker as a run's host: events go to the page, its actions come from there.

use futures::future::LocalBoxFuture;
use temper_engine::train::Host;
use temper_protocol::{Action, Event};

use crate::breathe::breathe;
use crate::controls::Controls;
use crate::wire;

/// One run's host.
pub struct WorkerHost {
    controls: Controls,
    on_cpu: bool,
}

/// Where wasm's heap ends: 4 GiB.
const HEAP_BYTES: f64 = 4_294_967_296.0;

impl WorkerHost {
    /// For a run that is about to begin, on the CPU or on a GPU.
    pub fn new(controls: Controls, on_cpu: bool) -> Self {
        Self { controls, on_cpu }
    }
}

impl Host for WorkerHost {
    fn emit(&mut self, event: Event) {
        wire::event(event);
    }

    fn poll(&mut self) -> Option<Action> {
        self.controls.take()
    }

    fn wait(&mut self) -> LocalBoxFuture<'_, Action> {
        Box::pin(self.controls.wait())
    }

    fn breathe(&mut self) -> LocalBoxFuture<'_, ()> {
        wire::sign_of_life();
        Box::pin(breathe())
    }

    fn now(&self) -> f64 {
        js_sys::Date::now() / 1000.0
    }

    /// A browser doesn't tell of a GPU.
    fn memory_bytes(&self) -> Option<f64> {
        self.on_cpu.then_some(HEAP_BYTES)
    }
}
