//! Runs beside one another: which there are, how they differ, and which writes better.

mod actions;
mod asking;
mod blind;
mod curves;
mod forget;
mod frontier;
mod name;
mod samples;
mod settings;
mod stage;
mod table;
mod wins;
mod work;

use leptos::prelude::*;
use temper_protocol::RunId;
use wasm_bindgen::JsValue;

use crate::compare::Chosen;
use crate::controller::Controller;
use crate::records::{self, RunRecord};

use blind::BlindCard;
use curves::CurvesCard;
use frontier::FrontierCard;
use samples::SamplesCard;
use settings::SettingsCard;
use table::RunsCard;
use wins::WinsCard;

/// The chosen runs, each with its slot.
type Picked = Vec<(usize, RunRecord)>;

/// How many runs are shown at first.
const AT_FIRST: usize = 2;

/// The whole page.
#[component]
pub fn ComparePage(controller: Controller) -> impl IntoView {
    let runs = controller.runs;
    choose_newest(controller);
    let chosen = Memo::new(move |_| {
        let chosen = runs.bench.chosen.get();
        runs.all.with(|all| picked(all, &chosen))
    });
    let any = move || runs.all.with(|all| !all.is_empty());
    view! {
        <div class="compare">
            <RunsCard controller />
            <Show when=any>
                <SettingsCard controller chosen />
                <CurvesCard controller chosen />
                <SamplesCard runs chosen />
                <WinsCard controller />
                <FrontierCard controller />
                <BlindCard controller />
            </Show>
        </div>
    }
}

fn picked(all: &[RunRecord], chosen: &Chosen) -> Picked {
    let find = |(slot, id): (usize, RunId)| Some((slot, records::find(all, id)?.clone()));
    chosen.iter().filter_map(find).collect()
}

/// Once there are runs; they may be read from the disk a moment after the page is shown.
fn choose_newest(controller: Controller) {
    let (all, chosen) = (controller.runs.all, controller.runs.bench.chosen);
    Effect::new(move |done: Option<bool>| {
        if done == Some(true) {
            return true;
        }
        let newest: Vec<_> =
            all.with(|all| all.iter().take(AT_FIRST).map(|record| record.id).collect());
        if newest.is_empty() {
            return false;
        }
        if chosen.with_untracked(Chosen::is_empty) {
            chosen.update(|chosen| newest.into_iter().for_each(|id| chosen.choose(id)));
        }
        true
    });
}

/// A slot's colour and dash.
fn slot_class(slot: usize) -> String {
    format!("run-{}", slot + 1)
}

/// A short piece of a slot's line.
fn swatch(slot: usize) -> impl IntoView + use<> {
    let class = format!("swatch {}", slot_class(slot));
    view! {
        <svg class=class viewBox="0 0 24 8" aria-hidden="true">
            <path d="M1 4H23"></path>
        </svg>
    }
}

/// A moment as the reader's clock has it: `27 Nov, 19:24`.
fn when(at: f64) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let date = js_sys::Date::new(&JsValue::from_f64(at));
    let month = MONTHS.get(date.get_month() as usize).copied().unwrap_or_default();
    format!("{} {month}, {:02}:{:02}", date.get_date(), date.get_hours(), date.get_minutes())
}
