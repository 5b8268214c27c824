//! Above the table: what is looked for, and what is done with all rows.

use leptos::prelude::*;

use super::choice::Choice;
use crate::controller::Controller;
use crate::download;
use crate::format::plural;
use crate::view::button::SteadyButton;

/// Search, count, and buttons.
#[component]
pub fn Toolbar(controller: Controller, choice: Choice) -> impl IntoView {
    view! {
        <div class="toolbar">
            <Search choice />
            <div class="row-buttons">
                <Add controller choice />
                <Undo choice />
                <Export controller choice />
            </div>
        </div>
    }
}

#[component]
fn Add(controller: Controller, choice: Choice) -> impl IntoView {
    let sheet = choice.sheet;
    let add = move |_| {
        let kind = controller.form.method.get_untracked().row_kind();
        // Else the new row would be out of sight.
        sheet.finder.reset();
        if choice.save() {
            choice.open(sheet.add_blank(kind));
        }
    };
    view! {
        <button type="button" class="plain" data-testid="rows-add" on:click=add>
            "Add a row"
        </button>
    }
}

#[component]
fn Undo(choice: Choice) -> impl IntoView {
    let sheet = choice.sheet;
    let can = Signal::derive(move || sheet.left_out() != 0);
    let bring_back = move || {
        if choice.finish() {
            sheet.bring_back();
        }
    };
    let name = move || match sheet.left_out() {
        0 => "Undo leaving out".to_string(),
        many => format!("Undo leaving out {}", counted(many)),
    };
    view! {
        <SteadyButton testid="rows-undo" look="plain" can act=bring_back>
            {name}
        </SteadyButton>
    }
}

#[component]
fn Export(controller: Controller, choice: Choice) -> impl IntoView {
    let sheet = choice.sheet;
    let export = move |_| {
        if !choice.save() {
            return;
        }
        if let Err(failure) = sheet.file().and_then(|file| download::save(&file)) {
            controller.state.error.set(Some(failure));
        }
    };
    view! {
        <button
            type="button"
            class="plain"
            data-testid="rows-export"
            disabled=move || sheet.len() == 0
            on:click=export
        >
            "Export as JSONL"
        </button>
    }
}

#[component]
fn Search(choice: Choice) -> impl IntoView {
    let (sheet, finder) = (choice.sheet, choice.sheet.finder);
    let count = move || {
        let rows = sheet.len();
        match finder.is_looking() {
            true => format!("{} of {rows}", finder.shown(rows)),
            false => counted(rows),
        }
    };
    // Once all are repaired there must still be a way back to all rows.
    let may_filter = move || sheet.troubled() > 0 || finder.troubled.get();
    view! {
        <div class="search">
            <label class="field-name" for="rows-search">
                "Search"
            </label>
            <input
                type="search"
                id="rows-search"
                data-testid="rows-search"
                autocomplete="off"
                placeholder="Words in any text"
                prop:value=move || finder.words.get()
                on:input=move |event| finder.words.set(event_target_value(&event))
            />
            <span class="figures faint" role="status" data-testid="rows-count">
                {count}
            </span>
            <label class="switch" hidden=move || !may_filter()>
                <input
                    type="checkbox"
                    data-testid="rows-troubled"
                    prop:checked=move || finder.troubled.get()
                    on:change=move |event| finder.troubled.set(event_target_checked(&event))
                />
                <span>"Only rows with a problem"</span>
            </label>
        </div>
    }
}

/// `1 row`, `600 rows`.
pub fn counted(rows: usize) -> String {
    plural(rows, "row", "rows")
}
