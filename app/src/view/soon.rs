//! What is drawn after the rest, so that no task holds the browser for long.

use std::time::Duration;

use leptos::prelude::*;

/// A part of a page in a task of its own: what stands above it is drawn first.
#[component]
pub fn Soon(children: ChildrenFn) -> impl IntoView {
    let begun = RwSignal::new(false);
    // What it was part of may be gone by then.
    set_timeout(move || _ = begun.try_set(true), Duration::ZERO);
    move || begun.get().then(|| children())
}
