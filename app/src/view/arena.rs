//! Two answers side by side, and which is better: preferences given by hand.

pub mod collected;
pub mod keys;
pub mod sampling;
pub mod stage;

use leptos::prelude::*;

use crate::arena::{Flaw, Kind, Verdict, words};
use crate::controller::Controller;

use collected::Collected;
use keys::{Act, KeyButton, Press, pair_key, press};
use sampling::SamplingFields;
use stage::{Answer, Prompt, Waiting};

/// Compares samples of the model as it is now, or with it as it came.
#[component]
pub fn ArenaPanel(controller: Controller) -> impl IntoView {
    let collector = controller.arena.pairs;
    collector.watch(controller);
    view! {
        <section
            class="card arena"
            aria-labelledby="arena-title"
            data-testid="arena"
            on:keydown=move |event| press(controller, collector, &event, pair_key)
        >
            <h2 id="arena-title">"Which answer is better?"</h2>
            <p class="lead">
                "The model as it is now answers twice. What you choose becomes a pair to learn "
                "from."
            </p>
            <SamplingFields controller prefix="arena" with_prompt=true />
            <Against controller />
            <Sides controller />
            <Choices controller />
            <Wins controller />
            <Collected controller collector />
        </section>
    }
}

/// The switch to compare with the reference.
#[component]
fn Against(controller: Controller) -> impl IntoView {
    let against = controller.arena.sampling.against;
    view! {
        <div class="field">
            <label class="switch">
                <input
                    type="checkbox"
                    data-testid="arena-against"
                    prop:checked=move || against.get()
                    on:change=move |event| against.set(event_target_checked(&event))
                />
                <span class="field-name">"Against the model as it came"</span>
                <span class="field-help">
                    "One answer is the untrained model's, on a hidden side. Shows whether you \
                     prefer what it has become."
                </span>
            </label>
        </div>
    }
}

/// The prompt and both answers.
#[component]
fn Sides(controller: Controller) -> impl IntoView {
    let collector = controller.arena.pairs;
    view! {
        <div
            class="arena-stage"
            role="group"
            tabindex="0"
            aria-label="Two answers to compare; the keys of the buttons below work here"
            aria-busy=move || collector.is_drawing().to_string()
        >
            <Prompt collector testid="arena-prompt" />
            <div class="sides" aria-live="polite">
                <Answer collector at=0 title="Left" testid="arena-left" />
                <Answer collector at=1 title="Right" testid="arena-right" />
            </div>
            <Waiting controller collector testid="arena-note" />
        </div>
    }
}

/// The buttons, each with its key.
#[component]
fn Choices(controller: Controller) -> impl IntoView {
    let collector = controller.arena.pairs;
    let flaw = move || collector.shown.with(|draw| draw.as_ref().map(|draw| draw.flaw()));
    let can_choose = Signal::derive(move || flaw() == Some(None::<Flaw>));
    let is_shown = Signal::derive(move || flaw().is_some());
    let can_undo = Signal::derive(move || collector.can_undo());
    let buttons: Vec<_> = [
        (Act::Say(Verdict::Left), "1", "Left is better", "arena-choose-left", can_choose),
        (Act::Say(Verdict::Right), "2", "Right is better", "arena-choose-right", can_choose),
        (Act::Say(Verdict::Tie), "T", "Tie", "arena-tie", can_choose),
        (Act::Say(Verdict::Skipped), "S", "Skip", "arena-skip", is_shown),
        (Act::Renew, "R", "Two new answers", "arena-renew", is_shown),
        (Act::Undo, "U", "Undo", "arena-undo", can_undo),
    ]
    .into_iter()
    .map(|(act, key, label, testid, enabled)| {
        let press = Press { act, key, label, testid };
        view! { <KeyButton controller collector press enabled /> }
    })
    .collect();
    view! { <div class="buttons arena-choices">{buttons}</div> }
}

/// How the trained model fares against itself as it came.
#[component]
fn Wins(controller: Controller) -> impl IntoView {
    let against = controller.arena.sampling.against;
    let tally = controller.arena.pairs.tally;
    let sentence = move || {
        against.get().then(|| {
            let tally = tally.get();
            words::wins(tally.won, tally.lost)
        })
    };
    view! {
        <p class="figures" role="status" data-testid="arena-wins" hidden=move || !against.get()>
            {sentence}
        </p>
    }
}

/// What test ids of a kind's panel begin with.
pub fn prefix(kind: Kind) -> &'static str {
    match kind {
        Kind::Pairs => "arena",
        Kind::Ratings => "rate",
    }
}
