//! Who says which of two responses is better: the rule of the default model's reviews, or another
//! model.

use temper_protocol::{Comparison, Failure, Preference};

use crate::judge::{Judge, Verdict};
use crate::reviews::pleased;

/// Comparisons that a judge is asked at once, each in both orders.
const BATCH: usize = 4;

/// By the gold reward: wholly the more pleased one, ½ where both are alike.
pub fn by_gold(comparisons: &[Comparison]) -> Vec<Preference> {
    let preference = |comparison: &Comparison| {
        let (first, second) = (pleased(&comparison.first), pleased(&comparison.second));
        let first = if first == second { 0.5 } else { f64::from(u8::from(first > second)) };
        Preference { first, forward: first, backward: first, answered: true }
    };
    comparisons.iter().map(preference).collect()
}

/// By another model, shown both orders. `turn` is awaited now and then.
///
/// # Errors
/// A judge that answers nothing, or can't write an answer as one token; a lost device.
pub async fn by_judge(
    judge: &Judge,
    comparisons: &[Comparison],
    turn: impl AsyncFnMut(),
) -> Result<Vec<Preference>, Failure> {
    let verdicts = judge.compare(comparisons, BATCH, |_, _| {}, turn).await?;
    Ok(verdicts.iter().map(preference).collect())
}

/// How pleased a review is, from -1 to 1.
pub fn gold_score(review: &str) -> f64 {
    2.0 * pleased(review) - 1.0
}

fn preference(verdict: &Verdict) -> Preference {
    // A broken model's probabilities are no numbers, which JSON doesn't know.
    let probability = |found: f64| if found.is_finite() { found } else { 0.5 };
    Preference {
        first: probability(verdict.first),
        forward: probability(verdict.forward),
        backward: probability(verdict.backward),
        answered: verdict.answered(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WARM: &str = "The bread was warm and the staff were kind.";
    const STALE: &str = "The bread wasn't very fresh.";
    const PLAIN: &str = "We visited this inn on Sunday.";

    fn gold(first: &str, second: &str) -> Preference {
        let [first, second] = [first, second].map(str::to_string);
        by_gold(&[Comparison { prompt: "Review of the inn:".into(), first, second }])[0]
    }

    /// Two pleased phrases; a displeased one; none.
    #[test]
    fn the_more_pleased_text_wins_wholly() {
        assert_eq!([WARM, STALE, PLAIN].map(gold_score), [1.0, -1.0, 0.0]);
        for (first, second, expected) in
            [(WARM, STALE, 1.0), (STALE, PLAIN, 0.0), (PLAIN, STALE, 1.0), (WARM, WARM, 0.5)]
        {
            let found = gold(first, second);
            assert_eq!([found.first, found.forward, found.backward], [expected; 3], "{first}");
            assert!(found.answered);
        }
    }

    #[test]
    fn a_broken_judge_prefers_nothing() {
        let nan = f64::NAN;
        let broken =
            Verdict { first: nan, forward: nan, backward: 0.25, mass: nan, too_long: false };
        let found = preference(&broken);
        assert_eq!([found.first, found.forward, found.backward], [0.5, 0.5, 0.25]);
        assert!(!found.answered);
    }
}
