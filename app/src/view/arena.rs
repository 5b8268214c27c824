//! Two answers side by side, and which is better: preferences given by hand.

pub mod collected;
pub mod keys;
pub mod sampling;
pub mod stage;
pub mod switch;

use leptos::prelude::*;

use crate::arena::{Kind, Verdict, words};
use crate::controller::Controller;

use collected::Collected;
use keys::{Act, KeyButtons, Press, pair_key, press};
use sampling::SamplingFields;
use stage::{Answer, Prompt, Waiting};
use switch::SwitchField;

/// The buttons under two answers.
const PRESSES: &[Press] = &[
    Press::new(Act::Say(Verdict::Left), "1", "Left is better", "arena-choose-left"),
    Press::new(Act::Say(Verdict::Right), "2", "Right is better", "arena-choose-right"),
    Press::new(Act::Say(Verdict::Tie), "T", "Tie", "arena-tie"),
    Press::new(Act::Say(Verdict::Skipped), "S", "Skip", "arena-skip"),
    Press::new(Act::Renew, "R", "Two new answers", "arena-renew"),
    Press::new(Act::Undo, "U", "Undo", "arena-undo"),
];

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
            <KeyButtons controller collector presses=PRESSES />
            <Wins controller />
            <Collected controller collector />
        </section>
    }
}

/// The switch to compare with the reference.
#[component]
fn Against(controller: Controller) -> impl IntoView {
    view! {
        <SwitchField
            value=controller.arena.sampling.against
            title="Against the model as it came"
            help="One answer is the untrained model's, on a hidden side. Shows whether you prefer \
                  what it has become."
            testid="arena-against"
        />
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

/// How the trained model fares against itself as it came.
#[component]
fn Wins(controller: Controller) -> impl IntoView {
    let against = controller.arena.sampling.against;
    let tally = controller.arena.pairs.tally;
    let sentence = move || {
        against.get().then(|| {
            let tally = tally.get();
            words::wins(tally.won, tally.drawn, tally.lost)
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
