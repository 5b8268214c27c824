//! A prompt put to the model by hand: the reference's answer and the policy's, side by side, also
//! while a run goes on.

use leptos::prelude::*;
use leptos::task::spawn_local;
use temper_protocol::GenerateRequest;

use super::button::SteadyButton;
use super::failure::Refused;
use super::samples::worn::{MARKS, after, begins_as_branch, gives_marks, steps_now};
use super::samples::{Side, Sides};
use crate::controller::Controller;
use crate::insight::{Answers, Ask};
use crate::sheet::Row;

/// Prompts of the data that are offered.
const OFFERED: usize = 30;
/// The hottest sampling that is offered.
const HOTTEST: f64 = 1.5;
/// The longest answer that is offered, tokens.
const LONGEST: u32 = 512;

/// The prompt, the button, and both answers.
#[component]
pub fn BeforeAfter(controller: Controller) -> impl IntoView {
    let ask = controller.insight.ask;
    let offers = Memo::new(move |_| offered(controller));
    let prompt = Memo::new(move |_| match ask.prompt.get() {
        Some(typed) => typed,
        None => offers.with(|all| all.first().cloned()).unwrap_or_default(),
    });
    let opponent = RwSignal::new(None::<bool>);
    let marks = Memo::new(move |_| gives_marks(controller));
    view! {
        <section class="card" aria-labelledby="ask-title">
            <h2 id="ask-title">"Ask before and after"</h2>
            <Lead controller marks />
            <div class="ask-fields" hidden=move || marks.get()>
                <PromptField ask prompt />
            </div>
            <div class="ask-tools" hidden=move || marks.get()>
                <Offers ask offers />
                <Draw ask />
                <AskBoth controller prompt opponent />
            </div>
            <Refused failure=ask.failure />
            <Both controller opponent />
        </section>
    }
}

/// Who answers, or that nobody does.
#[component]
fn Lead(controller: Controller, marks: Memo<bool>) -> impl IntoView {
    let reference = move || match plays_itself(controller) {
        true => "when this round of self-play began (the reference)",
        false => "as it came (the reference)",
    };
    view! {
        <p class="lead" hidden=move || marks.get()>
            "Your own prompt, answered by the model "
            {reference}
            " and as it is now (the policy). This works while a run goes on."
        </p>
        <p class="lead" hidden=move || !marks.get() data-testid="ask-marks">
            {MARKS}
        </p>
    }
}

#[component]
fn AskBoth(
    controller: Controller,
    prompt: Memo<String>,
    opponent: RwSignal<Option<bool>>,
) -> impl IntoView {
    let ask = controller.insight.ask;
    let can = Signal::derive(move || {
        let nothing = prompt.with(|prompt| prompt.trim().is_empty());
        !nothing && !ask.busy.get() && controller.can_ask()
    });
    let act = move || put(controller, prompt.get_untracked(), opponent);
    let label = move || if ask.busy.get() { "Writing…" } else { "Ask both" };
    view! {
        <SteadyButton testid="ask-both" can act>
            {label}
        </SteadyButton>
    }
}

#[component]
fn PromptField(ask: Ask, prompt: Memo<String>) -> impl IntoView {
    view! {
        <div class="field">
            <label class="field-name" for="ask-prompt">
                "Prompt"
            </label>
            <textarea
                id="ask-prompt"
                class="ask-prompt"
                dir="auto"
                rows="2"
                data-testid="ask-prompt"
                prop:value=move || prompt.get()
                on:input=move |event| ask.prompt.set(Some(event_target_value(&event)))
            ></textarea>
        </div>
    }
}

/// Prompts that lie at hand: those of the samples, then those of the data.
fn offered(controller: Controller) -> Vec<String> {
    let mut all: Vec<String> = controller.state.samples.with(|samples| {
        let first = samples.iter().filter(|sample| sample.step == 0);
        first.map(|sample| sample.prompt.clone()).collect()
    });
    let most = all.len() + OFFERED;
    controller.sheet.rows.with(|rows| {
        for prompt in rows.iter().filter_map(Row::prompt) {
            // The data may be long, and is read anew with every sample.
            if all.len() == most {
                break;
            }
            if !all.contains(&prompt) {
                all.push(prompt);
            }
        }
    });
    all
}

#[component]
fn Offers(ask: Ask, offers: Memo<Vec<String>>) -> impl IntoView {
    let options = move || {
        let option = |prompt: String| {
            let value = prompt.clone();
            view! { <option value=value>{prompt}</option> }
        };
        offers.get().into_iter().map(option).collect::<Vec<_>>()
    };
    let take = move |event: web_sys::Event| {
        let prompt = event_target_value(&event);
        if !prompt.is_empty() {
            ask.prompt.set(Some(prompt));
        }
    };
    view! {
        <label class="inline-field">
            <span class="unseen">"Take a prompt of the data"</span>
            <select
                data-testid="ask-offers"
                hidden=move || offers.with(Vec::is_empty)
                on:change=take
            >
                <option value="">"Take one of the data…"</option>
                {options}
            </select>
        </label>
    }
}

