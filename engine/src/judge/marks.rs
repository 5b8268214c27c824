//! A mark from 1 to 10 as an expectation over what the judge might say.
//!
//! Most tokenizers write "10" as "1" and "0", so that part of what looks like the mark 1 belongs
//! to 10. A row then carries the "1" along: one forward pass gives the marks where it stands, and
//! the "0" after it.

use temper_protocol::Failure;

use super::{Judge, prompts};
use crate::data::batch::{Batch, Target};

/// How many marks there are.
pub(super) const COUNT: usize = 10;

/// The tokens of the marks.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct MarkTokens {
    /// "1" to "9".
    digits: Vec<u32>,
    ten: Ten,
}

/// How the tokenizer writes "10".
#[derive(Clone, Copy, Debug, PartialEq)]
enum Ten {
    /// As a token of its own.
    Token(u32),
    /// As "1" and then this.
    OneThen(u32),
}

impl MarkTokens {
    /// The judge's tokens.
    ///
    /// # Errors
    /// A tokenizer that writes a digit as several tokens, or joins it to what is before it.
    pub fn find(judge: &Judge) -> Result<Self, Failure> {
        let question = prompts::mark("", "");
        let digits = judge.tokens(&question, &["1", "2", "3", "4", "5", "6", "7", "8", "9"])?;
        let ten = match judge.following(&question, "10")?.as_slice() {
            [id] if !digits.contains(id) => Ten::Token(*id),
            [one, zero] if *one == digits[0] => Ten::OneThen(*zero),
            _ => return Err(judge.cannot_write(&question, "10")),
        };
        Ok(Self { digits, ten })
    }

    /// Ten targets a row, the digits first and then what makes a ten, rows outermost.
    pub fn batch(&self, prompts: &[Vec<u32>], pad: u32) -> Batch {
        let zero = match self.ten {
            Ten::Token(id) => {
                return Batch::asking(prompts, &[self.digits.as_slice(), &[id]].concat(), pad);
            }
            Ten::OneThen(zero) => zero,
        };
        let carrying: Vec<Vec<u32>> =
            prompts.iter().map(|ids| [ids.as_slice(), &self.digits[..1]].concat()).collect();
        let mut batch = Batch::asking(&carrying, &[zero], pad);
        let all = batch.targets.iter().flat_map(|&zero| {
            // The digits follow the prompt itself, one column earlier.
            let digit =
                move |&id: &u32| Target { position: zero.position - 1, id: id as i32, ..zero };
            self.digits.iter().map(digit).chain([zero])
        });
        batch.targets = all.collect();
        batch
    }

    /// The probabilities of 1 to 10, from a row's ten log-probabilities.
    pub fn probabilities(&self, logps: &[f64]) -> Vec<f64> {
        let mut probabilities: Vec<f64> = logps.iter().map(|logp| logp.exp()).collect();
        if let (Ten::OneThen(_), [one, .., ten]) = (self.ten, probabilities.as_mut_slice()) {
            *ten *= *one;
            *one -= *ten;
        }
        probabilities
    }
}

/// The expected mark, `Σ i·P(i) / Σ P(i)`, brought from 1 … 10 to −1 … 1
/// (Lee et al. 2023, direct RLAIF).
pub(super) fn rescaled(probabilities: &[f64]) -> f64 {
    let mass: f64 = probabilities.iter().sum();
    let sum: f64 = (1_u32..).zip(probabilities).map(|(mark, p)| f64::from(mark) * p).sum();
    (2.0 * sum / mass - 11.0) / 9.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(ten: Ten) -> MarkTokens {
        MarkTokens { digits: (11..20).collect(), ten }
    }

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-12, "{found}, expected {expected}");
    }

    /// All on 1, on 10, even, and half on 4 and 9 each: (2 · 6.5 − 11) / 9.
    #[test]
    fn marks_are_rescaled() {
        let on = |marks: &[usize]| {
            let mut probabilities = vec![0.0; COUNT];
            marks.iter().for_each(|mark| probabilities[mark - 1] = 0.2);
            rescaled(&probabilities)
        };
        close(on(&[1]), -1.0);
        close(on(&[10]), 1.0);
        close(on(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]), 0.0);
        close(on(&[4, 9]), 2.0 / 9.0);
    }

    /// P("1") = .4 and P("0" | "1") = .25: ten has .1, and .3 is left to one.
    #[test]
    fn a_ten_of_two_tokens_takes_from_one() {
        let mut logps = vec![0.01_f64.ln(); COUNT];
        (logps[0], logps[9]) = (0.4_f64.ln(), 0.25_f64.ln());
        let spelled = tokens(Ten::OneThen(10)).probabilities(&logps);
        close(spelled[0], 0.3);
        close(spelled[1], 0.01);
        close(spelled[9], 0.1);
        let whole = tokens(Ten::Token(20)).probabilities(&logps);
        close(whole[0], 0.4);
        close(whole[9], 0.25);
    }

    #[test]
    fn each_row_has_ten_targets_in_the_order_of_the_marks() {
        let prompts = [vec![5, 6, 7], vec![8]];
        let found = |ten| {
            let batch = tokens(ten).batch(&prompts, 0);
            let all = batch.targets.iter().map(|t| (t.row, t.position, t.id));
            (batch.time as i32, all.collect::<Vec<_>>())
        };
        let (time, whole) = found(Ten::Token(20));
        assert_eq!(whole.len(), 2 * COUNT);
        assert_eq!([whole[0], whole[8], whole[9]], [(0, 2, 11), (0, 2, 19), (0, 2, 20)]);
        assert_eq!(whole[10], (1, time, 11));
        let (time, spelled) = found(Ten::OneThen(10));
        assert_eq!(spelled.len(), 2 * COUNT);
        // The row carries a "1": digits where the prompt ends, "0" after it.
        assert_eq!([spelled[0], spelled[8], spelled[9]], [(0, 2, 11), (0, 2, 19), (0, 3, 10)]);
        assert_eq!([spelled[10], spelled[19]], [(1, time, 11), (1, time + 1, 10)]);
    }
}
