//! Which row is selected, and what is typed over it.

use leptos::prelude::*;

use crate::sheet::{Draft, Row, Sheet};

/// What Escape says before it loses anything.
const ESCAPE: &str = "This isn't saved. Press Escape again to throw the changes away.";

/// A place in a sheet; a copy is as good as the original.
#[derive(Clone, Copy)]
pub struct Choice {
    /// The sheet.
    pub sheet: Sheet,
    /// The row that arrows move from.
    pub selected: RwSignal<Option<usize>>,
    /// The row that is open in the editor.
    pub draft: RwSignal<Option<Draft>>,
    /// Why the draft can't be saved, or what would be lost.
    pub wrong: RwSignal<Option<String>>,
}

impl Choice {
    /// What was typed and couldn't be saved when the table was left, else nothing.
    pub fn new(sheet: Sheet) -> Self {
        let (selected, draft) = sheet.take_unsaved().unzip();
        sheet.typing.set_value(draft.is_some());
        Self {
            sheet,
            selected: RwSignal::new(selected),
            draft: RwSignal::new(draft),
            wrong: RwSignal::new(None),
        }
    }

    /// Saves what is typed before the table goes; what can't be saved waits there.
    pub fn put_down(self) {
        let saved = self.save();
        let unsaved = self.selected.get_untracked().zip(self.draft.get_untracked());
        self.sheet.typing.set_value(!saved);
        self.sheet.unsaved.set_value(unsaved.filter(|_| !saved));
    }

    /// Whether a row is open in the editor.
    pub fn is_open(self) -> bool {
        self.draft.with(Option::is_some)
    }

    /// Opens a row in the editor. What was typed over another is saved first; where that can't
    /// be, the other stays open.
    pub fn open(self, index: usize) {
        if self.save() {
            self.load(index);
        }
    }

    /// Selects the row that is so many places further in what is shown; an open editor follows.
    pub fn step(self, by: isize) {
        let finder = self.sheet.finder;
        let next = untrack(|| {
            let last = finder.shown(self.sheet.len()).checked_sub(1)?;
            let here = self.selected.get().and_then(|index| finder.place_of(index));
            let next = match here {
                Some(place) => place.saturating_add_signed(by),
                // From above the first, or below the last.
                None if by < 0 => (last + 1).saturating_add_signed(by),
                None => 0_usize.saturating_add_signed(by - 1),
            };
            finder.at(next.min(last))
        });
        let Some(index) = next else { return };
        if untrack(|| self.is_open()) {
            self.open(index);
        } else {
            self.selected.set(Some(index));
        }
    }

    /// Saves what is typed; false where that can't be.
    pub fn save(self) -> bool {
        let changed = self.draft.get_untracked().filter(Draft::is_changed);
        let Some(draft) = changed else {
            self.wrong.set(None);
            return true;
        };
        match self.put(&draft) {
            Ok(row) => {
                self.sheet.typing.set_value(false);
                self.wrong.set(None);
                self.draft.set(Some(Draft::of(&row)));
                true
            }
            Err(words) => {
                self.wrong.set(Some(words));
                false
            }
        }
    }

    fn put(self, draft: &Draft) -> Result<Row, String> {
        let row = draft.row()?;
        let index = self.selected.get_untracked();
        match index.is_some_and(|index| self.sheet.replace(index, draft.before(), row.clone())) {
            true => Ok(row),
            false => {
                Err("This row is elsewhere by now. Copy what you typed, and open it again.".into())
            }
        }
    }

    /// From texts to JSON and back.
    pub fn turn_over(self) {
        let turned = self.draft.try_update(|draft| match draft {
            Some(draft) => draft.turn_over(),
            None => Ok(()),
        });
        self.wrong.set(turned.and_then(Result::err));
    }

    /// Takes in something typed.
    pub fn edit(self, change: impl FnOnce(&mut Draft)) {
        if self.has_warned() {
            self.wrong.set(None);
        }
        self.draft.update(|draft| {
            if let Some(draft) = draft {
                change(draft);
                self.sheet.typing.set_value(draft.is_changed());
            }
        });
    }

