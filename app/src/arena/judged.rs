//! What a referee said of a comparison, and the row that it makes.

use serde_json::Value;
use temper_protocol::{Comparison, Preference};

use super::report::decides;
use super::row;

/// A comparison with its verdict.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// What was compared; where the data prefers one, that is the first.
    pub comparison: Comparison,
    /// What the referee says.
    pub preference: Preference,
    /// The row of the data, where it is of one.
    pub row: Option<Value>,
}

/// How rows are made of verdicts.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Making {
    /// How near to ½ a pair is left out.
    pub abstain: f64,
    /// Whether a row says how probable its preference is.
    pub soft: bool,
    /// Whether rows are messages.
    pub chat: bool,
}

impl Judged {
    /// Whether the first response is preferred.
    pub fn is_first(&self) -> bool {
        self.preference.first > 0.5
    }

    /// How probable it is that the preferred response is better.
    pub fn probability(&self) -> f64 {
        self.preference.first.max(1.0 - self.preference.first)
    }

    /// The preferred response, then the other.
    pub fn ranked(&self) -> [&str; 2] {
        let Comparison { first, second, .. } = &self.comparison;
        let (first, second) = (first.as_str(), second.as_str());
        if self.is_first() { [first, second] } else { [second, first] }
    }

    fn row(&self, making: Making) -> Value {
        let probability = making.soft.then(|| rounded(self.probability()));
        let of_data =
            self.row.as_ref().and_then(|row| row::relabelled(row, self.is_first(), probability));
        of_data.unwrap_or_else(|| {
            let mut row = row::pair(making.chat, &self.comparison.prompt, self.ranked());
            if let Some(probability) = probability {
                row["probability"] = probability.into();
            }
            row
        })
    }
}

/// The rows of all that the referee decides.
pub fn rows(all: &[Judged], making: Making) -> Vec<Value> {
    let decided = all.iter().filter(|judged| decides(&judged.preference, making.abstain));
    decided.map(|judged| judged.row(making)).collect()
}

/// To four digits: more are noise.
fn rounded(probability: f64) -> f64 {
    (probability * 1e4).round() / 1e4
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn judged(first: f64, row: Option<Value>) -> Judged {
        let comparison = Comparison { prompt: "p".into(), first: "a".into(), second: "b".into() };
        let preference = Preference { first, forward: first, backward: first, answered: true };
        Judged { comparison, preference, row }
    }

    /// 1 − .2 = .8; .5 is a tie and .55 within a tenth of it.
    #[test]
    fn a_decided_comparison_becomes_a_row() {
        let all = [judged(0.2, None), judged(0.5, None), judged(0.55, None)];
        let making = Making { abstain: 0.1, soft: true, chat: false };
        let expected = json!({"prompt": "p", "chosen": "b", "rejected": "a", "probability": 0.8});
        assert_eq!(rows(&all, making), [expected]);
        assert_eq!(rows(&all, Making::default()).len(), 2);
    }

    #[test]
    fn a_row_of_the_data_keeps_what_else_it_holds() {
        let row = json!({"id": 7, "chosen": "a", "rejected": "b"});
        let found = rows(&[judged(0.2, Some(row))], Making::default());
        assert_eq!(found, [json!({"id": 7, "chosen": "b", "rejected": "a"})]);
    }
}
