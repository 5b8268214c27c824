//! What was said of which draw, in order: what is counted, exported and undone.

use serde_json::Value;

use super::draw::{Draw, Verdict};

/// One verdict.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// On what.
    pub draw: Draw,
    /// What was said.
    pub verdict: Verdict,
    /// The row that it makes.
    pub row: Option<Value>,
    /// Whether the row is among the open ones.
    pub added: bool,
}

/// All verdicts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ledger {
    entries: Vec<Entry>,
    /// From which entry on wins count: earlier ones were another model's.
    since: usize,
}

/// How many of each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Rows made.
    pub rows: u32,
    /// Rows that aren't among the open ones.
    pub waiting: u32,
    /// Ties.
    pub ties: u32,
    /// Skipped draws.
    pub skipped: u32,
    /// Liked answers.
    pub liked: u32,
    /// Answers that weren't.
    pub disliked: u32,
    /// How often the policy was preferred to the reference.
    pub won: u32,
    /// How often both were found as good.
    pub drawn: u32,
    /// How often the reference was.
    pub lost: u32,
}

impl Ledger {
    /// Whether nothing was said yet.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Takes in a verdict.
    pub fn push(&mut self, entry: Entry) {
        self.entries.push(entry);
    }

    /// Takes the last one back.
    pub fn pop(&mut self) -> Option<Entry> {
        let last = self.entries.pop();
        self.since = self.since.min(self.entries.len());
        last
    }

    /// Counts wins anew: the model is another.
    pub fn start_match(&mut self) {
        self.since = self.entries.len();
    }

    /// All rows made.
    pub fn rows(&self) -> Vec<Value> {
        self.entries.iter().filter_map(|entry| entry.row.clone()).collect()
    }

    /// The rows that aren't among the open ones.
    pub fn waiting(&self) -> Vec<Value> {
        let waiting = self.entries.iter().filter(|entry| !entry.added);
        waiting.filter_map(|entry| entry.row.clone()).collect()
    }

    /// All rows are among the open ones now.
    pub fn mark_added(&mut self) {
        for entry in &mut self.entries {
            entry.added = true;
        }
    }

    /// The counts.
    pub fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        for entry in &self.entries {
            match entry.verdict {
                Verdict::Left | Verdict::Right => {}
                Verdict::Tie => tally.ties += 1,
                Verdict::Skipped => tally.skipped += 1,
                Verdict::Liked => tally.liked += 1,
                Verdict::Disliked => tally.disliked += 1,
            }
            tally.rows += u32::from(entry.row.is_some());
            tally.waiting += u32::from(entry.row.is_some() && !entry.added);
        }
        for entry in self.entries.iter().skip(self.since) {
            match entry.against_reference() {
                Some(Against::Won) => tally.won += 1,
                Some(Against::Drawn) => tally.drawn += 1,
                Some(Against::Lost) => tally.lost += 1,
                None => {}
            }
        }
        tally
    }
}

/// How the policy fared against the reference.
enum Against {
    Won,
    Drawn,
    Lost,
}

impl Entry {
    /// How the policy fared, where it was compared with the reference.
    fn against_reference(&self) -> Option<Against> {
        let reference = self.draw.reference?;
        match self.verdict {
            Verdict::Left if reference == 0 => Some(Against::Lost),
            Verdict::Right if reference == 1 => Some(Against::Lost),
            Verdict::Left | Verdict::Right => Some(Against::Won),
            Verdict::Tie => Some(Against::Drawn),
            Verdict::Liked | Verdict::Disliked | Verdict::Skipped => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(verdict: Verdict, reference: Option<usize>) -> Entry {
        let draw = Draw { prompt: "p".into(), answers: vec!["a".into(), "b".into()], reference };
        let row = draw.row(verdict, false);
        Entry { draw, verdict, row, added: false }
    }

    fn ledger(entries: Vec<Entry>) -> Ledger {
        let mut ledger = Ledger::default();
        entries.into_iter().for_each(|entry| ledger.push(entry));
        ledger
    }

    #[test]
    fn ties_and_skips_are_counted_and_make_no_rows() {
        use Verdict::{Left, Skipped, Tie};
        let mut ledger =
            ledger([Left, Tie, Left, Skipped].map(|verdict| entry(verdict, None)).into());
        let expected = Tally { rows: 2, waiting: 2, ties: 1, skipped: 1, ..Tally::default() };
        assert_eq!(ledger.tally(), expected);
        ledger.mark_added();
        assert_eq!((ledger.waiting().len(), ledger.rows().len()), (0, 2));
        ledger.pop();
        ledger.pop();
        assert_eq!(ledger.tally(), Tally { rows: 1, ties: 1, ..Tally::default() });
    }

    #[test]
    fn a_win_is_a_choice_against_the_reference_since_the_model_changed() {
        let mut ledger = ledger(vec![
            entry(Verdict::Left, Some(1)),
            entry(Verdict::Right, Some(1)),
            entry(Verdict::Tie, Some(1)),
            entry(Verdict::Left, None),
        ]);
        let standing = |ledger: &Ledger| {
            let Tally { won, drawn, lost, .. } = ledger.tally();
            (won, drawn, lost)
        };
        assert_eq!(standing(&ledger), (1, 1, 1));
        ledger.start_match();
        ledger.push(entry(Verdict::Right, Some(0)));
        assert_eq!(standing(&ledger), (1, 0, 0));
        // What was said before the change stays uncounted, however much is undone.
        ledger.pop();
        ledger.pop();
        ledger.push(entry(Verdict::Left, Some(0)));
        assert_eq!(standing(&ledger), (0, 0, 1));
    }
}
