//! From the sheets to the engine and back: files are read into a sheet first, so that rows that
//! the engine refuses can be repaired; edited rows are sent as a new file.

use leptos::prelude::*;
use temper_protocol::{Failure, FailureKind};
use web_sys::File;

use super::Controller;
use crate::form::Values;
use crate::sheet::{self, Sheet};

impl Controller {
    /// The rows to learn from, or those held out.
    pub fn sheet_of(self, heldout: bool) -> Sheet {
        if heldout { self.heldout } else { self.sheet }
    }

    /// Fills the sheets with the page's own rows, or with those that were edited on an earlier
    /// visit. Where the engine refuses these, it keeps the page's own and the sheet says so.
    pub(super) async fn fill_sheets(self) {
        for heldout in [false, true] {
            let (sheet, file) = (self.sheet_of(heldout), self.open_file(heldout));
            let shelf = if heldout { "heldout.jsonl" } else { "train.jsonl" };
            sheet.settle(shelf, file.clone());
            if let Some(file) = file
                && let Ok(text) = sheet::text(&file).await
            {
                sheet.fill(&file.name(), &text).await;
            }
        }
        let recalled = [self.sheet.recall().await, self.heldout.recall().await];
        for (heldout, recalled) in [false, true].into_iter().zip(recalled) {
            if recalled && let Err(failure) = self.commit(heldout).await {
                // Nothing keeps the page from opening with its own rows.
                let sheet = self.sheet_of(heldout);
                sheet.changed.set(sheet.refused.with_untracked(Option::is_none));
                let hint = "These rows are from an earlier visit. Repair them on the Data page, or \
                    choose the method that reads them.";
                self.state.error.set(Some(failure.with_hint(hint)));
            }
        }
    }

    /// Has the engine read the sheets of which it holds other rows.
    ///
    /// # Errors
    /// The first row that can't be used. The rows that the engine had stay open there.
    pub async fn commit_sheets(self) -> Result<(), Failure> {
        for heldout in [false, true] {
            if self.sheet_of(heldout).is_unread() {
                self.commit(heldout).await?;
            }
        }
        Ok(())
    }

    /// Has the engine read a sheet anew.
    pub fn read_sheet(self, heldout: bool) {
        if self.state.status.get_untracked().is_busy() {
            return;
        }
        self.while_loading("Reading the rows…", async move { self.commit(heldout).await });
    }

    /// Back to the rows that the engine holds.
    pub fn back_to_open(self, heldout: bool) {
        if self.state.status.get_untracked().is_busy() {
            return;
        }
        let sheet = self.sheet_of(heldout);
        let Some(file) = self.open_file(heldout) else { return sheet.clear() };
        self.while_loading("Reading the rows…", async move {
            let own = sheet.is_own_open();
            sheet.fill(&file.name(), &sheet::text(&file).await?).await;
            sheet.own.set(own);
            match own {
                true => sheet.keep_soon(),
                false => sheet.forget_kept(),
            }
            Ok(())
        });
    }

    /// Back to the page's own rows.
    pub fn back_to_default(self, heldout: bool) {
        if self.state.status.get_untracked().is_busy() {
            return;
        }
        self.while_loading("Reading the page's own rows…", async move {
            self.open_default(heldout).await?;
            // Its own held-out rows went when the user's data came, and fit again.
            if !heldout && self.open_file(true).is_none() {
                self.open_default(true).await?;
            }
            Ok(())
        });
    }

    async fn open_default(self, heldout: bool) -> Result<(), Failure> {
        let sheet = self.sheet_of(heldout);
        let Some(file) = sheet.home() else { return Ok(()) };
        let text = sheet::text(&file).await?;
        self.send_data(Some(&file), heldout).await?;
        sheet.fill(&file.name(), &text).await;
        sheet.own.set(false);
        sheet.forget_kept();
        sheet.accept(sheet.turn());
        self.note_open(Some(file), heldout, false);
        Ok(())
    }

    /// Reads a file of the user's into its sheet, and has the engine read it.
    pub(super) async fn open_rows(self, file: File, heldout: bool) -> Result<(), Failure> {
        let sheet = self.sheet_of(heldout);
        let name = file.name();
        let text = sheet::text(&file).await?;
        let as_it_is = text.is_for_engine(&name);
        sheet.fill(&name, &text).await;
        drop(text);
        sheet.own.set(true);
        let file = match as_it_is {
            true => file,
            false => sheet.written().await.inspect_err(|_| sheet.changed.set(true))?,
        };
        self.hand_over(file, heldout).await
    }

    pub(super) async fn commit(self, heldout: bool) -> Result<(), Failure> {
        let sheet = self.sheet_of(heldout);
        if heldout && sheet.rows.with_untracked(Vec::is_empty) {
            self.note_open(None, true, true);
            self.state.heldout.set(None);
            sheet.accept(sheet.turn());
            return Ok(());
        }
        let file = sheet.written().await?;
        self.hand_over(file, heldout).await
    }

    /// Has the engine read a sheet's file. Where it refuses, the rows stay in the sheet to be
    /// repaired, and the engine keeps those that it had.
    async fn hand_over(self, file: File, heldout: bool) -> Result<(), Failure> {
        let sheet = self.sheet_of(heldout);
        let turn = sheet.turn();
        match self.send_data(Some(&file), heldout).await {
            Ok(()) => {
                self.note_open(Some(file), heldout, heldout || sheet.own.get_untracked());
                sheet.accept(turn);
                // Not before: rows that can't be read take nobody's place.
                if sheet.own.get_untracked() {
                    sheet.keep_soon();
                }
                if !heldout && sheet.own.get_untracked() {
                    self.drop_foreign_heldout();
                }
                Ok(())
            }
            Err(failure) => {
                let failure = sheet.in_rows(failure);
                if matches!(failure.kind, FailureKind::BadInput(_)) {
                    self.mark_problems(sheet).await;
                    sheet.refused.set(Some(failure.clone()));
                } else {
                    // An engine that died hasn't read them.
                    sheet.changed.set(true);
                }
                Err(failure)
            }
        }
    }

    /// Notes at a sheet's rows all that the engine has against them.
    async fn mark_problems(self, sheet: Sheet) {
        let rows = self.form.values.with_untracked(Values::method).row_kind();
        let Ok(file) = sheet.readable().await else { return };
        let turn = sheet.turn();
        let Ok(problems) = self.check_rows(&file, rows).await else {
            // What was refused first is said all the same.
            return;
        };
        // Rows that changed meanwhile have other numbers.
        if turn == sheet.turn() {
            sheet.mark(&problems);
        }
    }

    fn open_file(self, heldout: bool) -> Option<File> {
        self.desk.with_value(|desk| match heldout {
            true => desk.heldout.clone(),
            false => desk.train.clone(),
        })
    }

    /// Remembers what the engine holds, so that another engine can be given the same.
    fn note_open(self, file: Option<File>, heldout: bool, own: bool) {
        if !heldout {
            self.form.fit(own);
        }
        self.desk.update_value(|desk| match heldout {
            true => (desk.heldout, desk.own_heldout) = (file, own),
            false => (desk.train, desk.own_train) = (file, own),
        });
    }
}
