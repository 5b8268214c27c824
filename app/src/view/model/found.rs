//! What the hub has under an id: licence, size and fit, before a byte of weights is fetched.

use leptos::prelude::*;

use super::fact;
use super::fit_line::FitLine;
use crate::controller::Controller;
use crate::format::{bytes, count};
use crate::hub::{self, Found, Hub, Listing, Package};

/// A repository, and what can be done with it.
#[component]
pub fn FoundModel(controller: Controller, found: Found) -> impl IntoView {
    let hub = controller.hub;
    let Found { listing, shape, packages } = found;
    let context = shape.and_then(|shape| shape.context);
    let names: Vec<String> = packages.iter().map(label).collect();
    let package = Memo::new(move |_| packages.get(hub.choice.get()).cloned());
    let size = Signal::derive(move || package.with(|package| package.as_ref()?.size));
    let amount = move || {
        package.with(|package| package.as_ref().map(|package| bytes(package.bytes() as f64)))
    };
    let page = hub.page_of(&listing.id);
    view! {
        <section class="hub-found" aria-labelledby="found-title">
            <h3 id="found-title">
                <a href=page target="_blank" rel="noopener noreferrer">
                    {listing.id.clone()}
                </a>
            </h3>
            {listing.gated.then(gate)}
            <Choice hub names />
            <dl class="model-facts">
                <div>
                    <dt>"Licence"</dt>
                    <dd data-testid="hub-licence">{hub::licence(listing.licence.as_deref())}</dd>
                </div>
                <div>
                    <dt>"Download"</dt>
                    <dd class="figures" data-testid="hub-size">
                        {amount}
                    </dd>
                </div>
                {about(&listing, context)}
            </dl>
            <FitLine device=controller.state.device size testid="hub-fit" />
            <Act controller package />
        </section>
    }
}

fn gate() -> impl IntoView {
    view! {
        <p class="notice" data-testid="hub-gated">
            "This model is gated. Accept its terms on its page at the hub, then give an access token above."
        </p>
    }
}

/// What else is known, where it is.
fn about(listing: &Listing, context: Option<u32>) -> impl IntoView + use<> {
    let known = [
        ("Architecture", listing.architecture.clone()),
        ("Made for", listing.task.as_ref().map(|task| task.replace('-', " "))),
        ("Context", context.map(|context| format!("{} tokens", count(context.into())))),
    ];
    known.into_iter().filter_map(|(name, value)| Some(fact(name, value?))).collect::<Vec<_>>()
}

/// One of several models, in a line.
fn label(package: &Package) -> String {
    let size = bytes(package.bytes() as f64);
    match &package.gguf {
        Some(file) => format!("{file}, {size}"),
        None => format!("Folder with safetensors, {size}"),
    }
}

/// Which of the repository's models; nothing where there is but one.
#[component]
fn Choice(hub: Hub, names: Vec<String>) -> impl IntoView {
    let several = names.len() > 1;
    let options: Vec<_> = names
        .into_iter()
        .enumerate()
        .map(|(at, name)| {
            let is_chosen = move || hub.choice.get() == at;
            view! {
                <option value=at.to_string() prop:selected=is_chosen>
                    {name}
                </option>
            }
        })
        .collect();
    let choose = move |event: web_sys::Event| {
        if let Ok(at) = event_target_value(&event).parse() {
            hub.choice.set(at);
        }
    };
    several.then(|| {
        view! {
            <div class="field">
                <label class="field-name" for="hub-choice">
                    "Which files"
                </label>
                <select id="hub-choice" data-testid="hub-choice" on:change=choose>
                    {options}
                </select>
                <p class="field-help">
                    "A GGUF may be quantised: smaller to download, slightly coarser, and as large as any in memory."
                </p>
            </div>
        }
    })
}

/// Download, go on, or open; nothing while the download is under way.
#[component]
fn Act(controller: Controller, package: Memo<Option<Package>>) -> impl IntoView {
    let hub = controller.hub;
    move || {
        let package = package.get()?;
        if hub.is_under_way(&package) {
            return None;
        }
        let kept = hub.kept(&package);
        let button = match kept {
            Some(kept) if kept.complete => view! { <OpenButton controller package /> }.into_any(),
            kept => {
                let have = kept.map_or(0, |kept| kept.have);
                view! { <LoadButton hub package have /> }.into_any()
            }
        };
        Some(view! { <div class="buttons">{button}</div> })
    }
}

#[component]
fn OpenButton(controller: Controller, package: Package) -> impl IntoView {
    let busy = move || controller.state.status.get().is_busy();
    view! {
        <button
            type="button"
            class="main"
            data-testid="hub-open"
            disabled=busy
            on:click=move |_| controller.hub.open(controller, package.clone())
        >
            "Open this model"
        </button>
    }
}

#[component]
fn LoadButton(
    hub: Hub,
    package: Package,
    /// Bytes that are there from another time.
    have: u64,
) -> impl IntoView {
    let total = package.bytes();
    let label = match have {
        0 => format!("Download {}", bytes(total as f64)),
        have => format!("Go on: {} to come", bytes(total.saturating_sub(have) as f64)),
    };
    // One at a time: another's bar has the place.
    let taken = move || hub.job.with(Option::is_some);
    view! {
        <button
            type="button"
            class="main"
            data-testid="hub-download"
            disabled=taken
            on:click=move |_| hub.download(package.clone())
        >
            {label}
        </button>
    }
}
