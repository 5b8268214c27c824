//! A blind comparison: a person reads two answers and says which is better, not knowing whose is
//! which.

use leptos::prelude::*;
use web_sys::MouseEvent;

use super::asking::{Asking, LengthField, PlayerField, SEED, TemperatureField, players, prompts};
use super::stage::{Reveal, STAGE, Stage};
use super::work::{WorkBar, is_busy};
use crate::compare::{Asked, Match, Panel, blind_batch, start};
use crate::controller::Controller;
use crate::view::button::SteadyButton;
use crate::view::focus::{focus, focus_words_soon};

/// Prompts that both answer before anything is shown: the model changes its weights but once each.
const BATCH: u32 = 10;

/// The fields, then the comparison, then who was who.
#[component]
pub fn BlindCard(controller: Controller) -> impl IntoView {
    let game = controller.runs.bench.blind;
    let is_on = Memo::new(move |_| game.with(|game| game.as_ref().is_some_and(Match::is_open)));
    let is_over =
        Memo::new(move |_| game.with(|game| game.as_ref().is_some_and(|game| !game.is_open())));
    view! {
        <section class="card" aria-labelledby="blind-title">
            <h2 id="blind-title">"Blind, side by side"</h2>
            <p class="lead">
                "You read two answers to a held-out prompt and say which is better. Which side is "
                "whose is drawn anew for each prompt and told at the end."
            </p>
            <Show when=move || game.with(Option::is_none)>
                <Fields controller />
            </Show>
            <Show when=move || is_on.get()>
                <Stage controller />
            </Show>
            <Show when=move || is_over.get()>
                <Reveal controller />
                <Again controller />
            </Show>
            <WorkBar controller panel=Panel::Blind result_testid="blind-result" />
        </section>
    }
}

#[component]
fn Fields(controller: Controller) -> impl IntoView {
    let [first, second] = players(controller);
    let asking = Asking::new(BATCH);
    let can = Signal::derive(move || !is_busy(controller) && first.get() != second.get());
    let Asking { length, temperature, .. } = asking;
    let begin = move || {
        let game = Match {
            players: [first.get_untracked(), second.get_untracked()],
            max_new_tokens: length.get_untracked() as u32,
            temperature: temperature.get_untracked(),
            ..Match::default()
        };
        deal(controller, game);
    };
    view! {
        <div class="fields">
            <PlayerField controller label="One" testid="blind-first" player=first />
            <PlayerField controller label="The other" testid="blind-second" player=second />
            <LengthField testid="blind-length" value=length />
            <TemperatureField testid="blind-temperature" value=temperature />
        </div>
        <div class="buttons">
            <SteadyButton testid="blind-start" look="main" can act=begin>
                "Start"
            </SteadyButton>
        </div>
    }
}

/// Has both answer the next prompts, and shows the first of them.
fn deal(controller: Controller, mut game: Match) {
    let bench = controller.runs.bench;
    let prompts = match prompts(controller, game.taken, BATCH as usize) {
        Ok(prompts) => prompts,
        Err(failure) => return bench.failure.set(Some((Panel::Blind, failure))),
    };
    let asked = Asked {
        prompts,
        max_new_tokens: game.max_new_tokens,
        temperature: game.temperature,
        seed: SEED.wrapping_add(game.taken as u32),
    };
    let total = asked.prompts.len() * 2;
    start(controller, Panel::Blind, total, async move {
        let trials = blind_batch(controller, game.players, &asked).await?;
        game.deal(trials);
        let nothing = game.current().is_none();
        bench.blind.set(Some(game));
        request_animation_frame(find_lost_focus);
        match nothing {
            true => Ok("Both wrote the same on every one of these prompts.".into()),
            false => Ok(String::new()),
        }
    });
}

/// To the stage, once it is there, where the button that asked for it has taken the focus along.
fn find_lost_focus() {
    if document().active_element().is_none_or(|it| it.tag_name() == "BODY") {
        focus(STAGE);
    }
}

/// Where to go from a result.
#[component]
fn Again(controller: Controller) -> impl IntoView {
    let bench = controller.runs.bench;
    let can = Signal::derive(move || !is_busy(controller));
    let can_go_on = move || bench.blind.with(|game| game.as_ref().is_some_and(|it| !it.revealed));
    let more = move || {
        if let Some(game) = bench.blind.get_untracked() {
            deal(controller, game);
        }
    };
    let anew = move |_: MouseEvent| {
        bench.blind.set(None);
        focus_words_soon("blind-title");
    };
    view! {
        <div class="buttons">
            <Show when=can_go_on>
                <SteadyButton testid="blind-more" can act=more>
                    "Ten more prompts"
                </SteadyButton>
            </Show>
            <button type="button" data-testid="blind-anew" on:click=anew>
                "Start anew"
            </button>
        </div>
    }
}
