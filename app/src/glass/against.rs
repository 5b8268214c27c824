//! Which model the reference was when a row was looked at. The engine answers by what it holds just
//! then: a run's own reference while it goes on, and else the model as it came.

use temper_protocol::Method;

/// What a policy is measured against.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Against {
    /// The model as it came.
    #[default]
    Came,
    /// The model as a round of self-play began. Rounds count from 1; 0 is one that hasn't said
    /// its number yet.
    Round(u32),
}

impl Against {
    /// The reference of a run that goes on.
    pub fn of_run(method: Method, round: Option<u32>) -> Self {
        match method.is_self_play() {
            true => Self::Round(round.unwrap_or(0)),
            false => Self::Came,
        }
    }

    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Came => "the model as it came",
            Self::Round(_) => "the model as this round of self-play began",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn self_play_measures_against_its_round() {
        for method in Method::ALL {
            let expected = match method {
                Method::Spin | Method::Sppo => [Against::Round(0), Against::Round(2)],
                _ => [Against::Came; 2],
            };
            assert_eq!([None, Some(2)].map(|round| Against::of_run(method, round)), expected);
        }
    }
}
