//! How the sheet stands to what the engine holds: refused, changed, from an earlier visit; and the
//! way on or back.

use leptos::ev::MouseEvent;
use leptos::prelude::*;
use temper_protocol::RowKind;

use super::choice::Choice;
use super::rows::TITLE;
use super::table::LIST;
use super::toolbar::counted;
use crate::controller::Controller;
use crate::sheet::{Aside, Shape, Sheet};
use crate::view::button::SteadyButton;
use crate::view::failure::Told;
use crate::view::focus::focus;

/// All notes, where there are any.
#[component]
pub fn Notes(controller: Controller, choice: Choice, heldout: bool) -> impl IntoView {
    let pressed = StoredValue::new(false);
    let press = move |_: MouseEvent| pressed.set_value(true);
    give_back(choice.sheet, pressed);
    view! {
        // No alert: the notice at the top of the page has read it out.
        <div class="notes" on:click=press>
            <Refused controller choice heldout />
        </div>
        <div class="notes" role="status" on:click=press>
            <Changed controller choice heldout />
            <Home controller choice heldout />
            <PutAside choice />
            <Unkept choice />
        </div>
    }
}

/// Where a note goes away with the button that was pressed, the rows' heading gets the focus.
fn give_back(sheet: Sheet, pressed: StoredValue<bool>) {
    Effect::new(move |_| {
        sheet.refused.track();
        sheet.changed.track();
        sheet.aside.track();
        _ = sheet.can_go_home();
        request_animation_frame(move || {
            let is_lost = document().active_element().is_none_or(|it| it.tag_name() == "BODY");
            if is_lost && pressed.try_get_value() == Some(true) {
                pressed.set_value(false);
                focus(TITLE);
            }
        });
    });
}

/// The engine can't read the rows: what it says, and how to go on.
#[component]
fn Refused(controller: Controller, choice: Choice, heldout: bool) -> impl IntoView {
    let (sheet, state) = (choice.sheet, controller.state);
    let open = if heldout { state.heldout } else { state.train };
    let until_then = move || match open.with(|report| report.as_ref().map(|it| it.file.clone())) {
        Some(file) => format!("No run starts until they can be read; {file} is still at hand."),
        None => "No run starts until they can be read.".to_string(),
    };
    let other_kind = move || {
        let kind = controller.form.method.get().row_kind();
        let shape = sheet.rows.with(|rows| rows.first().map(|row| row.shape()));
        (kind == RowKind::Pairs && shape == Some(Shape::Completion)).then_some(
            "Rows of one answer each are for methods that learn from examples (SFT) or from \
             ratings (KTO): choose one on the Train page, then read them again.",
        )
    };
    move || {
        sheet.refused.get().map(|failure| {
            view! {
                <div class="notice error" data-testid="rows-refused">
                    <div>
                        <p>
                            <strong>"These rows can't be read yet."</strong>
                        </p>
                        <Told failure />
                        <p>{other_kind}</p>
                        <p>{until_then}</p>
                    </div>
                    <Repairs controller choice heldout />
                </div>
            }
        })
    }
}

#[component]
fn Repairs(controller: Controller, choice: Choice, heldout: bool) -> impl IntoView {
    let sheet = choice.sheet;
    let troubled = Memo::new(move |_| sheet.troubled());
    // Where it is every row, nothing would be left.
    let some = move || (1..sheet.len()).contains(&troubled.get());
    let leave_out = move |_| {
        if choice.finish() {
            choice.selected.set(None);
            sheet.finder.reset();
            sheet.leave_out_troubled();
            // The button has nothing left to do.
            focus(LIST);
        }
    };
    let label = move || match troubled.get() {
        1 => "Leave out the row with a problem".to_string(),
        many => format!("Leave out all {} with a problem", counted(many)),
    };
    view! {
        <div class="row-buttons">
            <Show when=some>
                <button
                    type="button"
                    class="plain"
                    data-testid="rows-leave-out-all"
                    on:click=leave_out
                >
                    {label}
                </button>
            </Show>
            <ReadAgain controller choice heldout name="Read again" />
            <Back
                controller
                choice
                heldout
                testid="rows-back-open"
                name="Back to the open rows"
                back=Controller::back_to_open
            />
        </div>
    }
}

