//! What a run needs of whoever runs it: a listener, a clock, and someone who may interrupt.

use futures::future::LocalBoxFuture;
use temper_protocol::{Action, Event, Failure, Finding, Question, RequestId};

/// What is asked of a run between two of its steps.
#[derive(Clone, Debug, PartialEq)]
pub enum Asked {
    /// To change its course.
    Act(Action),
    /// A question about the model as it is now, which changes nothing.
    Look {
        /// What the answer is known by.
        id: RequestId,
        /// The question.
        question: Box<Question>,
    },
}

impl From<Action> for Asked {
    fn from(action: Action) -> Self {
        Self::Act(action)
    }
}

/// The command line, the worker and the tests are three small hosts. Where nobody interrupts and
/// nobody else waits for the thread, an ear and a clock are enough.
pub trait Host {
    /// Hears what happens.
    fn emit(&mut self, event: Event);

    /// The next thing asked for, if any.
    fn poll(&mut self) -> Option<Asked> {
        None
    }

    /// Waits for something to be asked for; called while paused.
    fn wait(&mut self) -> LocalBoxFuture<'_, Asked> {
        Box::pin(std::future::ready(Action::Resume.into()))
    }

    /// Hears the answer to a question that it asked.
    fn found(&mut self, _id: RequestId, _finding: Result<Finding, Failure>) {}

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
