//! The class as a list to tick off, which the browser remembers and which can be printed.

use std::collections::BTreeSet;

use leptos::prelude::*;

use super::deeds::{Deeds, Hint};
use crate::controller::Controller;
use crate::disk;
use crate::learn::tour::{self, STEPS, Step};
use crate::view::prose::prose;

/// Where the browser keeps what is done.
const KEY: &str = "temper-class";

type Done = RwSignal<BTreeSet<&'static str>>;

/// All steps.
#[component]
pub fn TourView(controller: Controller) -> impl IntoView {
    let done = Done::new(recall());
    let steps = STEPS.iter().map(|step| view! { <StepView controller step done /> });
    let steps: Vec<_> = steps.collect();
    let count = move || format!("{} of {} steps done", done.with(BTreeSet::len), STEPS.len());
    let begin_anew = move |_| {
        done.set(BTreeSet::new());
        keep(&BTreeSet::new());
    };
    view! {
        <article class="card lesson tour" data-testid="tour" aria-labelledby="learn-title">
            <h2 id="learn-title" tabindex="-1">
                {tour::TITLE}
            </h2>
            <p class="lead">
                "For a teacher with a class, or for yourself. All it takes is this page: each step \
                 says what to say, what to do, and what to see."
            </p>
            <div class="tour-tools">
                <p role="status" class="figures" data-testid="tour-count">
                    {count}
                </p>
                <button type="button" class="plain" data-testid="tour-print" on:click=print>
                    "Print"
                </button>
                <button type="button" class="plain" data-testid="tour-anew" on:click=begin_anew>
                    "Begin anew"
                </button>
            </div>
            <Hint controller />
            <ol class="tour-steps">{steps}</ol>
        </article>
    }
}

#[component]
fn StepView(controller: Controller, step: &'static Step, done: Done) -> impl IntoView {
    let is_done = move || done.with(|done| done.contains(step.id));
    let [from, to] = step.minutes;
    view! {
        <li class="tour-step" class:done=is_done data-testid="tour-step" data-step=step.id>
            <div class="tour-head">
                <h3>
                    <span class="figures faint">{format!("{from}–{to} min")}</span>
                    {step.title}
                </h3>
                <Tick step done />
            </div>
            <p class="say">
                <span class="tag">"Say"</span>
                {prose(step.say)}
            </p>
            <Deeds controller deeds=step.deeds />
            <p class="see">
                <span class="tag">"See"</span>
                {prose(step.see)}
            </p>
        </li>
    }
}

#[component]
fn Tick(step: &'static Step, done: Done) -> impl IntoView {
    let is_done = move || done.with(|done| done.contains(step.id));
    let check = move |event: web_sys::Event| {
        let on = event_target_checked(&event);
        done.update(|done| {
            if on {
                done.insert(step.id);
            } else {
                done.remove(step.id);
            }
        });
        keep(&done.get_untracked());
    };
    view! {
        <label class="switch">
            <input
                type="checkbox"
                data-testid="tour-done"
                aria-label=format!("Done: {}", step.title)
                prop:checked=is_done
                on:change=check
            />
            <span aria-hidden="true">"Done"</span>
        </label>
    }
}

fn print(_: leptos::ev::MouseEvent) {
    // Where a browser can't print, there is nothing that the page could do about it.
    _ = window().print();
}

fn recall() -> BTreeSet<&'static str> {
    disk::recall(KEY).map(|text| tour::recalled(&text)).unwrap_or_default()
}

fn keep(done: &BTreeSet<&'static str>) {
    disk::remember(KEY, &tour::kept(done));
}
