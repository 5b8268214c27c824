//! The user's rows and edited ones outlive a reload: a moment after each change they are kept in
//! the browser's own file system for this page.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsValue;
use web_sys::File;

use super::{Sheet, disk};
use crate::js;

/// Changes within this time are kept together.
const AFTER: Duration = Duration::from_millis(800);

/// The first line of a kept file.
#[derive(Debug, Serialize, Deserialize)]
struct Head {
    name: String,
    own: bool,
    #[serde(default = "yes")]
    edited: bool,
}

fn yes() -> bool {
    true
}

impl Sheet {
    /// Names the place where edits are kept, and the file to go back to.
    pub fn settle(self, shelf: &'static str, home: Option<File>) {
        self.shelf.set_value(Some(shelf));
        self.has_home.set(home.is_some());
        self.home.set_value(home);
    }

    /// The page's own rows.
    pub fn home(self) -> Option<File> {
        self.home.get_value()
    }

    /// Whether the page's own rows are of this name.
    pub fn is_home(self, name: &str) -> bool {
        self.home().is_some_and(|file| file.name() == name)
    }

    /// Whether the page's own rows can be brought back.
    pub fn can_go_home(self) -> bool {
        self.has_home.get() && (self.own.get() || self.edited.get())
    }

    /// Keeps the rows, unless they change again at once.
    pub fn keep_soon(self) {
        let turn = self.turn();
        let keep = move || {
            if turn == self.turn() {
                spawn_local(self.keep());
            }
        };
        set_timeout(keep, AFTER);
    }

    /// Whether edits aren't kept yet, or can't be.
    pub fn is_waiting(self) -> bool {
        self.edited.get_untracked() && !self.is_kept()
    }

    fn is_kept(self) -> bool {
        self.kept_turn.get_value() == self.turn() && self.unkept.with_untracked(Option::is_none)
    }

    /// Keeps the rows now.
    pub async fn keep(self) {
        let Some(shelf) = self.shelf.get_value() else { return };
        self.one_at_a_time().await;
        if self.is_kept() {
            return;
        }
        self.keeping.set_value(true);
        self.keep_on(shelf).await;
        self.keeping.set_value(false);
    }

    /// Waits for rows that are being kept: each looks whether somebody else wrote since the last.
    async fn one_at_a_time(self) {
        while self.keeping.get_value() {
            js::pause(50).await;
        }
    }

    async fn keep_on(self, shelf: &'static str) {
        let (turn, edited) = (self.turn(), self.edited.get_untracked());
        let head = Head { name: self.name.get_untracked(), own: self.own.get_untracked(), edited };
        let kept = async {
            if disk::written_at(shelf).await > self.kept_at.get_value() {
                return Err(JsValue::from_str(
                    "another tab keeps its rows here; these go when this page is closed",
                ));
            }
            let head = serde_json::to_string(&head)
                .map_err(|error| JsValue::from_str(&error.to_string()))?;
            let file = self.written().await;
            let file = file.map_err(|failure| JsValue::from_str(&failure.message))?;
            // Other rows by now, which the head doesn't tell of; they are kept in their turn.
            if turn != self.turn() {
                return Ok(());
            }
            disk::keep(shelf, &format!("{head}\n"), &file).await?;
            self.kept_at.set_value(disk::written_at(shelf).await);
            self.kept_turn.set_value(turn);
            Ok(())
        };
        let refused = kept.await.err().map(|thrown| js::words(&thrown));
        self.unkept.set(refused);
    }

    /// Puts kept rows in; false where there are none.
    pub async fn recall(self) -> bool {
        let Some(shelf) = self.shelf.get_value() else { return false };
        self.kept_at.set_value(disk::written_at(shelf).await);
        let Some(file) = disk::kept(shelf).await else { return false };
        let Ok(text) = disk::text(&file).await else { return false };
        let Some((head, rows)) = text.split_once('\n') else { return false };
        let Ok(head) = serde_json::from_str::<Head>(head) else { return false };
        self.refill(rows).await;
        self.name.set(head.name);
        self.own.set(head.own);
        self.edited.set(head.edited);
        self.changed.set(true);
        self.recalled.set(true);
        self.kept_turn.set_value(self.turn());
        true
    }

    /// Forgets what is kept.
    pub fn forget_kept(self) {
        self.unkept.set(None);
        let Some(shelf) = self.shelf.get_value() else { return };
        let turn = self.turn();
        spawn_local(async move {
            self.one_at_a_time().await;
            // Other rows by now write over it; what another tab has kept since is that tab's.
            let is_own = disk::written_at(shelf).await <= self.kept_at.get_value();
            if is_own && turn == self.turn() {
                disk::forget(shelf).await;
            }
        });
    }
}