    /// Closes the editor; what wasn't saved is gone.
    pub fn close(self) {
        self.sheet.typing.set_value(false);
        self.wrong.set(None);
        self.draft.set(None);
    }

    /// Closes the editor, where what is typed is or can be saved; whether it did.
    pub fn finish(self) -> bool {
        let saved = self.save();
        if saved {
            self.close();
        }
        saved
    }

    /// Closes the editor without saving, but not before it has said what is lost; whether it did.
    pub fn escape(self) -> bool {
        let unsaved =
            self.draft.with_untracked(|draft| draft.as_ref().is_some_and(Draft::is_changed));
        if unsaved && !self.has_warned() {
            self.wrong.set(Some(ESCAPE.into()));
            return false;
        }
        self.close();
        true
    }

    fn has_warned(self) -> bool {
        self.wrong.with_untracked(|words| words.as_deref() == Some(ESCAPE))
    }

    /// Leaves the selected row out; the next one that is shown takes its place.
    pub fn leave_out(self) {
        let Some(index) = self.selected.get_untracked() else { return };
        let finder = self.sheet.finder;
        let place = untrack(|| finder.place_of(index));
        let was_open = untrack(|| self.is_open());
        // So that taking it back brings what was typed, too.
        self.save();
        self.close();
        self.sheet.leave_out(index);
        finder.forget(index);
        let next = place.and_then(|place| untrack(|| finder.near(place, self.sheet.len())));
        self.selected.set(next);
        if let Some(index) = next.filter(|_| was_open) {
            self.load(index);
        }
    }

    fn load(self, index: usize) {
        let row = self.sheet.rows.with_untracked(|rows| rows.get(index).map(Draft::of));
        self.selected.set(Some(index));
        self.wrong.set(None);
        self.draft.set(row);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheet::Field;
    use serde_json::json;

    fn sheet(prompts: &[&str]) -> Sheet {
        let sheet = Sheet::new();
        sheet
            .rows
            .set(prompts.iter().map(|prompt| Row::new(json!({ "prompt": prompt }))).collect());
        sheet
    }

    #[test]
    fn the_ends_are_reached_from_nowhere() {
        Owner::new().with(|| {
            let choice = Choice::new(sheet(&["a", "b", "c"]));
            for (by, row) in [(isize::MIN, 0), (isize::MAX, 2), (1, 0), (-1, 2), (2, 1)] {
                choice.selected.set(None);
                choice.step(by);
                assert_eq!(choice.selected.get_untracked(), Some(row), "{by}");
            }
        });
    }

    #[test]
    fn what_cannot_be_saved_waits_for_the_table() {
        Owner::new().with(|| {
            let choice = Choice::new(sheet(&["a", "b"]));
            choice.open(1);
            choice.turn_over();
            choice.edit(|draft| draft.set_json("{\"prompt\":".into()));
            choice.put_down();
            let again = Choice::new(choice.sheet);
            assert_eq!(again.selected.get_untracked(), Some(1));
            assert_eq!(
                again.draft.get_untracked().map(|it| it.json()),
                Some("{\"prompt\":".into())
            );
            again.put_down();
            choice.sheet.rows.set(Vec::new());
            assert_eq!(Choice::new(choice.sheet).draft.get_untracked(), None, "of other rows");
        });
    }

    #[test]
    fn escape_throws_nothing_away_at_once() {
        Owner::new().with(|| {
            let choice = Choice::new(Sheet::new());
            let row = Row::new(json!({"prompt": "p", "chosen": "c", "rejected": "r"}));
            choice.draft.set(Some(Draft::of(&row)));
            assert!(choice.escape(), "nothing was typed");
            choice.draft.set(Some(Draft::of(&row)));
            for text in ["d", "e"] {
                choice.edit(|draft| draft.set(Field::Chosen, text.into()));
                assert!(!choice.escape(), "typed since it warned");
            }
            assert!(choice.escape() && !untrack(|| choice.is_open()));
        });
    }
}
