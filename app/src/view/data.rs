//! The Data page: which rows there are to learn from, and ways to look at them, change them and
//! make more.

mod choice;
mod editor;
mod notes;
mod rows;
mod statistics;
mod table;
mod tabs;
mod toolbar;

use leptos::prelude::*;
use temper_protocol::{DataReport, RowKind};

use super::drop_zone::{DropZone, Wanted};
use crate::controller::Controller;
use crate::format::plural;
use crate::{methods, words};

use tabs::Tabs;

/// What the file picker shows.
const ACCEPT: &str = ".jsonl,.json,.ndjson,.csv,.tsv,.txt,.parquet";

/// All of it.
#[component]
pub fn DataPage(controller: Controller) -> impl IntoView {
    view! {
        <div class="data-page">
            <Sources controller />
            <Tabs controller />
        </div>
    }
}

/// The open rows, what was left out, and where to bring others.
#[component]
fn Sources(controller: Controller) -> impl IntoView {
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
            <h2 id="data-title">{move || methods::data(kind.get()).0}</h2>
            <p class="lead">
                {move || methods::data(kind.get()).1} " "
                {move || format!("The chosen method, {}, learns from these.", methods::short(method.get()))}
            </p>
            <div class="sources">
                <div data-testid="data-info">
                    <Report report=state.train kind role="to learn from" />
                    <Report report=state.heldout kind role="held out, to check with" />
                </div>
                <div class="drops">{places}</div>
            </div>
        </section>
    }
}

fn own_train(kind: RowKind) -> Wanted {
    let (_, rows) = methods::rows(kind);
    Wanted {
        title: format!("Use your own {rows}"),
        hint: format!(
            "Choose or drop a JSONL, JSON, CSV or Parquet file with {}.",
            methods::keys(kind)
        ),
        accept: ACCEPT,
        multiple: false,
        testid: "data-input",
        take: |controller, brought| controller.import_train(brought.files),
    }
}

fn own_heldout(kind: RowKind) -> Wanted {
    let (_, rows) = methods::rows(kind);
    Wanted {
        title: format!("Add held-out {rows}"),
        hint: "What is never learnt from shows whether the lesson carries over.".into(),
        accept: ACCEPT,
        multiple: false,
        testid: "eval-input",
        take: |controller, brought| controller.import_heldout(brought.files),
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
