//! The table of all rows with what belongs to it: which rows, what is wrong with them, the editor,
//! the statistics.

use leptos::prelude::*;

use super::choice::Choice;
use super::editor::Editor;
use super::notes::Notes;
use super::statistics::Statistics;
use super::table::Table;
use super::toolbar::Toolbar;
use crate::controller::Controller;
use crate::state::Status;

/// The heading's name, by which it is given the focus.
pub const TITLE: &str = "rows-title";

/// Rows to learn from, or those held out.
#[component]
pub fn RowsPanel(controller: Controller) -> impl IntoView {
    let heldout = RwSignal::new(false);
    follow_refusals(controller, heldout);
    let refused = move |this: bool| {
        let is_refused = controller.sheet_of(this).refused.with(Option::is_some);
        is_refused.then(|| view! { <span class="which-wrong">" can't be read"</span> })
    };
    let button = move |this: bool, testid: &'static str, name: &'static str| {
        view! {
            <button
                type="button"
                class="plain"
                data-testid=testid
                aria-pressed=move || (heldout.get() == this).to_string()
                on:click=move |_| heldout.set(this)
            >
                {name}
                " "
                <span class="figures">{move || controller.sheet_of(this).len()}</span>
                {move || refused(this)}
            </button>
        }
    };
    view! {
        <div class="which" role="group" aria-label="Which rows">
            {button(false, "rows-train", "To learn from")}
            {button(true, "rows-heldout", "Held out")}
        </div>
        {move || {
            let heldout = heldout.get();
            view! { <OneSheet controller heldout /> }
        }}
    }
}

/// Shows the rows that the engine refused last; those to learn from, where it refused both.
fn follow_refusals(controller: Controller, heldout: RwSignal<bool>) {
    Effect::new(move |before: Option<[bool; 2]>| {
        let is_refused = |this| controller.sheet_of(this).refused.with(Option::is_some);
        let now = [is_refused(false), is_refused(true)];
        let before = before.unwrap_or_default();
        if now[0] && !before[0] {
            heldout.set(false);
        } else if now[1] && !before[1] {
            heldout.set(true);
        }
        now
    });
}

const NO_ROWS: &str =
    "There are no rows. Bring a file above, add a row here, or make rows in the arena.";
const NO_HELD_OUT: &str = "There are no held-out rows. Add a file of them above, or a row here: \
    they are never learnt from, and show whether the lesson carries over.";

#[component]
fn OneSheet(controller: Controller, heldout: bool) -> impl IntoView {
    let sheet = controller.sheet_of(heldout);
    let choice = Choice::new(sheet);
    Effect::new(move |_| {
        sheet.rows.track();
        sheet.finder.words.track();
        sheet.finder.troubled.track();
        sheet.finder.look(sheet.rows);
    });
    // Named anew with every file: what was open in the editor is none of its rows.
    Effect::new(move |before: Option<()>| {
        sheet.name.track();
        if before.is_some() {
            choice.close();
            choice.selected.set(None);
        }
    });
    // Whoever goes to another page, tab or sheet may come back.
    on_cleanup(move || choice.put_down());
    let is_empty = Memo::new(move |_| sheet.len() == 0);
    let is_loading = move || controller.state.status.get() == Status::Loading;
    view! {
        <Notes controller choice heldout />
        <section class="card" aria-labelledby=TITLE>
            <h2 id=TITLE tabindex="-1">
                {if heldout { "Held-out rows" } else { "Rows to learn from" }}
            </h2>
            <Toolbar controller choice />
            <p class="faint" hidden=move || !is_empty.get() || is_loading()>
                {if heldout { NO_HELD_OUT } else { NO_ROWS }}
            </p>
            <div class="rows-area" class:open=move || choice.is_open() hidden=move || is_empty.get()>
                <Table choice />
                <Editor choice />
            </div>
        </section>
        <Statistics sheet />
    }
}
