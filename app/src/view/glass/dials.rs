//! What a person sets in the place of what isn't looked up: ratio and advantage of PPO and RLOO,
//! the wins of SPPO.

use leptos::prelude::*;
use temper_protocol::Method;

use crate::controller::Controller;
use crate::format::short;
use crate::glass::{Dials, Glass};

/// The sliders of the form's method, if it has any.
#[component]
pub fn DialFields(controller: Controller) -> impl IntoView {
    let glass = controller.glass;
    let method = controller.form.method;
    move || match method.get() {
        Method::Ppo | Method::Rloo => view! {
            <div class="fields">
                <Dial glass name="Ratio ρ" testid="glass-ratio" low=0.0 high=2.0 of=ratio>
                    "How much likelier the sample has become since it was drawn."
                </Dial>
                <Dial
                    glass
                    name="Advantage A"
                    testid="glass-advantage"
                    low=-2.0
                    high=2.0
                    of=advantage
                >
                    "How much better it went than expected."
                </Dial>
            </div>
        }
        .into_any(),
        Method::Sppo => view! {
            <div class="fields">
                <Dial glass name="Wins P of chosen" testid="glass-win" low=0.0 high=1.0 of=win>
                    "How often the chosen completion beats the model's other answers."
                </Dial>
            </div>
        }
        .into_any(),
        _ => ().into_any(),
    }
}

fn ratio(dials: &mut Dials) -> &mut f64 {
    &mut dials.ratio
}

fn advantage(dials: &mut Dials) -> &mut f64 {
    &mut dials.advantage
}

fn win(dials: &mut Dials) -> &mut f64 {
    &mut dials.win
}

#[component]
fn Dial(
    glass: Glass,
    name: &'static str,
    testid: &'static str,
    low: f64,
    high: f64,
    /// Which of them it sets.
    of: fn(&mut Dials) -> &mut f64,
    children: Children,
) -> impl IntoView {
    let value = move || *of(&mut glass.dials.get());
    let set = move |event: web_sys::Event| {
        if let Ok(value) = event_target_value(&event).parse::<f64>() {
            glass.dials.update(|dials| *of(dials) = value);
        }
    };
    let help = format!("{testid}-help");
    view! {
        <div class="field">
            <label class="field-name" for=testid>
                {name}
                " "
                <span class="figures">{move || short(value())}</span>
            </label>
            <input
                type="range"
                id=testid
                data-testid=testid
                min=low.to_string()
                max=high.to_string()
                step="0.01"
                aria-describedby=help.clone()
                prop:value=move || value().to_string()
                on:input=set
            />
            <p class="field-help" id=help>
                {children()}
            </p>
        </div>
    }
}
