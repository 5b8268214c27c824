//! Which row is selected, and what is typed over it.

use leptos::prelude::*;

use crate::sheet::{Draft, Row, Sheet};

/// A place in a sheet; a copy is as good as the original.
#[derive(Clone, Copy)]
pub struct Choice {
    /// The sheet.
    pub sheet: Sheet,
    /// The row that arrows move from.
    pub selected: RwSignal<Option<usize>>,
    /// The row that is open in the editor.
    pub draft: RwSignal<Option<Draft>>,
    /// Why the draft can't be saved.
    pub wrong: RwSignal<Option<String>>,
}

impl Choice {
    /// Nothing of a sheet.
    pub fn new(sheet: Sheet) -> Self {
        Self {
            sheet,
            selected: RwSignal::new(None),
            draft: RwSignal::new(None),
            wrong: RwSignal::new(None),
        }
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
                Some(place) => place.saturating_add_signed(by).min(last),
                None if by < 0 => last,
                None => 0,
            };
            finder.at(next)
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
        let Some(draft) = changed else { return true };
        match self.put(&draft) {
            Ok(row) => {
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
        self.draft.update(|draft| {
            if let Some(draft) = draft {
                change(draft);
            }
        });
    }

    /// Closes the editor; what wasn't saved is gone.
    pub fn close(self) {
        self.wrong.set(None);
        self.draft.set(None);
    }

    /// Leaves the selected row out; the next one takes its place.
    pub fn leave_out(self) {
        let Some(index) = self.selected.get_untracked() else { return };
        let was_open = untrack(|| self.is_open());
        self.close();
        self.sheet.leave_out(index);
        let left = self.sheet.rows.with_untracked(Vec::len);
        let next = left.checked_sub(1).map(|last| index.min(last));
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
