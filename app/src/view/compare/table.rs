//! The table of runs: which are looked at, sorted by any column, each to be renamed, taken home or
//! forgotten.

use leptos::prelude::*;
use temper_protocol::RunId;

use super::actions::Actions;
use super::forget::ForgetDialog;
use super::name::Name;
use super::{swatch, when};
use crate::compare::{Chosen, Column, FIGURES, Order, RunRow, rows, shown};
use crate::controller::Controller;
use crate::format::duration;
use crate::records::Standing;
use crate::route::{Page, Place};

/// All runs, or how to get one.
#[component]
pub fn RunsCard(controller: Controller) -> impl IntoView {
    let order = RwSignal::new(Order::default());
    let rows = Memo::new(move |_| controller.runs.all.with(|all| rows(all, order.get())));
    let any = move || rows.with(|rows| !rows.is_empty());
    view! {
        <section class="card" aria-labelledby="runs-title">
            <h2 id="runs-title">"Runs"</h2>
            <Show when=any fallback=|| view! { <Empty /> }>
                <p class="lead">
                    "Choose up to four to see them side by side. Figures are those of the last "
                    "logged step, and of the last measurement on held-out rows."
                </p>
                <Table controller rows order />
            </Show>
        </section>
    }
}

#[component]
fn Empty() -> impl IntoView {
    view! {
        <p class="lead" data-testid="runs-empty">
            "No runs yet. Every run is remembered here, on this device, with its settings, curves "
            "and samples: train once, change one setting, train again, and compare."
        </p>
        <p>
            <a class="button" href=Place::of(Page::Train).href()>
                "Start a run"
            </a>
        </p>
    }
}

/// What every row needs.
#[derive(Clone, Copy)]
pub struct Desk {
    /// Who acts.
    pub controller: Controller,
    /// The run that is being renamed.
    pub editing: RwSignal<Option<RunId>>,
    /// The run that may be forgotten.
    pub asked: RwSignal<Option<RunId>>,
    /// Which of the figures any run has.
    pub columns: Memo<Vec<usize>>,
}

#[component]
fn Table(controller: Controller, rows: Memo<Vec<RunRow>>, order: RwSignal<Order>) -> impl IntoView {
    let columns = Memo::new(move |_| rows.with(|rows| known(rows)));
    let (editing, asked) = (RwSignal::new(None), RwSignal::new(None));
    let desk = Desk { controller, editing, asked, columns };
    let head = move |at: usize| {
        let figure = FIGURES.get(at)?;
        Some(view! { <Head order column=Column::Figure(at) title=figure.title /> })
    };
    let heads = move || columns.get().into_iter().filter_map(head).collect::<Vec<_>>();
    view! {
        <div class="scroll" tabindex="0" role="region" aria-labelledby="runs-title">
            <table class="runs" data-testid="runs-table">
                <thead>
                    <tr>
                        <th scope="col">"Show"</th>
                        <Head order column=Column::Name title="Name" />
                        <Head order column=Column::Began title="Began" />
                        <Head order column=Column::Steps title="Steps" />
                        <Head order column=Column::Outcome title="State" />
                        {heads}
                        <Head order column=Column::Duration title="Duration" />
                        <th scope="col">"Change"</th>
                    </tr>
                </thead>
                <tbody>
                    <For
                        each=move || rows.get()
                        key=|row| row.id
                        children=move |row: RunRow| view! { <Row desk rows row /> }
                    />
                </tbody>
            </table>
        </div>
        <ForgetDialog controller asked />
    }
}

/// The figures that some run has.
fn known(rows: &[RunRow]) -> Vec<usize> {
    let has = |at: &usize| rows.iter().any(|row| row.figures.get(*at).is_some_and(Option::is_some));
    (0..FIGURES.len()).filter(has).collect()
}

/// A column's head, which sorts by it.
#[component]
fn Head(order: RwSignal<Order>, column: Column, title: &'static str) -> impl IntoView {
    let is_this = move || order.with(|order| order.column == column);
    let sort = move || match (is_this(), order.with(|order| order.down)) {
        (false, _) => "none",
        (true, true) => "descending",
        (true, false) => "ascending",
    };
    let arrow = move || match sort() {
        "descending" => " ↓",
        "ascending" => " ↑",
        _ => "",
    };
    view! {
        <th scope="col" aria-sort=sort>
            <button
                type="button"
                class="sort"
                on:click=move |_| order.update(|order| *order = order.by(column))
            >
                {title}
                <span aria-hidden="true">{arrow}</span>
            </button>
        </th>
    }
}

#[component]
fn Row(desk: Desk, rows: Memo<Vec<RunRow>>, row: RunRow) -> impl IntoView {
    let id = row.id;
    let row = Memo::new(move |old: Option<&RunRow>| {
        let now = rows.with(|rows| rows.iter().find(|row| row.id == id).cloned());
        now.or_else(|| old.cloned()).unwrap_or_else(|| row.clone())
    });
    let cell = move |at: usize| {
        let text = FIGURES
            .get(at)
            .map(|figure| row.with(|row| shown(figure, row.figures.get(at).copied().flatten())));
        view! { <td>{text}</td> }
    };
    let cells = move || desk.columns.get().into_iter().map(cell).collect::<Vec<_>>();
    let took = move || row.with(|row| row.secs.map_or("–".to_string(), duration));
    view! {
        <tr data-testid="run-row">
            <td>
                <Choose desk row id />
            </td>
            <th scope="row">
                <Name desk row id />
            </th>
            <td>{move || row.with(|row| when(row.began))}</td>
            <td data-testid="run-steps">{move || row.with(|row| row.steps)}</td>
            <td>
                <State desk row id />
            </td>
            {cells}
            <td>{took}</td>
            <td>
                <Actions desk row id />
            </td>
        </tr>
    }
}

#[component]
fn Choose(desk: Desk, row: Memo<RunRow>, id: RunId) -> impl IntoView {
    let chosen = desk.controller.runs.bench.chosen;
    let slot = move || chosen.with(|chosen| chosen.slot(id));
    let cannot = move || slot().is_none() && chosen.with(Chosen::is_full);
    let toggle = move |event: web_sys::Event| {
        let on = event_target_checked(&event);
        chosen.update(|chosen| if on { chosen.choose(id) } else { chosen.leave(id) });
    };
    let label = move || row.with(|row| format!("Show {} beside the others", row.name));
    view! {
        <span class="choose">
            <input
                type="checkbox"
                data-testid="run-choose"
                aria-label=label
                prop:checked=move || slot().is_some()
                disabled=cannot
                on:change=toggle
            />
            {move || slot().map(swatch)}
        </span>
    }
}

#[component]
fn State(desk: Desk, row: Memo<RunRow>, id: RunId) -> impl IntoView {
    let standing = move || standing(desk, row, id);
    view! {
        <span class="pill" data-testid="run-state" data-status=move || standing().looks_like()>
            {move || standing().words()}
        </span>
    }
}

pub(super) fn standing(desk: Desk, row: Memo<RunRow>, id: RunId) -> Standing {
    desk.controller.runs.standing(id, row.with(|row| row.outcome))
}
