//! What the page shows: the top, what the user should know, and one of the pages.

mod advice;
mod arena;
mod axes;
mod before_after;
mod branch;
mod button;
mod charts;
mod compare;
mod data;
mod drop_zone;
mod estimate;
mod failure;
mod fields;
mod focus;
mod glass;
mod header;
mod keep;
mod labels;
mod learn;
mod method;
mod model;
mod notices;
mod presets;
mod prose;
mod rate;
mod samples;
mod soon;
mod start;
mod table;
mod tokens;
mod train;

use leptos::{ev, prelude::*};

use crate::controller::Controller;
use crate::route::Page;
use crate::settings::Settings;

use compare::ComparePage;
use data::DataPage;
use focus::focus;
use header::{Header, Pages};
use learn::LearnPage;
use model::ModelPage;
use notices::Notices;
use soon::Soon;
use start::StartPage;
use table::MetricsJson;
use train::TrainPage;

/// The whole page.
#[component]
pub fn App() -> impl IntoView {
    let controller = Controller::new();
    let settings = Settings::of_address();
    controller.boot(settings);
    // A file dropped beside its place would take the page away, and the run with it.
    window_event_listener(ev::dragover, |event| event.prevent_default());
    window_event_listener(ev::drop, |event| event.prevent_default());
    let page = Memo::new(move |_| controller.route.page());
    Effect::new(move |_| document().set_title(&title(page.get())));
    view! {
        <a class="skip" href="#content" on:click=skip>
            "Skip to the content"
        </a>
        <Soon>
            <Header controller device=settings.device />
            <Pages controller />
            <Soon>
                <Below controller page />
            </Soon>
        </Soon>
        <MetricsJson state=controller.state />
    }
}

/// The page that is chosen, and what is true of all.
#[component]
fn Below(controller: Controller, page: Memo<Page>) -> impl IntoView {
    let shown = move || match page.get() {
        Page::Start => view! { <StartPage controller /> }.into_any(),
        Page::Model => view! { <ModelPage controller /> }.into_any(),
        Page::Data => view! { <DataPage controller /> }.into_any(),
        Page::Train => view! { <TrainPage controller /> }.into_any(),
        Page::Compare => view! { <ComparePage controller /> }.into_any(),
        Page::Learn => view! { <LearnPage controller /> }.into_any(),
    };
    view! {
        <main id="content" tabindex="-1">
            <Notices controller />
            {shown}
        </main>
        <footer>
            <p>
                "Everything runs on this device. Temper sends nothing anywhere; it fetches from "
                "a hub only what you ask it to."
            </p>
        </footer>
    }
}

fn title(page: Page) -> String {
    match page {
        Page::Start => "Temper: preference-tune a language model in this tab".into(),
        page => format!("{} · Temper", page.title()),
    }
}

/// The fragment names the page, so the link can't be the browser's own.
fn skip(event: ev::MouseEvent) {
    event.prevent_default();
    focus("content");
}
