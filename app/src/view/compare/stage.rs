//! Two answers to be told apart, by keys or buttons, and at the end whose they were.

use leptos::html::Div;
use leptos::prelude::*;
use web_sys::KeyboardEvent;

use crate::compare::{Blind, Choice, Match, Side, Trial};
use crate::controller::Controller;
use crate::format::plural;
use crate::records::RunRecord;
use crate::view::focus::focus_words_soon;

/// The id of the stage.
pub const STAGE: &str = "blind-stage";
/// The id of the result.
const TALLY: &str = "blind-tally";

/// The prompt of which nothing was said yet.
#[component]
pub fn Stage(controller: Controller) -> impl IntoView {
    let game = controller.runs.bench.blind;
    let stage = NodeRef::<Div>::new();
    Effect::new(move |_| {
        // So that the keys work at once, when the answers have just come.
        let is_fresh = |game: &Match| game.standing() == Blind::default();
        let fresh = game.with_untracked(|game| game.as_ref().is_some_and(is_fresh));
        if let Some(stage) = stage.get().filter(|_| fresh) {
            _ = stage.focus();
        }
    });
    let choose = move |choice: Choice| with_game(controller, |game| game.choose(choice));
    let on_key = move |event: KeyboardEvent| {
        let plain = !(event.ctrl_key() || event.meta_key() || event.alt_key());
        if let Some(choice) = choice_of(&event.key()).filter(|_| plain) {
            event.prevent_default();
            choose(choice);
        }
    };
    view! {
        <div
            class="stage"
            id=STAGE
            node_ref=stage
            tabindex="0"
            role="group"
            aria-label="Two answers. Keys: 1 left, 2 right, T tie, S skip."
            on:keydown=on_key
        >
            <Texts controller />
            <Choices controller />
        </div>
    }
}

fn with_game(controller: Controller, change: impl FnOnce(&mut Match)) {
    let game = controller.runs.bench.blind;
    game.update(|game| {
        if let Some(game) = game {
            change(game);
        }
    });
    // What had the focus goes with the last answers.
    if game.with_untracked(|game| game.as_ref().is_some_and(|game| !game.is_open())) {
        focus_words_soon(TALLY);
    }
}

fn choice_of(key: &str) -> Option<Choice> {
    match key {
        "1" => Some(Choice::Better(Side::Left)),
        "2" => Some(Choice::Better(Side::Right)),
        "t" | "T" => Some(Choice::Tie),
        "s" | "S" => Some(Choice::Skip),
        _ => None,
    }
}

#[component]
fn Texts(controller: Controller) -> impl IntoView {
    let game = controller.runs.bench.blind;
    let read = move |read: fn(&Trial) -> String| {
        let current = |game: &Match| game.current().map(|(_, trial)| read(trial));
        game.with(|game| game.as_ref().and_then(current).unwrap_or_default())
    };
    let count = move || {
        game.with(|game| {
            let game = game.as_ref()?;
            let (at, _) = game.current()?;
            Some(format!("Prompt {at} of {}", game.trials.len()))
        })
    };
    view! {
        <p class="faint figures" role="status">
            {count}
        </p>
        <p class="prompt" dir="auto">
            {move || read(|trial| trial.prompt.clone())}
        </p>
        <div class="sides">
            <div class="side">
                <h3>"Left"</h3>
                <p class="answer" dir="auto" data-testid="blind-left">
                    {move || read(|trial| trial.text(Side::Left).to_string())}
                </p>
            </div>
            <div class="side">
                <h3>"Right"</h3>
                <p class="answer" dir="auto" data-testid="blind-right">
                    {move || read(|trial| trial.text(Side::Right).to_string())}
                </p>
            </div>
        </div>
    }
}

#[component]
fn Choices(controller: Controller) -> impl IntoView {
    let button = move |choice: Choice, [key, words, testid]: [&'static str; 3]| {
        view! {
            <button
                type="button"
                data-testid=testid
                on:click=move |_| with_game(controller, |game| game.choose(choice))
            >
                <kbd>{key}</kbd>
                " "
                {words}
            </button>
        }
    };
    view! {
        <div class="buttons">
            {button(Choice::Better(Side::Left), ["1", "Left is better", "blind-choose-left"])}
            {button(Choice::Better(Side::Right), ["2", "Right is better", "blind-choose-right"])}
            {button(Choice::Tie, ["T", "A tie", "blind-tie"])}
            {button(Choice::Skip, ["S", "Skip", "blind-skip"])}
        </div>
        <div>
            <button
                type="button"
                class="plain"
                data-testid="blind-reveal"
                on:click=move |_| with_game(controller, |game| game.revealed = true)
            >
                "Tell me now, and end it"
            </button>
        </div>
    }
}

