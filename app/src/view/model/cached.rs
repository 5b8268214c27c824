//! Models that this browser keeps: to open without a network, to go on with, or to remove.

use leptos::prelude::*;

use crate::controller::Controller;
use crate::format::bytes;
use crate::hub::{Cached, Hub, Package};

/// The list, and what it takes of the disk.
#[component]
pub fn CachedCard(controller: Controller) -> impl IntoView {
    let hub = controller.hub;
    let list = move || {
        let all: Vec<_> = hub
            .cached
            .get()
            .into_iter()
            .map(|cached| view! { <OneCached controller cached /> })
            .collect();
        match all.is_empty() {
            true => empty().into_any(),
            false => view! { <ul class="cached">{all}</ul> }.into_any(),
        }
    };
    view! {
        <section class="card" aria-labelledby="cached-title">
            <h2 id="cached-title">"Kept in this browser"</h2>
            <div data-testid="hub-cached">{list}</div>
            <UsageLine hub />
        </section>
    }
}

fn empty() -> impl IntoView {
    view! {
        <p class="faint">
            "No model yet. One that you download from the hub stays here until you remove it, and opens "
            "without a network."
        </p>
    }
}

#[component]
fn UsageLine(hub: Hub) -> impl IntoView {
    let line = move || {
        hub.usage.get().map(|usage| {
            format!(
                "This page keeps {} in all, runs and their checkpoints included; the browser grants \
                 it {}.",
                bytes(usage.used),
                bytes(usage.granted)
            )
        })
    };
    view! {
        <p class="faint figures" data-testid="hub-usage">
            {line}
        </p>
    }
}

#[component]
fn OneCached(controller: Controller, cached: Cached) -> impl IntoView {
    let hub = controller.hub;
    let Cached { package, have, complete } = cached;
    let (title, total) = (package.title(), package.bytes());
    let amount = match complete {
        true => bytes(total as f64),
        false => format!("{} of {}", bytes(have as f64), bytes(total as f64)),
    };
    let package = StoredValue::new(package);
    let under_way = Memo::new(move |_| package.with_value(|package| hub.is_under_way(package)));
    let act = move || match under_way.get() {
        true => view! { <p class="faint">"Being downloaded, see above."</p> }.into_any(),
        false => {
            let package = package.get_value();
            view! { <Buttons controller package complete /> }.into_any()
        }
    };
    view! {
        <li class="cached-item" data-testid="hub-cached-item">
            <div>
                <p class="fact-name">{title}</p>
                <p class="faint figures">{amount}</p>
            </div>
            {act}
        </li>
    }
}

#[component]
fn Buttons(controller: Controller, package: Package, complete: bool) -> impl IntoView {
    let hub = controller.hub;
    let title = package.title();
    let name = title.clone();
    // The engine reads its files once more where it is started anew.
    let in_use = Memo::new(move |_| {
        controller.state.own_model.get() && hub.opened.get().as_ref() == Some(&name)
    });
    let gone = package.clone();
    let first = match complete {
        true => view! { <OpenButton controller package in_use /> }.into_any(),
        false => view! { <GoOnButton hub package /> }.into_any(),
    };
    view! {
        <div class="buttons">
            {first}
            <button
                type="button"
                class="plain"
                data-testid="hub-cached-remove"
                aria-label=format!("Remove {title}")
                disabled=move || in_use.get()
                on:click=move |_| hub.remove(gone.clone())
            >
                "Remove"
            </button>
        </div>
    }
}

#[component]
fn OpenButton(controller: Controller, package: Package, in_use: Memo<bool>) -> impl IntoView {
    let cannot = move || in_use.get() || controller.state.status.get().is_busy();
    let label = format!("Open {}", package.title());
    view! {
        <button
            type="button"
            class="plain"
            data-testid="hub-cached-open"
            aria-label=label
            disabled=cannot
            on:click=move |_| controller.hub.open(controller, package.clone())
        >
            {move || if in_use.get() { "Open now" } else { "Open" }}
        </button>
    }
}

#[component]
fn GoOnButton(hub: Hub, package: Package) -> impl IntoView {
    let taken = move || hub.job.with(Option::is_some);
    let label = format!("Go on downloading {}", package.title());
    view! {
        <button
            type="button"
            class="plain"
            data-testid="hub-cached-resume"
            aria-label=label
            disabled=taken
            on:click=move |_| hub.download(package.clone())
        >
            "Go on"
        </button>
    }
}
