//! The rows that are looked for: by words, or those with a problem.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::pause::Pause;
use super::row::Row;

/// Rows looked through between two looks at the clock.
const PORTION: usize = 200;

/// What is looked for, and where it was found.
#[derive(Clone, Copy)]
pub struct Finder {
    /// Words, as typed.
    pub words: RwSignal<String>,
    /// Whether only rows with a problem are shown.
    pub troubled: RwSignal<bool>,
    /// Indices in their order; `None` shows all rows.
    hits: RwSignal<Option<Vec<usize>>>,
    turn: StoredValue<u32>,
}

impl Finder {
    /// Looks for nothing.
    pub fn new() -> Self {
        Self {
            words: RwSignal::new(String::new()),
            troubled: RwSignal::new(false),
            hits: RwSignal::new(None),
            turn: StoredValue::new(0),
        }
    }

    /// Shows all rows again.
    pub fn reset(self) {
        self.next_turn();
        self.words.set(String::new());
        self.troubled.set(false);
        self.hits.set(None);
    }

    /// Whether something is looked for.
    pub fn is_looking(self) -> bool {
        self.troubled.get() || self.words.with(|words| !words.trim().is_empty())
    }

    /// How many rows are shown, of so many.
    pub fn shown(self, rows: usize) -> usize {
        self.hits.with(|hits| hits.as_ref().map_or(rows, Vec::len))
    }

    /// Which row is shown at a place.
    pub fn at(self, place: usize) -> Option<usize> {
        self.hits.with(|hits| match hits {
            Some(hits) => hits.get(place).copied(),
            None => Some(place),
        })
    }

    /// Which row is shown at a place, else as the last, of so many.
    pub fn near(self, place: usize, rows: usize) -> Option<usize> {
        self.at(place.min(self.shown(rows).checked_sub(1)?))
    }

    /// Where a row is shown.
    pub fn place_of(self, index: usize) -> Option<usize> {
        self.hits.with(|hits| match hits {
            Some(hits) => hits.binary_search(&index).ok(),
            None => Some(index),
        })
    }

    /// A row was left out: it is shown no more, and those behind it have moved up.
    pub fn forget(self, index: usize) {
        self.hits.update(|hits| {
            if let Some(hits) = hits {
                hits.retain(|hit| *hit != index);
                hits.iter_mut().filter(|hit| **hit > index).for_each(|hit| *hit -= 1);
            }
        });
    }

    /// Looks through the rows, in portions; a newer look ends this one.
    pub fn look(self, rows: RwSignal<Vec<Row>>) {
        let turn = self.next_turn();
        let words = self.words.get_untracked().trim().to_lowercase();
        let troubled = self.troubled.get_untracked();
        if words.is_empty() && !troubled {
            if self.hits.with_untracked(Option::is_some) {
                self.hits.set(None);
            }
            return;
        }
        spawn_local(async move {
            let mut hits = Vec::new();
            let mut pause = Pause::new();
            let mut next = 0;
            while let Some(found) = rows.with_untracked(|rows| look(rows, next, &words, troubled)) {
                hits.extend(found);
                next += PORTION;
                pause.when_due().await;
                if self.turn.get_value() != turn {
                    return;
                }
            }
            self.hits.set(Some(hits));
        });
    }

    /// Ends a look that is going on.
    fn next_turn(self) -> u32 {
        self.turn.update_value(|turn| *turn = turn.wrapping_add(1));
        self.turn.get_value()
    }
}

/// The hits among the next rows; `None` behind the last.
fn look(rows: &[Row], from: usize, words: &str, troubled: bool) -> Option<Vec<usize>> {
    if from >= rows.len() {
        return None;
    }
    let portion = rows[from..].iter().take(PORTION).enumerate();
    let is_hit =
        |row: &Row| (!troubled || row.problem.is_some()) && (words.is_empty() || row.holds(words));
    Some(portion.filter(|(_, row)| is_hit(row)).map(|(at, _)| from + at).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_next_row_that_is_shown_takes_the_place_of_one_left_out() {
        Owner::new().with(|| {
            let finder = Finder::new();
            finder.hits.set(Some(vec![1, 4, 7]));
            let mut rows = 8;
            let mut leave_out = |index| {
                rows -= 1;
                finder.forget(index);
                untrack(|| finder.near(0, rows))
            };
            assert_eq!([leave_out(1), leave_out(3), leave_out(5)], [Some(3), Some(5), None]);
            finder.hits.set(None);
            assert_eq!(untrack(|| (finder.near(9, 3), finder.near(0, 0))), (Some(2), None));
        });
    }

    #[test]
    fn rows_are_found_by_words_and_by_problem() {
        let mut rows: Vec<Row> = ["Soup", "stew", "SOUP of the day"]
            .map(|text| Row::new(json!({"prompt": text})))
            .into();
        rows[2].problem = Some("wrong".into());
        assert_eq!(look(&rows, 0, "soup", false), Some(vec![0, 2]));
        assert_eq!(look(&rows, 0, "soup", true), Some(vec![2]));
        assert_eq!(look(&rows, 1, "", false), Some(vec![1, 2]));
        assert_eq!(look(&rows, 3, "soup", false), None);
    }
}
