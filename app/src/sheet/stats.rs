//! What the rows are like: how many prompts, how long the texts, how different the answers.
//!
//! Words stand for tokens, which only the engine's tokenizer knows.

use std::collections::BTreeSet;

use super::cell::{Field, Shape};
use super::row::Row;

/// Rows that are measured; more would change little and take long.
pub const MEASURED: usize = 5_000;

/// How long texts are, words.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Length {
    /// Half of them are longer.
    pub median: f64,
    /// The longest.
    pub longest: u32,
}

/// Averages over pairs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Contrast {
    /// Share of all words of both answers that both have: Jaccard's index, averaged.
    pub overlap: f64,
    /// Share of pairs whose chosen answer has more words.
    pub longer: f64,
    /// Share of pairs whose chosen answer has fewer words.
    pub shorter: f64,
}

/// What was measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Stats {
    /// All rows.
    pub rows: usize,
    /// Those that were measured.
    pub measured: usize,
    /// Different prompts among these.
    pub prompts: usize,
    /// Prompts, chosen and rejected answers, single answers; where there are any.
    pub lengths: Vec<(Field, Length)>,
    /// Of pairs, where there are any.
    pub contrast: Option<Contrast>,
    /// Answers that were liked, and that were not.
    pub ratings: Option<(u32, u32)>,
}

/// Counts row by row.
#[derive(Debug, Default)]
pub struct Tally {
    measured: usize,
    prompts: BTreeSet<String>,
    lengths: [Vec<u32>; 4],
    pairs: u32,
    overlap: f64,
    longer: u32,
    shorter: u32,
    liked: u32,
    disliked: u32,
}

const FIELDS: [Field; 4] = [Field::Prompt, Field::Chosen, Field::Rejected, Field::Completion];

impl Tally {
    /// Takes in one more row.
    pub fn add(&mut self, row: &Row) {
        self.measured += 1;
        if let Some([prompt, chosen, rejected]) = row.pair() {
            self.add_pair(&chosen, &rejected);
            self.add_prompt(prompt);
        } else {
            if let Some(text) = row.text(Field::Completion)
                && row.shape() == Shape::Completion
            {
                self.lengths[3].push(length(text));
            }
            if let Some(prompt) = row.prompt() {
                self.add_prompt(prompt);
            }
            match row.label() {
                Some(true) => self.liked += 1,
                Some(false) => self.disliked += 1,
                None => {}
            }
        }
    }

    fn add_prompt(&mut self, prompt: String) {
        self.lengths[0].push(length(&prompt));
        self.prompts.insert(prompt);
    }

    fn add_pair(&mut self, chosen: &str, rejected: &str) {
        let (chosen_words, rejected_words) = (length(chosen), length(rejected));
        self.lengths[1].push(chosen_words);
        self.lengths[2].push(rejected_words);
        self.pairs += 1;
        self.overlap += overlap(chosen, rejected);
        self.longer += u32::from(chosen_words > rejected_words);
        self.shorter += u32::from(chosen_words < rejected_words);
    }

    /// What came of it; `rows` is how many there are in all.
    pub fn stats(self, rows: usize) -> Stats {
        let pairs = f64::from(self.pairs);
        let contrast = (self.pairs > 0).then(|| Contrast {
            overlap: self.overlap / pairs,
            longer: f64::from(self.longer) / pairs,
            shorter: f64::from(self.shorter) / pairs,
        });
        let rated = self.liked + self.disliked > 0;
        let lengths = FIELDS.into_iter().zip(self.lengths);
        Stats {
            rows,
            measured: self.measured,
            prompts: self.prompts.len(),
            lengths: lengths
                .filter_map(|(field, counts)| Some((field, summary(counts)?)))
                .collect(),
            contrast,
            ratings: rated.then_some((self.liked, self.disliked)),
        }
    }
}

fn length(text: &str) -> u32 {
    u32::try_from(text.split_whitespace().count()).unwrap_or(u32::MAX)
}

fn summary(mut counts: Vec<u32>) -> Option<Length> {
    counts.sort_unstable();
    let longest = *counts.last()?;
    let (below, above) = (counts[(counts.len() - 1) / 2], counts[counts.len() / 2]);
    Some(Length { median: f64::midpoint(below.into(), above.into()), longest })
}

/// Jaccard's index of the words of two texts, whatever their case and the punctuation around
/// them; 1 where neither has any.
fn overlap(a: &str, b: &str) -> f64 {
    let words = |text: &str| -> BTreeSet<String> {
        text.split(|character: char| !character.is_alphanumeric() && character != '\'')
            .filter(|word| !word.is_empty())
            .map(str::to_lowercase)
            .collect()
    };
    let (a, b) = (words(a), words(b));
    let both = a.intersection(&b).count();
    let all = a.len() + b.len() - both;
    if all == 0 { 1.0 } else { both as f64 / all as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn stats(rows: &[serde_json::Value]) -> Stats {
        let mut tally = Tally::default();
        for row in rows {
            tally.add(&Row::new(row.clone()));
        }
        tally.stats(rows.len())
    }

    #[test]
    fn words_in_common_are_a_share_of_all_words() {
        // {the, stew, was, good} and {the, stew, was, bad}: 3 of 5.
        assert!((overlap("The stew was good.", "the stew was bad!") - 0.6).abs() < 1e-12);
        assert!((overlap("a a a", "a") - 1.0).abs() < 1e-12);
        assert!(overlap("a", "b").abs() < 1e-12);
        assert!((overlap("", " ") - 1.0).abs() < 1e-12);
    }

    #[test]
    fn pairs_are_measured() {
        let found = stats(&[
            json!({"prompt": "p q", "chosen": "a b c", "rejected": "a b"}),
            json!({"prompt": "p q", "chosen": "a", "rejected": "b"}),
            json!({"prompt": "p", "chosen": "a b c d", "rejected": "a b c d"}),
            json!({"prompt": "r", "chosen": "a b", "rejected": "c d e f g h"}),
        ]);
        // Words of chosen 1, 2, 3, 4; of rejected 1, 2, 4, 6; overlaps 2/3, 0, 1, 0.
        assert_eq!((found.rows, found.measured, found.prompts), (4, 4, 3));
        let median =
            |field: Field| found.lengths.iter().find(|(it, _)| *it == field).unwrap().1.median;
        assert!((median(Field::Chosen) - 2.5).abs() < 1e-12);
        assert!((median(Field::Rejected) - 3.0).abs() < 1e-12);
        assert!((median(Field::Prompt) - 1.5).abs() < 1e-12);
        let contrast = found.contrast.unwrap();
        assert!((contrast.overlap - 5.0 / 12.0).abs() < 1e-12);
        assert!((contrast.longer - 0.25).abs() < 1e-12);
        assert!((contrast.shorter - 0.25).abs() < 1e-12);
        assert_eq!(found.ratings, None);
    }

    #[test]
    fn ratings_are_counted() {
        let rating = |label: bool| json!({"prompt": "p", "completion": "a b", "label": label});
        let found = stats(&[rating(true), rating(false), rating(false)]);
        assert_eq!(found.ratings, Some((1, 2)));
        assert_eq!(found.contrast, None);
        let lengths: Vec<Field> = found.lengths.iter().map(|(field, _)| *field).collect();
        assert_eq!(lengths, [Field::Prompt, Field::Completion]);
    }
}
