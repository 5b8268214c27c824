//! Light or dark: the system's choice until the user makes another, which is remembered.

use leptos::prelude::*;

use crate::disk;

const KEY: &str = "temper-theme";

/// Applies the choice of an earlier visit.
pub fn restore() {
    if let Some(theme) = disk::recall(KEY).filter(|theme| theme == "light" || theme == "dark") {
        apply(&theme);
    }
}

/// Whether the page is dark now.
pub fn is_dark() -> bool {
    let chosen = document().document_element().and_then(|root| root.get_attribute("data-theme"));
    match chosen.as_deref() {
        Some("dark") => true,
        Some("light") => false,
        _ => window()
            .match_media("(prefers-color-scheme: dark)")
            .ok()
            .flatten()
            .is_some_and(|query| query.matches()),
    }
}

/// Changes to the other theme and remembers it; returns whether the page is dark now.
pub fn toggle() -> bool {
    let dark = !is_dark();
    let theme = if dark { "dark" } else { "light" };
    apply(theme);
    disk::remember(KEY, theme);
    dark
}

fn apply(theme: &str) {
    if let Some(root) = document().document_element() {
        _ = root.set_attribute("data-theme", theme);
    }
}
