//! Which model the reference was when a row was looked at. The engine answers by what it holds just
//! then: a run's own reference while it goes on, and else the model as it came.

use temper_protocol::{Method, RunConfig};

/// What a policy is measured against.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Against {
    /// The model as it came.
    #[default]
    Came,
    /// The model as a round of self-play began. Rounds count from 1; 0 is one that hasn't said
    /// its number yet.
    Round(u32),
    /// A copy that follows the policy (TR-DPO).
    Follower,
}

impl Against {
    /// The reference of a run that goes on.
    pub fn of_run(method: Method, config: Option<&RunConfig>, round: Option<u32>) -> Self {
        let dpo = config.and_then(|config| config.dpo.as_ref());
        match method {
            Method::Spin | Method::Sppo => Self::Round(round.unwrap_or(0)),
            Method::Dpo if dpo.is_some_and(|dpo| dpo.sync_ref_model) => Self::Follower,
            _ => Self::Came,
        }
    }

    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Came => "the model as it came",
            Self::Round(_) => "the model as this round of self-play began",
            Self::Follower => "a copy that follows the policy (sync_ref_model)",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn self_play_measures_against_its_round() {
        let text = crate::examples::text(Method::Spin);
        let config = RunConfig::from_toml("", text, &[]).unwrap();
        let spin = |round| Against::of_run(Method::Spin, Some(&config), round);
        assert_eq!([spin(None), spin(Some(2))], [Against::Round(0), Against::Round(2)]);
        let dpo = |set: &[String]| {
            let config = RunConfig::from_toml("", crate::examples::text(Method::Dpo), set).unwrap();
            Against::of_run(Method::Dpo, Some(&config), None)
        };
        assert_eq!(dpo(&[]), Against::Came);
        assert_eq!(dpo(&["dpo.sync_ref_model=true".to_string()]), Against::Follower);
    }
}
