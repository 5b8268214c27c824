//! What the page asks of a run while it goes on.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

use temper_protocol::Action;

/// A queue between the inbox and the run; a copy is the same queue.
#[derive(Clone, Default)]
pub struct Controls(Rc<RefCell<Queue>>);

#[derive(Default)]
struct Queue {
    actions: VecDeque<Action>,
    waker: Option<Waker>,
}

impl Controls {
    /// Asks for an action.
    pub fn push(&self, action: Action) {
        let mut queue = self.0.borrow_mut();
        queue.actions.push_back(action);
        if let Some(waker) = queue.waker.take() {
            waker.wake();
        }
    }

    /// The next action asked for, if there is one.
    pub fn take(&self) -> Option<Action> {
        self.0.borrow_mut().actions.pop_front()
    }

    /// Waits for an action.
    pub async fn wait(&self) -> Action {
        poll_fn(|context| {
            let mut queue = self.0.borrow_mut();
            match queue.actions.pop_front() {
                Some(action) => Poll::Ready(action),
                None => {
                    queue.waker = Some(context.waker().clone());
                    Poll::Pending
                }
            }
        })
        .await
    }

    /// Forgets what an earlier run left.
    pub fn clear(&self) {
        self.0.borrow_mut().actions.clear();
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[test]
    fn actions_come_in_order_and_waiting_ends_with_the_next() {
        let controls = Controls::default();
        let same = controls.clone();
        assert_eq!(controls.wait().now_or_never(), None);
        same.push(Action::Pause);
        same.push(Action::Stop);
        assert_eq!(controls.wait().now_or_never(), Some(Action::Pause));
        assert_eq!(controls.take(), Some(Action::Stop));
        assert_eq!(controls.take(), None);
    }
}
