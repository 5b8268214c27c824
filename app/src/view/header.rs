//! The top of the page: what this is, which device it runs on, light or dark.

use leptos::prelude::*;
use temper_protocol::DeviceChoice;

use crate::controller::Controller;
use crate::route::{Page, Place};
use crate::{format, settings, theme, words};

/// The pages, in their order.
#[component]
pub fn Pages(controller: Controller) -> impl IntoView {
    let link = |page: Page| {
        let here = move || (controller.route.page() == page).then_some("page");
        let href = Place::of(page).href();
        let testid = format!("nav-{}", page.title().to_lowercase());
        view! {
            <li>
                <a href=href aria-current=here data-testid=testid>
                    {page.title()}
                </a>
            </li>
        }
    };
    let links: Vec<_> = Page::ALL.into_iter().map(link).collect();
    view! {
        <nav class="pages" aria-label="Pages">
            <ul>{links}</ul>
        </nav>
    }
}

/// Name, promise, device and theme.
#[component]
pub fn Header(controller: Controller, device: DeviceChoice) -> impl IntoView {
    let dark = RwSignal::new(theme::is_dark());
    let next_theme = move || if dark.get() { "Light" } else { "Dark" };
    view! {
        <header class="top">
            <div class="brand">
                <span class="mark" aria-hidden="true"></span>
                <h1>"Temper"</h1>
                <p>"Teach a small language model what you prefer, right here in your browser."</p>
            </div>
            <div class="tools">
                <DeviceBadge controller />
                <DeviceField controller device />
                <button
                    type="button"
                    class="plain"
                    data-testid="theme"
                    aria-label=move || format!("Change to {} colours", next_theme().to_lowercase())
                    on:click=move |_| dark.set(theme::toggle())
                >
                    {next_theme}
                </button>
            </div>
        </header>
    }
}

#[component]
fn DeviceBadge(controller: Controller) -> impl IntoView {
    let device = controller.state.device;
    let name = move || {
        device.with(|info| info.as_ref().map_or("No device yet".to_string(), words::device))
    };
    let details = move || {
        device.with(|info| {
            info.as_ref().map(|info| {
                let error = format::number(info.self_test_error);
                format!("Its self-test differs from the CPU's result by at most {error}.")
            })
        })
    };
    let is_gpu = move || device.with(|info| info.as_ref().is_some_and(|info| !info.is_cpu()));
    view! {
        <p class="badge" class:gpu=is_gpu data-testid="device-badge" title=details>
            {name}
        </p>
    }
}

#[component]
fn DeviceField(controller: Controller, device: DeviceChoice) -> impl IntoView {
    let busy = move || controller.state.status.get().is_busy();
    let choose = move |event: web_sys::Event| {
        controller.choose_device(settings::device(&event_target_value(&event)));
    };
    let [auto, webgpu, cpu] =
        [DeviceChoice::Auto, DeviceChoice::Wgpu, DeviceChoice::Cpu].map(|choice| choice == device);
    view! {
        <label class="inline-field">
            <span>"Run on"</span>
            <select data-testid="device" disabled=busy on:change=choose>
                <option value="auto" selected=auto>
                    "the best there is"
                </option>
                <option value="webgpu" selected=webgpu>
                    "WebGPU"
                </option>
                <option value="cpu" selected=cpu>
                    "CPU"
                </option>
            </select>
        </label>
    }
}
