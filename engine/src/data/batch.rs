//! From encoded rows to the arrays of one forward pass.

use crate::data::{EncodedPair, Sequence};

/// Rows padded on the right to one length, and which of their tokens count.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// Token ids, `[lines · time]`.
    pub ids: Vec<i32>,
    /// Rows: what log-probabilities are summed over.
    pub rows: usize,
    /// Lines of ids: as many as rows, or as pairs where a pair shares its prompt.
    pub lines: usize,
    /// Where each line forks into a pair's two completions; empty where each row has its line.
    pub forks: Vec<Fork>,
    /// Columns, a bucket's length.
    pub time: usize,
    /// Every token that counts, row by row.
    pub targets: Vec<Target>,
    /// The flat index of each row's last real token.
    pub last: Vec<i32>,
}

/// A line of prompt, chosen and rejected completion, of which neither sees the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fork {
    /// Columns of the prompt.
    pub prompt: usize,
    /// The column where the rejected completion begins.
    pub second: usize,
}

impl Fork {
    /// A column's place in its own sequence.
    pub fn position(self, column: usize) -> usize {
        if column < self.second { column } else { column - self.second + self.prompt }
    }

    /// Whether the token at column `query` may see that at `key`: what kernels are checked by.
    #[cfg(test)]
    pub fn sees(self, query: usize, key: usize) -> bool {
        let other = query >= self.second && (self.prompt..self.second).contains(&key);
        key <= query && !other
    }
}

/// A token whose log-probability counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// Its row.
    pub row: usize,
    /// The flat index of the hidden state that predicts it: the column before it.
    pub position: i32,
    /// Its id.
    pub id: i32,
}

impl Batch {
    /// Pads with `pad` to the bucket of the longest row. A row's first token has no predictor, so
    /// it never counts.
    pub fn new(sequences: &[&Sequence], pad: u32) -> Self {
        let longest = sequences.iter().map(|s| s.ids.len()).max().unwrap_or(1);
        let (rows, time) = (sequences.len(), bucket(longest));
        let mut ids = vec![pad as i32; rows * time];
        let mut targets = Vec::new();
        let mut last = Vec::with_capacity(rows);
        for (row, sequence) in sequences.iter().enumerate() {
            last.push((row * time + sequence.ids.len().saturating_sub(1)) as i32);
            for (t, (&id, &counts)) in sequence.ids.iter().zip(&sequence.mask).enumerate() {
                ids[row * time + t] = id as i32;
                if counts && t > 0 {
                    let position = (row * time + t - 1) as i32;
                    targets.push(Target { row, position, id: id as i32 });
                }
            }
        }
        Self { ids, rows, lines: rows, forks: Vec::new(), time, targets, last }
    }

    /// Pairs, all chosen before all rejected. A prompt that both share is computed once, where that
    /// saves enough.
    pub fn pairs(pairs: &[&EncodedPair], pad: u32) -> Self {
        let plain = || {
            let chosen = pairs.iter().map(|pair| &pair.chosen);
            let all: Vec<_> = chosen.chain(pairs.iter().map(|pair| &pair.rejected)).collect();
            Self::new(&all, pad)
        };
        let Some(forks) = pairs.iter().map(|pair| fork(pair)).collect::<Option<Vec<_>>>() else {
            return plain();
        };
        let length =
            |pair: &EncodedPair, fork: &Fork| fork.second + pair.rejected.ids.len() - fork.prompt;
        let longest = pairs.iter().zip(&forks).map(|(pair, fork)| length(pair, fork)).max();
        let time = bucket(longest.unwrap_or(1));
        let rows = pairs.iter().flat_map(|pair| [pair.chosen.ids.len(), pair.rejected.ids.len()]);
        let alone = 2 * bucket(rows.max().unwrap_or(1));
        let saves = time as f64 <= WORTH_SHARING * alone as f64;
        if saves { Self::forked(pairs, forks, time, pad) } else { plain() }
    }

    fn forked(pairs: &[&EncodedPair], forks: Vec<Fork>, time: usize, pad: u32) -> Self {
        let lines = pairs.len();
        let mut ids = vec![pad as i32; lines * time];
        let mut batch_targets: [Vec<Target>; 2] = Default::default();
        let mut batch_last: [Vec<i32>; 2] = Default::default();
        for (line, (pair, fork)) in pairs.iter().zip(&forks).enumerate() {
            for (side, sequence) in [&pair.chosen, &pair.rejected].into_iter().enumerate() {
                // From a place in the sequence to a column of the line.
                let column = |t: usize| match side == 1 && t >= fork.prompt {
                    true => line * time + fork.second + t - fork.prompt,
                    false => line * time + t,
                };
                let row = line + side * lines;
                for (t, (&id, &counts)) in sequence.ids.iter().zip(&sequence.mask).enumerate() {
                    ids[column(t)] = id as i32;
                    if counts && t > 0 {
                        let position = column(t - 1) as i32;
                        batch_targets[side].push(Target { row, position, id: id as i32 });
                    }
                }
                batch_last[side].push(column(sequence.ids.len().saturating_sub(1)) as i32);
            }
        }
        let (targets, last) = (batch_targets.concat(), batch_last.concat());
        Self { ids, rows: 2 * lines, lines, forks, time, targets, last }
    }

