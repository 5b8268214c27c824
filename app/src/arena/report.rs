//! How far a referee's preferences can be trusted: does it agree with the data, and does it prefer
//! a position rather than an answer? The engine's own report of a judge counts the same way.

use std::cmp::Ordering;

use temper_protocol::Preference;

/// Counts of pairs, and shares of the answered ones (0 where none is).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Report {
    /// Pairs in all.
    pub pairs: u32,
    /// Pairs that the referee doesn't answer for.
    pub unanswered: u32,
    /// Answered pairs that are left out: ties, and those too near to ½.
    pub abstained: u32,
    /// In how many the referee prefers the first response, where that is what the data prefers;
    /// ties count half. `None` where the data prefers none, or nothing is answered.
    pub agreement: Option<f64>,
    /// In how many both orders prefer the same position, whatever stands there: 0 is best.
    pub same_position: f64,
    /// In how many of the questions, two a pair, the first position is preferred, ties half: ½ is
    /// best.
    pub first_position: f64,
}

impl Report {
    /// The figures of `all`. `labelled`: the data prefers each pair's first response. `abstain`:
    /// how near to ½ a pair is left out.
    pub fn of(all: &[Preference], labelled: bool, abstain: f64) -> Self {
        let answered: Vec<Preference> = all.iter().copied().filter(|it| it.answered).collect();
        let agreement = share(&answered, |it| side(it.first));
        Self {
            pairs: count(all.len()),
            unanswered: count(all.len() - answered.len()),
            abstained: count(answered.iter().filter(|it| !decides(it, abstain)).count()),
            agreement: (labelled && !answered.is_empty()).then_some(agreement),
            same_position: share(&answered, |it| f64::from(u8::from(same_position(it)))),
            // In the order shown second, the first position holds the other response.
            first_position: share(&answered, |it| {
                (side(it.forward) + side(1.0 - it.backward)) / 2.0
            }),
        }
    }
}

/// Whether a pair can be used: the referee answers, it is no tie, and the probability is at least
/// `abstain` away from ½.
pub fn decides(preference: &Preference, abstain: f64) -> bool {
    let distance = (preference.first - 0.5).abs();
    preference.answered && distance > 0.0 && distance >= abstain
}

/// Whether the same position is preferred in both orders, whatever stands there.
fn same_position(preference: &Preference) -> bool {
    (preference.forward - 0.5) * (preference.backward - 0.5) < 0.0
}

/// The mean over the answered pairs; 0 without any.
fn share(answered: &[Preference], of: fn(&Preference) -> f64) -> f64 {
    match answered.len() {
        0 => 0.0,
        count => answered.iter().map(of).sum::<f64>() / count as f64,
    }
}

/// 1 where a probability favours, 0 where it doesn't, ½ for a tie.
fn side(probability: f64) -> f64 {
    match probability.partial_cmp(&0.5) {
        Some(Ordering::Greater) => 1.0,
        Some(Ordering::Less) => 0.0,
        _ => 0.5,
    }
}

fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn preference(forward: f64, backward: f64) -> Preference {
        Preference { first: (forward + backward) / 2.0, forward, backward, answered: true }
    }

    /// Four answered: one agrees, one doesn't, one prefers position 1 twice and the first response
    /// by .5625, one is a tie of two sure positions. Agreement (1 + 0 + 1 + ½) / 4; same position
    /// 2 of 4; first position (½ + ½ + 1 + 1) / 4. .5625 is nearer to ½ than .1, the tie is on it.
    #[test]
    fn figures_by_hand() {
        let all = [
            preference(0.75, 0.75),
            preference(0.25, 0.125),
            preference(0.75, 0.375),
            preference(0.75, 0.25),
            Preference { answered: false, ..preference(0.9, 0.9) },
        ];
        let expected = Report {
            pairs: 5,
            unanswered: 1,
            abstained: 2,
            agreement: Some(0.625),
            same_position: 0.5,
            first_position: 0.75,
        };
        assert_eq!(Report::of(&all, true, 0.1), expected);
        assert_eq!(Report::of(&all, false, 0.0).agreement, None);
        assert_eq!(Report::of(&all, false, 0.0).abstained, 1);
    }

    #[test]
    fn nothing_answered_has_no_agreement() {
        let silent = Preference { answered: false, ..preference(0.5, 0.5) };
        let expected = Report { pairs: 1, unanswered: 1, ..Report::default() };
        assert_eq!(Report::of(&[silent], true, 0.0), expected);
    }
}