/// How the answers are drawn.
#[component]
fn Draw(ask: Ask) -> impl IntoView {
    let heat = move |event: web_sys::Event| {
        let typed = event_target_value(&event).parse::<f64>().unwrap_or_default();
        ask.temperature.set(typed.clamp(0.0, HOTTEST));
    };
    let length = move |event: web_sys::Event| {
        if let Ok(typed) = event_target_value(&event).parse::<u32>() {
            ask.max_new_tokens.set(typed.clamp(1, LONGEST));
        }
    };
    let words = move || {
        let heat = ask.temperature.get();
        if heat > 0.0 { format!("{heat:.1}") } else { "greedy".to_string() }
    };
    view! {
        <label class="inline-field">
            <span>"Temperature"</span>
            <input
                type="range"
                min="0"
                max=HOTTEST.to_string()
                step="0.1"
                data-testid="ask-temperature"
                aria-valuetext=words
                prop:value=move || ask.temperature.get().to_string()
                on:input=heat
            />
            <span class="figures">{words}</span>
        </label>
        <label class="inline-field">
            <span>"Tokens at most"</span>
            <input
                type="number"
                min="1"
                max=LONGEST.to_string()
                data-testid="ask-tokens"
                prop:value=move || ask.max_new_tokens.get().to_string()
                on:change=length
            />
        </label>
    }
}

/// Whether a run of self-play goes on: its reference is its opponent, the model as it was when the
/// round began.
fn plays_itself(controller: Controller) -> bool {
    let state = controller.state;
    state.status.get().is_running() && state.ran.get().is_self_play()
}

/// Whose the reference's answer is. While another page is shown, nobody remembers whether it was a
/// round's opponent's.
fn earlier_title(opponent: Option<bool>, self_play: bool) -> &'static str {
    match opponent {
        Some(true) => "As this round began",
        None if self_play => "The reference",
        Some(false) | None => "As it came",
    }
}

/// The two answers, with marks where they differ. `opponent` tells whether the reference was one.
#[component]
fn Both(controller: Controller, opponent: RwSignal<Option<bool>>) -> impl IntoView {
    let ask = controller.insight.ask;
    let answers = move || {
        let answers = ask.answers.get()?;
        let after = match answers.step {
            0 if !begins_as_branch(controller) => "Now: still as it came".to_string(),
            steps => after(steps, true),
        };
        let before = earlier_title(opponent.get(), controller.state.ran.get().is_self_play());
        let side = |title: String, text: Option<String>, testid: &'static str| Side {
            title,
            text,
            testid: Some(testid),
        };
        let earlier = side(before.into(), answers.before, "ask-before");
        let later = side(after, answers.after, "ask-after");
        Some(view! { <Sides prompt=answers.prompt earlier later missing="…" /> })
    };
    view! { <div aria-live="polite">{answers}</div> }
}

/// Asks the reference, then the policy, with the same seed.
fn put(controller: Controller, prompt: String, opponent: RwSignal<Option<bool>>) {
    let ask = controller.insight.ask;
    if ask.busy.get_untracked() {
        return;
    }
    opponent.set(Some(untrack(|| plays_itself(controller))));
    ask.busy.set(true);
    ask.failure.set(None);
    ask.asked.update(|asked| *asked = asked.wrapping_add(1));
    let step = steps_now(controller);
    let unanswered = Answers { prompt: prompt.clone(), before: None, after: None, step };
    ask.answers.set(Some(unanswered));
    spawn_local(async move {
        for reference in [true, false] {
            match controller.generate(request(ask, &prompt, reference)).await {
                Ok(all) => {
                    let text = all.into_iter().next().map(|it| it.text).unwrap_or_default();
                    // The run may have gone on meanwhile.
                    let step = steps_now(controller);
                    ask.answers.update(|answers| take(answers, text, reference, step));
                }
                Err(failure) => {
                    ask.failure.set(Some(failure));
                    break;
                }
            }
        }
        ask.busy.set(false);
    });
}

fn request(ask: Ask, prompt: &str, reference: bool) -> GenerateRequest {
    GenerateRequest {
        prompts: vec![prompt.to_string()],
        max_new_tokens: ask.max_new_tokens.get_untracked(),
        temperature: ask.temperature.get_untracked(),
        top_k: 0,
        top_p: 1.0,
        seed: ask.asked.get_untracked(),
        reference,
    }
}

fn take(answers: &mut Option<Answers>, text: String, reference: bool, step: u32) {
    let Some(answers) = answers else { return };
    if reference {
        answers.before = Some(text);
    } else {
        (answers.after, answers.step) = (Some(text), step);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_opponent_is_not_the_model_as_it_came() {
        assert_eq!(earlier_title(Some(true), true), "As this round began");
        assert_eq!(earlier_title(Some(false), true), "As it came");
        assert_eq!(
            [true, false].map(|it| earlier_title(None, it)),
            ["The reference", "As it came"]
        );
    }
}
