//! The runs that are looked at together. Each keeps its place, and with it its colour and dash,
//! while others come and go.

use temper_protocol::RunId;

/// So many lines can still be told apart.
const SLOTS: usize = 4;

/// Up to four runs, each in its place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Chosen([Option<RunId>; SLOTS]);

impl Chosen {
    /// Where a run is.
    pub fn slot(&self, run: RunId) -> Option<usize> {
        self.0.iter().position(|slot| *slot == Some(run))
    }

    /// Whether no more fit.
    pub fn is_full(&self) -> bool {
        self.0.iter().all(Option::is_some)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(Option::is_none)
    }

    /// Adds a run in the first free place; where there is none, nothing changes.
    pub fn choose(&mut self, run: RunId) {
        if self.slot(run).is_some() {
            return;
        }
        if let Some(free) = self.0.iter_mut().find(|slot| slot.is_none()) {
            *free = Some(run);
        }
    }

    /// Takes a run out.
    pub fn leave(&mut self, run: RunId) {
        for slot in &mut self.0 {
            if *slot == Some(run) {
                *slot = None;
            }
        }
    }

    /// Places and runs, in order of places.
    pub fn iter(&self) -> impl Iterator<Item = (usize, RunId)> + '_ {
        self.0.iter().enumerate().filter_map(|(slot, run)| Some((slot, (*run)?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_keeps_its_place() {
        let mut chosen = Chosen::default();
        for run in [10, 11, 12, 13, 14] {
            chosen.choose(run);
        }
        assert!(chosen.is_full() && chosen.slot(14).is_none());
        chosen.leave(11);
        assert_eq!(chosen.iter().collect::<Vec<_>>(), [(0, 10), (2, 12), (3, 13)]);
        chosen.choose(14);
        chosen.choose(14);
        assert_eq!((chosen.slot(14), chosen.slot(12)), (Some(1), Some(2)));
    }
}
