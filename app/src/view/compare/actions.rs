//! What can be done with a run: renamed, taken home, gone on with, forgotten.

use leptos::prelude::*;
use temper_protocol::RunId;

use super::table::{Desk, standing};
use crate::compare::{RunRow, save};
use crate::controller::Controller;
use crate::records::{RunRecord, Standing, find};

/// The buttons of a run's row.
#[component]
pub fn Actions(desk: Desk, row: Memo<RunRow>, id: RunId) -> impl IntoView {
    let name = move || row.with(|row| row.name.clone());
    let Desk { controller, editing, asked, .. } = desk;
    // The engine removes no weights while a run goes on, and none of another tab's.
    let cannot = move || {
        let is_elsewhere = standing(desk, row, id) == Standing::Elsewhere;
        is_elsewhere || controller.state.status.get().is_busy()
    };
    view! {
        <div class="row-actions">
            <button
                type="button"
                class="plain"
                data-testid="run-rename"
                aria-label=move || format!("Rename {}", name())
                on:click=move |_| editing.set(Some(id))
            >
                "Rename"
            </button>
            <TakeHome desk row id />
            <button
                type="button"
                class="plain"
                data-testid="run-export"
                aria-label=move || format!("Save the record of {} as JSON", name())
                on:click=move |_| export(controller, id)
            >
                "Record"
            </button>
            <button
                type="button"
                class="plain"
                data-testid="run-forget"
                aria-label=move || format!("Forget {}", name())
                disabled=cannot
                on:click=move |_| asked.set(Some(id))
            >
                "Forget"
            </button>
        </div>
    }
}

/// The weights of a run that came to its end, or the way to go on with one that didn't.
#[component]
fn TakeHome(desk: Desk, row: Memo<RunRow>, id: RunId) -> impl IntoView {
    let controller = desk.controller;
    let name = move || row.with(|row| row.name.clone());
    let busy = move || controller.state.status.get().is_busy();
    let of_record = move |is: fn(Controller, &RunRecord) -> bool| {
        controller.runs.all.with(|all| find(all, id).is_some_and(|record| is(controller, record)))
    };
    let has_weights = Memo::new(move |_| of_record(|_, record| record.has_weights()));
    let can_go_on = Memo::new(move |_| of_record(|it, record| it.runs.can_go_on(record)));
    let lacks = move || of_record(|it, record| !it.missing_for(record).is_empty());
    view! {
        <Show when=move || has_weights.get()>
            <button
                type="button"
                class="plain"
                data-testid="run-weights"
                aria-label=move || format!("Download the weights of {}", name())
                disabled=busy
                on:click=move |_| controller.download_run(id)
            >
                "Weights"
            </button>
        </Show>
        <Show when=move || can_go_on.get()>
            <button
                type="button"
                class="plain"
                data-testid="run-go-on"
                aria-label=move || format!("Go on with {}", name())
                disabled=move || busy() || lacks()
                on:click=move |_| controller.resume_record(id)
            >
                "Go on"
            </button>
        </Show>
    }
}

fn export(controller: Controller, id: RunId) {
    let saved = controller.runs.all.with_untracked(|all| find(all, id).map(save));
    if let Some(Err(failure)) = saved {
        controller.state.error.set(Some(failure));
    }
}
