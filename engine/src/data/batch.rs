//! From encoded rows to the arrays of one forward pass.

use crate::data::Sequence;

/// Rows padded on the right to one length, and which of their tokens count.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// Token ids, `[rows · time]`.
    pub ids: Vec<i32>,
    /// Rows.
    pub rows: usize,
    /// Columns, a bucket's length.
    pub time: usize,
    /// Every token that counts, row by row.
    pub targets: Vec<Target>,
    /// The flat index of each row's last real token.
    pub last: Vec<i32>,
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
        Self { ids, rows, time, targets, last }
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

/// The padded length of a row: few shapes keep a GPU's allocator and kernel cache small, while
/// steps of an eighth waste little.
pub fn bucket(length: usize) -> usize {
    let step = (length.next_power_of_two() / 8).max(8);
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
    fn buckets_hold_their_length_and_waste_less_than_a_quarter_beyond_32() {
        for length in 1..=4096 {
            let padded = bucket(length);
            assert!(padded >= length);
            assert!(length <= 32 || (padded - length) * 4 < length, "{length} -> {padded}");
        }
    }
}
