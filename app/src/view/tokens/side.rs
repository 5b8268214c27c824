//! One completion, token by token: the more its log-ratio, the stronger the colour.

use leptos::prelude::*;
use temper_protocol::InspectedCompletion;
use web_sys::{FocusEvent, KeyboardEvent};

use super::chips::{BROKEN, Chip, chips};
use super::scale::{led, ratio, sum, told};

/// Which token is looked at: the side, and its place there.
pub type Pointed = RwSignal<Option<(usize, usize)>>;

/// What both sides share.
#[derive(Clone, Copy)]
pub struct Shades {
    /// The log-ratio that has the full colour, nats.
    pub full: f64,
    /// By what log-ratios are multiplied to be rewards.
    pub beta: Option<f64>,
    /// Which token is looked at.
    pub pointed: Pointed,
}

/// A completion under its name, with its sum. The arrow keys lead from token to token.
#[component]
pub fn Side(
    side: usize,
    name: &'static str,
    completion: InspectedCompletion,
    shades: Shades,
) -> impl IntoView {
    let pointed = shades.pointed;
    let chips = chips(&completion.tokens);
    let count = chips.len();
    let here = move || pointed.get().filter(|(on, _)| *on == side).map(|(_, at)| at);
    let on_key = move |event: KeyboardEvent| {
        if let Some(at) = led(untrack(here), count, &event.key()) {
            event.prevent_default();
            pointed.set(Some((side, at)));
        }
    };
    let on_focus = move |_: FocusEvent| {
        if untrack(here).is_none() && count > 0 {
            pointed.set(Some((side, 0)));
        }
    };
    let total = sum(&completion, shades.beta);
    let testid = if side == 0 { "token-sum-chosen" } else { "token-sum-rejected" };
    let each = |(at, chip): (usize, &Chip)| shaded(side, at, chip, shades);
    let tokens: Vec<_> = chips.iter().enumerate().map(each).collect();
    view! {
        <div class="token-side">
            <h3>{name}</h3>
            <div
                class="tokens"
                dir="auto"
                role="listbox"
                tabindex="0"
                aria-label=format!("Tokens: {name}")
                aria-activedescendant=move || here().map(|at| id(side, at))
                on:keydown=on_key
                on:focus=on_focus
            >
                {tokens}
            </div>
            <p class="figures" data-testid=testid>
                {total}
            </p>
        </div>
    }
}

fn shaded(side: usize, at: usize, chip: &Chip, shades: Shades) -> impl IntoView + use<> {
    let ratio = ratio(&chip.token);
    let class = if ratio < 0.0 { "token down" } else { "token up" };
    let style = format!("--share:{:.3}", (ratio.abs() / shades.full).min(1.0));
    let pointed = shades.pointed;
    let is_here = move || pointed.get() == Some((side, at));
    view! {
        <span
            role="option"
            id=id(side, at)
            class=class
            class:here=is_here
            style=style
            title=told(chip, shades.beta)
            aria-selected=move || is_here().to_string()
            on:pointerenter=move |_| pointed.set(Some((side, at)))
        >
            {visible(&chip.token.text)}
        </span>
    }
}

fn id(side: usize, at: usize) -> String {
    format!("token-{side}-{at}")
}

/// Line breaks would otherwise be a token of no width.
fn visible(text: &str) -> String {
    if text.is_empty() { BROKEN.into() } else { text.replace('\n', "⏎\n") }
}
