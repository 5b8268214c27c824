//! What a run's log-probabilities are counted in: summed over a completion, or a mean of its
//! tokens. One axis can't hold both.

use temper_protocol::{DpoConfig, Method, RunConfig};

use crate::metrics::HELD_OUT;

/// The unit of log-probabilities, and of the rewards made of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Nats a completion.
    Completion,
    /// Nats a token.
    Token,
}

impl Unit {
    /// In which a run logs a number; none of a number of another kind.
    pub fn of(config: &RunConfig, key: &str) -> Option<Self> {
        let key = key.strip_prefix(HELD_OUT).unwrap_or(key);
        let is_logp = key.starts_with("logps/");
        let is_reward = key.starts_with("rewards/") && key != "rewards/accuracies";
        (is_logp || is_reward).then(|| match is_per_token(config) {
            true => Self::Token,
            false => Self::Completion,
        })
    }

    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Completion => "summed over each answer",
            Self::Token => "a mean over tokens",
        }
    }
}

fn is_per_token(config: &RunConfig) -> bool {
    match config.method {
        Method::Simpo | Method::Orpo => true,
        Method::Dpo => config.dpo.as_ref().is_some_and(DpoConfig::logs_by_token),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use temper_protocol::DpoLoss;

    use super::*;
    use crate::records::RunRecord;

    #[test]
    fn what_is_divided_by_lengths_has_another_unit() {
        let unit = |config: &RunConfig| Unit::of(config, "logps/chosen");
        let mut config = RunRecord::empty(Method::Dpo).config;
        assert_eq!(unit(&config), Some(Unit::Completion));
        config.dpo = Some(DpoConfig { loss_type: vec![DpoLoss::Ipo], ..DpoConfig::default() });
        assert_eq!(unit(&config), Some(Unit::Token));
        assert_eq!(Unit::of(&config, "eval_rewards/margins"), Some(Unit::Token));
        assert_eq!([Unit::of(&config, "rewards/accuracies"), Unit::of(&config, "loss")], [None; 2]);
        let sums = DpoConfig { ipo_length_normalize: Some(false), ..config.dpo.unwrap() };
        config.dpo = Some(sums);
        assert_eq!(unit(&config), Some(Unit::Completion));
        assert_eq!(unit(&RunRecord::empty(Method::Simpo).config), Some(Unit::Token));
    }
}
