//! What the page asks of a run while it goes on.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

use temper_engine::train::Asked;
use temper_protocol::{Question, RequestId};

/// A queue between the inbox and the run; a copy is the same queue.
#[derive(Clone, Default)]
pub struct Controls(Rc<RefCell<Queue>>);

#[derive(Default)]
struct Queue {
    asked: VecDeque<Asked>,
    waker: Option<Waker>,
}

impl Controls {
    /// Asks for something.
    pub fn push(&self, asked: Asked) {
        let mut queue = self.0.borrow_mut();
        queue.asked.push_back(asked);
        if let Some(waker) = queue.waker.take() {
            waker.wake();
        }
    }

    /// The next thing asked for, if there is one.
    pub fn take(&self) -> Option<Asked> {
        self.0.borrow_mut().asked.pop_front()
    }

    /// Waits for something to be asked.
    pub async fn wait(&self) -> Asked {
        poll_fn(|context| {
            let mut queue = self.0.borrow_mut();
            match queue.asked.pop_front() {
                Some(asked) => Poll::Ready(asked),
                None => {
                    queue.waker = Some(context.waker().clone());
                    Poll::Pending
                }
            }
        })
        .await
    }

    /// Empties the queue of a run that is over: actions came too late, but questions still want
    /// their answers.
    pub fn questions_left(&self) -> Vec<(RequestId, Question)> {
        let question = |asked: Asked| match asked {
            Asked::Look { id, question } => Some((id, *question)),
            Asked::Act(_) => None,
        };
        self.0.borrow_mut().asked.drain(..).filter_map(question).collect()
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;
    use temper_protocol::Action;

    use super::*;

    #[test]
    fn what_is_asked_comes_in_order_and_waiting_ends_with_the_next() {
        let controls = Controls::default();
        let same = controls.clone();
        assert_eq!(controls.wait().now_or_never(), None);
        same.push(Action::Pause.into());
        same.push(Action::Stop.into());
        assert_eq!(controls.wait().now_or_never(), Some(Action::Pause.into()));
        assert_eq!(controls.take(), Some(Action::Stop.into()));
        assert_eq!(controls.take(), None);
    }

    #[test]
    fn questions_outlive_their_run_and_actions_do_not() {
        let controls = Controls::default();
        let question = Question::Inspect { row: "{}".into() };
        controls.push(Action::Stop.into());
        controls.push(Asked::Look { id: 7, question: Box::new(question.clone()) });
        assert_eq!(controls.questions_left(), [(7, question)]);
        assert_eq!(controls.take(), None);
    }
}
