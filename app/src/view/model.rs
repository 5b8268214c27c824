//! The Model page: which model is open, what it runs on, and the ways to bring another.

mod cached;
mod device;
mod fit_line;
mod found;
mod hub;
mod job;
mod open;
mod own;

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::controller::Controller;

use cached::CachedCard;
use device::DeviceCard;
use hub::HubCard;
use open::OpenCard;
use own::OwnCard;

/// The whole of it.
#[component]
pub fn ModelPage(controller: Controller) -> impl IntoView {
    // What is kept may have changed in another tab.
    spawn_local(controller.hub.refresh());
    view! {
        <div class="columns">
            <div class="column">
                <OpenCard controller />
                <DeviceCard controller />
                <OwnCard controller />
            </div>
            <div class="column wide">
                <HubCard controller />
                <CachedCard controller />
            </div>
        </div>
    }
}

/// A name and its value in a list of facts.
fn fact(name: &'static str, value: String) -> impl IntoView {
    view! {
        <div>
            <dt>{name}</dt>
            <dd class="figures">{value}</dd>
        </div>
    }
}
