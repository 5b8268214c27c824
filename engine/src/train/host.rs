//! What a run needs of whoever runs it: a listener, a clock, and someone who may interrupt.

use futures::future::LocalBoxFuture;
use temper_protocol::{Action, Event};

/// The command line, the worker and the tests are three small hosts.
pub trait Host {
    /// Hears what happens.
    fn emit(&mut self, event: Event);

    /// The next thing asked for, if any.
    fn poll(&mut self) -> Option<Action>;

    /// Waits for something to be asked for; called while paused.
    fn wait(&mut self) -> LocalBoxFuture<'_, Action>;

    /// Lets others run: in a browser, one turn of the event loop.
    fn breathe(&mut self) -> LocalBoxFuture<'_, ()>;

    /// A clock in seconds.
    fn now(&self) -> f64;

    /// What the run's device has for all of this process, what it holds already included, bytes;
    /// `None` where nobody knows.
    fn memory_bytes(&self) -> Option<f64> {
        None
    }
}
