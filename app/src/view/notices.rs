//! What the user should know: errors, warnings, an engine that has gone quiet, runs that were left,
//! that other tabs have or that aren't kept, settings that wait.

mod left;

use leptos::prelude::*;
use temper_protocol::Warning;

use super::failure::Told;
use super::focus::focus;
use crate::advice::{self, Severity};
use crate::controller::Controller;
use crate::route::Page;
use crate::words;

use left::{Interrupted, LastModel};

/// All notices, at the top of the page's content.
#[component]
pub fn Notices(controller: Controller) -> impl IntoView {
    let state = controller.state;
    let error = move || {
        state.error.get().map(|failure| {
            view! {
                <div class="notice error">
                    <div data-testid="error">
                        <Told failure />
                    </div>
                    <button
                        type="button"
                        class="plain"
                        data-testid="dismiss-error"
                        on:click=move |_| answered(|| state.error.set(None))
                    >
                        "Dismiss"
                    </button>
                </div>
            }
        })
    };
    view! {
        // In sight wherever the page is scrolled to.
        <div class="notices">
            <div role="alert">{error}</div>
            <Quiet controller />
            <LinkWaits controller />
            <Elsewhere controller />
            <Unkept controller />
            <Interrupted controller />
            <LastModel controller />
            <Warnings controller />
        </div>
    }
}

/// Heeds a notice's button, which goes with the notice: the focus is then before the page's
/// content.
fn answered(act: impl FnOnce()) {
    act();
    focus("content");
}

/// Offers another engine where this one has been silent for long.
#[component]
fn Quiet(controller: Controller) -> impl IntoView {
    let quiet = Memo::new(move |_| controller.is_suspiciously_quiet());
    let notice = move || {
        quiet.get().then(|| {
            view! {
                <div class="notice">
                    <p>
                        "The engine has been silent for a while. A long step can do that; "
                        "if you think that it is stuck, start it again and resume from the last checkpoint."
                    </p>
                    <button
                        type="button"
                        data-testid="restart"
                        on:click=move |_| answered(|| controller.restart_engine())
                    >
                        "Start it again"
                    </button>
                </div>
            }
        })
    };
    view! { <div role="status">{notice}</div> }
}

/// Asks what to do with settings that a link brought while a run went on.
#[component]
fn LinkWaits(controller: Controller) -> impl IntoView {
    let (route, state) = (controller.route, controller.state);
    let waits = Memo::new(move |_| route.waits.get() && route.asked.with(Option::is_some));
    let busy = move || state.status.get().is_busy();
    let words = move || match state.status.get().is_running() {
        true => "The address brings other settings. They wait: a run goes on.",
        false => "The address has brought other settings. They wait to be taken over.",
    };
    let notice = move || {
        waits.get().then(|| {
            view! {
                <div class="notice">
                    <p data-testid="link-waits">{words}</p>
                    <div class="buttons">
                        <button
                            type="button"
                            data-testid="link-take"
                            disabled=busy
                            on:click=move |_| answered(|| controller.take_link())
                        >
                            "Take them over"
                        </button>
                        <button
                            type="button"
                            class="plain"
                            data-testid="link-leave"
                            on:click=move |_| answered(|| controller.leave_link())
                        >
                            "Keep mine"
                        </button>
                    </div>
                </div>
            }
        })
    };
    view! { <div role="status">{notice}</div> }
}

/// Tells which runs go on in other tabs of this browser.
#[component]
fn Elsewhere(controller: Controller) -> impl IntoView {
    let told = Memo::new(move |_| going_elsewhere(&controller.runs.elsewhere()));
    view! { <UntilRead told testid="elsewhere" /> }
}

/// Says something for as long as it is so, until somebody has read it.
#[component]
fn UntilRead(told: Memo<Option<String>>, testid: &'static str) -> impl IntoView {
    let dismissed = RwSignal::new(None::<String>);
    Effect::new(move |_| {
        if told.get().is_none() {
            dismissed.set(None);
        }
    });
    let words = move || told.get().filter(|words| dismissed.get().as_ref() != Some(words));
    let notice = move || {
        words().map(|words| {
            view! {
                <div class="notice">
                    <p data-testid=testid>{words}</p>
                    <button
                        type="button"
                        class="plain"
                        on:click=move |_| answered(|| dismissed.set(told.get_untracked()))
                    >
                        "Dismiss"
                    </button>
                </div>
            }
        })
    };
    view! { <div role="status">{notice}</div> }
}

/// In a sentence; none where there is no such run.
fn going_elsewhere(names: &[String]) -> Option<String> {
    let (last, rest) = names.split_last()?;
    Some(match rest.is_empty() {
        true => format!("{last} is going on in another tab."),
        false => format!("{} and {last} are going on in other tabs.", rest.join(", ")),
    })
}

/// Tells what of which runs the disk didn't take, for as long as that is so.
#[component]
fn Unkept(controller: Controller) -> impl IntoView {
    let told = Memo::new(move |_| controller.runs.unkept());
    view! { <UntilRead told testid="unkept" /> }
}

#[component]
fn Warnings(controller: Controller) -> impl IntoView {
    let warnings = controller.state.warnings;
    let list = move || {
        let lines: Vec<_> = warnings.with(|all| {
            let weighty = all.iter().filter(|warning| is_weighty(warning));
            weighty.map(|warning| view! { <li>{words::warning(warning)}</li> }).collect()
        });
        (!lines.is_empty()).then(|| {
            view! {
                <div class="notice">
                    <ul>{lines}</ul>
                </div>
            }
        })
    };
    // The Train page has them among its advice.
    let elsewhere = move || controller.route.page() == Page::Train;
    view! {
        <div role="status" data-testid="warnings" hidden=elsewhere>
            {list}
        </div>
    }
}

/// Whether a warning asks for more than to be known: only such follow onto other pages.
fn is_weighty(warning: &Warning) -> bool {
    advice::of_warning(warning).is_some_and(|advice| advice.severity != Severity::Fine)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_other_tabs_are_told_in_one_sentence() {
        let told = |names: &[&str]| {
            going_elsewhere(&names.iter().map(ToString::to_string).collect::<Vec<_>>())
        };
        assert_eq!(told(&[]), None);
        let one = told(&["DPO 1"]).unwrap();
        assert_eq!(one, "DPO 1 is going on in another tab.");
        let three = told(&["DPO 2", "KTO 1", "DPO 1"]).unwrap();
        assert_eq!(three, "DPO 2, KTO 1 and DPO 1 are going on in other tabs.");
    }
}
