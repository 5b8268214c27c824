//! How a run stands, by what its record says and by who has it. A record tells how a run ended;
//! that it goes on, or was interrupted, only the tabs' locks can tell.

use super::record::Outcome;
use crate::tabs::Holder;

/// How a run stands, in the eyes of this tab.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It goes on here.
    Here,
    /// It goes on in another tab.
    Elsewhere,
    /// No tab goes on with it, and it hasn't ended.
    Interrupted,
    /// It took its last step.
    Done,
    /// The user ended it early.
    Stopped,
    /// An error ended it.
    Failed,
}

/// The rule.
pub fn standing(outcome: Outcome, holder: Holder) -> Standing {
    match (holder, outcome) {
        // The tab that has it writes its record now and then, and knows more than the record.
        (Holder::Elsewhere, _) => Standing::Elsewhere,
        (Holder::Here, Outcome::Going) => Standing::Here,
        (Holder::Nobody, Outcome::Going) => Standing::Interrupted,
        (_, Outcome::Done) => Standing::Done,
        (_, Outcome::Stopped) => Standing::Stopped,
        (_, Outcome::Failed) => Standing::Failed,
    }
}

impl Standing {
    /// In a word or a few.
    pub fn words(self) -> &'static str {
        match self {
            Self::Here => "going on",
            Self::Elsewhere => "going on in another tab",
            Self::Interrupted => "interrupted",
            Self::Done => "done",
            Self::Stopped => "stopped",
            Self::Failed => "failed",
        }
    }

    /// The status of the page that it looks like.
    pub fn looks_like(self) -> &'static str {
        match self {
            Self::Here | Self::Elsewhere => "training",
            Self::Interrupted => "paused",
            Self::Done | Self::Stopped => "done",
            Self::Failed => "failed",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTCOMES: [Outcome; 4] =
        [Outcome::Going, Outcome::Done, Outcome::Stopped, Outcome::Failed];

    #[test]
    fn what_another_tab_has_goes_on_there_whatever_its_record_says() {
        for outcome in OUTCOMES {
            let standing = standing(outcome, Holder::Elsewhere);
            assert_eq!(standing.words(), "going on in another tab", "{outcome:?}");
        }
    }

    #[test]
    fn a_run_without_an_end_goes_on_here_or_was_interrupted() {
        assert_eq!(standing(Outcome::Going, Holder::Here), Standing::Here);
        assert_eq!(standing(Outcome::Going, Holder::Nobody), Standing::Interrupted);
    }

    #[test]
    fn a_run_that_ended_stays_so_while_its_record_is_still_written() {
        let ends = [Standing::Done, Standing::Stopped, Standing::Failed];
        for (outcome, end) in OUTCOMES[1..].iter().zip(ends) {
            for holder in [Holder::Here, Holder::Nobody] {
                assert_eq!(standing(*outcome, holder), end);
            }
        }
    }
}
