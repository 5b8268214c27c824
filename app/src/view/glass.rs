//! The loss under glass: one row, and every number on the way from its log-probabilities to the
//! loss. Pointing at a symbol lights its line of the table, and the other way round.

use std::time::Duration;

use leptos::html::Div;
use leptos::prelude::*;
use temper_protocol::{Method, ResolvedRun};
use wasm_bindgen::JsCast;
use web_sys::Element;

use crate::controller::Controller;
use crate::format::short;
use crate::glass::{Around, Glass, Reading, needs_no_row, read};
use crate::insight;
use crate::methods;

mod dials;
mod formulas;
mod picker;
mod plots;
mod terms;
mod tokens;

use dials::DialFields;
use formulas::Formulas;
use picker::Picker;
use plots::Plots;
use terms::Terms;
use tokens::Tokens;

/// A row isn't looked at more often than this while it follows a run.
const PACE: Duration = Duration::from_secs(1);

/// What a reading came to: settings that can't be read leave the numbers before, a row that can't
/// be read leaves none.
#[derive(Clone, Debug, Default, PartialEq)]
struct Found {
    reading: Option<Reading>,
    trouble: Option<String>,
}

/// One row of the data, read by the form's loss.
#[component]
pub fn GlassPanel(controller: Controller) -> impl IntoView {
    let glass = controller.glass;
    follow(controller);
    let kl = last_kl(controller);
    let run = Memo::new(move |_| described(controller));
    let found = Memo::new(move |_| run.with(|run| find(controller, run, kl)));
    let reading = Memo::new(move |before: Option<&Reading>| {
        let fresh = found.with(|found| found.reading.clone());
        fresh.or_else(|| before.cloned()).unwrap_or_default()
    });
    let fold = move |event: web_sys::Event| {
        let details: Element = event_target(&event);
        glass.open.set(details.has_attribute("open"));
    };
    let trouble = move || {
        let trouble = [found.with(|found| found.trouble.clone()), glass.error.get()];
        let trouble = trouble.into_iter().flatten();
        trouble.map(|words| view! { <p class="wrong">{words}</p> }).collect::<Vec<_>>()
    };
    view! {
        <details
            class="card glass"
            data-testid="glass"
            open=glass.open.get_untracked()
            on:toggle=fold
        >
            <summary>"The loss under glass"</summary>
            <div class="glass-inside">
                <p class="lead">
                    "Every number on the way from one row to its loss, by the settings above: "
                    {move || methods::title(controller.form.method.get())}
                    ". Point at a symbol to find its line; change a setting, and the numbers follow."
                </p>
                <Picker controller />
                <div role="alert" data-testid="glass-error">{trouble}</div>
                <DialFields controller />
                <Numbers glass reading />
            </div>
        </details>
    }
}

/// The run that the form describes, or why it describes none. Apart from the reading, which is made
/// anew with every look and every turn of a dial.
fn described(controller: Controller) -> Result<ResolvedRun, String> {
    controller.form.values.track();
    controller.state.train.track();
    controller.state.heldout.track();
    let config = controller.config().map_err(|failure| failure.message)?;
    config.resolve().map_err(|error| format!("{error}."))
}

fn find(controller: Controller, run: &Result<ResolvedRun, String>, kl: Memo<Option<f64>>) -> Found {
    let (state, glass) = (controller.state, controller.glass);
    let run = match run {
        Ok(run) => run,
        Err(words) => return Found { reading: None, trouble: Some(words.clone()) },
    };
    let round = match state.ran.get() {
        Method::Spin => insight::round(state).unwrap_or(1).saturating_sub(1) as usize,
        _ => 0,
    };
    let around = Around { kl: kl.get(), round, dials: glass.dials.get() };
    let read = glass.last.with(|look| match look {
        None if !needs_no_row(run.config.method) => Ok(Reading::default()),
        look => read(run, look.as_ref(), &around),
    });
    match read {
        Ok(reading) => Found { reading: Some(reading), trouble: None },
        Err(words) => Found { reading: Some(Reading::default()), trouble: Some(words.into()) },
    }
}

