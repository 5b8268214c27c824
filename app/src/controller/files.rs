//! Opening files, and reading them once more where another method wants other rows of them.

use leptos::prelude::*;
use temper_protocol::{Command, Failure, FailureKind, Method, Reply};
use web_sys::File;

use super::{Controller, unexpected};
use crate::form::Values;
use crate::methods;

impl Controller {
    /// Opens the user's model.
    pub fn open_model(self, files: Vec<File>) {
        if files.is_empty() || self.state.status.get_untracked().is_busy() {
            return;
        }
        self.while_loading("Reading the model…", async move {
            self.send_model(&files).await?;
            self.desk.update_value(|desk| desk.model = files);
            self.state.own_model.set(true);
            Ok(())
        });
    }

    /// Reads the user's training rows: JSON lines, JSON or CSV. Held-out rows of the page's own
    /// data no longer fit.
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

    /// Changes to another method. Where it can't read the open files, all stays as it was.
    pub fn choose_method(self, method: Method) {
        let before = self.form.values.get_untracked();
        if self.state.status.get_untracked().is_busy() || before.method() == method {
            return;
        }
        self.form.show(method);
        if before.method().row_kind() == method.row_kind() {
            return self.settle();
        }
        self.while_loading("Reading the data for this method…", async move {
            match self.read_again().await {
                Err(failure) if failure.kind != FailureKind::Cancelled => {
                    self.back_to(before).await?;
                    let (_, rows) = methods::rows(method.row_kind());
                    let hint = format!("Open {rows} first, then choose this method once more.");
                    Err(failure.with_hint(hint))
                }
                other => other,
            }
        });
    }

    /// The rows that could be read before can be read again.
    pub(super) async fn back_to(self, before: Values) -> Result<(), Failure> {
        self.form.restore(before);
        self.read_again().await
    }

    pub(super) async fn read_again(self) -> Result<(), Failure> {
        for (report, heldout) in [(self.state.train, false), (self.state.heldout, true)] {
            if report.with_untracked(Option::is_some) {
                self.send_data(None, heldout).await?;
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
