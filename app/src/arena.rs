//! Preferences that a person or a referee gives to samples of the model: what is on show, what was
//! said of it, and where it goes. All of it outlives the page that shows it.

mod collector;
mod draw;
mod judged;
mod judging;
mod ledger;
mod report;
mod row;
mod sampling;
pub mod words;

pub use collector::Collector;
pub use draw::{Flaw, Verdict};
pub use judged::Judged;
pub use judging::{Judging, Task};
pub use report::Report;
pub use row::Kind;
pub use sampling::Sampling;

/// The signals; a copy is as good as the original.
#[derive(Clone, Copy)]
pub struct Arena {
    /// How answers are sampled, in all of it.
    pub sampling: Sampling,
    /// Which of two answers is better.
    pub pairs: Collector,
    /// Whether an answer is good.
    pub ratings: Collector,
    /// Somebody else says which is better.
    pub judge: Judging,
}

impl Arena {
    /// Nothing on show, nothing collected.
    pub fn new() -> Self {
        let sampling = Sampling::new();
        Self {
            sampling,
            pairs: Collector::new(Kind::Pairs, sampling),
            ratings: Collector::new(Kind::Ratings, sampling),
            judge: Judging::new(sampling),
        }
    }
}
