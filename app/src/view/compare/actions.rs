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
    let Desk { controller, editing, asked, .. } = desk;
    // The engine removes no weights while a run goes on, and none of another tab's.
    let can_forget = Signal::derive(move || {
        let is_elsewhere = standing(desk, row, id) == Standing::Elsewhere;
        !is_elsewhere && !controller.state.status.get().is_busy()
    });
    view! {
        <div class="row-actions">
            <Deed
                row
                id=rename_id(id)
                what="Rename {}"
                testid="run-rename"
                act=move || editing.set(Some(id))
            >
                "Rename"
            </Deed>
            <TakeHome desk row id />
            <Deed
                row
                what="Save the record of {} as JSON"
                testid="run-export"
                act=move || export(controller, id)
            >
                "Record"
            </Deed>
            <Deed
                row
                what="Forget {}"
                testid="run-forget"
                can=can_forget
                act=move || asked.set(Some(id))
            >
                "Forget"
            </Deed>
        </div>
    }
}

/// The id of the button that renames a run.
pub fn rename_id(run: RunId) -> String {
    format!("rename-{run}")
}

/// One of them; `what` says the same of the run's name, which stands for the braces.
#[component]
fn Deed(
    row: Memo<RunRow>,
    #[prop(optional)] id: Option<String>,
    what: &'static str,
    testid: &'static str,
    #[prop(default = true.into())] can: Signal<bool>,
    act: impl Fn() + Send + 'static,
    children: Children,
) -> impl IntoView {
    view! {
        <button
            type="button"
            class="plain"
            id=id
            data-testid=testid
            aria-label=move || row.with(|row| what.replace("{}", &row.name))
            disabled=move || !can.get()
            on:click=move |_| act()
        >
            {children()}
        </button>
    }
}

/// The weights of a run that came to its end, or the way to go on with one that didn't.
#[component]
fn TakeHome(desk: Desk, row: Memo<RunRow>, id: RunId) -> impl IntoView {
    let controller = desk.controller;
    let of_record = move |is: fn(Controller, &RunRecord) -> bool| {
        controller.runs.all.with(|all| find(all, id).is_some_and(|record| is(controller, record)))
    };
    let has_weights = Memo::new(move |_| of_record(|_, record| record.has_weights()));
    let can_go_on = Memo::new(move |_| of_record(|it, record| it.runs.can_go_on(record)));
    let idle = Signal::derive(move || !controller.state.status.get().is_busy());
    let lacks = move || of_record(|it, record| !it.missing_for(record).is_empty());
    let ready = Signal::derive(move || idle.get() && !lacks());
    view! {
        <Show when=move || has_weights.get()>
            <Deed
                row
                what="Download the weights of {}"
                testid="run-weights"
                can=idle
                act=move || controller.download_run(id)
            >
                "Weights"
            </Deed>
        </Show>
        <Show when=move || can_go_on.get()>
            <Deed
                row
                what="Go on with {}"
                testid="run-go-on"
                can=ready
                act=move || controller.resume_record(id)
            >
                "Go on"
            </Deed>
        </Show>
    }
}

fn export(controller: Controller, id: RunId) {
    let saved = controller.runs.all.with_untracked(|all| find(all, id).map(save));
    if let Some(Err(failure)) = saved {
        controller.state.error.set(Some(failure));
    }
}
