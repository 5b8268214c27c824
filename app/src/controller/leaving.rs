//! The page may be closed or put away at any moment: edits and steps that aren't kept yet are kept
//! then. Where that may come too late for edits, or can't be, the browser asks first; so it does of
//! what is typed over a row and isn't saved.

use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::Controller;

impl Controller {
    pub(super) fn guard_leaving(self) {
        window_event_listener(ev::visibilitychange, move |_| {
            self.keep_waiting();
            if document().hidden() && self.state.status.get_untracked().is_running() {
                self.runs.capture_now(&self.state);
            }
        });
        window_event_listener(ev::beforeunload, move |event| {
            let is_typing = self.sheet.typing.get_value() || self.heldout.typing.get_value();
            if self.keep_waiting() || is_typing {
                // The browser asks, in its own words.
                event.prevent_default();
            }
        });
    }

    /// Keeps what waits; whether there was any.
    fn keep_waiting(self) -> bool {
        let waiting: Vec<_> =
            [self.sheet, self.heldout].into_iter().filter(|sheet| sheet.is_waiting()).collect();
        let any = !waiting.is_empty();
        waiting.into_iter().for_each(|sheet| spawn_local(sheet.keep()));
        any
    }
}
