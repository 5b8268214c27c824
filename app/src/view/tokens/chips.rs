//! A completion in the pieces that can be read: a character may take several tokens, of which only
//! the last gives it as text.

use temper_protocol::InspectedToken;

/// What stands for a character that never became whole.
pub const BROKEN: &str = "◌";

/// One token, or several that only together are text; their numbers are sums.
#[derive(Clone, Debug, PartialEq)]
pub struct Chip {
    /// As if it were one.
    pub token: InspectedToken,
    /// How many it is.
    pub count: usize,
}

impl Chip {
    fn of(parts: &[InspectedToken]) -> Self {
        let text = parts.iter().map(|part| part.text.as_str()).collect();
        let policy = parts.iter().map(|part| part.policy).sum();
        let reference = parts.iter().map(|part| part.reference).sum();
        let kl = parts.iter().map(|part| part.kl).sum();
        Self { token: InspectedToken { text, policy, reference, kl }, count: parts.len() }
    }

    /// Whether it is only a part of a character, to which the rest never came.
    pub fn is_broken(&self) -> bool {
        self.token.text.is_empty()
    }
}

/// Joins tokens without a text with the one that gives it.
pub fn chips(tokens: &[InspectedToken]) -> Vec<Chip> {
    tokens.split_inclusive(|token| !token.text.is_empty()).map(Chip::of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(text: &str, policy: f64) -> InspectedToken {
        InspectedToken { text: text.into(), policy, reference: -1.0, kl: 0.0 }
    }

    #[test]
    fn the_tokens_of_one_character_are_one_chip() {
        let tokens = [
            token("a", -1.0),
            token("", -2.0),
            token("", -0.5),
            token("😀", -0.25),
            token("", -3.0),
        ];
        let all = chips(&tokens);
        let told: Vec<(&str, usize)> =
            all.iter().map(|chip| (chip.token.text.as_str(), chip.count)).collect();
        assert_eq!(told, [("a", 1), ("😀", 3), ("", 1)]);
        assert_eq!((all[1].token.policy, all[1].token.reference), (-2.75, -3.0));
        assert_eq!([0, 1, 2].map(|at: usize| all[at].is_broken()), [false, false, true]);
        assert!(chips(&[]).is_empty());
    }
}