#[component]
fn ReadAgain(
    controller: Controller,
    choice: Choice,
    heldout: bool,
    name: &'static str,
) -> impl IntoView {
    let can = Signal::derive(move || !controller.state.status.get().is_busy());
    let read = move || {
        // What is typed is meant to be read too.
        if choice.save() {
            controller.read_sheet(heldout);
        }
    };
    view! {
        <SteadyButton testid="rows-read" look="main" can act=read>
            {name}
        </SteadyButton>
    }
}

/// A way back to other rows; what is open in the editor is none of them.
#[component]
fn Back(
    controller: Controller,
    choice: Choice,
    heldout: bool,
    testid: &'static str,
    name: &'static str,
    back: fn(Controller, bool),
) -> impl IntoView {
    let can = Signal::derive(move || !controller.state.status.get().is_busy());
    let go = move || {
        // What is typed goes where the other edits go; where it can't, it stays to be mended.
        if choice.finish() {
            back(controller, heldout);
        }
    };
    view! {
        <SteadyButton testid look="plain" can act=go>
            {name}
        </SteadyButton>
    }
}

/// Edited since the engine last read them.
#[component]
fn Changed(controller: Controller, choice: Choice, heldout: bool) -> impl IntoView {
    let sheet = choice.sheet;
    let is_changed = move || sheet.changed.get() && sheet.refused.with(Option::is_none);
    view! {
        <Show when=is_changed>
            <div class="notice" data-testid="rows-changed">
                <p>"These rows were changed. The next run reads them when it starts."</p>
                <ReadAgain controller choice heldout name="Read now" />
            </div>
        </Show>
    }
}

/// The way back to the page's own rows.
#[component]
fn Home(controller: Controller, choice: Choice, heldout: bool) -> impl IntoView {
    let sheet = choice.sheet;
    let words = move || {
        let name = sheet.name.get();
        if sheet.recalled.get() {
            format!("These are the rows of {name} as you left them on an earlier visit.")
        } else if sheet.own.get() || !sheet.is_home(&name) {
            // Of a file, or made in the arena.
            format!("These are rows of your own: {name}.")
        } else {
            "These are the page's own rows with your changes.".to_string()
        }
    };
    view! {
        <Show when=move || sheet.can_go_home()>
            <div class="notice" data-testid="rows-home">
                <p>{words}</p>
                <Back
                    controller
                    choice
                    heldout
                    testid="rows-back-default"
                    name="Back to the default reviews"
                    back=Controller::back_to_default
                />
            </div>
        </Show>
    }
}

/// Edited rows that others took the place of.
#[component]
fn PutAside(choice: Choice) -> impl IntoView {
    let aside = choice.sheet.aside;
    let words = move || {
        aside.with(|aside| {
            let Aside { name, rows, .. } = aside.as_ref()?;
            let rows = counted(rows.len());
            Some(format!("{rows} that you had edited ({name}) made room for these."))
        })
    };
    let bring_back = move |_| {
        if choice.finish() {
            choice.sheet.bring_back_aside();
        }
    };
    view! {
        <Show when=move || aside.with(Option::is_some)>
            <div class="notice" data-testid="rows-aside">
                <p>{words}</p>
                <div class="row-buttons">
                    <button
                        type="button"
                        class="plain"
                        data-testid="rows-aside-back"
                        on:click=bring_back
                    >
                        "Bring them back"
                    </button>
                    <button
                        type="button"
                        class="plain"
                        data-testid="rows-aside-forget"
                        on:click=move |_| aside.set(None)
                    >
                        "Forget them"
                    </button>
                </div>
            </div>
        </Show>
    }
}

/// The browser keeps no edits.
#[component]
fn Unkept(choice: Choice) -> impl IntoView {
    let unkept = choice.sheet.unkept;
    move || {
        unkept.get().map(|reason| {
            let words = format!(
                "Your changes last until the page closes: {reason}. Export them before you go."
            );
            view! {
                <p class="notice" data-testid="rows-unkept">
                    {words}
                </p>
            }
        })
    }
}
