//! A row's completions token by token: where the policy has become likelier than the reference, and
//! where less. Their sum is what DPO calls the implicit reward.

mod chips;
mod scale;
mod side;

use leptos::prelude::*;
use leptos::task::spawn_local;
use temper_protocol::{Failure, FailureKind, InspectedCompletion};

use super::button::SteadyButton;
use super::failure::Refused;
use super::samples::worn::{MARKS, after, begins_as_branch, gives_marks, steps_now};
use crate::controller::Controller;
use crate::insight::{self, Look, Seen};
use crate::sheet::Row;

use chips::{Chip, chips};
use scale::{full, prompt, row_of, signed, title, told};
use side::{Pointed, Shades, Side};

/// Rows that can be picked by their prompt.
const OFFERED: usize = 50;
/// The list's entry for the last answers.
const ANSWERS: &str = "answers";

/// Picks a row, looks at its tokens, and looks again as the run goes on.
#[component]
pub fn TokenView(controller: Controller) -> impl IntoView {
    let (state, see) = (controller.state, controller.insight.look);
    let sampled = Memo::new(move |_| {
        let step = state.samples.with(|samples| samples.iter().map(|sample| sample.step).max());
        (controller.runs.current.get(), step)
    });
    let marks = Memo::new(move |_| gives_marks(controller));
    Effect::new(move |before: Option<()>| {
        sampled.track();
        // Not as the page opens: nothing new was sampled.
        let follows = see.follow.get_untracked() && !marks.get_untracked();
        if before.is_some() && follows {
            look(controller);
        }
    });
    view! {
        <section class="card" aria-labelledby="token-title" data-testid="token-view">
            <h2 id="token-title">"Token by token"</h2>
            <p class="lead" hidden=move || marks.get()>
                "What the training did to each token of a row: green, underlined where the policy finds it likelier than the reference does; red, dotted where less likely."
            </p>
            <p class="lead" hidden=move || !marks.get() data-testid="token-marks">
                {MARKS}
            </p>
            <div class="ask-tools" hidden=move || marks.get()>
                <Picker controller />
                <RowNumber controller />
                <Again controller />
            </div>
            <Refused failure=see.failure />
            <div class="token-all" hidden=move || marks.get()>
                <Sides controller />
            </div>
        </section>
    }
}

/// Looks once more: when told to, or whenever the run draws samples.
#[component]
fn Again(controller: Controller) -> impl IntoView {
    let see = controller.insight.look;
    let can = Signal::derive(move || !see.busy.get() && controller.can_ask());
    let act = move || look(controller);
    let label = move || if see.busy.get() { "Looking…" } else { "Look" };
    view! {
        <label class="switch">
            <input
                type="checkbox"
                data-testid="token-follow"
                prop:checked=move || see.follow.get()
                on:change=move |event| see.follow.set(event_target_checked(&event))
            />
            <span>"Follow the run"</span>
        </label>
        <SteadyButton testid="token-refresh" can act>
            {label}
        </SteadyButton>
    }
}

/// A row of the data by its prompt, or the last answers.
#[component]
fn Picker(controller: Controller) -> impl IntoView {
    let (sheet, see) = (controller.sheet, controller.insight.look);
    let titles = Memo::new(move |_| {
        let titled = |row: &Row| title(&row.prompt().unwrap_or_default());
        sheet.rows.with(|rows| rows.iter().take(OFFERED).map(titled).collect::<Vec<_>>())
    });
    let options = move || {
        let option = |(at, title)| row_option(see, at, title);
        titles.get().into_iter().enumerate().map(option).collect::<Vec<_>>()
    };
    let answered = move || {
        let answers = controller.insight.ask.answers.get();
        answers.is_some_and(|it| it.before.is_some() && it.after.is_some())
    };
    let pick = move |event: web_sys::Event| {
        let value = event_target_value(&event);
        see.answers.set(value == ANSWERS);
        if let Ok(row) = value.parse() {
            see.row.set(row);
        }
        look(controller);
    };
    view! {
        <label class="inline-field">
            <span>"Row"</span>
            <select data-testid="token-pick" on:change=pick>
                <option
                    value=ANSWERS
                    disabled=move || !answered()
                    prop:selected=move || see.answers.get()
                >
                    "The last answers above"
                </option>
                {options}
            </select>
        </label>
    }
}

fn row_option(see: Look, at: usize, title: String) -> impl IntoView {
    let is_picked = move || !see.answers.get() && see.row.get() == at;
    view! {
        <option value=at.to_string() prop:selected=is_picked>
            {format!("{}. {title}", at + 1)}
        </option>
    }
}

/// Any row by its number.
#[component]
fn RowNumber(controller: Controller) -> impl IntoView {
    let (sheet, see) = (controller.sheet, controller.insight.look);
    let step = move |event: web_sys::Event| {
        if let Ok(number) = event_target_value(&event).parse::<usize>() {
            let last = untrack(|| sheet.len()).saturating_sub(1);
            see.row.set(number.saturating_sub(1).min(last));
            see.answers.set(false);
            look(controller);
        }
    };
    view! {
        <label class="inline-field">
            <span>"Number"</span>
            <input
                type="number"
                min="1"
                max=move || sheet.len().to_string()
                data-testid="token-row"
                prop:value=move || (see.row.get() + 1).to_string()
                on:change=step
            />
        </label>
    }
}

