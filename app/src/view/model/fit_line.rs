//! Whether a model fits, as a word and a sentence.

use leptos::prelude::*;
use temper_protocol::DeviceInfo;

use crate::fit::{self, Size};

/// Told of the open device; follows a change of either.
#[component]
pub fn FitLine(
    device: RwSignal<Option<DeviceInfo>>,
    /// Of the model, where it is known.
    size: Signal<Option<Size>>,
    testid: &'static str,
) -> impl IntoView {
    let told = move || {
        let size = size.get()?;
        device.with(|device| Some(fit::fit(&size, device.as_ref()?)))
    };
    let line = move || match told() {
        Some(fit) => view! {
            <strong class=format!("fit-word {}", fit.verdict.class())>{fit.verdict.word()}</strong>
            " "
            {fit.why}
            {fit.full.map(|full| view! { <span class="faint">" " {full}</span> })}
        }
        .into_any(),
        None => view! { <span class="faint">{unknown(size.get().is_some())}</span> }.into_any(),
    };
    view! {
        <p class="fit" data-testid=testid>
            {line}
        </p>
    }
}

fn unknown(has_size: bool) -> &'static str {
    match has_size {
        true => "Whether it fits is told as soon as a device is open.",
        false => "How much memory it takes isn't known before it is open.",
    }
}
