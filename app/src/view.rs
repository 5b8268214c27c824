//! What the page shows: three steps from top to bottom, then what came of them.

mod charts;
mod data;
mod drop_zone;
mod fields;
mod header;
mod keep;
mod method;
mod model;
mod notices;
mod samples;
mod table;
mod train;

use leptos::{ev, prelude::*};

use crate::controller::Controller;
use crate::metrics::MetricsLog;
use crate::settings::Settings;

use charts::Charts;
use data::DataCard;
use header::Header;
use keep::KeepCard;
use model::ModelCard;
use notices::Notices;
use samples::Samples;
use table::{MetricsJson, MetricsTable};
use train::TrainCard;

/// The whole page.
#[component]
pub fn App() -> impl IntoView {
    let controller = Controller::new();
    let settings = Settings::of_address();
    controller.boot(settings);
    // A file dropped beside its place would take the page away, and the run with it.
    window_event_listener(ev::dragover, |event| event.prevent_default());
    window_event_listener(ev::drop, |event| event.prevent_default());
    let state = controller.state;
    // The numbers are the last run's, until there is another.
    let form = controller.form;
    let shown = Memo::new(move |_| match state.log.with(MetricsLog::is_empty) {
        true => form.method.get(),
        false => state.ran.get(),
    });
    view! {
        <Header controller device=settings.device />
        <main>
            <Notices controller />
            <div class="columns">
                <div class="column">
                    <ModelCard controller />
                    <DataCard controller />
                </div>
                <div class="column wide">
                    <TrainCard controller />
                    <Charts state method=shown />
                    <Samples state />
                    <KeepCard controller />
                    <MetricsTable state method=shown />
                </div>
            </div>
        </main>
        <footer>
            <p>"Everything runs on this device. Temper sends nothing anywhere."</p>
        </footer>
        <MetricsJson state />
    }
}