    /// Prompts with several possible next tokens each: one target a row and answer, at the row's
    /// last position, rows outermost.
    pub fn asking(prompts: &[Vec<u32>], answers: &[u32], pad: u32) -> Self {
        let rows: Vec<Sequence> = prompts
            .iter()
            .map(|ids| Sequence {
                ids: ids.clone(),
                mask: vec![false; ids.len()],
                prompt_len: ids.len(),
            })
            .collect();
        let mut batch = Self::new(&rows.iter().collect::<Vec<_>>(), pad);
        let every = batch.last.iter().enumerate().flat_map(|(row, &position)| {
            answers.iter().map(move |&id| Target { row, position, id: id as i32 })
        });
        batch.targets = every.collect();
        batch
    }

    /// Counted tokens of each row.
    pub fn lengths(&self) -> Vec<usize> {
        let mut lengths = vec![0; self.rows];
        for target in &self.targets {
            lengths[target.row] += 1;
        }
        lengths
    }
}

/// A prompt is shared where that brings the tokens computed down to this share.
const WORTH_SHARING: f64 = 0.9;

/// Where a pair's line forks; `None` where its two sequences don't begin with one prompt, or count
/// some of its tokens.
fn fork(pair: &EncodedPair) -> Option<Fork> {
    let prompt = pair.chosen.prompt_len;
    let (chosen, rejected) = (&pair.chosen, &pair.rejected);
    let alike = prompt > 0
        && rejected.prompt_len == prompt
        && chosen.ids.get(..prompt)? == rejected.ids.get(..prompt)?;
    let counted = |sequence: &Sequence| sequence.mask.iter().take(prompt).any(|counts| *counts);
    let apart = alike && !counted(chosen) && !counted(rejected);
    apart.then_some(Fork { prompt, second: chosen.ids.len() })
}

/// The padded length of a row: few shapes keep a GPU's allocator and kernel cache small, while
/// steps of a sixteenth waste little.
pub fn bucket(length: usize) -> usize {
    let step = (length.next_power_of_two() / 16).max(8);
    length.div_ceil(step) * step
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sequence(ids: &[u32], prompt: usize) -> Sequence {
        let mask = (0..ids.len()).map(|t| t >= prompt).collect();
        Sequence { ids: ids.to_vec(), mask, prompt_len: prompt }
    }

    #[test]
    fn targets_point_at_the_column_before() {
        let (a, b) = (sequence(&[5, 6, 7], 1), sequence(&[8, 9], 1));
        let batch = Batch::new(&[&a, &b], 0);
        assert_eq!((batch.rows, batch.time), (2, 8));
        let found: Vec<_> = batch.targets.iter().map(|t| (t.row, t.position, t.id)).collect();
        assert_eq!(found, [(0, 0, 6), (0, 1, 7), (1, 8, 9)]);
        assert_eq!(batch.lengths(), [2, 1]);
    }

    /// Prompt 5 6, then 7 or 8 9.
    #[test]
    fn a_shared_prompt_lies_once_and_each_completion_follows_it() {
        let (chosen, rejected) = (sequence(&[5, 6, 7], 2), sequence(&[5, 6, 8, 9], 2));
        let preference = crate::data::Preference::default();
        let pair = EncodedPair { line: 1, chosen, rejected, preference };
        let batch = Batch::pairs(&[&pair], 0);
        assert_eq!((batch.rows, batch.lines, batch.time), (2, 1, 8));
        assert_eq!(batch.ids[..5], [5, 6, 7, 8, 9]);
        let found: Vec<_> = batch.targets.iter().map(|t| (t.row, t.position, t.id)).collect();
        assert_eq!(found, [(0, 1, 7), (1, 1, 8), (1, 3, 9)]);
        assert_eq!(batch.last, [2, 4]);
        let fork = batch.forks[0];
        assert_eq!((0..5).map(|c| fork.position(c)).collect::<Vec<_>>(), [0, 1, 2, 2, 3]);
        assert!(fork.sees(4, 3) && fork.sees(3, 1) && !fork.sees(3, 2) && !fork.sees(2, 3));
    }

    #[test]
    fn completions_that_dwarf_their_prompt_lie_apart() {
        let long = |id: u32| sequence(&[&[5][..], &[id; 40][..]].concat(), 1);
        let preference = crate::data::Preference::default();
        let pair = EncodedPair { line: 1, chosen: long(7), rejected: long(8), preference };
        assert!(Batch::pairs(&[&pair], 0).forks.is_empty());
    }

    #[test]
    fn each_answer_is_asked_for_where_the_prompt_ends() {
        let batch = Batch::asking(&[vec![5, 6], vec![7]], &[1, 2], 0);
        let found: Vec<_> = batch.targets.iter().map(|t| (t.row, t.position, t.id)).collect();
        assert_eq!(found, [(0, 1, 1), (0, 1, 2), (1, 8, 1), (1, 8, 2)]);
        assert_eq!(batch.last, [1, 8]);
    }

    #[test]
    fn a_first_token_without_predictor_never_counts() {
        let batch = Batch::new(&[&sequence(&[5, 6], 0)], 0);
        assert_eq!(batch.lengths(), [1]);
    }

    #[test]
    fn buckets_hold_their_length_and_waste_little() {
        for length in 1..=4096 {
            let padded = bucket(length);
            assert!(padded >= length && padded < length + 8.max(length.div_ceil(8)), "{length}");
        }
        let wasted: usize = (65..=4096).map(|length| bucket(length) - length).sum();
        let all: usize = (65..=4096).sum();
        assert!(20 * wasted < all, "{wasted} of {all}");
    }
}
