//! How often one was found better than the other, and how sure that is.

use serde::{Deserialize, Serialize};
use temper_protocol::Preference;

use crate::format::percent;
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

    /// What was won, where a tie is half a win.
    fn points(&self) -> f64 {
        f64::from(self.wins) + f64::from(self.ties) / 2.0
    }

    /// Wilson's 95 % interval of the share won.
    pub fn interval(&self) -> Option<[f64; 2]> {
        wilson(self.points(), self.total())
    }

    /// `wins 75 % of 20 (53–89 %), with 13 won, 4 tied, 3 lost; a tie counts half`.
    pub fn words(&self) -> String {
        let Some([low, high]) = self.interval() else {
            return "there was nothing to count".into();
        };
        let Self { wins, ties, losses, unanswered } = self;
        let total = self.total();
        let (tied, half) = match ties {
            0 => (String::new(), ""),
            ties => (format!(", {ties} tied"), "; a tie counts half"),
        };
        let mut words = format!(
            "wins {} of {total} ({:.0}–{}), with {wins} won{tied}, {losses} lost{half}",
            percent(self.points() / f64::from(total)),
            low * 100.0,
            percent(high)
        );
        if *unanswered > 0 {
            words.push_str(&format!("; {unanswered} not answered"));
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
    fn words_give_rate_interval_and_counts() {
        assert_eq!(tally(17, 0, 3).words(), "wins 85 % of 20 (64–95 %), with 17 won, 3 lost");
        let unsure = Tally { unanswered: 2, ..tally(9, 1, 0) };
        assert_eq!(
            unsure.words(),
            "wins 95 % of 10 (66–99 %), with 9 won, 1 tied, 0 lost; a tie counts half; 2 not \
             answered"
        );
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
