//! What the engine found of a row, summed as a loss reads it.

use temper_protocol::InspectedCompletion;

/// A completion.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Side {
    /// Log-probability under the policy, nats.
    pub policy: f64,
    /// Under the reference.
    pub reference: f64,
    /// Counted tokens, at least 1.
    pub tokens: f64,
}

/// Two completions of one prompt.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pair {
    /// The better one.
    pub chosen: Side,
    /// The other one.
    pub rejected: Side,
}

impl Side {
    /// All tokens alike.
    pub fn of(completion: &InspectedCompletion) -> Self {
        Self::weighing(completion, usize::MAX, 1.0)
    }

    /// Tokens beyond the first `shared` weigh `tail`.
    fn weighing(completion: &InspectedCompletion, shared: usize, tail: f64) -> Self {
        let mut side = Self { policy: 0.0, reference: 0.0, tokens: 1.0 };
        for (at, token) in completion.tokens.iter().enumerate() {
            let weight = if at < shared { 1.0 } else { tail };
            side.policy += weight * token.policy;
            side.reference += weight * token.reference;
        }
        side.tokens = completion.tokens.len().max(1) as f64;
        side
    }
}

impl Pair {
    /// Of the two completions of a row; tokens by which one outlasts the other weigh `tail`.
    pub fn of(completions: &[InspectedCompletion], tail: f64) -> Option<Self> {
        let [chosen, rejected] = completions else { return None };
        let shared = chosen.tokens.len().min(rejected.tokens.len());
        let side = |completion| Side::weighing(completion, shared, tail);
        Some(Self { chosen: side(chosen), rejected: side(rejected) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use temper_protocol::InspectedToken;

    fn completion(policy: &[f64]) -> InspectedCompletion {
        let token = |&policy: &f64| {
            let reference = policy - 1.0;
            InspectedToken { text: "t".into(), policy, reference, kl: 0.0 }
        };
        InspectedCompletion { tokens: policy.iter().map(token).collect() }
    }

    /// LD-DPO at ¼: −1 − 2 + ¼·(−4) = −4, and a reference lower by 1 + 1 + ¼.
    #[test]
    fn a_longer_completions_rest_weighs_less() {
        let both = [completion(&[-1.0, -2.0, -4.0]), completion(&[-3.0, -1.0])];
        let pair = Pair::of(&both, 0.25).unwrap();
        assert_eq!(pair.chosen, Side { policy: -4.0, reference: -6.25, tokens: 3.0 });
        assert_eq!(pair.rejected, Side { policy: -4.0, reference: -6.0, tokens: 2.0 });
        assert_eq!(Side::of(&both[0]).policy, -7.0);
        assert_eq!(Pair::of(&both[..1], 1.0), None);
    }
}
