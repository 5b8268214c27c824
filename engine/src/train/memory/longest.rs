//! The largest micro-batch that the rows of a run can make.

use std::cmp::Reverse;

use crate::data::EncodedPair;
use crate::data::batch::{Batch, bucket};
use crate::train::task::Examples;

/// A micro-batch's sizes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Longest {
    /// Rows of the data, or pairs.
    pub rows: usize,
    /// Lines of ids: two a pair that shares nothing.
    pub lines: usize,
    /// Columns.
    pub time: usize,
    /// Tokens that count.
    pub targets: usize,
    /// Tokens of the longest sequence.
    pub sequence: usize,
}

impl Longest {
    /// Of the `size` longest rows, which shuffling may bring together; prompts make none.
    pub fn of(examples: &Examples, size: usize) -> Self {
        match examples {
            Examples::Pairs(pairs) => {
                let both = |pair: &EncodedPair| pair.chosen.ids.len() + pair.rejected.ids.len();
                let found = [Self::of_pairs(pairs, size, both), Self::of_pairs(pairs, size, side)];
                found.into_iter().max_by_key(|batch| batch.lines * batch.time).unwrap_or_default()
            }
            Examples::Rows(rows) => {
                let rows = longest_first(rows, size, |row| row.sequence.ids.len());
                let sequences: Vec<_> = rows.iter().map(|row| &row.sequence).collect();
                let sequence = sequences.first().map_or(0, |sequence| sequence.ids.len());
                Self::new(&Batch::new(&sequences, 0), rows.len(), sequence)
            }
            Examples::Prompts(_) => Self::default(),
        }
    }

    fn of_pairs(pairs: &[EncodedPair], size: usize, length: fn(&EncodedPair) -> usize) -> Self {
        let pairs = longest_first(pairs, size, length);
        let sequence = pairs.iter().map(|pair| side(pair)).max().unwrap_or(0);
        Self::new(&Batch::pairs(&pairs, 0), pairs.len(), sequence)
    }

    fn new(batch: &Batch, rows: usize, sequence: usize) -> Self {
        let (lines, time, targets) = (batch.lines, batch.time, batch.targets.len());
        Self { rows, lines, time, targets, sequence }
    }

    /// The same of fewer rows.
    #[must_use]
    pub fn of_rows(self, rows: usize) -> Self {
        let all = self.rows.max(1);
        let (lines, targets) = (self.lines * rows / all, (self.targets * rows).div_ceil(all));
        Self { rows, lines, targets, ..self }
    }

    /// The same of sequences cut to a length, tokens.
    #[must_use]
    pub fn cut_to(self, sequence: usize) -> Self {
        let all = self.sequence.max(1);
        let time = bucket(self.time * sequence / all);
        Self { time, targets: self.targets * sequence / all, sequence, ..self }
    }
}

/// The longer of both sequences.
fn side(pair: &EncodedPair) -> usize {
    pair.chosen.ids.len().max(pair.rejected.ids.len())
}

fn longest_first<T>(all: &[T], size: usize, length: impl Fn(&T) -> usize) -> Vec<&T> {
    let mut all: Vec<&T> = all.iter().collect();
    all.sort_by_key(|one| Reverse(length(one)));
    all.truncate(size);
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{EncodedRow, Sequence};

    fn row(length: usize) -> EncodedRow {
        let mask = (0..length).map(|t| t >= 4).collect();
        let sequence = Sequence { ids: vec![1; length], mask, prompt_len: 4 };
        EncodedRow { line: 1, sequence, label: None, cut: Sequence::default() }
    }

    /// Of 9, 30 and 20 tokens the two longest: padded to 32, with 26 + 16 that count.
    #[test]
    fn the_longest_rows_meet_in_one_batch() {
        let rows = Examples::Rows([9, 30, 20].map(row).to_vec());
        let found = Longest::of(&rows, 2);
        let expected = Longest { rows: 2, lines: 2, time: 32, targets: 42, sequence: 30 };
        assert_eq!(found, expected);
        assert_eq!(found.of_rows(1), Longest { rows: 1, lines: 1, targets: 21, ..expected });
        let half = Longest { time: 16, targets: 21, sequence: 15, ..expected };
        assert_eq!(found.cut_to(15), half);
    }
}
