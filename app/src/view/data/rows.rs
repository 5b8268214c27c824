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

/// Rows to learn from, or those held out.
#[component]
pub fn RowsPanel(controller: Controller) -> impl IntoView {
    let heldout = RwSignal::new(false);
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
    Effect::new(move |_| {
        sheet.name.track();
        choice.close();
        choice.selected.set(None);
    });
    let is_empty = Memo::new(move |_| sheet.len() == 0);
    let is_loading = move || controller.state.status.get() == Status::Loading;
    let empty = if heldout {
        "There are no held-out rows. Add a file of them above, or a row here: they are never \
         learnt from, and show whether the lesson carries over."
    } else {
        "There are no rows. Bring a file above, add a row here, or make rows in the arena."
    };
    view! {
        <Notes controller choice heldout />
        <section class="card" aria-labelledby="rows-title">
            <h2 id="rows-title">{if heldout { "Held-out rows" } else { "Rows to learn from" }}</h2>
            <Toolbar controller choice />
            <p class="faint" hidden=move || !is_empty.get() || is_loading()>
                {empty}
            </p>
            <div class="rows-area" class:open=move || choice.is_open() hidden=move || is_empty.get()>
                <Table choice />
                <Editor choice />
            </div>
        </section>
        <Statistics sheet />
    }
}
