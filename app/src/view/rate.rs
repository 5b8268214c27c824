//! One answer at a time, good or not: ratings given by hand.

use leptos::prelude::*;

use super::arena::collected::Collected;
use super::arena::keys::{Act, KeyButtons, Press, press, rating_key};
use super::arena::sampling::SamplingFields;
use super::arena::stage::{Answer, Prompt, Waiting};
use crate::arena::{Verdict, words};
use crate::controller::Controller;

/// The buttons under an answer.
const PRESSES: &[Press] = &[
    Press::new(Act::Say(Verdict::Liked), "Y", "👍 Good", "rate-up"),
    Press::new(Act::Say(Verdict::Disliked), "N", "👎 Not good", "rate-down"),
    Press::new(Act::Say(Verdict::Skipped), "S", "Skip", "rate-skip"),
    Press::new(Act::Renew, "R", "Another answer", "rate-renew"),
    Press::new(Act::Undo, "U", "Undo", "rate-undo"),
];

/// Rates samples of the model as it is now.
#[component]
pub fn RatePanel(controller: Controller) -> impl IntoView {
    let collector = controller.arena.ratings;
    collector.watch(controller);
    view! {
        <section
            class="card arena"
            aria-labelledby="rate-title"
            data-testid="rate"
            on:keydown=move |event| press(controller, collector, &event, rating_key)
        >
            <h2 id="rate-title">"Is this a good answer?"</h2>
            <p class="lead">
                "The model as it is now answers once. Each answer that you like or not becomes a "
                "rating to learn from."
            </p>
            <SamplingFields controller prefix="rate" with_prompt=true />
            <Single controller />
            <KeyButtons controller collector presses=PRESSES />
            <Balance controller />
            <Collected controller collector />
        </section>
    }
}

/// The prompt and the answer.
#[component]
fn Single(controller: Controller) -> impl IntoView {
    let collector = controller.arena.ratings;
    view! {
        <div
            class="arena-stage"
            role="group"
            tabindex="0"
            aria-label="An answer to rate; the keys of the buttons below work here"
            aria-busy=move || collector.is_drawing().to_string()
        >
            <Prompt collector testid="rate-prompt" />
            <div aria-live="polite">
                <Answer collector at=0 title="Answer" testid="rate-answer" />
            </div>
            <Waiting controller collector testid="rate-note" />
        </div>
    }
}

/// What is wrong with the ratings so far.
#[component]
fn Balance(controller: Controller) -> impl IntoView {
    let tally = controller.arena.ratings.tally;
    let warning = move || {
        let tally = tally.get();
        words::balance(tally.liked, tally.disliked)
            .map(|words| view! { <p class="arena-balance">{words}</p> })
    };
    view! {
        <div role="status" data-testid="rate-balance">
            {warning}
        </div>
    }
}
