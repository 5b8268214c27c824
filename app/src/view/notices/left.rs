//! What a closed or reloaded page left: a run in the middle, and a model whose files are gone.

use std::collections::BTreeSet;

use leptos::prelude::*;

use crate::controller::Controller;
use crate::last_model;
use crate::route::{Page, Place};

/// Offers to go on with a run that a closed or reloaded page left.
#[component]
pub fn Interrupted(controller: Controller) -> impl IntoView {
    let dismissed = RwSignal::new(BTreeSet::new());
    let left = move || {
        let busy = controller.state.status.get().is_busy();
        dismissed.with(|but| controller.runs.interrupted(but)).filter(|_| !busy)
    };
    let notice = move || {
        left().map(|record| {
            let run = record.id;
            let step = record.checkpoints.last().copied().unwrap_or_default();
            let missing = controller.missing_for(&record);
            let dismiss = move |_| {
                dismissed.update(|runs| {
                    runs.insert(run);
                });
            };
            view! {
                <div class="notice">
                    <p data-testid="interrupted">{interrupted(&record.name, step, &missing)}</p>
                    <div class="buttons">
                        <button
                            type="button"
                            data-testid="resume-interrupted"
                            disabled=!missing.is_empty()
                            on:click=move |_| controller.resume_record(run)
                        >
                            {format!("Go on from step {step}")}
                        </button>
                        <button type="button" class="plain" on:click=dismiss>
                            "Not now"
                        </button>
                    </div>
                </div>
            }
        })
    };
    view! { <div role="status">{notice}</div> }
}

fn interrupted(name: &str, step: u32, missing: &[String]) -> String {
    match missing {
        [] => format!("{name} was interrupted. It can go on from step {step}."),
        missing => format!(
            "{name} was interrupted at step {step}. To go on, open again what it had: {}.",
            missing.join(" and ")
        ),
    }
}

/// Tells that the page has another model open than when it was closed.
#[component]
pub fn LastModel(controller: Controller) -> impl IntoView {
    let last = RwSignal::new(last_model::recall());
    let forget = move |_| {
        last_model::forget();
        last.set(None);
    };
    let state = controller.state;
    Effect::new(move |_| {
        if state.own_model.get() {
            last.set(None);
        }
    });
    let is_open = move || state.model.with(Option::is_some);
    let told = move || last.get().filter(|_| is_open() && !state.own_model.get());
    let notice = move || {
        told().map(|name| {
            view! {
                <div class="notice">
                    <p data-testid="last-model">
                        {format!("When this page was closed, {name} was open. Now it is the page's own model. ")}
                        <a href=Place::of(Page::Model).href()>"Open it again"</a>
                    </p>
                    <button type="button" class="plain" on:click=forget>
                        "Dismiss"
                    </button>
                </div>
            }
        })
    };
    view! { <div role="status">{notice}</div> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interrupted_run_says_what_it_needs() {
        assert_eq!(
            interrupted("DPO 1", 20, &[]),
            "DPO 1 was interrupted. It can go on from step 20."
        );
        let missing = ["the model small".to_string(), "the rows of mine.jsonl".to_string()];
        assert!(interrupted("DPO 1", 20, &missing).ends_with("small and the rows of mine.jsonl."));
    }
}
