//! Step 2: the preferences to learn from.

use leptos::prelude::*;
use temper_protocol::DataReport;

use super::drop_zone::{DropZone, Wanted};
use crate::controller::Controller;
use crate::format::plural;
use crate::words;

const OWN_PAIRS: Wanted = Wanted {
    title: "Use your own pairs",
    hint: "Choose or drop a .jsonl or .json file with prompt, chosen and rejected.",
    accept: ".jsonl,.json,.ndjson",
    multiple: false,
    testid: "data-input",
    take: Controller::import_train,
};
const OWN_HELDOUT: Wanted = Wanted {
    title: "Add held-out pairs",
    hint: "Pairs that are never learnt from show whether the lesson carries over.",
    accept: ".jsonl,.json,.ndjson",
    multiple: false,
    testid: "eval-input",
    take: Controller::import_heldout,
};

/// The open pairs, what was left out, and a look at some of them.
#[component]
pub fn DataCard(controller: Controller) -> impl IntoView {
    let state = controller.state;
    view! {
        <section class="card" aria-labelledby="data-title">
            <h2 id="data-title">
                <span class="number" aria-hidden="true">
                    "2"
                </span>
                "Preferences"
            </h2>
            <p class="lead">
                "Pairs of answers to the same prompt: one that you prefer, one that you don't."
            </p>
            <div data-testid="data-info">
                <Report report=state.train kind="to learn from" />
                <Report report=state.heldout kind="held out, to check with" />
            </div>
            <Preview report=state.train />
            <DropZone controller wanted=OWN_PAIRS />
            <DropZone controller wanted=OWN_HELDOUT />
        </section>
    }
}

/// How many rows of a file are used, and why the others aren't.
#[component]
fn Report(report: RwSignal<Option<DataReport>>, kind: &'static str) -> impl IntoView {
    move || {
        report.get().map(|report| {
            let dropped: Vec<_> = words::dropped(&report.dropped)
                .into_iter()
                .map(|line| view! { <li>{line}</li> })
                .collect();
            let any_dropped = !dropped.is_empty();
            view! {
                <div class="facts">
                    <p>
                        <strong class="figures">{plural(report.rows, "pair", "pairs")}</strong>
                        {format!(" {kind}")}
                    </p>
                    <p class="faint">{report.file}</p>
                    {any_dropped.then(|| view! { <ul class="dropped">{dropped}</ul> })}
                </div>
            }
        })
    }
}

/// One pair at a time.
#[component]
fn Preview(report: RwSignal<Option<DataReport>>) -> impl IntoView {
    let turn = RwSignal::new(0_usize);
    let pair = move || {
        report.with(|report| {
            let preview = &report.as_ref()?.preview;
            preview.get(turn.get() % preview.len().max(1)).cloned()
        })
    };
    move || {
        pair().map(|[prompt, chosen, rejected]| {
            view! {
                <div class="preview">
                    <p class="prompt">{prompt}</p>
                    <p class="chosen">
                        <span class="tag">"preferred"</span>
                        {chosen}
                    </p>
                    <p class="rejected">
                        <span class="tag">"not preferred"</span>
                        {rejected}
                    </p>
                    <button
                        type="button"
                        class="plain"
                        data-testid="preview-next"
                        on:click=move |_| turn.update(|turn| *turn = turn.wrapping_add(1))
                    >
                        "Show another"
                    </button>
                </div>
            }
        })
    }
}
