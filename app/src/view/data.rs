//! Step 2: the rows to learn from.

use leptos::prelude::*;
use temper_protocol::{DataReport, RowKind};

use super::drop_zone::{DropZone, Wanted};
use crate::controller::Controller;
use crate::format::plural;
use crate::{methods, words};

/// The open rows, what was left out, and a look at some of them.
#[component]
pub fn DataCard(controller: Controller) -> impl IntoView {
    let state = controller.state;
    let method = controller.form.method;
    let kind = Memo::new(move |_| method.get().row_kind());
    let places = move || {
        [own_train(kind.get()), own_heldout(kind.get())]
            .map(|wanted| view! { <DropZone controller wanted /> })
            .into_iter()
            .collect::<Vec<_>>()
    };
    view! {
        <section class="card" aria-labelledby="data-title">
            <h2 id="data-title">
                <span class="number" aria-hidden="true">
                    "2"
                </span>
                {move || methods::data(kind.get()).0}
            </h2>
            <p class="lead">{move || methods::data(kind.get()).1}</p>
            <div data-testid="data-info">
                <Report report=state.train kind role="to learn from" />
                <Report report=state.heldout kind role="held out, to check with" />
            </div>
            <Preview report=state.train kind />
            {places}
        </section>
    }
}

fn own_train(kind: RowKind) -> Wanted {
    let (_, rows) = methods::rows(kind);
    Wanted {
        title: format!("Use your own {rows}"),
        hint: format!("Choose or drop a .jsonl or .json file with {}.", methods::keys(kind)),
        accept: ".jsonl,.json,.ndjson",
        multiple: false,
        testid: "data-input",
        take: Controller::import_train,
    }
}

fn own_heldout(kind: RowKind) -> Wanted {
    let (_, rows) = methods::rows(kind);
    Wanted {
        title: format!("Add held-out {rows}"),
        hint: "What is never learnt from shows whether the lesson carries over.".into(),
        accept: ".jsonl,.json,.ndjson",
        multiple: false,
        testid: "eval-input",
        take: Controller::import_heldout,
    }
}

/// How many rows of a file are used, and why the others aren't.
#[component]
fn Report(
    report: RwSignal<Option<DataReport>>,
    kind: Memo<RowKind>,
    role: &'static str,
) -> impl IntoView {
    move || {
        let (one, many) = methods::rows(kind.get());
        report.get().map(|report| {
            let dropped: Vec<_> = words::dropped(&report.dropped)
                .into_iter()
                .map(|line| view! { <li>{line}</li> })
                .collect();
            let any_dropped = !dropped.is_empty();
            view! {
                <div class="facts">
                    <p>
                        <strong class="figures">{plural(report.rows, one, many)}</strong>
                        {format!(" {role}")}
                    </p>
                    <p class="faint">{report.file}</p>
                    {any_dropped.then(|| view! { <ul class="dropped">{dropped}</ul> })}
                </div>
            }
        })
    }
}

/// One row at a time.
#[component]
fn Preview(report: RwSignal<Option<DataReport>>, kind: Memo<RowKind>) -> impl IntoView {
    let turn = RwSignal::new(0_usize);
    let row = move || {
        report.with(|report| {
            let preview = &report.as_ref()?.preview;
            preview.get(turn.get() % preview.len().max(1)).cloned()
        })
    };
    move || {
        row().map(|[prompt, better, other]| {
            let answers: Vec<_> = answers(kind.get(), better, other)
                .into_iter()
                .map(|(class, tag, text)| {
                    view! {
                        <p class=class>
                            <span class="tag">{tag}</span>
                            {text}
                        </p>
                    }
                })
                .collect();
            view! {
                <div class="preview" data-testid="preview">
                    <p class="prompt">{prompt}</p>
                    {answers}
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

/// What a row shows below its prompt: class, tag and text of each answer. Of a pair both are
/// answers; beside a rated one stands whether it was liked.
fn answers(
    kind: RowKind,
    better: String,
    other: String,
) -> Vec<(&'static str, &'static str, String)> {
    match kind {
        RowKind::Pairs => {
            vec![("chosen", "preferred", better), ("rejected", "not preferred", other)]
        }
        RowKind::Completions => vec![("chosen", "example", better)],
        RowKind::Rated if other == "not liked" => vec![("rejected", "not liked", better)],
        RowKind::Rated => vec![("chosen", "liked", better)],
        RowKind::Prompts => Vec::new(),
    }
}
