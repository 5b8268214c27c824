//! From the log-probabilities of "1" and "2" to a preference, both orders averaged.

use super::MIN_MASS;

/// What a judge says of a pair. Probabilities are those that the first response is preferred.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Verdict {
    /// Averaged over both orders.
    pub first: f64,
    /// With the first response at the first position.
    pub forward: f64,
    /// With the first response at the second position.
    pub backward: f64,
    /// The probability that the judge gives to "1" or "2" at all, averaged over both orders.
    pub mass: f64,
    /// Whether the pair was never shown: with its instruction it is longer than the judge takes.
    pub too_long: bool,
}

impl Verdict {
    /// On a pair that doesn't fit.
    pub(super) const TOO_LONG: Self =
        Self { first: 0.5, forward: 0.5, backward: 0.5, mass: 0.0, too_long: true };

    /// Whether the judge answers, rather than say something else: see [`MIN_MASS`].
    pub fn answered(&self) -> bool {
        !self.too_long && self.mass >= MIN_MASS
    }

    /// Whether the pair can be used: the judge answers, it is no tie, and the probability is at
    /// least `abstain` away from ½.
    pub fn decides(&self, abstain: f64) -> bool {
        let distance = (self.first - 0.5).abs();
        self.answered() && distance > 0.0 && distance >= abstain
    }

    /// Whether the same position is preferred in both orders, whatever stands there.
    pub fn same_position(&self) -> bool {
        (self.forward - 0.5) * (self.backward - 0.5) < 0.0
    }
}

/// P("1") among "1" and "2", by their log-probabilities: a softmax over two (Lee et al. 2023).
fn preference([one, two]: [f64; 2]) -> f64 {
    1.0 / (1.0 + (two - one).exp())
}

/// The verdict of both orders. Each holds the log-probabilities of "1" and "2"; in `forward` the
/// first response is at position 1, in `backward` at position 2.
pub(super) fn averaged(forward: [f64; 2], backward: [f64; 2]) -> Verdict {
    let mass = |answers: [f64; 2]| answers.iter().map(|logp| logp.exp()).sum::<f64>();
    let mean_mass = (mass(forward) + mass(backward)) / 2.0;
    let (forward, backward) = (preference(forward), 1.0 - preference(backward));
    Verdict {
        first: (forward + backward) / 2.0,
        forward,
        backward,
        mass: mean_mass,
        too_long: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORWARD: [f64; 2] = [0.3, 0.1];
    const BACKWARD: [f64; 2] = [0.32, 0.08];

    fn logps(probabilities: [f64; 2]) -> [f64; 2] {
        probabilities.map(f64::ln)
    }

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-12, "{found}, expected {expected}");
    }

    /// Forward .3 / (.3 + .1) = .75; backward "2", where the first response is, .08 / .4 = .2;
    /// their mean .475; both orders prefer position 1, with a mass of .4 each.
    #[test]
    fn both_orders_by_hand() {
        let verdict = averaged(logps(FORWARD), logps(BACKWARD));
        close(verdict.forward, 0.75);
        close(verdict.backward, 0.2);
        close(verdict.first, 0.475);
        close(verdict.mass, 0.4);
        assert!(verdict.same_position() && verdict.answered());
        assert!(verdict.decides(0.02) && !verdict.decides(0.03));
    }

    #[test]
    fn swapping_the_responses_mirrors_the_verdict() {
        let verdict = averaged(logps(FORWARD), logps(BACKWARD));
        let swapped = averaged(logps(BACKWARD), logps(FORWARD));
        close(swapped.first, 1.0 - verdict.first);
        close(swapped.forward, 1.0 - verdict.backward);
        close(swapped.backward, 1.0 - verdict.forward);
        close(swapped.mass, verdict.mass);
    }

    #[test]
    fn too_little_mass_is_no_answer() {
        let silent = averaged(logps([0.006, 0.002]), logps([0.002, 0.006]));
        close(silent.first, 0.75);
        assert!(!silent.answered() && !silent.decides(0.0));
        assert!(!Verdict::TOO_LONG.answered());
        // A broken model's numbers are no answer either.
        assert!(!averaged([f64::NAN, -1.0], [-1.0, -1.0]).answered());
    }

    #[test]
    fn a_tie_decides_nothing() {
        let tie = averaged([-1.0, -1.0], [-1.0, -1.0]);
        assert!(tie.answered() && !tie.same_position() && !tie.decides(0.0));
    }
}
