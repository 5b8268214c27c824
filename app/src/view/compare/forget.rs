//! Asks before a run is forgotten: it can't be had back.

use leptos::html::Dialog;
use leptos::prelude::*;
use temper_protocol::RunId;

use crate::compare::Player;
use crate::controller::Controller;

/// Opens while a run is asked about.
#[component]
pub fn ForgetDialog(controller: Controller, asked: RwSignal<Option<RunId>>) -> impl IntoView {
    let dialog = NodeRef::<Dialog>::new();
    Effect::new(move |_| {
        let Some(dialog) = dialog.get() else { return };
        if asked.get().is_some() && !dialog.open() && dialog.show_modal().is_err() {
            asked.set(None);
        }
    });
    let close = move |yes: bool| {
        if let Some(run) = asked.get_untracked().filter(|_| yes) {
            controller.forget_run(run);
        }
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
    };
    let title = move || {
        let name = |run: RunId| controller.runs.all.with(|all| Player::Run(run).name(all));
        asked.get().map(|run| format!("Forget {}?", name(run)))
    };
    view! {
        <dialog
            class="card ask"
            node_ref=dialog
            aria-labelledby="forget-title"
            on:close=move |_| asked.set(None)
        >
            <h2 id="forget-title">{title}</h2>
            <p>"Its curves, samples and weights are removed from this device for good."</p>
            <div class="buttons">
                <button type="button" data-testid="forget-no" on:click=move |_| close(false)>
                    "Keep it"
                </button>
                <button type="button" data-testid="forget-yes" on:click=move |_| close(true)>
                    "Forget it"
                </button>
            </div>
        </dialog>
    }
}
