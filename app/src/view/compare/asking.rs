//! The fields of whoever is compared: who writes, on how many prompts, how freely.

use leptos::prelude::*;
use temper_protocol::Failure;
use web_sys::{Event, HtmlInputElement};

use crate::compare::{Asked, Player};
use crate::controller::Controller;

/// All that is drawn with the same seed compares.
pub const SEED: u32 = 1;
/// Longest answer at first, tokens.
pub const LENGTH: u32 = 64;

/// How answers are drawn.
#[derive(Clone, Copy)]
pub struct Asking {
    /// How many prompts.
    pub count: RwSignal<f64>,
    /// Longest answer, tokens.
    pub length: RwSignal<f64>,
    /// 0 is greedy.
    pub temperature: RwSignal<f64>,
}

impl Asking {
    /// As the fields stand at first.
    pub fn new(count: u32) -> Self {
        Self {
            count: RwSignal::new(f64::from(count)),
            length: RwSignal::new(f64::from(LENGTH)),
            temperature: RwSignal::new(1.0),
        }
    }

    /// The first held-out prompts, and how they are answered.
    ///
    /// # Errors
    /// There are none.
    pub fn asked(self, controller: Controller) -> Result<Asked, Failure> {
        Ok(Asked {
            prompts: prompts(controller, 0, self.count.get_untracked() as usize)?,
            max_new_tokens: self.length.get_untracked() as u32,
            temperature: self.temperature.get_untracked(),
            seed: SEED,
        })
    }
}

/// Held-out prompts after the first `from` of them.
///
/// # Errors
/// There are none left.
pub fn prompts(controller: Controller, from: usize, count: usize) -> Result<Vec<String>, Failure> {
    let all = controller.heldout.prompts();
    let prompts: Vec<String> = all.into_iter().skip(from).take(count).collect();
    if prompts.is_empty() { Err(nothing_to_ask(from)) } else { Ok(prompts) }
}

fn nothing_to_ask(from: usize) -> Failure {
    match from {
        0 => Failure::bad_input("There are no held-out prompts.")
            .with_hint("Open held-out rows on the Data page first."),
        _ => Failure::bad_input("All held-out prompts were asked."),
    }
}

/// A number, held within its bounds.
#[component]
fn NumberField(
    label: &'static str,
    testid: &'static str,
    value: RwSignal<f64>,
    min: f64,
    max: f64,
    step: f64,
) -> impl IntoView {
    let set = move |event: Event| {
        let field: HtmlInputElement = event_target(&event);
        if let Ok(typed) = field.value().trim().parse::<f64>()
            && typed.is_finite()
        {
            value.set(typed.clamp(min, max));
        }
        // What can't be read, or is out of bounds, is shown as what counts.
        field.set_value(&value.get_untracked().to_string());
    };
    view! {
        <label class="field">
            <span class="field-name">{label}</span>
            <input
                type="number"
                data-testid=testid
                min=min.to_string()
                max=max.to_string()
                step=step.to_string()
                prop:value=move || value.get().to_string()
                on:change=set
            />
        </label>
    }
}

/// How many prompts are asked.
#[component]
pub fn CountField(testid: &'static str, value: RwSignal<f64>) -> impl IntoView {
    view! { <NumberField label="Prompts" testid value min=1.0 max=500.0 step=1.0 /> }
}

/// How long an answer may become.
#[component]
pub fn LengthField(testid: &'static str, value: RwSignal<f64>) -> impl IntoView {
    let label = "Longest answer, tokens";
    view! { <NumberField label testid value min=1.0 max=1024.0 step=1.0 /> }
}

/// How freely it is drawn.
#[component]
pub fn TemperatureField(testid: &'static str, value: RwSignal<f64>) -> impl IntoView {
    view! { <NumberField label="Temperature" testid value min=0.0 max=2.0 step=0.1 /> }
}

/// Who writes: one of the runs whose weights are kept, or the model as it came.
#[component]
pub fn PlayerField(
    controller: Controller,
    label: &'static str,
    testid: &'static str,
    player: RwSignal<Player>,
) -> impl IntoView {
    reset_when_gone(controller, player);
    let option = move |this: Player, name: String| {
        view! {
            <option value=this.value() prop:selected=move || player.get() == this>
                {name}
            </option>
        }
    };
    let options = move || {
        let runs = writers(controller);
        runs.into_iter().map(|(this, name)| option(this, name)).collect::<Vec<_>>()
    };
    let choose = move |event: Event| player.set(Player::of(&event_target_value(&event)));
    view! {
        <label class="field">
            <span class="field-name">{label}</span>
            <select data-testid=testid on:change=choose>
                {option(Player::AsItCame, "the model as it came".into())}
                {options}
            </select>
        </label>
    }
}

/// A run that is forgotten writes no more: the list then shows its first entry, and so must the
/// choice be.
fn reset_when_gone(controller: Controller, player: RwSignal<Player>) {
    Effect::new(move |_| {
        let writers = writers(controller);
        let chosen = player.get_untracked();
        if chosen.run().is_some() && writers.iter().all(|(writer, _)| *writer != chosen) {
            player.set(Player::AsItCame);
        }
    });
}

/// The runs whose weights can write, newest first.
pub fn writers(controller: Controller) -> Vec<(Player, String)> {
    controller.runs.all.with(|all| {
        let writers = all.iter().filter(|record| record.can_write());
        writers.map(|record| (Player::Run(record.id), record.name.clone())).collect()
    })
}

/// The newest run that can write, and the model as it came.
pub fn first_players(controller: Controller) -> [Player; 2] {
    let newest = untrack(|| writers(controller)).into_iter().next();
    [newest.map_or(Player::AsItCame, |(player, _)| player), Player::AsItCame]
}
