//! What to try: buttons that start runs, links to other places of the page, and wrong labels.

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::controller::Controller;
use crate::format::plural;
use crate::learn::{Deed, Experiment, Visit, labels};
use crate::route::Place;
use crate::sheet::Row;
use crate::view::prose::prose;

/// All of them, each with what to see.
#[component]
pub fn Deeds(controller: Controller, deeds: &'static [Deed]) -> impl IntoView {
    let each = |deed: &'static Deed| {
        let (button, expect) = match deed {
            Deed::Run(experiment) => {
                let experiment = *experiment;
                (view! { <Try controller experiment /> }.into_any(), experiment.expect)
            }
            Deed::Visit(visit) => (link(visit).into_any(), visit.expect),
            Deed::SwapLabels { expect } => {
                (view! { <SwapLabels controller /> }.into_any(), *expect)
            }
        };
        view! {
            <li>
                {button} <p class="faint">{prose(expect)}</p>
            </li>
        }
    };
    view! { <ul class="deeds">{deeds.iter().map(each).collect::<Vec<_>>()}</ul> }
}

/// Why no run can be started now, or why it may turn out otherwise.
#[component]
pub fn Hint(controller: Controller) -> impl IntoView {
    let state = controller.state;
    let words = move || {
        let is_running = state.status.get().is_running();
        hint(is_running, state.has_all(), controller.is_default_model())
    };
    view! {
        <p class="learn-hint" role="status" data-testid="learn-hint">
            {words}
        </p>
    }
}

fn hint(is_running: bool, has_all: bool, is_default: bool) -> Option<&'static str> {
    match (is_running, has_all, is_default) {
        (true, ..) => Some("A run is going on: stop it, or let it end, before you start another."),
        (_, false, _) => Some("Runs can be started once a model and data are open."),
        (.., false) => Some(
            "The model is your own. These runs were chosen for the page's model, so other settings \
             may suit it better.",
        ),
        _ => None,
    }
}

#[component]
fn Try(controller: Controller, experiment: Experiment) -> impl IntoView {
    let changes = experiment.changes.iter().map(|(key, value)| format!("{key} = {value}"));
    let changes = changes.collect::<Vec<_>>().join(", ");
    let settings = (!changes.is_empty()).then(|| view! { <code>{changes}</code> });
    view! {
        <button
            type="button"
            class="main"
            data-testid="learn-try"
            disabled=cannot(controller)
            on:click=move |_| controller.experiment(experiment.method, experiment.changes)
        >
            {experiment.title}
        </button>
        {settings}
    }
}

fn link(visit: &'static Visit) -> impl IntoView {
    let place = match visit.topic {
        Some(topic) => Place::topic(visit.page, topic),
        None => Place::of(visit.page),
    };
    view! {
        <a class="button" data-testid="learn-visit" href=place.href()>
            {visit.title}
        </a>
    }
}

#[component]
fn SwapLabels(controller: Controller) -> impl IntoView {
    let outcome = RwSignal::new(String::new());
    let swap = move |_| {
        spawn_local(async move {
            let words = exchange(controller).await;
            // The page may be another one by now.
            _ = outcome.try_set(words);
        });
    };
    view! {
        <button type="button" data-testid="learn-swap" disabled=cannot(controller) on:click=swap>
            "Swap every fifth label"
        </button>
        <p role="status" data-testid="learn-swapped">
            {move || outcome.get()}
        </p>
    }
}

fn cannot(controller: Controller) -> impl Fn() -> bool + Copy + Send + 'static {
    let state = controller.state;
    move || state.status.get().is_busy() || !state.has_all()
}

/// Exchanges the answers of every fifth pair in the open rows, and says what came of it.
async fn exchange(controller: Controller) -> String {
    let sheet = controller.sheet;
    let rows: Vec<String> = sheet.rows.with_untracked(|rows| rows.iter().map(Row::line).collect());
    let swapped = labels::swap(&rows);
    if swapped.pairs == 0 {
        return "The open rows hold no pairs whose answers could be swapped.".into();
    }
    let name = sheet.name.with_untracked(|name| labels::renamed(name));
    let words = match labels::are_wrong(&name) {
        true => "wrong now. Press again to put them right.",
        false => "as they were.",
    };
    sheet.open(name, &swapped.text);
    match controller.commit_sheets().await {
        Ok(()) => format!(
            "The labels of {} in {} are {words}",
            plural(swapped.pairs, "pair", "pairs"),
            plural(rows.len(), "row", "rows"),
        ),
        Err(failure) => failure.message,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hint_names_what_is_in_the_way_first() {
        assert_eq!(hint(false, true, true), None);
        assert!(hint(true, false, false).is_some_and(|words| words.contains("going on")));
        assert!(hint(false, false, false).is_some_and(|words| words.contains("open")));
        assert!(hint(false, true, false).is_some_and(|words| words.contains("your own")));
    }
}
