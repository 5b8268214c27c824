//! Asks before a run is forgotten: it can't be had back.

use leptos::html::Dialog;
use leptos::prelude::*;
use leptos::task::spawn_local;
use temper_protocol::RunId;

use crate::compare::Player;
use crate::controller::Controller;
use crate::view::focus::focus_words;

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
        let run = asked.get_untracked().filter(|_| yes);
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
        if let Some(run) = run {
            forget(controller, run);
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

/// Forgets a run. A model that wears its weights is first brought back to how it came: nobody could
/// say later whose they are. While answers are compared, the comparison does that at its end.
fn forget(controller: Controller, run: RunId) {
    // The button that asked, which has the focus again, goes with the run's row.
    focus_words("runs-title");
    let runs = controller.runs;
    let worn = runs.worn.get_untracked() == Some(run) && !untrack(|| runs.bench.is_busy());
    spawn_local(async move {
        if worn {
            // Without an open model there is nothing to bring back.
            _ = controller.wear(None).await;
        }
        controller.forget_run(run);
    });
}