/// What was seen last, with the numbers of one token.
#[component]
fn Sides(controller: Controller) -> impl IntoView {
    let see = controller.insight.look;
    let pointed: Pointed = RwSignal::new(None);
    let sides = move || {
        let seen = see.seen.get()?;
        let all: Vec<Chip> = seen.sides.iter().flat_map(|(_, it)| chips(&it.tokens)).collect();
        let full = full(all.iter());
        let when = after(seen.step, seen.step == 0 && begins_as_branch(controller));
        let shades = Shades { full, beta: seen.beta, pointed };
        let margin = margin(&seen);
        let sides: Vec<_> = seen
            .sides
            .into_iter()
            .enumerate()
            .map(|(side, (name, completion))| view! { <Side side name completion shades /> })
            .collect();
        Some(view! {
            <p class="prompt" dir="auto">
                {seen.prompt}
            </p>
            <p class="faint figures" data-testid="token-when">
                {format!("{when}; the full colour is ±{full:.1} nats.")}
            </p>
            <div class="token-sides">{sides}</div>
            <p class="figures" data-testid="token-margin">
                {margin}
            </p>
        })
    };
    view! {
        <div class="token-all">{sides}</div>
        <Readout see pointed />
    }
}

/// All about the token that is pointed at.
#[component]
fn Readout(see: Look, pointed: Pointed) -> impl IntoView {
    let told = move || {
        let (side, at) = pointed.get()?;
        see.seen.with(|seen| {
            let seen = seen.as_ref()?;
            let (_, completion) = seen.sides.get(side)?;
            chips(&completion.tokens).get(at).map(|chip| told(chip, seen.beta))
        })
    };
    let words = move || told().unwrap_or_else(|| "Point at a token for its numbers.".into());
    let nothing = move || see.seen.with(Option::is_none);
    view! {
        <p class="faint" hidden=move || !nothing()>
            "Pick a row and look at it: before, during or after a run."
        </p>
        <p class="token-readout figures" aria-live="polite" data-testid="token-readout" hidden=nothing>
            {words}
        </p>
    }
}

/// How much further apart the two completions have moved.
fn margin(seen: &Seen) -> Option<String> {
    let [(first, chosen), (second, rejected)] = &seen.sides[..] else { return None };
    let logratio = |it: &InspectedCompletion| it.policy() - it.reference();
    let apart = logratio(chosen) - logratio(rejected);
    let reward = seen.beta.map(|beta| format!("; × β = {}", signed(beta * apart)));
    let names = format!("{first} − {}", second.to_lowercase());
    Some(format!("Margin, {names}: {} nats{}", signed(apart), reward.unwrap_or_default()))
}

/// What is picked: the row's JSON, and the names of a pair's completions.
fn picked(controller: Controller) -> Option<(String, [&'static str; 2])> {
    let see = controller.insight.look;
    if see.answers.get_untracked() {
        let answers = controller.insight.ask.answers.get_untracked()?;
        return Some((row_of(&answers, controller.is_chat())?, ["After", "Before"]));
    }
    let row = controller.sheet.row_json(see.row.get_untracked())?;
    Some((row, ["Chosen", "Rejected"]))
}

/// Has the engine look at what is picked.
fn look(controller: Controller) {
    let see = controller.insight.look;
    if see.busy.get_untracked() {
        return;
    }
    let Some((row, names)) = picked(controller) else {
        let failure = Failure::bad_input("There is no such row.");
        return see.failure.set(Some(failure.with_hint("Open data, or ask the model first.")));
    };
    see.busy.set(true);
    let prompt = prompt(&row);
    spawn_local(async move {
        match controller.inspect(row).await {
            Ok(completions) => {
                see.failure.set(None);
                see.seen.set(Some(seen(controller, prompt, names, completions)));
            }
            // The engine died: recovery is at work and has its own words.
            Err(failure) if failure.kind == FailureKind::Cancelled => {}
            Err(failure) => see.failure.set(Some(failure)),
        }
        see.busy.set(false);
    });
}

fn seen(
    controller: Controller,
    prompt: String,
    names: [&'static str; 2],
    completions: Vec<InspectedCompletion>,
) -> Seen {
    let config = untrack(|| insight::config_of_run(controller.runs));
    let config = config.or_else(|| controller.config().ok());
    let round = untrack(|| insight::round(controller.state)).unwrap_or(1);
    let alone = completions.len() == 1;
    let named = completions.into_iter().zip(names);
    let name = |name| if alone { "Completion" } else { name };
    Seen {
        prompt,
        step: steps_now(controller),
        beta: config.as_ref().and_then(|config| insight::reward_scale(config, round)),
        sides: named.map(|(completion, each)| (name(each), completion)).collect(),
    }
}
