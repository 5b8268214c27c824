//! What a run needs of whoever runs it: a listener, a clock, and someone who may interrupt.

use futures::future::LocalBoxFuture;
use temper_protocol::{Action, Event};

/// The command line, the worker and the tests are three small hosts. Where nobody interrupts and
/// nobody else waits for the thread, an ear and a clock are enough.
pub trait Host {
    /// Hears what happens.
    fn emit(&mut self, event: Event);

    /// The next thing asked for, if any.
    fn poll(&mut self) -> Option<Action> {
        None
    }

    /// Waits for something to be asked for; called while paused.
    fn wait(&mut self) -> LocalBoxFuture<'_, Action> {
        Box::pin(std::future::ready(Action::Resume))
    }

    /// Lets others run: in a browser, one turn of the event loop.
    fn breathe(&mut self) -> LocalBoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }

    /// A clock in seconds.
    fn now(&self) -> f64;

    /// What the run's device has for all of this process, what it holds already included, bytes;
    /// `None` where nobody knows.
    fn memory_bytes(&self) -> Option<f64> {
        None
    }
}
