//! A comparison by a person who isn't told which side is whose: sides are dealt at random, and only
//! the end, or the wish to know, reveals them.

use super::player::Player;
use super::tally::Tally;

/// Left or right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Left.
    Left,
    /// Right.
    Right,
}

/// What a person says of two texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// One is better.
    Better(Side),
    /// Neither is.
    Tie,
    /// Let's not say.
    Skip,
}

/// One prompt with both texts.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    /// The prompt.
    pub prompt: String,
    /// The first player's text, then the second's.
    pub texts: [String; 2],
    /// Whether the second player's is on the left.
    pub swapped: bool,
    /// What was said, once it was.
    pub choice: Option<Choice>,
}

impl Trial {
    /// The text on a side.
    pub fn text(&self, side: Side) -> &str {
        &self.texts[self.player(side)]
    }

    /// Whose a side is: 0 or 1.
    fn player(&self, side: Side) -> usize {
        usize::from((side == Side::Right) != self.swapped)
    }

    /// Whose text was found better: 0 or 1.
    pub fn winner(&self) -> Option<usize> {
        match self.choice {
            Some(Choice::Better(side)) => Some(self.player(side)),
            _ => None,
        }
    }
}

/// How it stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Blind {
    /// The first player's wins over the second.
    pub tally: Tally,
    /// Prompts that were skipped.
    pub skipped: u32,
}

/// One comparison of two players.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Match {
    /// Who writes.
    pub players: [Player; 2],
    /// At most so many tokens each.
    pub max_new_tokens: u32,
    /// 0 is greedy.
    pub temperature: f64,
    /// All prompts so far.
    pub trials: Vec<Trial>,
    /// Prompts taken from the held-out rows so far, those left out included.
    pub taken: usize,
    /// Prompts that both answered alike, which say nothing.
    pub alike: u32,
    /// Whether the sides are known by now.
    pub revealed: bool,
}

impl Match {
    /// Adds prompts that both have answered; where both wrote the same there is nothing to say.
    pub fn deal(&mut self, trials: Vec<Trial>) {
        self.taken += trials.len();
        let (alike, apart): (Vec<Trial>, Vec<Trial>) =
            trials.into_iter().partition(|trial| trial.texts[0].trim() == trial.texts[1].trim());
        self.alike += alike.len() as u32;
        self.trials.extend(apart);
    }

    /// Whether something is still to be said.
    pub fn is_open(&self) -> bool {
        !self.revealed && self.current().is_some()
    }

    /// The first prompt of which nothing was said, and which one it is, counted from 1.
    pub fn current(&self) -> Option<(usize, &Trial)> {
        let open = |(_, trial): &(usize, &Trial)| trial.choice.is_none();
        self.trials.iter().enumerate().find(open).map(|(at, trial)| (at + 1, trial))
    }

    /// Notes what is said of the current prompt. Once the sides are known, nothing counts any more.
    pub fn choose(&mut self, choice: Choice) {
        if self.revealed {
            return;
        }
        if let Some(trial) = self.trials.iter_mut().find(|trial| trial.choice.is_none()) {
            trial.choice = Some(choice);
        }
    }

    /// How the first player stands against the second.
    pub fn standing(&self) -> Blind {
        let mut standing = Blind::default();
        for trial in &self.trials {
            match (trial.choice, trial.winner()) {
                (_, Some(0)) => standing.tally.wins += 1,
                (_, Some(_)) => standing.tally.losses += 1,
                (Some(Choice::Tie), None) => standing.tally.ties += 1,
                (Some(Choice::Skip), None) => standing.skipped += 1,
                _ => {}
            }
        }
        standing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trial(texts: [&str; 2], swapped: bool) -> Trial {
        let texts = texts.map(str::to_string);
        Trial { prompt: "p".into(), texts, swapped, choice: None }
    }

    #[test]
    fn sides_hide_who_wrote() {
        let swapped = trial(["a", "b"], true);
        assert_eq!((swapped.text(Side::Left), swapped.text(Side::Right)), ("b", "a"));
        let straight = trial(["a", "b"], false);
        assert_eq!((straight.text(Side::Left), straight.text(Side::Right)), ("a", "b"));
    }

    #[test]
    fn wins_are_the_first_players_wherever_it_stood() {
        let mut game = Match { players: [Player::Run(1), Player::AsItCame], ..Match::default() };
        let trials = [false, true, true, false].map(|swapped| trial(["a", "b"], swapped));
        game.deal(trials.to_vec());
        game.deal(vec![trial(["same", " same"], false)]);
        assert_eq!((game.taken, game.alike, game.trials.len()), (5, 1, 4));
        assert_eq!((game.current().map(|(at, _)| at), game.is_open()), (Some(1), true));
        for choice in
            [Choice::Better(Side::Left), Choice::Better(Side::Left), Choice::Tie, Choice::Skip]
        {
            game.choose(choice);
        }
        assert_eq!((game.current(), game.is_open()), (None, false));
        let Blind { tally, skipped } = game.standing();
        assert_eq!((tally.wins, tally.ties, tally.losses, skipped), (1, 1, 1, 1));
        assert_eq!(game.trials[1].winner(), Some(1));
    }

    #[test]
    fn nothing_counts_once_the_sides_are_known() {
        let mut game = Match { players: [Player::Run(1), Player::Run(2)], ..Match::default() };
        game.deal(vec![trial(["a", "b"], false)]);
        game.revealed = true;
        assert!(!game.is_open());
        game.choose(Choice::Tie);
        assert_eq!(game.standing(), Blind::default());
    }
}
