//! What the model computes on, and what that means.

use leptos::prelude::*;
use temper_protocol::DeviceInfo;

use crate::controller::Controller;
use crate::format::{bytes, number};
use crate::words;

/// The open device.
#[component]
pub fn DeviceCard(controller: Controller) -> impl IntoView {
    let device = controller.state.device;
    let name = move || {
        device
            .with(|info| info.as_ref().map_or("No device is open yet.".to_string(), words::device))
    };
    let about = move || device.with(|info| info.as_ref().map(meaning).unwrap_or_default());
    view! {
        <section class="card" aria-labelledby="device-title">
            <h2 id="device-title">"What it runs on"</h2>
            <div class="facts" data-testid="model-device">
                <p class="fact-name">{name}</p>
                <p class="faint">{about}</p>
            </div>
        </section>
    }
}

fn meaning(info: &DeviceInfo) -> String {
    if info.is_cpu() {
        return "The processor does all of the work, in the 4.3 GB of memory that a tab may have."
            .into();
    }
    let error = number(info.self_test_error);
    let limit = bytes(info.max_binding_bytes);
    let speed = match info.software {
        true => "A program stands in for a GPU here, so the CPU itself is faster. ",
        false => "The GPU does all of the work. ",
    };
    format!(
        "{speed}One tensor may take up to {limit}. In its self-test it differed from the CPU by at \
         most {error}."
    )
}
