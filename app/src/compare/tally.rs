//! How often one was found better than the other, and how sure that is.

use serde::{Deserialize, Serialize};
use temper_protocol::Preference;

use crate::interval::wilson;

/// A probability this near to one half prefers neither.
const TIE: f64 = 1e-6;

/// Comparisons won, undecided and lost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Found better.
    pub wins: u32,
    /// Found as good.
    pub ties: u32,
    /// Found worse.
    pub losses: u32,
    /// Not judged: the referee didn't answer.
    #[serde(default)]
    pub unanswered: u32,
}

impl Tally {
    /// Of what a referee said about the first of each comparison.
    pub fn of(preferences: &[Preference]) -> Self {
        let mut tally = Self::default();
        for preference in preferences {
            match preference.first - 0.5 {
                _ if !preference.answered => tally.unanswered += 1,
                over if over.abs() <= TIE => tally.ties += 1,
                over if over > 0.0 => tally.wins += 1,
                _ => tally.losses += 1,
            }
        }
        tally
    }

    /// Comparisons that count.
    pub fn total(&self) -> u32 {
        self.wins + self.ties + self.losses
    }

    /// Wilson's 95 % interval of the share won, where a tie is half a win.
    pub fn interval(&self) -> Option<[f64; 2]> {
        wilson(f64::from(self.wins) + f64::from(self.ties) / 2.0, self.total())
    }

    /// `wins 17 of 20 (64–95 %)`.
    pub fn words(&self) -> String {
        let Some([low, high]) = self.interval() else {
            return "there was nothing to count".into();
        };
        let mut words = format!(
            "wins {} of {} ({:.0}–{:.0} %)",
            self.wins,
            self.total(),
            low * 100.0,
            high * 100.0
        );
        match self.ties {
            0 => {}
            1 => words.push_str(", 1 tie counts half"),
            ties => words.push_str(&format!(", {ties} ties count half each")),
        }
        if self.unanswered > 0 {
            words.push_str(&format!(", {} not answered", self.unanswered));
        }
        words
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(wins: u32, ties: u32, losses: u32) -> Tally {
        Tally { wins, ties, losses, unanswered: 0 }
    }

    #[test]
    fn two_ties_are_one_win_and_one_loss() {
        assert_eq!(tally(17, 0, 3).interval(), wilson(17.0, 20));
        assert_eq!(tally(3, 2, 1).interval(), tally(4, 0, 2).interval());
        assert_eq!(Tally::default().interval(), None);
    }

    #[test]
    fn words_give_count_and_interval() {
        assert_eq!(tally(17, 0, 3).words(), "wins 17 of 20 (64–95 %)");
        let unsure = Tally { unanswered: 2, ..tally(9, 1, 0) };
        assert!(unsure.words().ends_with(", 1 tie counts half, 2 not answered"));
        assert_eq!(Tally::default().words(), "there was nothing to count");
    }

    #[test]
    fn preferences_are_counted_by_the_first() {
        let said = |first: f64, answered: bool| Preference {
            first,
            forward: first,
            backward: first,
            answered,
        };
        let all = [said(1.0, true), said(0.7, true), said(0.5, true), said(0.2, true)];
        let mut all = all.to_vec();
        all.push(said(0.5, false));
        assert_eq!(Tally::of(&all), Tally { wins: 2, ties: 1, losses: 1, unanswered: 1 });
    }
}
