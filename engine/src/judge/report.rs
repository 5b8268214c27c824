//! How far a judge's verdicts can be trusted: does it agree with the data, and does it prefer a
//! position rather than a response? Lee et al. 2023 report the same figures.

use serde::Serialize;

use super::Verdict;

/// Counts of pairs, and shares of the answered ones (0 where none is).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// Pairs in all.
    pub pairs: usize,
    /// Pairs that the judge answers for.
    pub answered: usize,
    /// Pairs longer than the judge takes, which it was never shown.
    pub too_long: usize,
    /// Answered pairs that are left out: ties, and those too near to ½.
    pub abstained: usize,
    /// In how many the judge prefers the first response, where that is what the data prefers;
    /// ties count half. `None` where the data prefers none, or nothing is answered.
    pub agreement: Option<f64>,
    /// In how many both orders prefer the same position, whatever stands there: 0 is best.
    pub same_position: f64,
    /// In how many of the prompts, two a pair, the first position is preferred, ties half: ½ is
    /// best.
    pub first_position: f64,
}

impl Report {
    /// The figures of `verdicts`. `labelled`: the data prefers each pair's first response.
    /// `abstain`: how near to ½ a pair is left out.
    pub fn new(verdicts: &[Verdict], labelled: bool, abstain: f64) -> Self {
        let answered: Vec<Verdict> =
            verdicts.iter().copied().filter(|verdict| verdict.answered()).collect();
        let agreement = share(&answered, |verdict| side(verdict.first));
        Self {
            pairs: verdicts.len(),
            answered: answered.len(),
            too_long: verdicts.iter().filter(|verdict| verdict.too_long).count(),
            abstained: answered.iter().filter(|verdict| !verdict.decides(abstain)).count(),
            agreement: (labelled && !answered.is_empty()).then_some(agreement),
            same_position: share(&answered, |verdict| f64::from(u8::from(verdict.same_position()))),
            // In the order shown second, the first position holds the other response.
            first_position: share(&answered, |v| (side(v.forward) + side(1.0 - v.backward)) / 2.0),
        }
    }
}

/// The mean over the answered pairs; 0 without any.
fn share(answered: &[Verdict], of: fn(&Verdict) -> f64) -> f64 {
    match answered.len() {
        0 => 0.0,
        count => answered.iter().map(of).sum::<f64>() / count as f64,
    }
}

/// 1 where a probability favours, 0 where it doesn't, ½ for a tie.
fn side(probability: f64) -> f64 {
    match probability.partial_cmp(&0.5) {
        Some(std::cmp::Ordering::Greater) => 1.0,
        Some(std::cmp::Ordering::Less) => 0.0,
        _ => 0.5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(forward: f64, backward: f64) -> Verdict {
        let first = (forward + backward) / 2.0;
        Verdict { first, forward, backward, mass: 0.9, too_long: false }
    }

    /// Four answered: one agrees, one doesn't, one prefers position 1 twice and the first response
    /// by .5625, one is a tie of two sure positions. Agreement (1 + 0 + 1 + ½) / 4; same position
    /// 2 of 4; first position (½ + ½ + 1 + 1) / 4.
    #[test]
    fn figures_by_hand() {
        let silent = Verdict { mass: 0.001, ..verdict(0.9, 0.9) };
        let verdicts = [
            verdict(0.75, 0.75),
            verdict(0.25, 0.125),
            verdict(0.75, 0.375),
            verdict(0.75, 0.25),
            silent,
            Verdict::TOO_LONG,
        ];
        let report = Report::new(&verdicts, true, 0.1);
        let expected = Report {
            pairs: 6,
            answered: 4,
            too_long: 1,
            // .5625 is nearer to ½ than .1, and the tie is on it.
            abstained: 2,
            agreement: Some(0.625),
            same_position: 0.5,
            first_position: 0.75,
        };
        assert_eq!(report, expected);
        assert_eq!(Report::new(&verdicts, false, 0.0).agreement, None);
        assert_eq!(Report::new(&verdicts, false, 0.0).abstained, 1);
    }

    #[test]
    fn nothing_answered_has_no_agreement() {
        let report = Report::new(&[Verdict::TOO_LONG], true, 0.0);
        assert_eq!((report.answered, report.agreement, report.same_position), (0, None, 0.0));
    }
}
