//! Long work in portions, between which the page draws and hears.

use js_sys::Date;

use crate::js;

/// How long work may hold the page up, milliseconds: less than a frame.
const BUDGET_MS: f64 = 12.0;

/// Keeps the time since the page last drew.
pub struct Pause {
    began: f64,
}

impl Pause {
    /// Begins now.
    pub fn new() -> Self {
        Self { began: Date::now() }
    }

    /// Lets the page draw, where it has waited long enough.
    pub async fn when_due(&mut self) {
        if Date::now() - self.began < BUDGET_MS {
            return;
        }
        js::pause(0).await;
        self.began = Date::now();
    }
}
