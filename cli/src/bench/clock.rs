//! A host that looks at the clock, and a store that keeps nothing.

use std::time::Instant;

use futures::future::LocalBoxFuture;
use temper_engine::storage::{StorageError, Store};
use temper_engine::train::Host;
use temper_protocol::{Event, Phase};

/// A step lasts from the line of the one before to its own, as in the page.
pub struct Clock {
    began: Instant,
    ticked: Instant,
    /// Of each step.
    pub secs: Vec<f64>,
    /// Of each step.
    pub losses: Vec<f64>,
}

impl Clock {
    /// Begins now.
    pub fn start() -> Self {
        let now = Instant::now();
        Self { began: now, ticked: now, secs: Vec::new(), losses: Vec::new() }
    }

    /// The end of a step.
    pub fn tick(&mut self) {
        let now = Instant::now();
        self.secs.push((now - self.ticked).as_secs_f64());
        self.ticked = now;
    }
}

impl Host for Clock {
    fn emit(&mut self, event: Event) {
        match event {
            Event::Phase(Phase::Training { .. }) if self.secs.is_empty() => {
                self.ticked = Instant::now();
            }
            Event::Step(metrics) => {
                self.tick();
                self.losses.extend(metrics.get("loss"));
            }
            _ => {}
        }
    }

    fn now(&self) -> f64 {
        self.began.elapsed().as_secs_f64()
    }
}

/// What a run writes at its end isn't timed.
pub struct Nowhere;

impl Store for Nowhere {
    fn write<'a>(
        &'a self,
        _path: &'a str,
        _bytes: &'a [u8],
        _append: bool,
    ) -> LocalBoxFuture<'a, Result<(), StorageError>> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn read<'a>(
        &'a self,
        _path: &'a str,
    ) -> LocalBoxFuture<'a, Result<Option<Vec<u8>>, StorageError>> {
        Box::pin(std::future::ready(Ok(None)))
    }

    fn list<'a>(&'a self, _dir: &'a str) -> LocalBoxFuture<'a, Result<Vec<String>, StorageError>> {
        Box::pin(std::future::ready(Ok(Vec::new())))
    }

    fn remove<'a>(&'a self, _path: &'a str) -> LocalBoxFuture<'a, Result<(), StorageError>> {
        Box::pin(std::future::ready(Ok(())))
    }
}
