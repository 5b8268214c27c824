//! Which row is under glass, what it says, and whether it is looked at again as training goes on.

use leptos::prelude::*;
use web_sys::HtmlInputElement;

use crate::controller::Controller;
use crate::glass::{Against, RowText};
use crate::view::button::SteadyButton;

/// The stepper, the row's text, and where its numbers are from.
#[component]
pub fn Picker(controller: Controller) -> impl IntoView {
    let glass = controller.glass;
    let looked = move || glass.last.with(Option::is_some);
    let ready = Memo::new(move |_| {
        let rows = controller.sheet.len();
        controller.state.model.with(Option::is_some) && rows > 0
    });
    let look = move || if looked() { "Look again" } else { "Look at this row" };
    view! {
        <div class="glass-picker">
            <Stepper controller ready />
            <button
                type="button"
                class="plain"
                class:main=move || !looked()
                data-testid="glass-look"
                disabled=move || !ready.get()
                on:click=move |_| glass.look(controller)
            >
                {look}
            </button>
            <label class="switch">
                <input
                    type="checkbox"
                    data-testid="glass-follow"
                    prop:checked=move || glass.follow.get()
                    on:change=move |event| glass.follow.set(event_target_checked(&event))
                />
                <span class="field-name">"Follow the run"</span>
            </label>
            <span class="faint figures glass-when">{move || when(controller)}</span>
        </div>
        <Text controller />
    }
}

#[component]
fn Stepper(controller: Controller, ready: Memo<bool>) -> impl IntoView {
    let glass = controller.glass;
    let choose = move |event: web_sys::Event| {
        let rows = untrack(|| controller.sheet.len());
        let field: HtmlInputElement = event_target(&event);
        let row = field.value().trim().parse::<usize>().unwrap_or(1).clamp(1, rows.max(1));
        field.set_value(&row.to_string());
        glass.row.set(row - 1);
        glass.look(controller);
    };
    view! {
        <Turn controller ready by=-1 name="Previous row" testid="glass-previous">
            "‹"
        </Turn>
        <label class="inline-field figures">
            "Row"
            <input
                type="number"
                class="glass-index"
                min="1"
                max=move || controller.sheet.len().to_string()
                data-testid="glass-row"
                disabled=move || !ready.get()
                prop:value=move || (glass.row.get() + 1).to_string()
                on:change=choose
            />
            {move || format!("of {}", controller.sheet.len())}
        </label>
        <Turn controller ready by=1 name="Next row" testid="glass-next">
            "›"
        </Turn>
    }
}

#[component]
fn Turn(
    controller: Controller,
    ready: Memo<bool>,
    /// Rows farther.
    by: isize,
    name: &'static str,
    testid: &'static str,
    children: Children,
) -> impl IntoView {
    let act = move || controller.glass.turn(controller, by);
    view! {
        <SteadyButton testid look="plain" can=ready.into() act attr:aria-label=name>
            {children()}
        </SteadyButton>
    }
}

/// The row as a person reads it.
#[component]
fn Text(controller: Controller) -> impl IntoView {
    let glass = controller.glass;
    let text = Memo::new(move |_| {
        let row = glass.row.get();
        // Rows that change, come or go may be this one.
        controller.sheet.rows.track();
        controller.sheet.row_json(row).map(|json| RowText::of(&json)).unwrap_or_default()
    });
    let answers = move || {
        let text = text.get();
        text.tags()
            .into_iter()
            .zip(text.answers)
            .map(|((class, tag), answer)| {
                view! {
                    <p class=class>
                        <span class="tag">{tag}</span>
                        {answer}
                    </p>
                }
            })
            .collect::<Vec<_>>()
    };
    view! {
        <div class="preview" data-testid="glass-text">
            <p class="prompt">{move || text.with(|text| text.prompt.clone())}</p>
            <div class="sides glass-sides">{answers}</div>
        </div>
    }
}

/// Where the numbers are from.
fn when(controller: Controller) -> String {
    let glass = controller.glass;
    let (row, rows) = (glass.row.get(), controller.sheet.len());
    glass.last.with(|last| match last {
        None if glass.busy.get() => "Looking…".into(),
        None if rows == 0 => "There are no rows yet.".into(),
        None => "The engine is asked how likely policy and reference find it.".into(),
        Some(look) if look.row != row => "Looking…".into(),
        Some(look) if look.step == 0 => "Numbers from before the first step.".into(),
        Some(look) if look.against == Against::Came => {
            format!("Numbers after step {}.", look.step)
        }
        Some(look) => {
            format!("Numbers after step {}, against {}.", look.step, look.against.words())
        }
    })
}
