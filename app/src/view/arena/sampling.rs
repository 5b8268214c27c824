//! The settings that answers are sampled with.

use leptos::prelude::*;

use crate::controller::Controller;

/// The longest answer that can be asked for, tokens.
const LONGEST: u32 = 512;

/// Prompt, temperature and length. All panels that sample share them.
#[component]
pub fn SamplingFields(
    controller: Controller,
    /// What the test ids begin with.
    prefix: &'static str,
    /// Whether a prompt can be typed.
    with_prompt: bool,
) -> impl IntoView {
    view! {
        <div class="fields">
            {with_prompt.then(|| view! { <PromptField controller prefix /> })}
            <TemperatureField controller prefix /> <LengthField controller prefix />
        </div>
    }
}

#[component]
fn PromptField(controller: Controller, prefix: &'static str) -> impl IntoView {
    let typed = controller.arena.sampling.typed;
    view! {
        <label class="field wide">
            <span class="field-name">"Your own prompt"</span>
            <input
                type="text"
                autocomplete="off"
                placeholder="empty: those of the open rows, in turn"
                data-testid=format!("{prefix}-own-prompt")
                prop:value=move || typed.get()
                on:change=move |event| typed.set(event_target_value(&event))
            />
        </label>
    }
}

#[component]
fn TemperatureField(controller: Controller, prefix: &'static str) -> impl IntoView {
    let temperature = controller.arena.sampling.temperature;
    // While it is dragged only the number follows: each value sampled would be one thrown away.
    let dragged = RwSignal::new(None::<f64>);
    let shown = move || format!("{:.1}", dragged.get().unwrap_or_else(|| temperature.get()));
    let drag = move |event: web_sys::Event| dragged.set(event_target_value(&event).parse().ok());
    let set = move |event: web_sys::Event| {
        dragged.set(None);
        if let Ok(value) = event_target_value(&event).parse() {
            temperature.set(value);
        }
    };
    view! {
        <label class="field">
            <span class="field-name">
                "Temperature " <span class="figures">{shown}</span>
            </span>
            <input
                type="range"
                min="0"
                max="2"
                step="0.1"
                data-testid=format!("{prefix}-temperature")
                prop:value=move || temperature.get().to_string()
                on:input=drag
                on:change=set
            />
            <span class="field-help">"Higher is more varied; 0 always writes the likeliest."</span>
        </label>
    }
}

#[component]
fn LengthField(controller: Controller, prefix: &'static str) -> impl IntoView {
    let sampling = controller.arena.sampling;
    let set = move |event: web_sys::Event| {
        sampling.max_tokens.set(length(&event_target_value(&event)));
    };
    view! {
        <label class="field">
            <span class="field-name">"Longest answer, tokens"</span>
            <input
                type="text"
                inputmode="numeric"
                autocomplete="off"
                data-testid=format!("{prefix}-max-tokens")
                prop:value=move || sampling.max_new_tokens().to_string()
                on:change=set
            />
            <span class="field-help">"Empty: what suits the model."</span>
        </label>
    }
}

/// What is typed, as a length; `None` where it is no number.
fn length(text: &str) -> Option<u32> {
    text.trim().parse().ok().map(|tokens: u32| tokens.clamp(1, LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_stays_within_reason() {
        assert_eq!((length(" 32 "), length("0"), length("9999")), (Some(32), Some(1), Some(512)));
        assert_eq!((length(""), length("-3"), length("many")), (None, None, None));
    }
}
