//! The worker as a run's host: events go to the page, what it asks comes from there.

use futures::future::LocalBoxFuture;
use temper_engine::train::{Asked, Host};
use temper_protocol::{Event, Failure, Finding, Reply, RequestId};

use crate::breathe::breathe;
use crate::controls::Controls;
use crate::wire;

/// One run's host.
pub struct WorkerHost {
    controls: Controls,
    memory_bytes: Option<f64>,
}

/// Where wasm's heap ends: 4 GiB.
const HEAP_BYTES: f64 = 4_294_967_296.0;

/// What a run has for all of it. A browser doesn't tell of a GPU.
pub fn memory_bytes(on_cpu: bool) -> Option<f64> {
    on_cpu.then_some(HEAP_BYTES)
}

impl WorkerHost {
    /// For a run that is about to begin, on the CPU or on a GPU.
    pub fn new(controls: Controls, on_cpu: bool) -> Self {
        Self { controls, memory_bytes: memory_bytes(on_cpu) }
    }
}

impl Host for WorkerHost {
    fn emit(&mut self, event: Event) {
        wire::event(event);
    }

    fn poll(&mut self) -> Option<Asked> {
        self.controls.take().inspect(note)
    }

    fn wait(&mut self) -> LocalBoxFuture<'_, Asked> {
        Box::pin(async move {
            let asked = self.controls.wait().await;
            note(&asked);
            asked
        })
    }

    fn found(&mut self, id: RequestId, finding: Result<Finding, Failure>) {
        wire::answer(id, finding.map(Reply::Found));
    }

    fn breathe(&mut self) -> LocalBoxFuture<'_, ()> {
        wire::sign_of_life();
        Box::pin(breathe())
    }

    fn now(&self) -> f64 {
        js_sys::Date::now() / 1000.0
    }

    fn memory_bytes(&self) -> Option<f64> {
        self.memory_bytes
    }
}

/// Even a panic can then say which question it ended.
fn note(asked: &Asked) {
    if let Asked::Look { id, .. } = asked {
        wire::begin_request(*id);
    }
}
