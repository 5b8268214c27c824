//! What was collected so far, and where it goes.

use leptos::prelude::*;
use temper_protocol::Failure;

use super::prefix;
use crate::arena::{Collector, words};
use crate::controller::Controller;
use crate::format::plural;
use crate::view::failure::Refused;
use crate::{download, methods};

/// Counts, where rows go, and what can learn from them.
#[component]
pub fn Collected(controller: Controller, collector: Collector) -> impl IntoView {
    let prefix = prefix(collector.kind());
    let kind = collector.kind();
    let fits = Memo::new(move |_| collector.fits(controller));
    let method = controller.form.method;
    view! {
        <div class="arena-collected">
            <p role="status" class="figures" data-testid=format!("{prefix}-count")>
                {move || words::counts(kind, collector.tally.get())}
            </p>
            <label class="switch">
                <input
                    type="checkbox"
                    data-testid=format!("{prefix}-into-sheet")
                    disabled=move || !fits.get()
                    prop:checked=move || fits.get() && collector.into_sheet.get()
                    on:change=move |event| collector.into_sheet.set(event_target_checked(&event))
                />
                <span class="field-name">"Add to the open rows as I go"</span>
            </label>
            <p class="faint" data-testid=format!("{prefix}-other-rows") hidden=move || fits.get()>
                {words::apart(kind)}
            </p>
            <Destinations controller collector fits />
            <p class="faint" data-testid=format!("{prefix}-use")>
                {move || words::use_of(kind, method.get())}
            </p>
        </div>
    }
}

/// Adds, replaces, exports.
#[component]
fn Destinations(controller: Controller, collector: Collector, fits: Memo<bool>) -> impl IntoView {
    let prefix = prefix(collector.kind());
    let none = move || collector.tally.get().rows == 0;
    let waiting = move || collector.tally.get().waiting;
    let (one, many) = methods::rows(words::wanted(collector.kind()));
    let unsaved = RwSignal::new(None::<Failure>);
    let export = move |_| {
        unsaved.set(download::save_text(collector.file_name(), collector.jsonl()).err());
    };
    view! {
        <div class="buttons">
            <button
                type="button"
                data-testid=format!("{prefix}-add")
                hidden=move || waiting() == 0 || !fits.get()
                on:click=move |_| collector.add_waiting(controller)
            >
                {move || format!("Add {} to the open rows", plural(waiting(), one, many))}
            </button>
            <button
                type="button"
                data-testid=format!("{prefix}-alone")
                title="These take the place of the open rows"
                disabled=none
                on:click=move |_| collector.learn_alone(controller)
            >
                {format!("Learn from these {many} alone")}
            </button>
            <button
                type="button"
                data-testid=format!("{prefix}-export")
                disabled=none
                on:click=export
            >
                "Export these"
            </button>
        </div>
        <Refused failure=unsaved />
    }
}
