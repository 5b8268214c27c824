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
        if let Some(typed) = read(&field.value(), step) {
            value.set(typed.clamp(min, max));
        }
        // What can't be used, or is out of bounds, is shown as what counts.
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

/// A number as it is typed, a whole one where steps are whole.
fn read(typed: &str, step: f64) -> Option<f64> {
    let number: f64 = typed.trim().parse().ok()?;
    let fits = number.is_finite() && (step.fract() > 0.0 || number.fract() == 0.0);
    fits.then_some(number)
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

/// The runs whose weights can write, newest first.
pub fn writers(controller: Controller) -> Vec<(Player, String)> {
    controller.runs.all.with(|all| {
        let writers = all.iter().filter(|record| record.can_write());
        writers.map(|record| (Player::Run(record.id), record.name.clone())).collect()
    })
}

/// Two who are compared: at first the newest run that can write, and the model as it came.
pub fn players(controller: Controller) -> [RwSignal<Player>; 2] {
    let ids = move || writers(controller).into_iter().map(|(player, _)| player).collect::<Vec<_>>();
    let players = untrack(|| at_first(&ids())).map(RwSignal::new);
    Effect::new(move |_| {
        let chosen = players.map(|player| player.get_untracked());
        let now = without_gone(chosen, &ids());
        if now != chosen {
            players.iter().zip(now).for_each(|(player, now)| player.set(now));
        }
    });
    players
}

fn at_first(writers: &[Player]) -> [Player; 2] {
    [writers.first().copied().unwrap_or_default(), Player::AsItCame]
}

/// A run that is forgotten writes no more. Who takes its place is never whom it was against.
fn without_gone(chosen: [Player; 2], writers: &[Player]) -> [Player; 2] {
    let is_there = |player: Player| writers.contains(&player);
    let [first, second] = chosen;
    if chosen.iter().all(|player| player.run().is_none() || is_there(*player)) {
        return chosen;
    }
    let [newest, as_it_came] = at_first(writers);
    let first = if is_there(first) { first } else { newest };
    let second = if is_there(second) && second != first { second } else { as_it_came };
    [first, second]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_prompt_is_none() {
        assert_eq!((read(" 4 ", 1.0), read("2.5", 1.0)), (Some(4.0), None));
        assert_eq!((read("0.75", 0.1), read("inf", 0.1), read("", 0.1)), (Some(0.75), None, None));
    }

    #[test]
    fn a_run_takes_the_place_of_one_that_is_forgotten() {
        let [four, three, two] = [4, 3, 2].map(Player::Run);
        let as_it_came = Player::AsItCame;
        for (chosen, writers, expected) in [
            ([four, as_it_came], &[three, two][..], [three, as_it_came]),
            ([three, two], &[four, two], [four, two]),
            ([four, three], &[three, two], [three, as_it_came]),
            ([two, four], &[three, two], [two, as_it_came]),
            ([as_it_came, four], &[three, two], [three, as_it_came]),
            ([two, two], &[three, two], [two, two]),
            ([four, as_it_came], &[], [as_it_came; 2]),
            ([as_it_came; 2], &[four], [as_it_came; 2]),
        ] {
            assert_eq!(without_gone(chosen, writers), expected);
        }
    }
}
