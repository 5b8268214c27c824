//! Settings side by side: what differs first, what all have behind a fold.

use leptos::prelude::*;

use super::{Picked, swatch};
use crate::compare::{Settings, Values, flatten, origin};
use crate::controller::Controller;
use crate::records::RunRecord;

/// Of the chosen runs.
#[component]
pub fn SettingsCard(controller: Controller, chosen: Memo<Picked>) -> impl IntoView {
    let settings = Memo::new(move |_| {
        controller.runs.all.with(|all| {
            chosen.with(|chosen| {
                let own: Vec<Values> = chosen.iter().map(|(_, run)| values(run, all)).collect();
                Settings::of(&own)
            })
        })
    });
    let same = move || settings.with(|settings| settings.differing.is_empty());
    let words = move || match chosen.with(Vec::len) {
        0 => "Choose runs in the table above.",
        1 => "Choose a second run to see what differs.",
        _ => {
            "These runs have the same settings, the seed included: on the same rows and device \
             they differ in how far they went, if at all."
        }
    };
    let common =
        move || settings.with(|settings| settings.common.iter().map(pair).collect::<Vec<_>>());
    view! {
        <section class="card" aria-labelledby="settings-title" data-testid="compare-settings">
            <h2 id="settings-title">"Settings that differ"</h2>
            <Show when=move || !same() fallback=move || view! { <p class="lead">{words}</p> }>
                <Differing settings chosen />
            </Show>
            <details>
                <summary>"What all of them have"</summary>
                <dl class="common">{common}</dl>
            </details>
        </section>
    }
}

/// A run's settings, with what isn't in its config first.
fn values(run: &RunRecord, all: &[RunRecord]) -> Values {
    let from = run.from.map(|from| ("begins with".to_string(), origin(from, all)));
    let model = ("open model".to_string(), run.model.clone());
    let data = ("open data".to_string(), run.data.clone());
    [Some(model), Some(data), from].into_iter().flatten().chain(flatten(&run.config)).collect()
}

#[component]
fn Differing(settings: Memo<Settings>, chosen: Memo<Picked>) -> impl IntoView {
    let heads = move || chosen.with(|chosen| chosen.iter().map(head).collect::<Vec<_>>());
    let rows =
        move || settings.with(|settings| settings.differing.iter().map(row).collect::<Vec<_>>());
    view! {
        <div class="scroll" tabindex="0" role="region" aria-labelledby="settings-title">
            <table class="words">
                <thead>
                    <tr>
                        <th scope="col">"Setting"</th>
                        {heads}
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

fn head((slot, run): &(usize, RunRecord)) -> impl IntoView + use<> {
    view! {
        <th scope="col">
            {swatch(*slot)}
            {run.name.clone()}
        </th>
    }
}

fn row((key, values): &(String, Vec<Option<String>>)) -> impl IntoView + use<> {
    let cell = |value: &Option<String>| {
        let text = value.clone().unwrap_or_else(|| "–".into());
        view! { <td>{text}</td> }
    };
    let cells: Vec<_> = values.iter().map(cell).collect();
    view! {
        <tr>
            <th scope="row">
                <code>{key.clone()}</code>
            </th>
            {cells}
        </tr>
    }
}

fn pair((key, value): &(String, String)) -> impl IntoView + use<> {
    view! {
        <div>
            <dt>
                <code>{key.clone()}</code>
            </dt>
            <dd>{value.clone()}</dd>
        </div>
    }
}
