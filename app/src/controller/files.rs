//! Opening files, and reading them once more where another method wants other rows of them.

use leptos::prelude::*;
use temper_protocol::{Command, Failure, Method, Reply};
use web_sys::File;

use super::{Controller, unexpected};
use crate::form::Values;
use crate::{assets, last_model, methods};

impl Controller {
    /// Opens the user's model, under the name of its repository or folder if it has one: its files
    /// don't know it.
    pub fn open_model(self, name: Option<String>, files: Vec<File>) {
        if files.is_empty() || self.state.status.get_untracked().is_busy() {
            return;
        }
        self.while_loading("Reading the model…", async move {
            self.change_model(files).await?;
            self.hub.opened.set(name);
            self.state.own_model.set(true);
            last_model::remember(&untrack(|| self.open_name()));
            Ok(())
        });
    }

    /// Says why what somebody brought can't be used. While something else is being done, nothing
    /// that is brought is taken.
    pub fn refuse(self, failure: Failure) {
        if !self.state.status.get_untracked().is_busy() {
            self.state.error.set(Some(failure));
        }
    }

    /// Goes back to the page's own model.
    pub fn open_default_model(self) {
        if self.state.status.get_untracked().is_busy() {
            return;
        }
        self.while_loading("Reading the model…", async move {
            self.change_model(assets::model().await?).await?;
            self.state.own_model.set(false);
            self.hub.opened.set(None);
            last_model::forget();
            Ok(())
        });
    }

    async fn change_model(self, files: Vec<File>) -> Result<(), Failure> {
        self.send_model(&files).await?;
        // So that another engine can be given the same.
        self.desk.update_value(|desk| desk.model = files);
        // What is being compared was the other model's.
        self.runs.bench.stop();
        Ok(())
    }

    /// Reads the user's training rows: JSON lines, JSON, CSV or Parquet. Held-out rows of the
    /// page's own data no longer fit.
    pub fn import_train(self, files: Vec<File>) {
        self.import(files, false);
    }

    /// Reads the user's held-out rows.
    pub fn import_heldout(self, files: Vec<File>) {
        self.import(files, true);
    }

    fn import(self, files: Vec<File>, heldout: bool) {
        if self.state.status.get_untracked().is_busy() {
            return;
        }
        if files.len() > 1 {
            let message = format!("{} files came, and one is read at a time.", files.len());
            let hint = "Choose one of them, or join them into one.";
            return self.state.error.set(Some(Failure::bad_input(message).with_hint(hint)));
        }
        let Some(file) = files.into_iter().next() else { return };
        self.while_loading("Reading the data…", async move { self.open_rows(file, heldout).await });
    }

    /// The page's own held-out rows say nothing about the user's data.
    pub(super) fn drop_foreign_heldout(self) {
        let is_own = self.desk.with_value(|desk| desk.own_heldout);
        if is_own || self.heldout.changed.get_untracked() {
            return;
        }
        self.desk.update_value(|desk| desk.heldout = None);
        self.state.heldout.set(None);
        self.heldout.clear();
    }

    /// Changes to another method, as it was left. Where it can't read the open files, all stays as
    /// it was.
    pub fn choose_method(self, method: Method) {
        let before = self.form.values.with_untracked(Values::method);
        if self.state.status.get_untracked().is_busy() || before == method {
            return;
        }
        let wanted = self.form.as_left(method);
        if before.row_kind() == method.row_kind() {
            self.form.restore(wanted);
            return self.settle();
        }
        self.while_loading("Reading the data for this method…", async move {
            let filled = self.fill(wanted).await;
            filled.map_err(|failure| lacks_rows(failure, method, "choose this method"))?;
            self.read_refused().await;
            Ok(())
        });
    }

    /// Shows a method in the form and reads the open files for it. Where it can't read them, all
    /// stays as it was.
    pub(super) async fn fill(self, wanted: Values) -> Result<(), Failure> {
        let before = self.form.values.get_untracked();
        let same_rows = before.method().row_kind() == wanted.method().row_kind();
        self.form.restore(wanted);
        if same_rows {
            return Ok(());
        }
        let Err(failure) = self.read_again().await else { return Ok(()) };
        self.form.take_back(before);
        // The rows that could be read before can be read again.
        _ = self.read_again().await;
        Err(failure)
    }

    /// Rows that another method couldn't read may be this one's; where they aren't, the sheet says
    /// so as before.
    pub(super) async fn read_refused(self) {
        for heldout in [false, true] {
            if self.sheet_of(heldout).refused.with_untracked(Option::is_some) {
                _ = self.commit(heldout).await;
            }
        }
    }

    async fn read_again(self) -> Result<(), Failure> {
        for heldout in [false, true] {
            let sheet = self.sheet_of(heldout);
            let report = if heldout { self.state.heldout } else { self.state.train };
            if report.with_untracked(Option::is_some) {
                let sent = self.send_data(None, heldout).await;
                sent.map_err(|failure| sheet.in_rows(failure))?;
            }
        }
        Ok(())
    }

    pub(super) async fn send_model(self, files: &[File]) -> Result<(), Failure> {
        match self.call(Command::OpenModel, files).await?.reply {
            Reply::Model(info) => {
                self.state.model.set(Some(info));
                self.runs.worn.set(None);
                Ok(())
            }
            other => Err(unexpected(&other)),
        }
    }

    /// Has a file read as rows for the chosen method; without one, the open file once more.
    pub(super) async fn send_data(self, file: Option<&File>, heldout: bool) -> Result<(), Failure> {
        let rows = self.form.values.with_untracked(Values::method).row_kind();
        let command = Command::ImportData { eval: heldout, rows };
        let shown = if heldout { self.state.heldout } else { self.state.train };
        let files: &[File] = match file {
            Some(file) => std::slice::from_ref(file),
            None => &[],
        };
        match self.call(command, files).await?.reply {
            Reply::Data(report) => shown.set(Some(report)),
            other => return Err(unexpected(&other)),
        }
        Ok(())
    }
}

/// What to do where the open files don't hold the rows that a method learns from.
pub(super) fn lacks_rows(failure: Failure, method: Method, deed: &str) -> Failure {
    let (_, rows) = methods::rows(method.row_kind());
    failure.with_hint(format!("Open {rows} first, then {deed} once more."))
}
