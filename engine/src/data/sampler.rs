//! Which rows each micro-batch takes, as a function of the step alone: a resumed run needs no
//! saved position.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use temper_protocol::{LoopConfig, Order};

/// The order of rows over a run.
#[derive(Clone, Debug)]
pub struct Sampler {
    rows: usize,
    order: Order,
    seed: u32,
    batch_size: usize,
    accumulation: usize,
    total_steps: usize,
}

impl Sampler {
    /// The order of `rows` rows under a run's settings.
    pub fn new(rows: usize, order: Order, seed: u32, run_loop: &LoopConfig) -> Self {
        let (batch_size, accumulation) =
            (run_loop.batch_size as usize, run_loop.accumulation as usize);
        let mut sampler = Self { rows, order, seed, batch_size, accumulation, total_steps: 0 };
        sampler.total_steps = match (run_loop.max_steps, run_loop.epochs) {
            (Some(steps), _) => steps as usize,
            (None, epochs) => epochs.unwrap_or(1) as usize * sampler.steps_per_epoch(),
        };
        sampler
    }

    /// Optimiser steps in all.
    pub fn total_steps(&self) -> usize {
        self.total_steps
    }

    /// The micro-batches of a step, counted from 0, as indices of rows. The last step of an epoch
    /// may have fewer, and its last micro-batch fewer rows: no row is skipped or repeated.
    pub fn step(&self, step: usize) -> Vec<Vec<usize>> {
        let (epoch, within) = (step / self.steps_per_epoch(), step % self.steps_per_epoch());
        let order = self.epoch_order(epoch);
        let first = within * self.accumulation;
        order
            .chunks(self.batch_size)
            .skip(first)
            .take(self.accumulation)
            .map(<[usize]>::to_vec)
            .collect()
    }

    /// Passes over the data after `steps` steps.
    pub fn epoch(&self, steps: usize) -> f64 {
        let (whole, within) = (steps / self.steps_per_epoch(), steps % self.steps_per_epoch());
        whole as f64 + (within * self.accumulation) as f64 / self.micro_batches_per_epoch() as f64
    }

    fn micro_batches_per_epoch(&self) -> usize {
        self.rows.div_ceil(self.batch_size).max(1)
    }

    fn steps_per_epoch(&self) -> usize {
        self.micro_batches_per_epoch().div_ceil(self.accumulation)
    }

    fn epoch_order(&self, epoch: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.rows).collect();
        if self.order == Order::Shuffle {
            let mut rng = ChaCha8Rng::seed_from_u64(self.seed.into());
            rng.set_stream(epoch as u64);
            order.shuffle(&mut rng);
        }
        order
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sampler(rows: usize, order: Order, batch_size: u32, accumulation: u32) -> Sampler {
        let run_loop =
            LoopConfig { epochs: Some(2), batch_size, accumulation, ..LoopConfig::default() };
        Sampler::new(rows, order, 42, &run_loop)
    }

    #[test]
    fn every_row_once_an_epoch() {
        for (rows, batch_size, accumulation) in [(32, 4, 1), (33, 4, 2), (5, 8, 3), (1, 1, 1)] {
            let sampler = sampler(rows, Order::Shuffle, batch_size, accumulation);
            let steps = sampler.total_steps() / 2;
            for epoch in 0..2 {
                let mut seen: Vec<usize> =
                    (0..steps).flat_map(|s| sampler.step(epoch * steps + s)).flatten().collect();
                seen.sort_unstable();
                assert_eq!(seen, (0..rows).collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn epochs_are_shuffled_differently_and_repeatably() {
        let sampler = sampler(32, Order::Shuffle, 4, 1);
        assert_ne!(sampler.step(0), sampler.step(8));
        assert_eq!(sampler.step(3), self::sampler(32, Order::Shuffle, 4, 1).step(3));
    }

    #[test]
    fn file_order_is_the_files() {
        assert_eq!(sampler(8, Order::File, 2, 2).step(1), [[4, 5], [6, 7]]);
    }

    #[test]
    fn epoch_counts_micro_batches() {
        assert_eq!(sampler(32, Order::File, 4, 1).epoch(1), 0.125);
        assert_eq!(sampler(32, Order::File, 2, 2).epoch(8), 1.0);
    }
}