/// How it ended, and who wrote what.
#[component]
pub fn Reveal(controller: Controller) -> impl IntoView {
    let runs = controller.runs;
    let words = move || {
        let words = |game: &Match| runs.all.with(|all| told(game, all));
        runs.bench.blind.with(|game| game.as_ref().map(words))
    };
    let trials = move || {
        runs.bench.blind.with(|game| {
            let game = game.as_ref()?;
            let names = runs.all.with(|all| game.players.map(|player| player.name(all)));
            let said = game.trials.iter().filter(|trial| trial.choice.is_some());
            Some(said.map(|trial| article(trial, &names)).collect::<Vec<_>>())
        })
    };
    view! {
        <p class="result figures" role="status" id=TALLY data-testid="blind-tally">
            {words}
        </p>
        <details>
            <summary>"Prompt by prompt"</summary>
            <div class="samples">{trials}</div>
        </details>
    }
}

fn article(trial: &Trial, names: &[String; 2]) -> impl IntoView + use<> {
    let winner = trial.winner();
    let side = |at: usize| {
        let (name, text) = (names[at].clone(), trial.texts[at].clone());
        let is_better = winner == Some(at);
        let better = is_better.then_some(" · found better");
        view! {
            <div class="side" class:new=is_better>
                <h3>{name} {better}</h3>
                <p class="answer">{text}</p>
            </div>
        }
    };
    let said = match trial.choice {
        Some(Choice::Tie) => Some("A tie"),
        Some(Choice::Skip) => Some("Skipped"),
        _ => None,
    };
    view! {
        <article class="sample">
            <p class="prompt">{trial.prompt.clone()}</p>
            {said.map(|said| view! { <p class="faint">{said}</p> })}
            <div class="sides">{side(0)} {side(1)}</div>
        </article>
    }
}

/// The tally in a sentence.
fn told(game: &Match, all: &[RunRecord]) -> String {
    let [first, second] = game.players.map(|player| player.name(all));
    let Blind { tally, skipped } = game.standing();
    let mut words = format!("{first} against {second}: {}.", tally.words());
    if skipped > 0 {
        words.push_str(&format!(" {} skipped.", plural(skipped, "prompt", "prompts")));
    }
    if game.alike > 0 {
        let alike = plural(game.alike, "prompt", "prompts");
        words.push_str(&format!(" {alike} left out, for both wrote the same."));
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::Player;

    #[test]
    fn keys_are_those_on_the_buttons() {
        assert_eq!(choice_of("1"), Some(Choice::Better(Side::Left)));
        assert_eq!(choice_of("2"), Some(Choice::Better(Side::Right)));
        assert_eq!((choice_of("T"), choice_of("s")), (Some(Choice::Tie), Some(Choice::Skip)));
        assert_eq!(choice_of("Enter"), None);
    }

    #[test]
    fn the_tally_is_a_sentence() {
        let trial = |choice: Choice| Trial {
            prompt: "p".into(),
            texts: ["a".into(), "b".into()],
            swapped: true,
            choice: Some(choice),
        };
        let left = trial(Choice::Better(Side::Left));
        let right = trial(Choice::Better(Side::Right));
        let game = Match {
            players: [Player::Run(7), Player::AsItCame],
            trials: vec![right.clone(), right, left, trial(Choice::Skip)],
            alike: 1,
            ..Match::default()
        };
        let words = told(&game, &[]);
        let beginning = "a run that was forgotten against the model as it came: wins 67 % of 3 (";
        assert!(words.starts_with(beginning), "{words}");
        let end =
            ", with 2 won, 1 lost. 1 prompt skipped. 1 prompt left out, for both wrote the same.";
        assert!(words.ends_with(end), "{words}");
    }
}