/// KTO's zero point as the run logged it last.
fn last_kl(controller: Controller) -> Memo<Option<f64>> {
    let log = controller.state.log;
    Memo::new(move |_| match controller.form.method.get() {
        Method::Kto => {
            log.with(|log| log.lines().iter().rev().find_map(|line| line.metrics().get("kl")))
        }
        _ => None,
    })
}

/// Keeps up with the run and with the data while this is shown.
fn follow(controller: Controller) {
    let look = move || controller.glass.keep_up(controller);
    if let Ok(timer) = set_interval_with_handle(look, PACE) {
        on_cleanup(move || timer.clear());
    }
}

#[component]
fn Numbers(glass: Glass, reading: Memo<Reading>) -> impl IntoView {
    let inside = NodeRef::<Div>::new();
    Effect::new(move |_| {
        reading.track();
        let lit = glass.lit.get();
        if let Some(inside) = inside.get() {
            // Once the new formulas stand.
            request_animation_frame(move || mark(&inside, lit.as_deref()));
        }
    });
    let is_empty = move || reading.with(|reading| reading.terms.is_empty());
    let notes = move || {
        let notes = reading.with(|reading| reading.notes.clone());
        notes.into_iter().map(|note| view! { <li>{note}</li> }).collect::<Vec<_>>()
    };
    view! {
        <div
            class="glass-numbers"
            node_ref=inside
            hidden=is_empty
            on:pointerover=move |event: web_sys::PointerEvent| light(glass, term_at(&event))
            on:pointerleave=move |_| light(glass, None)
            on:focusin=move |event: web_sys::FocusEvent| light(glass, term_at(&event))
            on:focusout=move |_| light(glass, None)
        >
            <Outcome reading />
            <Formulas reading />
            <Plots reading />
            <Terms glass reading />
            <Tokens reading />
            <ul class="glass-notes faint">{notes}</ul>
        </div>
    }
}

/// The loss, the margin, and what they say.
#[component]
fn Outcome(reading: Memo<Reading>) -> impl IntoView {
    let loss = move || reading.with(Reading::loss);
    let margin =
        move || reading.with(|reading| reading.margin().map(|term| (term.value, term.unit)));
    let unit = move || margin().map(|(_, unit)| format!(" {}", unit.word()));
    let findings = move || {
        let findings = reading.with(|reading| reading.findings.clone());
        findings.into_iter().map(|words| view! { <p>{words}</p> }).collect::<Vec<_>>()
    };
    view! {
        <p class="glass-outcome">
            <span hidden=move || loss().is_none()>
                "Loss "
                <strong
                    class="figures"
                    data-testid="glass-loss"
                    data-value=move || loss().map(|value| value.to_string())
                >
                    {move || loss().map(short)}
                </strong>
            </span>
            <span hidden=move || margin().is_none()>
                "Margin "
                <strong
                    class="figures"
                    data-testid="glass-margin"
                    data-value=move || margin().map(|(value, _)| value.to_string())
                >
                    {move || margin().map(|(value, _)| short(value))}
                </strong>
                {unit}
            </span>
        </p>
        <div class="glass-findings" data-testid="glass-finding">
            {findings}
        </div>
    }
}

fn light(glass: Glass, term: Option<String>) {
    if glass.lit.with_untracked(|lit| *lit != term) {
        glass.lit.set(term);
    }
}

/// The innermost term that an event is on.
fn term_at(event: &web_sys::Event) -> Option<String> {
    let target = event.target()?.dyn_into::<Element>().ok()?;
    target.closest("[data-term]").ok().flatten()?.get_attribute("data-term")
}

/// Marks one term in all formulas.
fn mark(inside: &Element, lit: Option<&str>) {
    let Ok(terms) = inside.query_selector_all(".term") else { return };
    for at in 0..terms.length() {
        let term = terms.get(at).and_then(|node| node.dyn_into::<Element>().ok());
        let Some(term) = term else { continue };
        let is_lit = lit.is_some() && term.get_attribute("data-term").as_deref() == lit;
        // A class that can't be set is one that isn't seen.
        _ = term.class_list().toggle_with_force("lit", is_lit);
    }
}
