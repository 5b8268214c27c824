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
}

impl WorkerHost {
    /// For a run that is about to begin.
    pub fn new(controls: Controls) -> Self {
        Self { controls }
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
}
